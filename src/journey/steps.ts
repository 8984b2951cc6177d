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
  /** Steps of which at least one must lie on every way to this step; with an outcome, only where it ended so. */
  readonly after: readonly { readonly step: StepName; readonly outcome?: string }[];
}

const VENDOR_TROUBLE = ['could_not_tell', 'timed_out', 'broke'] as const;

export const STEP_FACTS: Readonly<Record<StepName, StepFacts>> = {
  // The four answers of continuous re-authentication, and `unknown` for whoever is not known here yet.
  trusted_device: {
    outcomes: ['trusted', 'elevated', 'high', 'blocked', 'unknown'],
    usesPhone: false,
    capturesOnPhone: false,
    // `elevated` knows whom it has before it, and owes one more proof.
    proves: ['trusted', 'elevated'],
    approves: ['trusted'],
    forbids: ['blocked'],
    after: [],
  },
  session_risk: {
    // `known`: somebody came back with a passkey.
    outcomes: ['allow', 'challenge', 'deny', 'known'],
    usesPhone: false,
    capturesOnPhone: false,
    proves: ['known'],
    approves: ['allow', 'known'],
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
    after: [{ step: 'pii_validation' }, { step: 'trusted_device', outcome: 'elevated' }],
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
    after: [{ step: 'pii_validation' }],
  },
  otp: {
    outcomes: ['confirmed', 'wrong_code', 'timed_out', 'undeliverable', 'broke'],
    usesPhone: true,
    capturesOnPhone: false,
    proves: [],
    approves: ['confirmed'],
    forbids: [],
    after: [{ step: 'pii_validation' }],
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
