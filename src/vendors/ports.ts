/**
 * One small interface per capability of the outside world. Implementations live one folder per company or open
 * standard; nothing but the wiring imports them. "No", "could not tell", "timed out" and "broke" are kept apart.
 */
import type { Mode } from '../journey/journey.ts';
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

/** Everything a journey may ask, one set per mode: `test` gets the sandbox, and only it can. */
export interface VendorSet {
  readonly carrierMatch: IdentityMatchPort;
  readonly databaseMatch: IdentityMatchPort;
  readonly simSwap: SimSwapPort;
  readonly numberRecycling: NumberRecyclingPort;
  readonly lineType: LineTypePort;
  readonly sms: SmsSender;
}

export type Vendors = Readonly<Record<Mode, VendorSet>>;
