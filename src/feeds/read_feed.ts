/**
 * From bytes to something that can be asked: unpacked, parsed, and judged whether it is the list it is named after. An
 * error page, a broken download and an empty answer are faults here, never a list that clears everybody.
 */
import { asnParser } from './asn_table.ts';
import type { Address } from './address.ts';
import { listedDomain } from './domains.ts';
import type { FeedFault } from './faults.ts';
import { feedParser, torFormatOf, type FeedFormat } from './formats.ts';
import { KIND_RULES, type SourceFormat } from './kinds.ts';
import { eachLine } from './lines.ts';
import { isPlaceFile, PlaceFile } from './place_file.ts';
import type { RecordFacts } from './place_record.ts';
import { RangeSet } from './range_set.ts';
import { withoutReserved } from './reserved.ts';
import type { FeedSource } from './source.ts';
import { unpack } from './unpack.ts';

/** What a feed can be asked, by its kind. */
export type FeedData =
  | { readonly shape: 'nets'; readonly has: (address: Address) => boolean }
  | { readonly shape: 'places'; readonly facts: (address: Address) => RecordFacts }
  | { readonly shape: 'domains'; readonly domains: ReadonlySet<string> };

export interface ReadFeed {
  readonly data: FeedData;
  readonly entries: number;
  /** Of lists of nets: how much of the public internet they hold, 0 to about 1. */
  readonly share: number;
}

/** More unreadable lines than this share, and the file is not the list it is named after. */
const MAX_BAD_SHARE = 0.05;
/** From so many entries on, losing more than half at once is taken for a broken download. */
const SHRINK_GUARD_FROM = 100;
/** From so much of the public internet on, holding more than ten times as much at once is taken for a poisoned list. */
const GROWTH_GUARD_FROM = 1 / 256;

interface Lines {
  readonly entries: number;
  readonly badLines: number;
  readonly oldEntries?: number;
}

function linesFault({ entries, badLines, oldEntries = 0 }: Lines): FeedFault | undefined {
  const lines = entries + badLines + oldEntries;
  if (lines === 0) return 'empty';
  if (badLines / lines > MAX_BAD_SHARE) return 'unparseable';
  return entries === 0 ? 'only_old_entries' : undefined;
}

async function netsOf(text: string, format: FeedFormat, now: number): Promise<ReadFeed | FeedFault> {
  const parser = feedParser(format, now);
  await eachLine(text, parser.take);
  const parsed = parser.result();
  const set = new RangeSet(parsed.ranges);
  // Only what an operator wrote keeps the reserved nets, which are nobody's out there.
  const { share } = format === 'cidr' ? new RangeSet(parsed.ranges.flatMap(withoutReserved)) : set;
  return linesFault(parsed) ?? { data: { shape: 'nets', has: (address) => set.has(address) }, entries: parsed.entries, share };
}

async function asnOf(text: string): Promise<ReadFeed | FeedFault> {
  const parser = asnParser();
  await eachLine(text, parser.take);
  const parsed = parser.result();
  const facts = (address: Address): RecordFacts => {
    const asn = parsed.table.asnOf(address);
    return asn === undefined ? {} : { asn };
  };
  return linesFault(parsed) ?? { data: { shape: 'places', facts }, entries: parsed.entries, share: 0 };
}

/** A JSON array of texts as lines; undefined where it is something else. */
function linesOfJson(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map((one) => (typeof one === 'string' ? one : '?')) : undefined;
  } catch {
    return undefined;
  }
}

async function domainsOf(text: string): Promise<ReadFeed | FeedFault> {
  const domains = new Set<string>();
  let badLines = 0;
  let entries = 0;
  const take = (line: string): void => {
    if (/^(#|\/\/)/.test(line)) return;
    const domain = listedDomain(line);
    if (domain === undefined) badLines += 1;
    else {
      entries += 1;
      domains.add(domain);
    }
  };
  const list = text.trimStart().startsWith('[') ? linesOfJson(text) : undefined;
  if (list) for (const one of list) take(one.trim());
  else await eachLine(text, take);
  return linesFault({ entries, badLines }) ?? { data: { shape: 'domains', domains }, entries, share: 0 };
}

const NEEDED_FIELD = { country: 'country', city: 'latitude', asn: 'asn' } as const;

function placesOf(bytes: Uint8Array, kind: FeedSource['kind']): ReadFeed | FeedFault {
  const file = PlaceFile.open(bytes);
  if (!file) return 'not_a_database';
  const field = kind === 'country' || kind === 'city' || kind === 'asn' ? NEEDED_FIELD[kind] : undefined;
  if (field === undefined || !file.knows(field)) return 'lacks_its_field';
  return { data: { shape: 'places', facts: (address) => file.facts(address) }, entries: file.nodes, share: 0 };
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function textFeed(text: string, format: Exclude<SourceFormat, 'mmdb'>, now: number): Promise<ReadFeed | FeedFault> {
  switch (format) {
    case 'auto_asn':
    case 'iptoasn':
      return asnOf(text);
    case 'domains':
      return domainsOf(text);
    case 'auto_tor':
      return netsOf(text, torFormatOf(text), now);
    default:
      return netsOf(text, format, now);
  }
}

/**
 * Read a feed's bytes. Never throws over what is in them.
 *
 * @param now epoch milliseconds, against which dated entries are aged
 */
export async function readFeed(bytes: Uint8Array, { kind, format }: Pick<FeedSource, 'kind' | 'format'>, now: number): Promise<ReadFeed | FeedFault> {
  const rules = KIND_RULES[kind];
  const plain = await unpack(bytes, rules.mostUnpacked);
  if (typeof plain === 'string') return plain;
  let read: ReadFeed | FeedFault;
  if (format === 'mmdb' || (format === 'auto_asn' && isPlaceFile(plain))) {
    read = placesOf(plain, kind);
  } else {
    const text = utf8(plain);
    read = text === undefined ? 'not_utf8' : await textFeed(text, format, now);
  }
  if (typeof read === 'string') return read;
  if (read.entries > rules.most) return 'too_many';
  return read.share > rules.mostShare ? 'too_broad' : read;
}

/** How much a version holds. */
export type FeedSize = Pick<ReadFeed, 'entries' | 'share'>;

/** Whether a version that was read well is too much smaller or larger than the one before, or smaller than it can be. */
export function sizeFault({ entries, share }: FeedSize, before: FeedSize | undefined, least: number): FeedFault | undefined {
  if (entries < least) return 'too_few';
  if (!before) return undefined;
  if (before.entries >= SHRINK_GUARD_FROM && entries < before.entries / 2) return 'shrank';
  return share > GROWTH_GUARD_FROM && share > before.share * 10 ? 'grew' : undefined;
}

/** Faults of how much there is: the list itself can be read, and the operator can look at it and take it. */
export function isSizeFault(fault: FeedFault | undefined): boolean {
  return fault === 'too_few' || fault === 'shrank' || fault === 'grew';
}
