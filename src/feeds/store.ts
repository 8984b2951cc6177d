/** What the feeds need kept for all processes. Implemented in `store/feeds.ts`. */
import type { FeedFault } from './faults.ts';
import type { FeedKind } from './kinds.ts';

/** A feed's row without its body; times are epoch milliseconds. */
export interface KeptFeed {
  readonly id: string;
  readonly attemptedAt: number | undefined;
  /** When the body was last known to be current: fetched, or answered with "not modified". */
  readonly fetchedAt: number | undefined;
  /** SHA-256 of the body, hex. */
  readonly sha256: string | undefined;
  readonly entries: number;
  readonly fault: FeedFault | undefined;
}

/** The right to fetch a feed once, and what the one before sent. */
export interface FeedClaim {
  readonly id: string;
  /** Names this claim: an answer that comes after somebody else's claim changes nothing. */
  readonly attemptedAt: number;
  readonly sha256: string | undefined;
  readonly entries: number;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** What the other side said the answer is called. */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export interface FeedStore {
  /** How these feeds stand; rows that are not there yet are made. */
  kept(feeds: readonly { readonly id: string; readonly kind: FeedKind }[]): Promise<readonly KeptFeed[]>;
  /**
   * Takes the right to fetch a feed, where it is due: its last attempt is `everyMs` old, or `retryMs` where that one
   * brought nothing. Of several processes exactly one gets it.
   */
  claim(id: string, due: { readonly now: number; readonly everyMs: number; readonly retryMs: number }): Promise<FeedClaim | undefined>;
  /** The body it had is still current. */
  confirm(claim: FeedClaim, now: number, validators: Validators): Promise<void>;
  /** A new body, for everybody. */
  replace(claim: FeedClaim, now: number, version: Validators & { readonly body: Uint8Array; readonly sha256: string; readonly entries: number }): Promise<void>;
  /** The attempt brought nothing; the body it had stays. */
  fail(claim: FeedClaim, fault: FeedFault): Promise<void>;
  /** The attempt was broken off from here; whoever comes next may make it. */
  release(claim: FeedClaim): Promise<void>;
  /** The body of this digest; undefined where another has replaced it meanwhile. */
  body(id: string, sha256: string): Promise<Uint8Array | undefined>;
  /** Deletes feeds that nobody has fetched since a time, other than these. */
  forget(except: readonly string[], before: number): Promise<void>;
}
