/** The nets of some networks as a list: an ASN database, and the numbers that an operator named with it. */
import type { Address } from './address.ts';
import type { Feed } from './feed.ts';
import type { FeedSource } from './source.ts';

/** Such a list of each ASN database that has numbers of this use; it stands as its database stands. */
export function asnNets(feeds: readonly Feed[], use: keyof NonNullable<FeedSource['numbers']>): readonly Feed[] {
  return feeds.flatMap((feed) => {
    const numbers = feed.source.numbers?.[use];
    return numbers === undefined ? [] : [netsOf(feed, numbers)];
  });
}

function netsOf(feed: Feed, numbers: ReadonlySet<number>): Feed {
  return {
    source: feed.source,
    get loaded() {
      const { loaded } = feed;
      if (loaded?.data.shape !== 'places') return undefined;
      const { facts } = loaded.data;
      return {
        ...loaded,
        data: {
          shape: 'nets' as const,
          has: (address: Address) => {
            const { asn } = facts(address);
            return asn !== undefined && numbers.has(asn);
          },
        },
      };
    },
    get fault() {
      return feed.fault;
    },
    get broken() {
      return feed.broken;
    },
  };
}
