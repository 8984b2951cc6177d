/**
 * What kinds of feeds there are, as a table: what each may be written in, when it is too old to clear anybody, and how
 * much of it is plausible. A new kind is a new row.
 */
import { FEED_FORMATS, type FeedFormat } from './formats.ts';

export const FEED_KINDS = ['tor', 'deny', 'hosting', 'vpn', 'relay', 'country', 'city', 'asn', 'disposable'] as const;

/**
 * `tor`: exits. `deny`: nets nobody is let in from. `hosting`: data centres. `vpn`, `relay`: networks that hide where a
 * person is (a relay, such as Apple's, hides it for ordinary people). `country`, `city`, `asn`: what an address belongs
 * to. `disposable`: domains of throw-away mail addresses.
 */
export type FeedKind = (typeof FEED_KINDS)[number];

export const SOURCE_FORMATS = [...FEED_FORMATS, 'auto_tor', 'mmdb', 'iptoasn', 'auto_asn', 'domains'] as const;

/**
 * The formats of address lists ({@link FeedFormat}), and: `auto_tor`, `auto_asn` tell two formats apart by looking;
 * `mmdb`: MaxMind's database format; `iptoasn`: tab-separated ranges with numbers; `domains`: one domain a line, or a
 * JSON array of them.
 */
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

export interface KindRules {
  /** The first is what a source is taken for that names none. */
  readonly formats: readonly SourceFormat[];
  /** Days after which it says nothing any more but what it lists. */
  readonly staleDays: number;
  /** Fewer entries fetched from an address are taken for a broken download, unless the source says otherwise. */
  readonly least: number;
  readonly most: number;
  /** Lists of nets: a larger share of the public addresses than an honest list holds (`RangeSet.share`). */
  readonly mostShare: number;
  /** Bytes, as it is sent and unpacked. */
  readonly mostBytes: number;
  readonly mostUnpacked: number;
}

const MEBIBYTE = 1024 * 1024;
/** Lists: larger than any in use (FireHOL's largest are about 10 MB). */
const LIST = { mostShare: 1 / 16, most: 2_000_000, mostBytes: 32 * MEBIBYTE, mostUnpacked: 32 * MEBIBYTE } as const;
/** Databases of cities are about 70 MB; entries are nodes of a search tree, or lines. */
const DATABASE = { mostShare: 1, least: 100, most: 100_000_000, mostBytes: 128 * MEBIBYTE, mostUnpacked: 256 * MEBIBYTE } as const;
const NETS: readonly FeedFormat[] = ['netset', 'cidr', 'csv', 'tor_bulk', 'drop_json', 'drop_text'];

/** Exit relays come and go within days, blocked nets stay for months; databases are published monthly or more often. */
export const KIND_RULES: Readonly<Record<FeedKind, KindRules>> = {
  tor: { formats: ['auto_tor', 'tor_bulk', 'tor_exit_addresses', 'netset'], staleDays: 3, least: 100, ...LIST },
  deny: { formats: NETS, staleDays: 30, least: 1, ...LIST },
  // A few clouds hold hundreds of millions of addresses; and a hit denies nobody by itself.
  hosting: { formats: NETS, staleDays: 60, least: 100, ...LIST, mostShare: 1 / 4 },
  vpn: { formats: NETS, staleDays: 30, least: 10, ...LIST },
  relay: { formats: ['csv', 'netset', 'cidr'], staleDays: 30, least: 10, ...LIST },
  country: { formats: ['mmdb'], staleDays: 45, ...DATABASE },
  city: { formats: ['mmdb'], staleDays: 45, ...DATABASE },
  asn: { formats: ['auto_asn', 'mmdb', 'iptoasn'], staleDays: 45, ...DATABASE },
  disposable: { formats: ['domains'], staleDays: 90, least: 100, ...LIST },
};
