import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/feeds/address.ts';
import { holdsDomain } from '../../src/feeds/domains.ts';
import { FEED_KINDS, KIND_RULES, type FeedKind, type SourceFormat } from '../../src/feeds/kinds.ts';
import { PlaceFile } from '../../src/feeds/place_file.ts';
import { readFeed, sizeFault, type FeedData, type ReadFeed } from '../../src/feeds/read_feed.ts';
import { writeMmdb } from './mmdb_writer.ts';

const NOW = Date.parse('2026-06-17T12:00:00Z');
const ALL = FEED_KINDS.flatMap((kind) => KIND_RULES[kind].formats.map((format): [FeedKind, SourceFormat] => [kind, format]));

async function good(bytes: string | Uint8Array, kind: FeedKind, format: SourceFormat = KIND_RULES[kind].formats[0]!): Promise<ReadFeed> {
  const read = await readFeed(Buffer.from(bytes), { kind, format }, NOW);
  if (typeof read === 'string') throw new Error(read);
  return read;
}
function holds(data: FeedData, address: string): boolean {
  return data.shape === 'nets' && data.has(parseAddress(address)!);
}
function facts(data: FeedData, address: string): unknown {
  return data.shape === 'places' ? data.facts(parseAddress(address)!) : data.shape;
}

/** A tar of one level: POSIX ustar, as tools write it. */
function tar(files: Readonly<Record<string, Buffer>>): Buffer {
  const blocks = Object.entries(files).map(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 'latin1');
    header.write(bytes.byteLength.toString(8).padStart(11, '0'), 124, 'latin1');
    header.write('0', 156, 'latin1');
    header.write('ustar\0', 257, 'latin1');
    return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.byteLength % 512)) % 512)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

describe('each kind', () => {
  test('X4BNet nets, and Apple relays as CSV', async () => {
    const vpn = await good('1.12.32.0/23\n2a0b:f4c2::/32\n', 'vpn');
    expect(vpn.entries).toBe(2);
    expect([holds(vpn.data, '1.12.33.255'), holds(vpn.data, '1.12.34.0'), holds(vpn.data, '2a0b:f4c2:1::1')]).toEqual([true, false, true]);
    const relay = await good('172.224.226.0/27,GB,GB-EN,London,\n"2a02:26f7:b3c0:4000::/64",US,US-CA,LOSANGELES,\n', 'relay');
    expect([holds(relay.data, '172.224.226.31'), holds(relay.data, '172.224.226.32'), holds(relay.data, '2a02:26f7:b3c0:4000::9')]).toEqual([true, false, true]);
  });

  test('IPtoASN, its bounds, and ranges that nobody announces', async () => {
    const table = '1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n1.0.1.0\t1.0.3.255\t0\tNone\tNot routed\n1.0.4.0\t1.0.7.255\t38803\tAU\tWPL\n2001:200::\t2001:200:5ff:ffff:ffff:ffff:ffff:ffff\t2500\tJP\tWIDE\n';
    const { data, entries } = await good(table, 'asn');
    expect(entries).toBe(4);
    expect(['1.0.0.0', '1.0.0.255', '1.0.1.0', '1.0.4.0', '1.0.7.255', '1.0.8.0', '0.0.0.0', '::ffff:1.0.0.9', '2001:200::', '2001:200:5ff:ffff:ffff:ffff:ffff:ffff', '2001:200:600::', '2001:1ff::'].map((address) => facts(data, address)))
      .toEqual([{ asn: 13335 }, { asn: 13335 }, {}, { asn: 38803 }, { asn: 38803 }, {}, {}, { asn: 13335 }, { asn: 2500 }, { asn: 2500 }, {}, {}]);
  });

  test('IPtoASN in any order', async () => {
    const table = '9.0.0.0\t9.0.0.255\t9\tUS\tX\n1.0.0.0\t1.0.0.255\t1\tUS\tX\n2a00:9::\t2a00:9::ffff\t69\tUS\tX\n2a00:1::8:0\t2a00:1::8:ffff\t62\tUS\tX\n2a00:1::\t2a00:1::ffff\t61\tUS\tX\n5.0.0.0\t5.0.0.255\t5\tUS\tX\n';
    const { data } = await good(table, 'asn');
    expect(['1.0.0.7', '5.0.0.7', '9.0.0.7', '6.0.0.0', '2a00:1::7', '2a00:1::8:7', '2a00:9::7', '2a00:5::'].map((address) => facts(data, address)))
      .toEqual([{ asn: 1 }, { asn: 5 }, { asn: 9 }, {}, { asn: 61 }, { asn: 62 }, { asn: 69 }, {}]);
  });

  test('domains, wildcards, comments, names in other scripts, and JSON', async () => {
    const { data, entries } = await good('# list\nMailinator.com\n*.spam.example\n.trash.example.\nbücher.example\n', 'disposable');
    expect(entries).toBe(4);
    const domains = data.shape === 'domains' ? data.domains : new Set<string>();
    for (const on of ['mailinator.com', 'MAILINATOR.COM.', 'a.b.mailinator.com', 'spam.example', 'x.trash.example', 'BÜCHER.example', 'xn--bcher-kva.example']) expect(holdsDomain(domains, on), on).toBe(true);
    for (const off of ['notmailinator.com', 'com', 'example', '', 'a@mailinator.com', 'mailinator.com/x', '..', 'x'.repeat(300)]) expect(holdsDomain(domains, off), off).toBe(false);
    expect((await good('["a.example","b.example"]', 'disposable')).entries).toBe(2);
    expect(await readFeed(Buffer.from('["a.example",5]'), { kind: 'disposable', format: 'domains' }, NOW)).toBe('unparseable');
  });

  test.each<[string, FeedKind, Parameters<typeof writeMmdb>[0][string], unknown]>([
    ['MaxMind and DB-IP country', 'country', { country: { iso_code: 'DE', names: { en: 'Germany' } }, registered_country: { iso_code: 'NL' } }, { country: 'DE' }],
    ['MaxMind where only the registration is known', 'country', { registered_country: { iso_code: 'NL' } }, { country: 'NL' }],
    ['ip-location-db country', 'country', { country_code: 'FR' }, { country: 'FR' }],
    ['IPinfo Lite', 'country', { country: 'Norway', country_code: 'NO', asn: 'AS2119', as_name: 'Telenor' }, { country: 'NO', asn: 2119 }],
    ['MaxMind city', 'city', { country: { iso_code: 'US' }, location: { latitude: 37.751, longitude: -97.822, accuracy_radius: 1000 } }, { country: 'US', latitude: 37.751, longitude: -97.822, radiusKm: 1000 }],
    ['DB-IP city, which gives no radius', 'city', { country: { iso_code: 'GB' }, location: { latitude: 51.5, longitude: -0.12 } }, { country: 'GB', latitude: 51.5, longitude: -0.12, radiusKm: 100 }],
    ['ip-location-db city', 'city', { country_code: 'JP', latitude: 35.68, longitude: 139.69 }, { country: 'JP', latitude: 35.68, longitude: 139.69, radiusKm: 100 }],
    ['IPinfo city, numbers as text', 'city', { country: 'BR', lat: '-23.5', lng: '-46.6' }, { country: 'BR', latitude: -23.5, longitude: -46.6, radiusKm: 100 }],
    ['MaxMind ASN', 'asn', { autonomous_system_number: 3320, autonomous_system_organization: 'DTAG' }, { asn: 3320 }],
  ])('mmdb: %s', async (_name, kind, record, expected) => {
    const { data } = await good(writeMmdb({ '8.0.0.0/8': record, '2a00::/16': record }), kind);
    expect(facts(data, '8.8.8.8')).toEqual(expected);
    expect(facts(data, '2a00:1450::1')).toEqual(expected);
    expect(facts(data, '9.9.9.9')).toEqual({});
  });

  test('a database of IPv4 alone says nothing about IPv6', async () => {
    const { data } = await good(writeMmdb({ '32.0.0.0/8': { country_code: 'US' } }, 4), 'country');
    expect([facts(data, '32.1.2.3'), facts(data, '2001:db8::1')]).toEqual([{ country: 'US' }, {}]);
  });

  test('a database that lacks what it is for, and bytes that are none', async () => {
    const read = (bytes: Uint8Array, kind: FeedKind) => readFeed(bytes, { kind, format: 'mmdb' }, NOW);
    expect(await read(writeMmdb({ '8.0.0.0/8': { country_code: 'US' } }), 'city')).toBe('lacks_its_field');
    expect(await read(writeMmdb({ '8.0.0.0/8': { country_code: 'United States' } }), 'country')).toBe('lacks_its_field');
    expect(await read(Buffer.from('1.2.3.0/24'), 'country')).toBe('not_a_database');
    expect(await read(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), 'country')).toBe('not_a_database');
  });
});

describe('packed', () => {
  const city = writeMmdb({ '8.0.0.0/8': { country_code: 'US', latitude: 1.5, longitude: 2.5 } });
  test('gzip, and a tar in it, as MaxMind sends it', async () => {
    expect((await good(gzipSync('1.2.3.0/24\n'), 'deny')).entries).toBe(1);
    const packed = gzipSync(tar({ 'x_2026/COPYRIGHT.txt': Buffer.from('text'), 'x_2026/x.mmdb': city }));
    expect(facts((await good(packed, 'city')).data, '8.8.8.8')).toMatchObject({ latitude: 1.5 });
  });

  test('a small file that would fill memory, broken gzip, a tar without a database, a tar cut short', async () => {
    const read = (bytes: Uint8Array) => readFeed(bytes, { kind: 'deny', format: 'netset' }, NOW);
    const bomb = gzipSync(Buffer.alloc(KIND_RULES.deny.mostUnpacked + 1));
    expect(bomb.byteLength).toBeLessThan(100_000);
    expect(await read(bomb)).toBe('too_large');
    expect(await read(gzipSync('1.2.3.0/24').subarray(0, 15))).toBe('cannot_unpack');
    expect(await read(tar({ 'readme.txt': Buffer.from('x') }))).toBe('cannot_unpack');
    expect(await read(tar({ 'x.mmdb': city }).subarray(0, 700))).toBe('cannot_unpack');
  });
});

describe('garbage', () => {
  const page = '<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>\n<h1>503 Service Unavailable</h1>\n</body></html>\n';
  test.each(ALL)('%s as %s: a page saved under the name of a list is refused', async (kind, format) => {
    expect(await readFeed(Buffer.from(page), { kind, format }, NOW)).toBe(format === 'mmdb' ? 'not_a_database' : 'unparseable');
  });

  test.each(ALL)('%s as %s never throws', async (kind, format) => {
    const line = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.json(), fc.domain(), fc.tuple(fc.ipV4(), fc.ipV4(), fc.nat()).map((parts) => parts.join('\t')));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.array(line).map((lines) => Buffer.from(lines.join('\n'))),
      fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.concat([Buffer.from([0x1f, 0x8b]), some])),
      fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.concat([some, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), some])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (some) => {
        const read = await readFeed(some, { kind, format }, NOW);
        if (typeof read !== 'string') expect(read.entries).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  test('a database broken anywhere is refused or answers with what it can, and never throws', () => {
    const whole = writeMmdb({ '8.0.0.0/8': { country: { iso_code: 'DE' }, location: { latitude: 1.5, longitude: 2.5, accuracy_radius: 5 } }, '2a00::/16': { country_code: 'FR' } });
    fc.assert(
      fc.property(fc.nat(whole.byteLength - 1), fc.nat(255), fc.boolean(), fc.ipV4(), fc.ipV6(), (at, byte, cut, four, six) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes[at] = byte;
        const file = PlaceFile.open(bytes);
        for (const text of [four, six, '8.8.8.8', '2a00::1']) {
          const found = file?.facts(parseAddress(text)!);
          expect(found === undefined || Object.values(found).every((value) => ['string', 'number'].includes(typeof value)), formatAddress(parseAddress(text)!)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('poisoned', () => {
  const nines = Array.from({ length: 446 }, (_, index) => `${(index >> 1) + 1}.${(index & 1) * 128}.0.0/9`).join('\n');
  const sixteens = Array.from({ length: 16 }, (_, index) => `2a0${index.toString(16)}::/16`).join('\n');
  test.each<[string, FeedKind, string]>([
    ['every /9 of IPv4', 'deny', nines], ['every /9 of IPv4, literally', 'deny', nines], ['sixteen /16 of IPv6', 'deny', sixteens], ['every /9 as VPNs', 'vpn', nines], ['every /9 as hosting', 'hosting', nines],
  ])('%s: no honest list holds so much', async (name, kind, list) => {
    expect(await readFeed(Buffer.from(list), { kind, format: name.endsWith('literally') ? 'cidr' : 'netset' }, NOW)).toBe('too_broad');
  });

  test('a twentieth is a list; reserved nets, overlaps and IPv6 that is routed nowhere do not count', async () => {
    const some = nines.split('\n').slice(100, 122).join('\n');
    expect((await good(some, 'deny')).share).toBeCloseTo(22 * 2 ** 23 / 3.7e9, 6);
    expect((await good(`${some}\n${some}`, 'deny')).share).toBeCloseTo(22 * 2 ** 23 / 3.7e9, 6);
    expect((await good('10.0.0.0/8\n224.0.0.0/3\n100.64.0.0/10\n', 'deny', 'cidr')).share).toBe(0);
    expect((await good('4000::/2\n8000::/1\nfc00::/7\n', 'deny', 'cidr')).share).toBe(0);
    expect((await good('2a00:1450::/32\n', 'deny')).share).toBeCloseTo(2 ** 32 / (5 * 2 ** 52), 12);
  });
});

test.each([
  [9, undefined, 10, 'too_few'], [10, undefined, 10, undefined], [49, 99, 1, undefined], [49, 100, 1, 'shrank'], [50, 100, 1, undefined], [500, 100, 1, undefined],
] as const)('%i entries after %s, at least %i: %s', (entries, before, least, fault) => {
  expect(sizeFault({ entries, share: 0 }, before && { entries: before, share: 0 }, least)).toBe(fault);
});

test.each([
  [0.05, 0.004, 'grew'], [0.05, 0.006, undefined], [0.05, 0, 'grew'], [0.003, 0, undefined], [0.05, undefined, undefined],
] as const)('a share of %d after %s: %s', (share, before, fault) => {
  expect(sizeFault({ entries: 5, share }, before === undefined ? undefined : { entries: 5, share: before }, 1)).toBe(fault);
});
