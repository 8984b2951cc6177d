/** One feed as this process has it: the version in force, and how it stands. */
import type { FeedData } from './read_feed.ts';
import type { FeedFault } from './faults.ts';
import { shownSource, type FeedSource } from './source.ts';

/** A version that is in force; a new one replaces it whole, so that a look-up never sees half of one. */
export interface Loaded {
  readonly data: FeedData;
  readonly entries: number;
  /** How much of the public internet it holds, 0 to about 1. */
  readonly share: number;
  /** First digits of the content's SHA-256, and the date below: as recorded with a decision. */
  readonly version: string;
  /** When it was last known to be current, epoch milliseconds. */
  readonly currentAt: number;
}

export interface Feed {
  readonly source: FeedSource;
  readonly loaded: Loaded | undefined;
  /** Why the newest version is not the one in force. */
  readonly fault: FeedFault | undefined;
  /** A fault that leaves open what the list holds now, even where the version in force is young. */
  readonly broken: FeedFault | undefined;
}

/** How a feed stands, for the operator; nothing in it is secret. */
export interface FeedStatus {
  readonly id: string;
  readonly kind: FeedSource['kind'];
  /** Its path, or its address without the query. */
  readonly source: string;
  readonly entries: number;
  readonly version: string | undefined;
  /** When the version in force was last known to be current, epoch milliseconds. */
  readonly fetched: number | undefined;
  readonly fault: FeedFault | undefined;
  /** Whether it is too old, or was never there, to clear anybody. */
  readonly stale: boolean;
}

/** How a version is called. */
export function versionName(sha256: string, currentAt: number): string {
  return `${sha256.slice(0, 12)}@${new Date(currentAt).toISOString()}`;
}

/** Whether what a feed does not hold can no longer be relied upon. */
export function isStale({ loaded, source }: Feed, now: number): boolean {
  return loaded === undefined || now - loaded.currentAt > source.staleMs;
}

export function statusOf(feed: Feed, now: number): FeedStatus {
  return {
    id: feed.source.id,
    kind: feed.source.kind,
    source: shownSource(feed.source),
    entries: feed.loaded?.entries ?? 0,
    version: feed.loaded?.version,
    fetched: feed.loaded?.currentAt,
    fault: feed.fault,
    stale: isStale(feed, now),
  };
}
