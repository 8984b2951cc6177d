import type { AddressFeeds } from '../../feeds/feeds.ts';

/** What session risk asks of the feeds. */
export interface RiskFeeds extends Pick<AddressFeeds, 'look' | 'locate'> {
  /** Domains of throw-away mailboxes, in ASCII and lower case. */
  readonly disposable: Pick<AddressFeeds['disposable'], 'has' | 'version'>;
}
