/**
 * The nouns of a journey. Nothing here (or in this folder) reads a clock, the network or the database.
 */
import type { Personal } from '../personal.ts';
import type { ReviewRound } from './review.ts';

/** `test` keys use simulated vendors, and only they can (SPEC 11). */
export type Mode = 'test' | 'live';

export const STEP_NAMES = [
  'trusted_device',
  'session_risk',
  'pii_validation',
  'sms_link',
  'document_selfie',
  'kba',
  'otp',
  'watchlist',
] as const;

/** One thing asked of the person or of the world inside a journey. */
export type StepName = (typeof STEP_NAMES)[number];

/** Why something came out as it did. The detail is never personal: codes, counts, thresholds. */
export interface Reason {
  readonly code: string;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** The recorded end of one node of the workflow. */
export interface StepResult {
  readonly node: string;
  readonly step: StepName;
  readonly outcome: string;
  readonly reasons: readonly Reason[];
  /** Epoch milliseconds. */
  readonly at: number;
}

export type Verdict = 'approve' | 'deny' | 'review';

/** A final decision, always with reasons and the policy it was made under (`workflow@version`). */
export interface Decision {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly policy: string;
  readonly at: number;
}

/** What a person said about themselves on the pages. */
export interface ClaimedIdentity {
  readonly givenName: string;
  readonly familyName: string;
  readonly street: string;
  /** Town or city; `address-level2`. */
  readonly city: string;
  /** State, province or county; `address-level1`; empty where the country has none in use. */
  readonly region: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** E.164. */
  readonly phone: string;
  /** `YYYY-MM-DD`; asked only where the policy asks. */
  readonly birthDate?: string;
}

/** What steps establish; stored encrypted, by kind and version, so that a new kind needs no migration. */
export interface Evidence {
  readonly kind: EvidenceKind;
  readonly version: number;
  /** True when a sandbox vendor stands behind it; carried into every token and record (SPEC 11). */
  readonly simulated: boolean;
  /** JSON value; sealed at rest. */
  readonly data: Personal<unknown>;
}

export type EvidenceKind =
  | 'session'
  | 'claimed_identity'
  | 'identity_match'
  | 'phone_risk'
  | 'phone_possession'
  /** What a government document says, and how it was read. */
  | 'document'
  /** The same of a document that was not accepted: for operators; by itself it proves nothing. */
  | 'document_attempt'
  /** A person on the staff looked and approved: see `review_evidence.ts`. */
  | 'review'
  /** The holder's portrait against their face. */
  | 'face_match'
  | 'liveness'
  /** The phone that captured, and how the journey came to it. */
  | 'capture_device'
  | 'kba'
  /** A key that a browser or phone showed during this journey; bound to the account on approval. */
  | 'device_key'
  /** Whom a trusted device or a passkey stands for, and on what earlier verification that rests. */
  | 'known_person'
  | 'device_proof'
  | 'passkey_proof';

/** Facts on the browser and address a request came from. `address` is the canonical client address. */
export interface Visitor {
  readonly address: Personal<string>;
  readonly userAgent: string;
  /** Lower-cased request headers that signals look at; cookies and authorization are never among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Best locale for this request, one of the shipped ones. */
  readonly locale: string;
}

/** One run of a workflow for one person. `id` is public: the `transaction_id`. */
export interface Journey {
  readonly id: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  readonly mode: Mode;
  readonly clientId: string;
  /** The OIDC interaction it answers; one journey per interaction. */
  readonly interactionUid: string;
  /** Counts up with every recorded change; guards each write. */
  readonly version: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How often the person asked for more time. */
  readonly extensions: number;
  /** In the order they were recorded. */
  readonly results: readonly StepResult[];
  /** What each node's step keeps between requests, by node; sealed at rest. */
  readonly states: Personal<Readonly<Record<string, unknown>>>;
  readonly decision: Decision | undefined;
  /** What people on the staff decided about it, in order; absent where nobody was asked. */
  readonly reviews?: readonly ReviewRound[] | undefined;
  readonly opening: Opening;
}

/** What was known when the journey began; sealed at rest. */
export interface Opening {
  /** The application's own name for its user (`login_hint`), if it gave one. */
  readonly credential: Personal<string> | undefined;
  readonly clientName: string;
  /** Page locale chosen at the start. */
  readonly locale: string;
  /** Hash of the device cookie that the browser came with; absent where it had none. */
  readonly device?: string | undefined;
  /** What the application asked of this login beyond its being done. */
  readonly wanted?: WantedLogin | undefined;
  /** The identity that the application supplies; the person must match it. */
  readonly prefill?: Personal<Prefill> | undefined;
}

/** How strong the login has to be. */
export interface WantedLogin {
  /** `acr` values of which one must be reached; empty where none was asked. */
  readonly acr: readonly string[];
  /** `prompt=login` or `max_age`: the person has to do something, a silent proof is not enough (OIDC Core 3.1.2.1). */
  readonly active: boolean;
}

/** Identity data supplied by an authenticated application, field by field; what is absent is asked of the person. */
export type Prefill = Partial<ClaimedIdentity> & { readonly email?: string };
