/** What a group of lists says together. A list that is absent, broken or too old never makes an answer "clean". */
import type { FeedFault } from './faults.ts';
import { isStale, type Feed } from './feed.ts';
import type { FeedData } from './read_feed.ts';

export type FeedAnswer =
  /** `list` is the position of the list among those of its kind, which is no secret and no path. */
  | { readonly kind: 'listed'; readonly list: number; readonly version: string }
  | { readonly kind: 'not_listed'; readonly version: string }
  | { readonly kind: 'not_configured' }
  /** The lists in force do not hold it, but they are too old to say so, or one has not been fetched yet. */
  | { readonly kind: 'stale'; readonly version: string }
  /** At least one list is broken and no other holds the address. */
  | { readonly kind: 'unreadable'; readonly fault: FeedFault | 'address_unreadable' };

/** Ask the lists of one kind, or of kinds that are asked together; positions are among those given. */
export function answerOf(feeds: readonly Feed[], holds: (data: FeedData) => boolean, now: number): FeedAnswer {
  if (feeds.length === 0) return { kind: 'not_configured' };
  const list = feeds.findIndex(({ loaded }) => loaded !== undefined && holds(loaded.data));
  if (list >= 0) return { kind: 'listed', list, version: feeds[list]?.loaded?.version ?? 'none' };
  const fault = feeds.find(({ broken }) => broken !== undefined)?.broken;
  if (fault) return { kind: 'unreadable', fault };
  const version = feeds.map(({ loaded }) => loaded?.version ?? 'none').join(',');
  // The oldest list decides: a fresh one beside it says nothing about what the old one should hold by now.
  return { kind: feeds.some((feed) => isStale(feed, now)) ? 'stale' : 'not_listed', version };
}
