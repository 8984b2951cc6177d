/**
 * The formats address lists come in. A parser takes text from outside and never throws: it gives ranges, and how many
 * lines it could not read, so that an error page saved under the name of a list is not taken for an empty list.
 */
import { parseAddress, parseNet, type Range } from './address.ts';
import { tooBroad, withoutReserved } from './reserved.ts';

export const FEED_FORMATS = ['tor_bulk', 'tor_exit_addresses', 'netset', 'cidr', 'drop_json', 'drop_text', 'csv'] as const;

/**
 * `tor_bulk`: one address per line. `tor_exit_addresses`: TorDNSEL blocks. `netset`: nets with `#` comments as FireHOL
 * and X4BNet publish them, private nets ignored. `cidr`: the same, written by the operator and taken literally.
 * `drop_json`, `drop_text`: Spamhaus DROP. `csv`: nets in the first column, as Apple publishes its relays.
 */
export type FeedFormat = (typeof FEED_FORMATS)[number];

export interface ParsedFeed {
  readonly ranges: readonly Range[];
  /** Entries read, before merging. */
  readonly entries: number;
  /** Lines that should have been entries and were not. */
  readonly badLines: number;
  /** Entries dropped because they are too old. */
  readonly oldEntries: number;
}

type Line = { readonly kind: 'entry'; readonly ranges: readonly Range[] } | { readonly kind: 'skip' | 'bad' | 'old' };

const SKIP: Line = { kind: 'skip' };
const BAD: Line = { kind: 'bad' };

/** Exits named in `exit-addresses` are dropped after two days without having been seen. */
const EXIT_MAX_AGE_MS = 48 * 60 * 60 * 1000;

function net(text: string, keepPrivate: boolean): Line {
  const range = parseNet(text);
  if (!range || tooBroad(range)) return BAD;
  return { kind: 'entry', ranges: keepPrivate ? [range] : withoutReserved(range) };
}

function torBulk(line: string): Line {
  if (line.startsWith('#')) return SKIP;
  const address = parseAddress(line);
  return address ? { kind: 'entry', ranges: [{ family: address.family, start: address.value, end: address.value }] } : BAD;
}

/** `ExitAddress 192.0.2.1 2026-06-17 10:11:12`, times in UTC. */
function exitAddress(line: string, now: number): Line {
  if (/^(ExitNode|Published|LastStatus)\s/.test(line)) return SKIP;
  const found = /^ExitAddress\s+(\S+)\s+(\d{4}-\d{2}-\d{2})\s+(\d{2}:\d{2}:\d{2})$/.exec(line);
  if (!found) return BAD;
  const seen = Date.parse(`${found[2]}T${found[3]}Z`);
  if (Number.isNaN(seen)) return BAD;
  return now - seen > EXIT_MAX_AGE_MS ? { kind: 'old' } : torBulk(found[1]!);
}

function netsetLine(line: string, keepPrivate: boolean): Line {
  const comment = line.search(/[#;]/);
  const entry = (comment < 0 ? line : line.slice(0, comment)).trim();
  return entry === '' ? SKIP : net(entry, keepPrivate);
}

/** `{"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"arin"}`; the last line is `{"type":"metadata",…}`. */
function dropJson(line: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return BAD;
  }
  if (typeof value !== 'object' || value === null) return BAD;
  if ('type' in value && value.type === 'metadata') return SKIP;
  return 'cidr' in value && typeof value.cidr === 'string' ? net(value.cidr, false) : BAD;
}

const PARSE_LINE: Readonly<Record<FeedFormat, (line: string, now: number) => Line>> = {
  tor_bulk: torBulk,
  tor_exit_addresses: exitAddress,
  netset: (line) => netsetLine(line, false),
  cidr: (line) => netsetLine(line, true),
  drop_json: dropJson,
  drop_text: (line) => netsetLine(line, false),
  csv: (line) => netsetLine(line.replace(/^"?([^",]*)"?,.*$/, '$1'), false),
};

/** Reads a list line by line; lines are given trimmed and not empty. */
export function feedParser(format: FeedFormat, now: number): { take(line: string): void; result(): ParsedFeed } {
  const parse = PARSE_LINE[format];
  const ranges: Range[] = [];
  const counts = { entry: 0, bad: 0, old: 0, skip: 0 };
  return {
    take(text) {
      const line = parse(text, now);
      counts[line.kind] += 1;
      if (line.kind === 'entry') ranges.push(...line.ranges);
    },
    result: () => ({ ranges, entries: counts.entry, badLines: counts.bad, oldEntries: counts.old }),
  };
}

/**
 * Parses a list.
 *
 * @param now epoch milliseconds, against which dated entries are aged
 */
export function parseFeed(text: string, format: FeedFormat, now: number): ParsedFeed {
  const parser = feedParser(format, now);
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    const trimmed = line.trim();
    if (trimmed !== '') parser.take(trimmed);
  }
  return parser.result();
}

/** Which of the two formats a TOR list is in. */
export function torFormatOf(text: string): FeedFormat {
  return /^Exit(Node|Address)\s/m.test(text) ? 'tor_exit_addresses' : 'tor_bulk';
}
