/**
 * The phone's side of the hand-over. Looking changes nothing; one POST by a person on a phone, with the number that the
 * desktop shows, binds the capture to that phone. From then on every hand-over token is spent, and only the token that
 * this very request was given opens the capture pages.
 */
import { sameSecret } from '../../constant_time.ts';
import type { PageShown, Submission, SubmitResult } from '../step.ts';
import type { DocumentSelfieDeps } from './deps.ts';
import { endWith, type Outcome } from './endings.ts';
import { browserOf, handedOver } from './handover.ts';
import type { DocumentPageModels } from './pages.ts';
import type { BegunView, Handover, HandoverLink, State } from './state.ts';

/**
 * The value under which the route hands in a fresh token for the claiming phone, and which it sets as that phone's cookie
 * when the claim was taken. Never a field of the form: the route overwrites whatever was sent under this name.
 */
export const CLAIM_FIELD = '__claim';

/** 128 bits in base64url. */
const CLAIM_TOKEN = /^[A-Za-z0-9_-]{22}$/;

/** The hand-over token behind a hash, as long as it lives and nobody claimed. */
export function openLink(deps: DocumentSelfieDeps, view: BegunView, linkHash: string): HandoverLink | undefined {
  const { where, handover } = view.state;
  if (where.kind !== 'handover' || !handover) return undefined;
  return handover.links.find((one) => view.now < one.expiresAt && sameSecret(deps.hashOf(deps.tokenOf(one.id)), linkHash));
}

/** What a phone with a hand-over token sees: no word of the journey, and not which number is right. */
export function claimPage(view: BegunView, { choices }: Handover): PageShown {
  const model: DocumentPageModels['capture_claim'] = { startedAt: view.journey.createdAt, choices };
  return { name: 'capture_claim', model: { ...model } };
}

/** A phone answers the hand-over. */
export function answerClaim(deps: DocumentSelfieDeps, submission: Submission, view: BegunView): SubmitResult<State> {
  const { state } = view;
  const link = submission.linkHash === undefined ? undefined : openLink(deps, view, submission.linkHash);
  if (!link || !state.handover) return { kind: 'invalid', errors: {} };
  const values = submission.values.open();
  const stop = (outcome: Outcome, code: string): SubmitResult<State> => ({ kind: 'change', change: stopped(view, outcome, code) });
  // "This was not me" counts from any device: it only ever stops something.
  if (values['refuse'] !== undefined) return stop('refused', 'reportedByUser');
  const browser = browserOf(submission, view.now);
  if (browser.device === 'robot') return { kind: 'invalid', errors: { device: 'use_your_phone' } };
  // A device that cannot be told is not held against its owner: the number still has to be right.
  if (browser.device === 'desktop') {
    const { desktopOpen } = view.workflow.definition.options.link;
    const { handover } = state;
    if (desktopOpen !== 'one_more_try' || handover.desktopTries > 0) return stop('fail', 'opened_on_desktop');
    return { kind: 'change', change: { state: { ...state, handover: { ...handover, desktopTries: handover.desktopTries + 1 } } } };
  }
  const { choices, number } = state.handover;
  const picked = choices.length === 0 ? values['confirm'] === 'yes' && number : values['number'];
  if (picked === undefined || picked === '' || picked === false) return { kind: 'invalid', errors: { number: 'required' } };
  if (picked !== number) return stop('fail', 'wrong_number');
  const token = values[CLAIM_FIELD] ?? '';
  if (!CLAIM_TOKEN.test(token)) return { kind: 'invalid', errors: {} };
  const sessionHash = deps.hashOf(token);
  return {
    kind: 'change',
    change: {
      state: { ...state, where: { kind: 'phone', sessionHash, via: link.via, numberTransfer: choices.length > 0, browser } },
      links: [{ tokenHash: sessionHash, expiresAt: latestEnd(view) }],
      events: [handedOver(link.via), { layer: 'label', name: 'capture_handover', outcome: 'success' }],
    },
  };
}

function stopped(view: BegunView, outcome: Outcome, code: string) {
  return endWith(view, outcome, [{ code }], {
    events: [
      { layer: 'block', name: 'captureHandover', outcome: 'fail', reason: code },
      { layer: 'label', name: 'capture_handover', outcome: 'failure', reason: code },
    ],
  });
}

/** For so long after its journey's end a phone is still told that it is over, and led to where it lands. */
const AFTER_END_MS = 600_000;

/**
 * Until when a claimed token is known, epoch milliseconds: somewhat longer than the journey with every extension that may
 * still be given. A page of an ended journey it opens no more.
 */
export function latestEnd({ journey, workflow }: BegunView): number {
  const { journeySeconds, maxExtensions } = workflow.definition.options;
  return journey.expiresAt + (Math.max(0, maxExtensions - journey.extensions) * journeySeconds * 1000) / 2 + AFTER_END_MS;
}
