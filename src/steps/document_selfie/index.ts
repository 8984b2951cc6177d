/**
 * A government document and a selfie (SPEC 4), captured on a phone: handed over by code or message, or here where the
 * person is on a phone already. Consent to biometrics comes first; nothing is accepted and nobody asked before it. Then
 * document, challenge, comparison and judgement, by our own reader, by a document vendor, or by both.
 *
 * Position and page are worked out from what is kept; pictures stand apart, under ids; every question to the reader or a
 * vendor may be asked twice. Ends with one of the outcomes of `journey/steps.ts`.
 */
import type { z } from 'zod';
import { sameSecret } from '../../constant_time.ts';
import { GatehouseError } from '../../errors.ts';
import type { Step, Submission, SubmitResult } from '../step.ts';
import { answerChoice, answerConsent, answerSide } from './capture.ts';
import { answerClaim } from './claim.ts';
import { compareFaces } from './compare_faces.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { answerFollowing, answerHandover, handoverTask, messageReported, prepare, renew, sendLink } from './handover.ts';
import { asksVendor, positionOf, type Task } from './position.ts';
import { readPending } from './read.ts';
import { answerSelfie, readPoses, tooSlow } from './selfie.ts';
import { browserPage, phonePage } from './show.ts';
import { stateShape, type Apply, type BegunView, type State, type View } from './state.ts';
import { answerVendor, askVendor, isVendorHash, startVendor, uploadToVendor } from './vendor.ts';
import { judgeAll } from './verify.ts';

export { CLAIM_FIELD } from './claim.ts';
export type { DocumentSelfieDeps } from './deps.ts';
export { vendorLinkHash } from './vendor.ts';

/** Milliseconds beyond the reader's own limit, for what surrounds it. */
const BESIDE_READER = 5_000;

const NOT_NOW: SubmitResult<State> = { kind: 'invalid', errors: {} };

/** The step, with the world it needs. */
export function documentSelfie(deps: DocumentSelfieDeps): Step<State> {
  return {
    name: 'document_selfie',
    needs: [],
    yields: ['document', 'document_attempt', 'face_match', 'liveness', 'capture_device', 'device_key', 'phone_possession'],
    state: stateShape as z.ZodType<State>,
    workMs: deps.reader.longestMs + BESIDE_READER,
    move(view) {
      const begun = begunView(view);
      if (!begun) return { kind: 'work', task: 'prepare' };
      const position = positionOf(begun);
      const task = position.at === 'handover' ? handoverTask(begun) : position.at === 'work' ? position.task : undefined;
      if (task) return { kind: 'work', task };
      const page = browserPage(deps, begun);
      if (!page) throw new GatehouseError('document_step_lost', 500, 'the document step keeps a state that has neither page nor work');
      return { kind: 'show', page };
    },
    phonePage(view, linkHash) {
      const begun = begunView(view);
      return begun && phonePage(deps, begun, linkHash);
    },
    async submit(submission, view) {
      const begun = begunView(view);
      return begun ? answer(deps, submission, begun) : NOT_NOW;
    },
    work: (task, view) => doWork(deps, task, view),
    report: messageReported,
  };
}

function begunView(view: View): BegunView | undefined {
  const { state } = view;
  return state && { ...view, state };
}

/** Whether this sender is the one who captures, or the vendor's notice. */
function senderOf(deps: DocumentSelfieDeps, { channel, linkHash }: Submission, { where, vendor }: State): 'desktop' | 'captor' | 'notice' | undefined {
  if (channel === 'browser') return where.kind === 'here' ? 'captor' : 'desktop';
  if (linkHash === undefined) return undefined;
  if (where.kind === 'phone' && sameSecret(where.sessionHash, linkHash)) return 'captor';
  return vendor && isVendorHash(deps, vendor, linkHash) ? 'notice' : undefined;
}

/** An answer counts only from who is asked, and on the page that is asked now. */
async function answer(deps: DocumentSelfieDeps, submission: Submission, view: BegunView): Promise<SubmitResult<State>> {
  const { page } = submission;
  const position = positionOf(view);
  if (page === 'capture_claim') return submission.channel === 'phone' ? answerClaim(deps, submission, view) : NOT_NOW;
  const sender = senderOf(deps, submission, view.state);
  if (sender === 'desktop') {
    if (page === 'document_handover' && position.at === 'handover') return answerHandover(deps, submission, view);
    return page === 'document_following' && view.state.where.kind === 'phone' ? answerFollowing(deps, submission, view) : NOT_NOW;
  }
  if (!sender) return NOT_NOW;
  // A notice that comes when asking is due anyway changes nothing, and being recorded moves the journey along.
  if (sender === 'notice' && asksVendor(position)) return { kind: 'change', change: {} };
  if (sender === 'notice' && position.at !== 'vendor') return NOT_NOW;
  switch (position.at) {
    case 'consent':
      return page === 'capture_consent' ? answerConsent(deps, submission, view) : NOT_NOW;
    case 'choose':
      return page === 'capture_choose' ? answerChoice(submission, view, position.document) : NOT_NOW;
    case 'side':
      return page === 'capture_side' ? answerSide(deps, submission, view, position) : NOT_NOW;
    case 'selfie':
      return page === 'capture_selfie' ? answerSelfie(deps, submission, view) : NOT_NOW;
    case 'vendor':
      return page === 'capture_vendor' ? answerVendor(submission, view, sender === 'notice') : NOT_NOW;
    default:
      return NOT_NOW;
  }
}

const WORK: Readonly<Record<Task, (deps: DocumentSelfieDeps, view: BegunView) => Promise<Apply>>> = {
  read: readPending,
  too_slow: (_deps, view) => tooSlow(view),
  pose: readPoses,
  match: compareFaces,
  judge: judgeAll,
  vendor_start: startVendor,
  vendor_upload: uploadToVendor,
  vendor_result: askVendor,
};

async function doWork(deps: DocumentSelfieDeps, task: string, view: View): Promise<Apply> {
  const begun = begunView(view);
  if (task === 'prepare' || !begun) return prepare(deps, view);
  if (task === 'send') return sendLink(deps, view);
  if (task === 'renew') return renew(deps);
  return WORK[task as Task](deps, begun);
}
