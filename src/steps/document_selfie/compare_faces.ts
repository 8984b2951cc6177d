/** The comparison: the face that was before the camera, in every frame that shows it, against itself and the document's portrait. */
import type { FaceMatch } from '../../documents/facts.ts';
import type { Change } from '../step.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { fetchPictures } from './pictures.ts';
import { asKept, faceMatchShape } from './reading_shape.ts';
import { withoutEngine } from './selfie.ts';
import type { Apply, BegunView, Selfie, State, TakenTurn } from './state.ts';
import { isTrouble, stillWanted, troubled, untroubled } from './trouble.ts';

/** Ids of the frames that showed the head straight: one of them is compared with the portrait. */
export function frontalFrames(taken: readonly TakenTurn[]): readonly string[] {
  return taken.filter(({ turn }) => turn === 'centre').flatMap(({ frames, shown }) => frames.filter((_, index) => shown.includes(index)));
}

/**
 * Ids of every other frame that showed a turn, or anybody at all. Each must be the face of the frontal ones: a turn that one
 * person showed says nothing of another who stands in the frames around it.
 */
function challengeFrames(taken: readonly TakenTurn[]): readonly string[] {
  const frontal = new Set(frontalFrames(taken));
  return taken.flatMap(({ frames, poses, shown }) => frames.filter((id, index) => !frontal.has(id) && (shown.includes(index) || (poses[index]?.faces ?? 0) > 0)));
}

/** The face in the frames against the portrait on the document that identifies. */
export async function compareFaces(deps: DocumentSelfieDeps, view: BegunView): Promise<Apply> {
  const { selfie, consent, documents } = view.state;
  if (selfie?.kind !== 'taken' || !consent) return () => undefined;
  const about = selfie.taken.flatMap((one) => one.frames).join();
  const portrait = documents[0]?.front?.picture;
  const frontal = frontalFrames(selfie.taken);
  const challenge = challengeFrames(selfie.taken);
  // An outcome file in place of the document has no portrait to compare with.
  const jpegs = portrait?.kind === 'image' ? await fetchPictures(deps, [portrait.id, ...frontal, ...challenge]) : [];
  const [document, ...frames] = jpegs ?? [];
  const answer = document
    ? asKept(faceMatchShape.optional(), await deps.reader.matchFaces({ document, frontal: frames.slice(0, frontal.length), challenge: frames.slice(frontal.length) }))
    : undefined;
  return (current) => {
    const wanted = stillWanted(current, 'match', about);
    if (!wanted) return undefined;
    if (!jpegs) return troubled(wanted, 'faceComparison', 'picture_gone');
    if (answer && isTrouble(answer)) return troubled(wanted, 'faceComparison', answer.kind);
    const clear: BegunView = { ...wanted, state: untroubled(wanted.state) };
    if (portrait?.kind === 'file') return withoutEngine(clear, 'simulated');
    if (answer?.kind === 'unavailable') return withoutEngine(clear, answer.why);
    const match = answer?.kind === 'done' ? answer.value : undefined;
    // A frame that the engine left out was not measured.
    return compared(clear, selfie, match && { ...match, challengeDistances: challenge.map((_, index) => match.challengeDistances[index]) });
  };
}

function compared(view: BegunView, { taken, method, frames }: Extract<Selfie, { readonly kind: 'taken' }>, match: FaceMatch | undefined): Change<State> {
  const { faceMatch, findSameFace } = view.workflow.definition.options.documents;
  const same = match !== undefined && match.distance <= faceMatch;
  const settled: Selfie = {
    kind: 'settled', faceEngine: 'ready', taken, frames: taken.flatMap((one) => one.frames),
    liveness: { passed: true, method, frames },
    // The template is biometric: kept only where the workflow asks to find the same face again.
    ...(match ? { match: { ...match, template: findSameFace ? match.template : [] } } : {}),
  };
  return {
    state: { ...view.state, selfie: settled },
    events: [{
      layer: 'block', name: 'faceComparison', outcome: same ? 'success' : 'fail', ...(same ? {} : { reason: match ? 'distance' : 'no_usable_face' }),
      details: match ? { distance: Math.round(match.distance * 1000) / 1000, threshold: faceMatch } : {},
    }],
  };
}

/** The comparison is made again where the document's picture was replaced. */
export function compareAgain(selfie: Selfie | undefined): Selfie | undefined {
  if (selfie?.kind !== 'settled' || selfie.taken.length === 0 || !selfie.liveness?.passed) return selfie;
  const { method, frames } = selfie.liveness;
  return { kind: 'taken', method, frames, taken: selfie.taken };
}
