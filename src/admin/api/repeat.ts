/**
 * Requests that are sent again with the same `Idempotency-Key` get the first one's answer, and do nothing twice (the IETF
 * draft on the Idempotency-Key header). Kept for a day.
 */
export type Begun =
  | { readonly kind: 'new' }
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** The first is still under way, or died on the way. */
  | { readonly kind: 'running' }
  /** The key was used for another request. */
  | { readonly kind: 'different' };

export interface RepeatStore {
  begin(tokenId: string, key: string, requestHash: string, now: number): Promise<Begun>;
  finish(tokenId: string, key: string, status: number, body: string): Promise<void>;
  /** The request failed before it did anything: the key may be used again. */
  forget(tokenId: string, key: string): Promise<void>;
}

/** How long an answer is repeated, milliseconds. */
export const REPEAT_MS = 24 * 3_600_000;
