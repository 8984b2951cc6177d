import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { configFrom } from '../../src/config.ts';
import { GatehouseError } from '../../src/errors.ts';
import { feedSourcesFrom } from '../../src/feeds/config.ts';
import { isUrlSource, rowIdOf, shownSource, type UrlSource } from '../../src/feeds/source.ts';

const read = (entries: unknown, env: Readonly<Record<string, string>> = {}, production = false) =>
  feedSourcesFrom({ ...env, FEEDS: typeof entries === 'string' ? entries : JSON.stringify(entries) }, production);
const HOUR = 3_600_000;

describe('FEEDS', () => {
  test('nothing set is nothing configured', () => {
    expect(feedSourcesFrom({}, true)).toEqual({ sources: [], faults: [] });
    expect(read('')).toEqual({ sources: [], faults: [] });
  });

  test('defaults come from the kind, and everything can be said', () => {
    const { sources, faults } = read([
      { kind: 'tor', url: 'https://check.torproject.org/torbulkexitlist' },
      { kind: 'city', path: '/srv/city.mmdb', id: 'city', staleDays: 10 },
      { kind: 'vpn', url: 'https://lists.example/vpn?token=hunter2', format: 'cidr', everyHours: 6, minEntries: 3, header: { name: 'Authorization', env: 'VPN_KEY' } },
    ], { VPN_KEY: 'Bearer hunter2' });
    expect(faults).toEqual([]);
    expect(sources).toMatchObject([
      { id: 'tor-1', kind: 'tor', format: 'auto_tor', staleMs: 72 * HOUR, from: { everyMs: 24 * HOUR, least: 100 } },
      { id: 'city', kind: 'city', format: 'mmdb', staleMs: 240 * HOUR, from: { path: '/srv/city.mmdb' } },
      { id: 'vpn-3', format: 'cidr', from: { everyMs: 6 * HOUR, least: 3, header: { name: 'Authorization' } } },
    ]);
    expect(sources.map(shownSource)).toEqual(['https://check.torproject.org/torbulkexitlist', '/srv/city.mmdb', 'https://lists.example/vpn']);
    const printed = inspect(sources, { depth: 9 }) + JSON.stringify(sources);
    expect(printed).not.toContain('hunter2');
  });

  test.each<[string, unknown]>([
    ['not JSON', '{'], ['no array', { kind: 'tor' }], ['too many', Array.from({ length: 51 }, () => ({ kind: 'tor', path: '/x' }))],
    ['an unknown kind', [{ kind: 'weather', path: '/hunter2' }]], ['neither path nor url', [{ kind: 'tor' }]], ['both', [{ kind: 'tor', path: '/x', url: 'https://x.example/' }]],
    ['an unknown name', [{ kind: 'tor', path: '/x', hunter2: 1 }]], ['a format of another kind', [{ kind: 'city', path: '/x', format: 'netset' }]],
    ['plain http', [{ kind: 'tor', url: 'http://x.example/hunter2' }]], ['a password', [{ kind: 'tor', url: 'https://u:hunter2@x.example/' }]], ['a file address', [{ kind: 'tor', url: 'file:///hunter2' }]],
    ['an inner address', [{ kind: 'tor', url: 'https://10.0.0.1/hunter2' }]], ['a fragment', [{ kind: 'tor', url: 'https://x.example/#hunter2' }]],
    ['more often than hourly', [{ kind: 'tor', url: 'https://x.example/', everyHours: 0.5 }]], ['an interval for a file', [{ kind: 'tor', path: '/x', everyHours: 5 }]],
    ['numbers of networks elsewhere', [{ kind: 'hosting', path: '/x', hosting: [1] }]], ['numbers that are none', [{ kind: 'asn', path: '/x', mobile: ['hunter2'] }]], ['no number', [{ kind: 'asn', path: '/x', hosting: [] }]],
    ['a header without its value', [{ kind: 'tor', url: 'https://x.example/', header: { name: 'Authorization', env: 'MISSING' } }]],
    ['a header that cannot be sent', [{ kind: 'tor', url: 'https://x.example/', header: { name: 'Authorization', env: 'BROKEN' } }]],
    ['a header of the request itself', [{ kind: 'tor', url: 'https://x.example/', header: { name: 'Host', env: 'GOOD' } }]],
    ['an id twice', [{ kind: 'tor', path: '/x', id: 'a' }, { kind: 'deny', path: '/y', id: 'a' }]], ['a bad id', [{ kind: 'tor', path: '/x', id: 'a/hunter2' }]], ['null', [null]],
  ])('%s is refused, and no value is quoted', (_name, entries) => {
    const { faults } = read(entries, { BROKEN: 'hunter2\r\nx: y', GOOD: 'hunter2' });
    expect(faults).toHaveLength(1);
    expect(faults.join()).not.toContain('hunter2');
  });

  test('an ASN database takes the numbers of data centres and of mobile carriers', () => {
    const { sources, faults } = read([{ kind: 'asn', path: '/a', hosting: [14061, 16509], mobile: [21928] }, { kind: 'asn', path: '/b' }, { kind: 'tor', path: '/c' }]);
    expect(faults).toEqual([]);
    expect(sources.map(({ numbers }) => numbers)).toEqual([{ hosting: new Set([14061, 16509]), mobile: new Set([21928]) }, {}, undefined]);
  });

  test('every fault is named at once, by the place of its entry', () => {
    expect(read([{ kind: 'weather', path: '/x' }, { kind: 'tor', path: '/x' }, { kind: 'tor', url: 'http://x.example/', header: { name: 'Host', env: 'NONE' } }]).faults.map((fault) => fault.slice(0, 8)))
      .toEqual(['entry 1:', 'entry 3:', 'entry 3:', 'entry 3:']);
  });

  test('this machine is allowed in development alone', () => {
    for (const url of ['http://localhost:8080/x', 'http://127.0.0.1/x', 'http://[::1]/x', 'https://127.0.0.2/x']) {
      expect(read([{ kind: 'tor', url }]).faults, url).toEqual([]);
      expect(read([{ kind: 'tor', url }], {}, true).faults, url).toHaveLength(1);
    }
  });

  test('a source that becomes another one begins anew', () => {
    const row = (entry: object): string => rowIdOf(read([{ kind: 'deny', id: 'a', url: 'https://x.example/1', ...entry }]).sources.find((one): one is UrlSource => isUrlSource(one))!);
    const rows = [row({}), row({ url: 'https://x.example/2' }), row({ format: 'cidr' }), row({ kind: 'vpn' })];
    expect(new Set(rows).size).toBe(4);
    expect(row({ everyHours: 3 })).toBe(rows[0]);
  });
});

test('the configuration names its faults with the rest', () => {
  expect(configFrom({ FEEDS: '[{"kind":"tor","path":"/srv/tor"}]' }).feeds.sources).toMatchObject([{ id: 'tor-1', from: { path: '/srv/tor' } }]);
  try {
    configFrom({ FEEDS: '[{"kind":"tor"}]', PORT: 'x' });
    expect.unreachable();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatehouseError);
    expect((thrown as Error).message).toMatch(/PORT: [^]*FEEDS: entry 1: needs either url or path/);
  }
});
