/**
 * One small interface per capability of the outside world. Implementations live one folder per company or open
 * standard; nothing but the wiring imports them. "No", "could not tell", "timed out" and "broke" are kept apart.
 */
import type { ClaimedIdentity, Mode } from '../journey/journey.ts';
import type { DocumentType } from '../documents/facts.ts';
import type { CheckCode, FindingStatus } from '../journey/document_checks.ts';
import type { ReadDocument } from '../journey/document_evidence.ts';
import type { LineType, MatchAttribute } from '../journey/workflow.ts';
import type { Personal } from '../personal.ts';

/** Who answered, for the operator's record. */
export interface VendorMeta {
  readonly vendor: string;
  readonly sourceClass: 'operator' | 'bureau' | 'simulator';
  /** True for every sandbox vendor. */
  readonly simulated: boolean;
  /** The vendor's own id for the request, to quote in a ticket. */
  readonly requestId?: string;
  readonly latencyMs: number;
}

export type VendorAnswer<T> =
  | { readonly kind: 'answer'; readonly value: T; readonly meta: VendorMeta }
  /** The vendor works but has nothing on this person or number; `code` is the vendor's or ours. */
  | { readonly kind: 'could_not_tell'; readonly code: string; readonly meta: VendorMeta }
  | { readonly kind: 'timed_out'; readonly meta: VendorMeta }
  /** Down, malformed, rate-limited, unauthorised: nothing was learned. */
  | { readonly kind: 'broke'; readonly code: string; readonly meta: VendorMeta }
  /** No vendor is configured for this capability: `unknown` in decisions, never clean. */
  | { readonly kind: 'not_configured' };

/** One attribute's verdict. `score` is 0 to 100 where the vendor gives one: 100 for a match, null where it gave none. */
export interface AttributeVerdict {
  readonly verdict: 'match' | 'partial' | 'no_match' | 'not_available';
  readonly score: number | null;
}

/** What is asked; only attributes that the policy has thresholds for are filled in. */
export interface MatchQuery {
  /** E.164. */
  readonly phone: string;
  readonly attributes: Readonly<Partial<Record<MatchAttribute, string>>>;
}

export interface MatchAnswer {
  readonly attributes: Readonly<Partial<Record<MatchAttribute, AttributeVerdict>>>;
}

/** Carrier record or identity database: the same question to two kinds of source. */
export interface IdentityMatchPort {
  match(query: Personal<MatchQuery>): Promise<VendorAnswer<MatchAnswer>>;
}

export interface SimSwapPort {
  /** Whether the SIM behind the number changed within the last hours; null where the operator cannot say. */
  check(phone: Personal<string>, windowHours: number): Promise<VendorAnswer<{ readonly swapped: boolean | null }>>;
}

export interface NumberRecyclingPort {
  /** Whether the subscriber changed since a day (`YYYY-MM-DD`). */
  check(phone: Personal<string>, since: string): Promise<VendorAnswer<{ readonly recycled: boolean | null }>>;
}

export interface LineTypePort {
  /** The kind of line; null where the look-up answered and does not know (`unsupportedPhoneNumber`). */
  lookup(phone: Personal<string>): Promise<VendorAnswer<{ readonly lineType: LineType | null }>>;
}

export interface NumberVerificationPort {
  /** CAMARA Number Verification with a three-legged token of the phone's own browser. */
  verify(phone: Personal<string>, accessToken: Personal<string>): Promise<VendorAnswer<{ readonly verified: boolean }>>;
}

export interface TextMessage {
  /** Stable over retries of one send. */
  readonly id: string;
  /** E.164. */
  readonly to: Personal<string>;
  readonly body: Personal<string>;
  /** The link inside the body, so that an outbox can show it apart. */
  readonly link: Personal<string>;
  /** Seconds for which the message is worth delivering. */
  readonly validitySeconds: number;
}

export type SendAnswer =
  | { readonly kind: 'accepted'; readonly provider: string; readonly providerMessageId?: string }
  /** Definitely not going to be delivered: bad number, opted out, blocked. */
  | { readonly kind: 'rejected'; readonly provider: string; readonly code: string }
  /** It may or may not have been sent; sending the same link again is harmless. */
  | { readonly kind: 'unknown'; readonly provider: string; readonly code: string };

/**
 * Codes of a rejection that is our own side's: no sender, access refused, an address where nothing takes messages, a
 * number that test keys may not message. They say nothing about the number.
 */
export const SENDER_FAULTS: ReadonlySet<string> = new Set([
  'not_configured',
  'not_authenticated',
  'not_a_test_number',
  'http_401',
  'http_403',
  'http_404',
  'http_405',
]);

export interface SmsSender {
  readonly name: string;
  send(message: TextMessage): Promise<SendAnswer>;
}

/** A delivery report, already authenticated. Reports come late, twice and out of order: only forward steps count. */
export interface DeliveryReport {
  readonly provider: string;
  readonly providerMessageId: string;
  readonly status: 'queued' | 'sent' | 'delivered' | 'failed' | 'opted_out' | 'unknown';
  readonly code?: string;
}

export interface KbaQuestion {
  readonly id: string;
  readonly text: string;
  readonly choices: readonly { readonly id: string; readonly text: string }[];
}

export interface KbaQuestionSet {
  /** The source's own name for this set; answers are graded by the source. */
  readonly setId: string;
  readonly questions: readonly KbaQuestion[];
}

export interface KbaPort {
  /** Draw questions, none of which was in the sets before. `could_not_tell`: the source knows too little of the person. */
  questions(subject: Personal<ClaimedIdentity>, wanted: { readonly count: number; readonly locale: string; readonly before: readonly string[] }): Promise<VendorAnswer<Personal<KbaQuestionSet>>>;
  /** Question id to choice id. The same answers again get the same grade. `could_not_tell`: the set is no longer known. */
  grade(setId: string, answers: Personal<Readonly<Record<string, string>>>): Promise<VendorAnswer<{ readonly right: number; readonly asked: number }>>;
}

/** What a document vendor is asked for. */
export interface DocumentVendorRequest {
  /** Ours; the vendor gives it back in its notices. Starting twice with the same one gives the same session. */
  readonly reference: string;
  /** Where the vendor's pages lead when the person is done: by itself it says nothing about how it went. */
  readonly returnUrl: string;
  readonly types: readonly DocumentType[];
  /** ISO 3166-1 alpha-2; empty: any. */
  readonly countries: readonly string[];
  readonly locale: string;
  readonly claimed: Personal<{ readonly givenName: string; readonly familyName: string; readonly birthDate?: string }> | undefined;
}

/** Safe pictures (JPEG). */
export interface DocumentPictures {
  readonly documents: readonly { readonly front: Uint8Array; readonly back?: Uint8Array }[];
  readonly selfies: readonly Uint8Array[];
}

/** A vendor's view of one session. "Started" and "pending" say nothing about the person. */
export type DocumentVendorResult =
  | { readonly kind: 'pending' }
  | { readonly kind: 'expired' }
  | {
      readonly kind: 'finished';
      /** The vendor's word; a pass counts only together with findings and a document. */
      readonly verdict: 'pass' | 'fail' | 'doubt';
      readonly findings: readonly { readonly code: CheckCode; readonly status: FindingStatus; readonly why?: string }[];
      readonly document: Personal<ReadDocument> | undefined;
      readonly liveness: { readonly certified: boolean } | undefined;
      readonly authenticityVerified: boolean;
    };

/** A hosted capture, or a server-side verification API that was sent to: start, then a result by notice and by asking. */
export interface DocumentVendorPort {
  readonly name: string;
  /** `url`: the vendor's hosted capture. */
  start(request: DocumentVendorRequest): Promise<VendorAnswer<{ readonly sessionId: string; readonly url: string }>>;
  /** Hand over pictures that our own pages took, in place of the hosted capture; sending them again changes nothing. */
  upload(sessionId: string, pictures: Personal<DocumentPictures>): Promise<VendorAnswer<{ readonly received: number }>>;
  /** The authoritative result: a notice only says that it is worth asking. */
  result(sessionId: string): Promise<VendorAnswer<DocumentVendorResult>>;
}

/** An authenticated notice of a document vendor: which session moved, and nothing else. */
export interface DocumentVendorNotice {
  readonly vendor: string;
  readonly sessionId: string;
  /** The notice's own id; notices come late, twice and out of order. */
  readonly noticeId: string;
}

/** Everything a journey may ask, one set per mode: `test` gets the sandbox, and only it can. */
export interface VendorSet {
  readonly carrierMatch: IdentityMatchPort;
  readonly databaseMatch: IdentityMatchPort;
  readonly simSwap: SimSwapPort;
  readonly numberRecycling: NumberRecyclingPort;
  readonly lineType: LineTypePort;
  readonly sms: SmsSender;
  readonly kba: KbaPort;
  readonly documentVendor: DocumentVendorPort;
}

export type Vendors = Readonly<Record<Mode, VendorSet>>;
