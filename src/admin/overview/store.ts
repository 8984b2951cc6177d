import type { Mode } from '../../journey/journey.ts';

/**
 * What is counted. Keys: `started` none; `decided` the verdict; `time` a bucket of {@link TIME_BUCKETS}; `reason` the
 * first reason of a denial; `step` `step:outcome`; `drop` the node where somebody stopped; `message` its delivery status.
 */
export const METRICS = ['started', 'decided', 'time', 'reason', 'step', 'drop', 'message'] as const;
export type Metric = (typeof METRICS)[number];

/** Time from the beginning to an approval: upper ends in seconds, the last one open. */
export const TIME_BUCKETS = [10, 30, 60, 120, 300, 600, 1800] as const;

/** Whose journeys, and when: hours beginning in [from, until), epoch milliseconds. */
export interface OverviewQuestion {
  readonly from: number;
  readonly until: number;
  readonly workflowId: string | undefined;
  readonly mode: Mode;
}

export interface MetricCount {
  readonly metric: Metric;
  readonly key: string;
  readonly count: number;
  /** Milliseconds; of `decided` the time that decisions took together. */
  readonly total: number;
}

/** Decisions of one stretch of time. */
export interface DecisionsAt {
  readonly at: number;
  readonly approve: number;
  readonly deny: number;
  readonly review: number;
}

/** The roll-up, as the overview reads it. Implemented in `store/console/rollup.ts`. */
export interface OverviewDesk {
  counts(question: OverviewQuestion): Promise<readonly MetricCount[]>;
  /** Decisions by stretches of so many milliseconds, without the empty ones. */
  decisions(question: OverviewQuestion, stretchMs: number): Promise<readonly DecisionsAt[]>;
  /** Until when everything is counted; undefined before the first count. */
  countedUntil(): Promise<number | undefined>;
}

/** What waits for somebody. */
export interface Attention {
  readonly overdueCases: number;
  /** Switched off by themselves. */
  readonly disabledEndpoints: number;
  readonly faultyFeeds: number;
  /** Whether any key of mode `live` works: then its figures are what is looked at first. */
  readonly liveKeys: boolean;
  /** Rules of workflows that left notices nobody dismissed, by how lately; counted among the newest thousand. */
  readonly notices: readonly { readonly workflowId: string; readonly rule: string; readonly count: number }[];
}

/** How long vendors took, for the chart beside. */
export interface VendorLatency {
  readonly vendor: string;
  readonly capability: string;
  readonly answers: number;
  /** Milliseconds; upper ends of the buckets they fall into. */
  readonly p50: number;
  readonly p95: number;
}
