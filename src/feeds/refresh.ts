/**
 * Fetching what is due, one feed at a time, and keeping what passes for everybody. Several processes may do this at
 * once: the database gives each attempt to one of them.
 */
import { createHash } from 'node:crypto';
import { fetchFeed, type FeedCall, type FetchedFeed } from './fetch_feed.ts';
import type { FeedFault } from './faults.ts';
import { KIND_RULES } from './kinds.ts';
import { readFeed, sizeFault, type FeedSize } from './read_feed.ts';
import { rowIdOf, type UrlSource } from './source.ts';
import type { FeedClaim, FeedStore } from './store.ts';

/** After an attempt that brought nothing. Publishers ask not to be called more than once an hour. */
const RETRY_MS = 3_600_000;
/** For one feed, redirects and body included: a database of cities over a slow line. */
const FETCH_MS = 120_000;
/** Rows that no configuration has named for so long are deleted. */
const FORGET_MS = 30 * 86_400_000;

export interface RefreshOptions {
  readonly clock: () => number;
  /** Ends a running fetch when the process stops. */
  readonly signal?: AbortSignal;
  /** Fetch even what is not due. */
  readonly force?: boolean;
  /** Take a list that lost more than half, is smaller than it should be, or grew tenfold: the operator has looked at it. */
  readonly acceptSize?: boolean;
  readonly timeoutMs?: number;
  readonly fetch?: (call: FeedCall) => Promise<FetchedFeed>;
}

/** What became of one feed; feeds that were not due have none. */
export interface Refreshed {
  readonly id: string;
  readonly outcome: 'replaced' | 'unchanged' | FeedFault;
}

/** How much the kept body holds: a net's share is not kept beside it, and a new body is rare enough to read the old one. */
async function sizeBefore(source: UrlSource, claim: FeedClaim, store: FeedStore, now: number): Promise<FeedSize | undefined> {
  const body = claim.sha256 === undefined ? undefined : await store.body(claim.id, claim.sha256);
  const read = body && (await readFeed(body, source, now));
  // One that can no longer be read (dated exits) still had so many entries.
  return body && { entries: claim.entries, share: typeof read === 'object' ? read.share : 1 };
}

async function refreshOne(source: UrlSource, claim: FeedClaim, store: FeedStore, options: RefreshOptions): Promise<Refreshed['outcome']> {
  const { clock, signal, timeoutMs = FETCH_MS, fetch = fetchFeed } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  const { mostBytes } = KIND_RULES[source.kind];
  const fetched = await fetch({
    from: source.from,
    validators: claim.sha256 === undefined ? undefined : claim,
    mostBytes,
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  });
  if (fetched.kind === 'failed') {
    await (fetched.fault === 'stopped' ? store.release(claim) : store.fail(claim, fetched.fault));
    return fetched.fault;
  }
  const { etag = claim.etag, lastModified = claim.lastModified } = fetched;
  if (fetched.kind === 'unchanged') {
    await store.confirm(claim, clock(), { etag, lastModified });
    return 'unchanged';
  }
  const sha256 = createHash('sha256').update(fetched.bytes).digest('hex');
  const validators = { etag: fetched.etag, lastModified: fetched.lastModified };
  if (sha256 === claim.sha256) {
    await store.confirm(claim, clock(), validators);
    return 'unchanged';
  }
  const feed = await readFeed(fetched.bytes, source, clock());
  const fault = typeof feed === 'string' ? feed : options.acceptSize === true ? undefined : sizeFault(feed, await sizeBefore(source, claim, store, clock()), source.from.least);
  if (fault !== undefined || typeof feed === 'string') {
    await store.fail(claim, fault ?? 'unparseable');
    return fault ?? 'unparseable';
  }
  await store.replace(claim, clock(), { ...validators, body: fetched.bytes, sha256, entries: feed.entries });
  return 'replaced';
}

/**
 * Fetch every source that is due; the outcomes of those that were.
 *
 * @param configured rows of every source of the configuration, so that the rest can be deleted in time
 */
export async function refreshFeeds(sources: readonly UrlSource[], store: FeedStore, options: RefreshOptions, configured: readonly string[] = sources.map(rowIdOf)): Promise<readonly Refreshed[]> {
  const done: Refreshed[] = [];
  await store.kept(sources.map((source) => ({ id: rowIdOf(source), kind: source.kind })));
  for (const source of sources) {
    if (options.signal?.aborted) break;
    const due = options.force === true ? { everyMs: 0, retryMs: 0 } : { everyMs: source.from.everyMs, retryMs: Math.min(RETRY_MS, source.from.everyMs) };
    const claim = await store.claim(rowIdOf(source), { now: options.clock(), ...due });
    if (claim) done.push({ id: source.id, outcome: await refreshOne(source, claim, store, options) });
  }
  if (done.length > 0) await store.forget(configured, options.clock() - FORGET_MS);
  return done;
}
