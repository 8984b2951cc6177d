/** The work of reading one side, and what follows: the next side, or the same one again with a word on why. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SideReading } from '../../documents/facts.ts';
import type { JobAnswer } from '../../documents/reader.ts';
import type { Change } from '../step.ts';
import { replaced, takeAgain } from './capture.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { claimedOf } from './evidence.ts';
import { sideProblem } from './judge.ts';
import { readingFromFile } from './outcome_file.ts';
import { fetchPictures } from './pictures.ts';
import { hasBack } from './position.ts';
import { asKept, sideReadingShape, unreadSide } from './reading_shape.ts';
import type { Apply, BegunView, CapturedSide, KeptDocument, State } from './state.ts';
import { attemptsLeft } from './state.ts';
import { isTrouble, stillWanted, troubled, untroubled, type Trouble } from './trouble.ts';
import { endLost, mendDocument } from './verify.ts';

interface Pending {
  readonly document: number;
  readonly slot: 'front' | 'back';
  readonly kept: KeptDocument;
  readonly side: CapturedSide;
}

function pendingSide({ documents }: State): Pending | undefined {
  for (const [document, kept] of documents.entries()) {
    for (const slot of ['front', 'back'] as const) {
      const side = kept[slot];
      if (side && !side.reading) return { document, slot, kept, side };
    }
  }
  return undefined;
}

/** Read the side that waits for it. The picture is named by its id, so a repeat after a crash reads the same one. */
export async function readPending(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const pending = pendingSide(view.state);
  if (!pending || !view.state.consent) return () => undefined;
  const answer = await ask(deps, view, pending);
  const about = pending.side.picture.id;
  return (current) => {
    const wanted = stillWanted(current, 'read', about);
    if (!wanted) return undefined;
    if (answer === 'picture_gone') return troubled(wanted, 'documentRead', answer);
    if (isTrouble(answer)) return troubled(wanted, 'documentRead', answer.kind);
    return settle(wanted, pending, answer);
  };
}

async function ask(deps: DocumentSelfieDeps, view: BegunView, { kept, slot, side: { picture } }: Pending): Promise<JobAnswer<SideReading> | Extract<Trouble, 'picture_gone'>> {
  const wanted = { side: slot, type: kept.type };
  if (picture.kind === 'file') {
    const { file } = picture;
    await wait((file.delay_seconds ?? 0) * 1000);
    if (file.answer === 'unavailable') return { kind: 'unavailable', engine: 'text', why: 'simulated' };
    return file.answer ? { kind: file.answer } : { kind: 'done', value: readingFromFile(file, wanted, claimedOf(view)) };
  }
  const [jpeg] = (await fetchPictures(deps, [picture.id])) ?? [];
  return jpeg ? asKept(sideReadingShape, await deps.reader.readSide(jpeg, wanted)) : 'picture_gone';
}

type Settled = Extract<JobAnswer<SideReading>, { readonly kind: 'done' | 'refused' | 'unavailable' }>;

function settle(view: BegunView, { document, slot, kept, side }: Pending, answer: Settled): Change<State> {
  const options = view.workflow.definition.options.documents;
  const clear: BegunView = { ...view, state: untroubled(view.state) };
  const reading = answer.kind === 'done' ? answer.value : unreadSide(answer.kind === 'refused' ? answer.code : 'unavailable');
  // What no engine looked at is unknown, and another picture would not change that.
  const problem = answer.kind === 'unavailable' ? undefined : answer.kind === 'refused' ? answer.code : sideProblem(reading, slot, kept.type, options, kept[slot === 'front' ? 'back' : 'front']?.reading);
  const at = { document, slot, type: kept.type };
  if (problem && attemptsLeft(clear, at) > 1) return takeAgain(clear, at, problem);
  const read: KeptDocument = { ...kept, [slot]: { ...side, reading } };
  const state: State = {
    ...clear.state,
    documents: replaced(clear.state.documents, document, read),
    // The last failure stands, and is counted.
    failures: problem ? [...clear.state.failures, { ...at, code: problem }] : clear.state.failures,
  };
  const reason = answer.kind === 'unavailable' ? 'unavailable' : problem;
  const events: Change<State>['events'] = [{
    layer: 'block', name: 'documentRead', outcome: reason ? 'fail' : 'success', ...(reason ? { reason } : {}),
    details: { slot, document: document + 1, mrz: reading.mrz.kind, barcode: reading.barcode.kind, print: reading.print.kind, faces: reading.faces.kind },
  }];
  const complete = read.front?.reading !== undefined && (!hasBack(read.type) || read.back?.reading !== undefined);
  // Before the selfie is asked for: what a new picture can mend is mended while the document is at hand.
  const mended = complete ? mendDocument({ ...clear, state }, document) : undefined;
  if (mended) return { ...mended, events: [...events, ...(mended.events ?? [])] };
  return (complete ? endLost({ ...clear, state }, events) : undefined) ?? { state, events };
}

