/** What a person on the staff decides about a journey that waits for one: the nouns and the rules. Pure. */
import type { Decision, StepName, StepResult } from './journey.ts';

/** Who decided; the shape of an actor of the audit log. */
export interface Reviewer {
  readonly kind: 'staff' | 'token' | 'command' | 'system';
  readonly id: string;
  readonly name: string;
  readonly address?: string | undefined;
}

/** Who denies what nobody decided. */
export const GATEWAY: Reviewer = { kind: 'system', id: 'gatehouse', name: 'Gatehouse' };

/** Why: nobody decided for as long as journeys are kept. No person on the staff can give this reason. */
export const NEVER_CAME = 'review_never_came';

export type ReviewVerdict = 'approve' | 'deny';

/** One time that people decided something about a journey. Kept with it; never names of staff. */
export interface ReviewRound {
  readonly verdict: ReviewVerdict | 'again';
  /** The decision that was in its place. */
  readonly from: Decision;
  readonly by: Pick<Reviewer, 'kind' | 'id'>;
  readonly code: string;
  /** Where the person is asked again. */
  readonly node?: string | undefined;
  /** What that step and those after it had come to before they were dropped: what somebody said stays said. */
  readonly dropped?: readonly StepResult[] | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface ReviewReason {
  readonly code: string;
  readonly text: string;
}

/** Canned reasons by what is decided; codes are stable and reach tokens' summaries, webhooks and the audit log. */
export const REVIEW_REASONS: Readonly<Record<ReviewVerdict | 'again', readonly ReviewReason[]>> = {
  approve: [
    { code: 'document_looks_genuine', text: 'The document looks genuine and the face is its holder’s' },
    { code: 'picture_was_poor', text: 'The doubt came from a poor picture; what can be seen agrees' },
    { code: 'name_written_differently', text: 'The same name, written differently' },
    { code: 'confirmed_elsewhere', text: 'Confirmed by other means outside of Gatehouse' },
    { code: 'false_alarm', text: 'The check that asked for a review was wrong' },
  ],
  deny: [
    { code: 'document_not_genuine', text: 'The document does not look genuine' },
    { code: 'face_differs', text: 'The face is not the document’s' },
    { code: 'not_a_live_person', text: 'A picture of a picture, a mask or a screen' },
    { code: 'details_differ', text: 'What was claimed and what the document says are two people' },
    { code: 'known_fraud', text: 'Part of a fraud that is known' },
    { code: 'not_enough_to_tell', text: 'Not enough to tell who it is' },
  ],
  again: [
    { code: 'picture_unreadable', text: 'The picture cannot be read' },
    { code: 'wrong_document', text: 'Not a document that is accepted' },
    { code: 'face_not_visible', text: 'The face cannot be seen well enough' },
    { code: 'step_had_trouble', text: 'The step failed through no fault of the person' },
    { code: 'more_proof_needed', text: 'One more proof is needed' },
  ],
};

/** Whether a code is one of those for this verdict. */
export function isReviewReason(verdict: ReviewVerdict | 'again', code: string): boolean {
  return REVIEW_REASONS[verdict].some((reason) => reason.code === code);
}

/** The decision that a person puts in place of `review`. */
export function reviewedDecision(verdict: ReviewVerdict, code: string, policy: string, at: number): Decision {
  return { verdict, reasons: reviewedReasons(verdict, code).map((one) => ({ code: one })), policy, at };
}

/** The codes of a decision: that it was reviewed, and why; or that it never was. Pure. */
export function reviewedReasons(verdict: ReviewRound['verdict'], code: string): readonly string[] {
  return code === NEVER_CAME ? [NEVER_CAME] : [`reviewed_${verdict}`, code];
}

/** Steps that somebody can be asked for again: each begins anew by itself and needs only what came before it. */
const ASKED_AGAIN: ReadonlySet<StepName> = new Set(['document_selfie', 'sms_link', 'kba']);

/** The nodes that the person can be sent back to, in the order they were passed. */
export function againNodes(results: readonly StepResult[]): readonly StepResult[] {
  return results.filter(({ step }) => ASKED_AGAIN.has(step));
}

/** The results that stay, and those that go with the evidence of their nodes, where the journey begins again at a node. */
export function beginAgainAt(results: readonly StepResult[], node: string): { readonly kept: readonly StepResult[]; readonly dropped: readonly StepResult[] } | undefined {
  if (!againNodes(results).some((result) => result.node === node)) return undefined;
  const at = results.findIndex((result) => result.node === node);
  return { kept: results.slice(0, at), dropped: results.slice(at) };
}
