/** The vendors area: how what the gateway relies upon stands. Codes and counts; never what was asked or answered. */
import type { Mode } from '../../journey/journey.ts';
import type { AnswerOutcome, VendorTally } from '../../vendors/tally.ts';
import type { Actor } from '../actor.ts';

/** What a vendor answered over some time. */
export interface VendorRecord {
  readonly vendor: string;
  readonly capability: string;
  readonly mode: Mode;
  readonly outcomes: Readonly<Record<AnswerOutcome, number>>;
  readonly buckets: readonly number[];
  readonly codes: VendorTally['codes'];
}

export interface VendorLast {
  readonly vendor: string;
  readonly capability: string;
  readonly mode: Mode;
  readonly last: VendorTally['last'];
}

/** How long a vendor took; ends of buckets, milliseconds. */
export interface VendorLatency {
  readonly vendor: string;
  readonly capability: string;
  readonly mode: Mode;
  readonly answers: number;
  readonly p50: number;
  readonly p95: number;
}

/** What vendors answered. Implemented in `store/console/health.ts`. */
export interface VendorHealth {
  /** Add to what is known; several processes at once lose nothing. */
  add(tallies: readonly VendorTally[]): Promise<void>;
  /** Hours beginning in [from, until), added up. */
  records(from: number, until: number): Promise<readonly VendorRecord[]>;
  /** The newest answer of each vendor, as far as it is kept. */
  lasts(): Promise<readonly VendorLast[]>;
  /** For charts: hours beginning in [from, until); of both modes unless one is named. */
  latencies(from: number, until: number, mode?: Mode): Promise<readonly VendorLatency[]>;
}

/** A feed as this process has it. */
export interface FeedSeen {
  readonly id: string;
  readonly kind: string;
  readonly source: string;
  readonly entries: number;
  /** Epoch milliseconds. */
  readonly fetched: number | undefined;
  readonly fault: string | undefined;
  readonly stale: boolean;
}

/** What the area asks of the feeds. Implemented by `feeds/feeds.ts`. */
export interface FeedsSeen {
  status(): readonly FeedSeen[];
  refresh(options: { readonly force: true; readonly only?: string }): Promise<readonly { readonly id: string; readonly outcome: string }[]>;
}

/** One thing the gateway has beside vendors: the document engine, the object store. */
export interface PartSeen {
  readonly name: string;
  readonly state: 'ready' | 'unavailable' | 'not_configured';
  readonly note: string;
}

export type RefreshAsked = 'begun' | 'too_soon' | 'unknown' | 'nothing_to_fetch';

/** Implemented in `store/console/health.ts`. */
export interface HealthDesk extends Pick<VendorHealth, 'records' | 'lasts' | 'latencies'> {
  /**
   * Fetch a feed now, or every one; it is begun and not waited for. Once a minute for each feed, whichever process asks.
   * Sizes are judged as always: a list that lost most of itself is taken only by the command.
   */
  refreshFeeds(actor: Actor, id: string | undefined): Promise<RefreshAsked>;
}
