/**
 * What a workflow needs to know of every step, built or not: its outcomes, and what publishing must check for it.
 * "Vendor could not tell", "timed out", "broke" and "no" are four different outcomes, each routable (SPEC 3).
 */
import type { StepName } from './journey.ts';

export interface StepFacts {
  /** Every outcome the step can end with; a workflow routes each of them. */
  readonly outcomes: readonly string[];
  /** Asks for or uses the person's phone: publishing demands a consent text. */
  readonly usesPhone: boolean;
  /** Hands over to a phone for capture: publishing demands `asyncUIRedirect`. */
  readonly capturesOnPhone: boolean;
  /** Outcomes that establish who the person is: publishing demands one on every way to an approval. */
  readonly proves: readonly string[];
  /** The only outcomes that may end in an approval: success, plainly. */
  readonly approves: readonly string[];
  /** Outcomes after which no approval may follow, whatever else succeeds: a plain no. */
  readonly forbids: readonly string[];
  /** Steps of which at least one must lie on every way to this step. */
  readonly after: readonly StepName[];
}

const VENDOR_TROUBLE = ['could_not_tell', 'timed_out', 'broke'] as const;

export const STEP_FACTS: Readonly<Record<StepName, StepFacts>> = {
  session_risk: {
    outcomes: ['allow', 'challenge', 'deny'],
    usesPhone: false,
    capturesOnPhone: false,
    proves: [],
    approves: ['allow'],
    forbids: ['deny'],
    after: [],
  },
  pii_validation: {
    outcomes: ['match', 'no_match', 'phone_risk', 'unsupported_country', ...VENDOR_TROUBLE],
    usesPhone: true,
    capturesOnPhone: false,
    proves: ['match'],
    approves: ['match'],
    forbids: [],
    after: [],
  },
  sms_link: {
    outcomes: ['confirmed', 'opened_on_desktop', 'wrong_number', 'refused', 'timed_out', 'undeliverable', 'broke'],
    usesPhone: true,
    capturesOnPhone: false,
    proves: [],
    approves: ['confirmed'],
    forbids: ['refused'],
    after: ['pii_validation'],
  },
  document_selfie: {
    outcomes: ['pass', 'fail', 'doubtful', 'cannot_capture', 'consent_declined', 'refused', ...VENDOR_TROUBLE],
    usesPhone: false,
    capturesOnPhone: true,
    proves: ['pass'],
    approves: ['pass'],
    // A plain no of a document is not made up for by questions.
    forbids: ['fail', 'refused'],
    after: [],
  },
  kba: {
    outcomes: ['pass', 'fail', 'declined', 'not_offered', ...VENDOR_TROUBLE],
    usesPhone: false,
    capturesOnPhone: false,
    proves: ['pass'],
    approves: ['pass'],
    forbids: [],
    after: ['pii_validation'],
  },
  otp: {
    outcomes: ['confirmed', 'wrong_code', 'timed_out', 'undeliverable', 'broke'],
    usesPhone: true,
    capturesOnPhone: false,
    proves: [],
    approves: ['confirmed'],
    forbids: [],
    after: ['pii_validation'],
  },
  watchlist: {
    outcomes: ['clear', 'hit', ...VENDOR_TROUBLE],
    usesPhone: false,
    capturesOnPhone: false,
    proves: [],
    approves: ['clear'],
    forbids: [],
    after: [],
  },
};
