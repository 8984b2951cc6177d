/**
 * `FEEDS`, a JSON array of sources, read and checked as a whole: every fault is named by the place of its entry, and no
 * value is quoted, for addresses can hold keys.
 */
import { z } from 'zod';
import { Personal } from '../personal.ts';
import { parseAddress } from './address.ts';
import { FEED_KINDS, KIND_RULES, SOURCE_FORMATS } from './kinds.ts';
import { isLoopback, isPublic } from './public_address.ts';
import type { FeedSource } from './source.ts';

type Env = Readonly<Record<string, string | undefined>>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_SOURCES = 50;

const NUMBERS = z.array(z.int('must be numbers of networks').min(1, 'must be numbers of networks').max(4_294_967_295, 'must be numbers of networks'))
  .min(1, 'must name a network').max(10_000, 'must name at most 10000 networks');

const ENTRY = z.strictObject({
  kind: z.enum(FEED_KINDS, { error: `must be one of ${FEED_KINDS.join(', ')}` }),
  id: z.string().regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits, _ . -').exactOptional(),
  path: z.string().min(1).max(1000).exactOptional(),
  url: z.string().max(2000).exactOptional(),
  format: z.enum(SOURCE_FORMATS, { error: `must be one of ${SOURCE_FORMATS.join(', ')}` }).exactOptional(),
  everyHours: z.number('must be a number').min(1, 'must be 1 or more').max(24 * 30, 'must be 720 or less').exactOptional(),
  staleDays: z.number('must be a number').min(1, 'must be 1 or more').max(400, 'must be 400 or less').exactOptional(),
  minEntries: z.int('must be a whole number').min(1, 'must be 1 or more').exactOptional(),
  hosting: NUMBERS.exactOptional(),
  mobile: NUMBERS.exactOptional(),
  header: z.strictObject({
    name: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, 'must be the name of a header'),
    env: z.string().regex(/^[A-Z][A-Z0-9_]{0,80}$/, 'must be the name of a setting that holds the value'),
  }).exactOptional(),
});
type Entry = z.infer<typeof ENTRY>;

/** Headers that a source cannot be given: they belong to the request itself. */
const OWN_HEADERS = /^(host|connection|content-.*|transfer-encoding|accept-encoding|range|if-.*|te|upgrade|expect|trailer)$/i;

/** Why an address is not one to fetch from, or nothing. */
function urlFault(text: string, production: boolean): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'url must be an address';
  if (url.username + url.password !== '') return 'url must not hold a user name or password: use header';
  if (url.hash !== '') return 'url must have no fragment';
  const literal = parseAddress(url.hostname);
  const local = url.hostname === 'localhost' || (literal !== undefined && isLoopback(literal));
  if (!local && literal && !isPublic(literal)) return 'url must not be an inner address: use path';
  if (local && production) return 'url must not be on this machine in production: use path';
  if (url.protocol === 'https:' || (local && url.protocol === 'http:')) return undefined;
  return 'url must be https (http on this machine alone, in development)';
}

function entryFaults(entry: Entry, env: Env, production: boolean): readonly string[] {
  const { path, url, format, header, everyHours, minEntries, hosting, mobile } = entry;
  const { formats } = KIND_RULES[entry.kind];
  return [
    (path === undefined) === (url === undefined) ? 'needs either url or path' : undefined,
    url === undefined ? undefined : urlFault(url, production),
    format !== undefined && !formats.includes(format) ? `format of ${entry.kind} must be one of ${formats.join(', ')}` : undefined,
    path !== undefined && (header ?? everyHours ?? minEntries) !== undefined ? 'header, everyHours and minEntries go with url' : undefined,
    entry.kind !== 'asn' && (hosting ?? mobile) !== undefined ? 'hosting and mobile go with asn' : undefined,
    header && OWN_HEADERS.test(header.name) ? 'header.name cannot be set' : undefined,
    // Values that a header cannot carry would only show at the first fetch.
    header && !/^[\x20-\x7e]{1,4000}$/.test(env[header.env] ?? '') ? `header.env names ${header.env}, which is not set, or is no header value` : undefined,
  ].filter((fault) => fault !== undefined);
}

function sourceOf(entry: Entry, index: number, env: Env): FeedSource {
  const rules = KIND_RULES[entry.kind];
  return {
    id: entry.id ?? `${entry.kind}-${index + 1}`,
    kind: entry.kind,
    format: entry.format ?? rules.formats[0]!,
    staleMs: (entry.staleDays ?? rules.staleDays) * DAY_MS,
    from: entry.url === undefined
      ? { path: entry.path! }
      : {
          url: Personal.of(new URL(entry.url).href),
          ...(entry.header ? { header: { name: entry.header.name, value: Personal.of(env[entry.header.env]!) } } : {}),
          everyMs: (entry.everyHours ?? 24) * HOUR_MS,
          least: entry.minEntries ?? rules.least,
        },
    ...(entry.kind === 'asn' ? { numbers: { ...(entry.hosting ? { hosting: new Set(entry.hosting) } : {}), ...(entry.mobile ? { mobile: new Set(entry.mobile) } : {}) } } : {}),
  };
}

/**
 * Read `FEEDS`.
 *
 * @returns the sources, and every fault as a sentence without the setting's name
 */
export function feedSourcesFrom(env: Env, production: boolean): { readonly sources: readonly FeedSource[]; readonly faults: readonly string[] } {
  const raw = env['FEEDS'];
  if (raw === undefined || raw === '') return { sources: [], faults: [] };
  let list: unknown;
  try {
    list = JSON.parse(raw);
  } catch {
    return { sources: [], faults: ['must be a JSON array'] };
  }
  if (!Array.isArray(list)) return { sources: [], faults: ['must be a JSON array'] };
  if (list.length > MOST_SOURCES) return { sources: [], faults: [`must have at most ${MOST_SOURCES} entries`] };
  const faults: string[] = [];
  const sources: FeedSource[] = [];
  for (const [index, one] of (list as readonly unknown[]).entries()) {
    const parsed = ENTRY.safeParse(one);
    const found = parsed.success
      ? entryFaults(parsed.data, env, production)
      : parsed.error.issues.map(({ code, path, message }) => (code === 'unrecognized_keys' ? 'holds a name that is not known' : `${path.join('.')} ${message}`.trim()));
    faults.push(...found.map((why) => `entry ${index + 1}: ${why}`));
    if (!parsed.success || found.length > 0) continue;
    const source = sourceOf(parsed.data, index, env);
    if (sources.some(({ id }) => id === source.id)) faults.push(`entry ${index + 1}: has the id of another`);
    sources.push(source);
  }
  return { sources, faults };
}

/** The sources that `TOR_EXIT_FILE` and `DENY_LIST_FILES` name. */
export function fileSources(torFile: string | undefined, denyFiles: readonly { readonly path: string; readonly format: FeedSource['format'] }[]): readonly FeedSource[] {
  const source = (id: string, kind: 'tor' | 'deny', format: FeedSource['format'], path: string): FeedSource =>
    ({ id, kind, format, staleMs: KIND_RULES[kind].staleDays * DAY_MS, from: { path } });
  return [
    ...(torFile === undefined ? [] : [source('tor-exit-file', 'tor', 'auto_tor', torFile)]),
    ...denyFiles.map(({ path, format }, index) => source(`deny-list-file-${index + 1}`, 'deny', format, path)),
  ];
}
