import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AddressFeeds } from '../../src/feeds/feeds.ts';
import type { FeedKind } from '../../src/feeds/kinds.ts';
import type { FeedSource } from '../../src/feeds/source.ts';
import type { Place } from '../../src/journey/store.ts';
import { DAY, feedFolder, type FeedFolder } from './feeds_of.ts';

let files: FeedFolder;
const feedsOf: FeedFolder['feedsOf'] = (...kinds) => files.feedsOf(...kinds);

beforeEach(async () => {
  files = await feedFolder();
});
afterEach(() => files.remove());

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
    files.now += 45 * DAY + 1;
    expect(feeds.locate('8.8.8.8')).toEqual({ country: 'US', feedVersion: expect.stringMatching(/^country:embedded/) });
  });

  test('what kind of network it is, and `access` only when both lists say so', async () => {
    const all = await feedsOf('tor', 'hosting', 'vpn', 'relay');
    const network = (feeds: AddressFeeds, address: string): unknown => feeds.locate(address).network;
    expect(['8.8.4.4', '8.8.5.5', '8.8.6.6', '185.220.101.4', '8.8.8.8'].map((address) => network(all, address))).toEqual(['hosting', 'vpn', 'relay', 'relay', 'access']);
    expect(network(await feedsOf('hosting'), '8.8.8.8')).toBeUndefined();
    expect(network(await feedsOf('vpn'), '8.8.8.8')).toBeUndefined();
    files.now += 31 * DAY;
    expect(['8.8.8.8', '8.8.5.5'].map((address) => network(all, address))).toEqual([undefined, 'vpn']);
  });

  test('hosting, VPN and relay nets are answers of their own', async () => {
    const feeds = await feedsOf('hosting', 'vpn', 'relay');
    expect(await feeds.look('8.8.4.4')).toMatchObject({ hosting: { kind: 'listed', list: 0 }, vpn: { kind: 'not_listed' }, tor: { kind: 'not_configured' } });
    expect(await feeds.look('8.8.6.4')).toMatchObject({ hosting: { kind: 'not_listed' }, vpn: { kind: 'listed', list: 1 } });
    expect(await (await feedsOf('vpn')).look('8.8.5.4')).toMatchObject({ vpn: { kind: 'listed', list: 0 } });
  });
});

test('throw-away mail: the shipped list, and one more', async () => {
  expect((await feedsOf()).disposable.look('mine.example')).toEqual({ kind: 'not_listed', version: expect.stringMatching(/^embedded-[\d.]+$/) });
  const { disposable } = await feedsOf('disposable');
  const answers = ['mailinator.com', 'sub.MAILINATOR.com', 'mine.example', 'gmail.com', ''].map((domain) => disposable.look(domain));
  expect(answers).toMatchObject([{ kind: 'listed', list: 0 }, { kind: 'listed', list: 0 }, { kind: 'listed', list: 1 }, { kind: 'not_listed' }, { kind: 'not_listed' }]);
  expect(answers[3]).toEqual({ kind: 'not_listed', version: expect.stringMatching(/^embedded-[\d.]+,[0-9a-f]{12}@2026/) });
});

test('throw-away mail: a configured list that is stale or broken still lists, and clears nobody', async () => {
  const { disposable } = await feedsOf('disposable');
  files.now += 91 * DAY;
  expect(['mine.example', 'mailinator.com', 'gmail.com'].map((domain) => disposable.look(domain).kind)).toEqual(['listed', 'listed', 'stale']);
  const broken = await files.feedsWith(['disposable'], () => ({ from: { path: files.folder } }));
  expect(['mailinator.com', 'gmail.com'].map((domain) => broken.disposable.look(domain))).toMatchObject([{ kind: 'listed' }, { kind: 'unreadable', fault: 'not_readable' }]);
});

describe('numbers of networks, given with an ASN database', () => {
  const numbered = (numbers: NonNullable<FeedSource['numbers']>, ...kinds: readonly FeedKind[]): Promise<AddressFeeds> =>
    files.feedsWith(['asn', ...kinds], (kind) => (kind === 'asn' ? { numbers } : {}));

  test('name data centres, beside the lists of nets', async () => {
    const feeds = await numbered({ hosting: new Set([15169]) }, 'hosting');
    const hosting = async (address: string) => (await feeds.look(address)).hosting;
    expect(await hosting('8.8.4.4')).toMatchObject({ kind: 'listed', list: 0 });
    expect(await hosting('8.8.8.8')).toMatchObject({ kind: 'listed', list: 1 });
    expect(await hosting('9.9.9.9')).toMatchObject({ kind: 'not_listed' });
    expect(feeds.locate('8.8.8.8')).toMatchObject({ network: 'hosting', asn: 15169 });
    files.now += 46 * DAY;
    expect(await hosting('9.9.9.9')).toMatchObject({ kind: 'stale' });
  });

  test('name mobile carriers, whose gateways are no place of a person\'s own', async () => {
    const feeds = await numbered({ mobile: new Set([15169]) }, 'hosting', 'vpn');
    expect([feeds.locate('8.8.8.8').network, feeds.locate('9.9.9.9').network]).toEqual(['mobile', 'access']);
    expect((await feeds.look('8.8.8.8')).hosting.kind).toBe('not_listed');
  });

  test('nothing is said by a database without them', async () => {
    const feeds = await feedsOf('asn');
    expect((await feeds.look('8.8.8.8')).hosting).toEqual({ kind: 'not_configured' });
    expect(feeds.locate('8.8.8.8').network).toBeUndefined();
  });
});
