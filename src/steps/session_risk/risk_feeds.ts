import type { AddressFeeds } from '../../feeds/feeds.ts';

/** What session risk asks of the feeds. */
export interface RiskFeeds extends Pick<AddressFeeds, 'look' | 'locate'> {
  /** Domains of throw-away mailboxes. */
  readonly disposable: Pick<AddressFeeds['disposable'], 'look'>;
}
