/**
 * Delivery reports come in by webhook. Each sender that has them brings a reader, which checks who is speaking before
 * it believes a word; the door that receives them knows nothing of either.
 */
import type { DeliveryReport } from './ports.ts';

/** A webhook as it arrived. */
export interface StatusRequest {
  /** The full public address that the sender was told to call, not what a proxy made of it. */
  readonly url: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, unparsed: signatures are over its bytes. */
  readonly body: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** `refused`: not authenticated, or not a report; nothing in it may be used. `code` is ours. */
export type StatusReading =
  | { readonly kind: 'report'; readonly report: DeliveryReport }
  | { readonly kind: 'refused'; readonly code: 'bad_signature' | 'stale' | 'malformed' };

export type StatusReader = (request: StatusRequest) => StatusReading;

/** A provider's own id for a message, as we are willing to store it. */
export const PROVIDER_MESSAGE_ID = /^[A-Za-z0-9._:-]{1,128}$/;
