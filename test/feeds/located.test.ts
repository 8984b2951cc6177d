import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { feedsCommand } from '../../src/feeds/command.ts';
import { loadFeeds, type AddressFeeds } from '../../src/feeds/feeds.ts';
import { KIND_RULES, type FeedKind } from '../../src/feeds/kinds.ts';
import type { FeedSource } from '../../src/feeds/source.ts';
import type { Place } from '../../src/journey/store.ts';
import { writeMmdb } from './mmdb_writer.ts';

const NOW = Date.parse('2026-06-17T12:00:00Z');
const DAY = 86_400_000;
let folder: string;
let now: number;

beforeEach(async () => {
  now = NOW;
  folder = await mkdtemp(join(tmpdir(), 'feeds-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const CITY = writeMmdb({ '8.0.0.0/8': { country: { iso_code: 'CA' }, location: { latitude: 45.5, longitude: -73.5, accuracy_radius: 20 } }, '10.0.0.0/8': { country_code: 'ZZ', latitude: 1, longitude: 1 } });
const FILES: Partial<Record<FeedKind, string | Buffer>> = {
  tor: '185.220.101.4\n', hosting: '8.8.4.0/24\n', vpn: '8.8.5.0/24\n', relay: '8.8.6.0/24,US,US-CA,X\n', city: CITY,
  country: writeMmdb({ '193.0.0.0/8': { country_code: 'FR' } }), asn: '8.8.8.0\t8.8.8.255\t15169\tUS\tGOOGLE\n', disposable: 'mine.example\n',
};

async function feedsOf(...kinds: readonly FeedKind[]): Promise<AddressFeeds> {
  const sources = await Promise.all(kinds.map(async (kind): Promise<FeedSource> => {
    const path = join(folder, kind);
    await writeFile(path, FILES[kind]!);
    await utimes(path, now / 1000, now / 1000);
    const { formats, staleDays } = KIND_RULES[kind];
    return { id: kind, kind, format: formats[0]!, staleMs: staleDays * DAY, from: { path } };
  }));
  return loadFeeds({ sources }, () => now);
}

describe('where an address is', () => {
  test('the country works out of the box', async () => {
    const feeds = await feedsOf();
    expect(feeds.locate('8.8.8.8')).toEqual({ country: 'US', feedVersion: expect.stringMatching(/^country:embedded@\d{4}-\d{2}-\d{2}$/) });
    for (const nowhere of ['10.1.2.3', '127.0.0.1', '::1', 'fd00::1', 'garbage', '']) expect(feeds.locate(nowhere), nowhere).toEqual({});
  });

  test('configured databases come first; what they do not hold is asked of the next', async () => {
    const feeds = await feedsOf('city', 'country', 'asn');
    const version = expect.stringMatching(/^city:[0-9a-f]{12}@.*,asn:[0-9a-f]{12}@/);
    const place: Place = feeds.locate('8.8.8.8');
    expect(place).toEqual({ country: 'CA', latitude: 45.5, longitude: -73.5, radiusKm: 20, asn: 15169, feedVersion: version });
    expect(feeds.locate('193.0.6.139')).toMatchObject({ country: 'FR', feedVersion: expect.stringMatching(/^country:[0-9a-f]/) });
    expect(feeds.locate('1.1.1.1').feedVersion).toMatch(/^country:embedded/);
    expect(feeds.locate('10.1.2.3')).toEqual({});
  });

  test('a stale database says nothing: the shipped one answers', async () => {
    const feeds = await feedsOf('city', 'country', 'asn');
    now += 45 * DAY + 1;
    expect(feeds.locate('8.8.8.8')).toEqual({ country: 'US', feedVersion: expect.stringMatching(/^country:embedded/) });
  });

  test('what kind of network it is, and `access` only when both lists say so', async () => {
    const all = await feedsOf('tor', 'hosting', 'vpn', 'relay');
    const network = (feeds: AddressFeeds, address: string): unknown => feeds.locate(address).network;
    expect(['8.8.4.4', '8.8.5.5', '8.8.6.6', '185.220.101.4', '8.8.8.8'].map((address) => network(all, address))).toEqual(['hosting', 'vpn', 'relay', 'relay', 'access']);
    expect(network(await feedsOf('hosting'), '8.8.8.8')).toBeUndefined();
    expect(network(await feedsOf('vpn'), '8.8.8.8')).toBeUndefined();
    now += 31 * DAY;
    expect(['8.8.8.8', '8.8.5.5'].map((address) => network(all, address))).toEqual([undefined, 'vpn']);
  });

  test('hosting, VPN and relay nets are answers of their own', async () => {
    const feeds = await feedsOf('hosting', 'vpn', 'relay');
    expect(await feeds.look('8.8.4.4')).toMatchObject({ hosting: { kind: 'listed', list: 0 }, vpn: { kind: 'not_listed' }, tor: { kind: 'not_configured' } });
    expect(await feeds.look('8.8.6.4')).toMatchObject({ hosting: { kind: 'not_listed' }, vpn: { kind: 'listed', list: 1 } });
    expect(await (await feedsOf('vpn')).look('8.8.5.4')).toMatchObject({ vpn: { kind: 'listed', list: 0 } });
  });
});

test('throw-away mail: the shipped list, and one more; a stale one counts no more', async () => {
  expect((await feedsOf()).disposable.has('mine.example')).toBe(false);
  const { disposable } = await feedsOf('disposable');
  expect(['mailinator.com', 'sub.MAILINATOR.com', 'mine.example', 'gmail.com', ''].map((domain) => disposable.has(domain))).toEqual([true, true, true, false, false]);
  expect(disposable.version).toMatch(/^embedded-[\d.]+,[0-9a-f]{12}@2026/);
  now += 91 * DAY;
  expect([disposable.has('mine.example'), disposable.has('mailinator.com')]).toEqual([false, true]);
});

describe('the command', () => {
  test('status names every feed and whether it is good', async () => {
    const feeds = await feedsOf('hosting', 'city');
    const { lines, good } = await feedsCommand([], feeds);
    expect(good).toBe(true);
    expect(lines[0]).toMatch(new RegExp(`^hosting {2}hosting {2}${folder}/hosting\n {4}1 entries, version [0-9a-f]{12}@.*, current at 2026-06-17T12:00:00.000Z: good$`));
    now += 61 * DAY;
    expect(await feedsCommand(['status'], feeds)).toMatchObject({ good: false, lines: [expect.stringMatching(/stale$/), expect.stringMatching(/stale$/), expect.stringContaining('shipped')] });
  });

  test('look prints every answer', async () => {
    const { lines } = await feedsCommand(['look', '::ffff:8.8.4.4'], await feedsOf('hosting', 'asn', 'city'));
    expect(lines).toEqual([
      'tor: not configured', 'denied: not configured', expect.stringMatching(/^hosting: listed \(list 1, [0-9a-f]{12}@/), 'vpn: not configured',
      'country: CA', 'latitude: 45.5', 'longitude: -73.5', 'radiusKm: 20', expect.stringMatching(/^feedVersion: city:/), 'network: hosting',
    ]);
  });

  test.each([[['look']], [['look', 'nonsense']], [['refresh', 'nobody']], [['dance']], [['look', '1.2.3.4', 'more']]])('%j is refused', async (args) => {
    await expect(feedsCommand(args, await feedsOf())).rejects.toMatchObject({ code: 'usage' });
  });

  test('nothing to fetch is said', async () => {
    expect(await feedsCommand(['refresh'], await feedsOf('vpn'))).toEqual({ lines: ['no feed with an address: files are read by themselves'], good: true });
  });
});
