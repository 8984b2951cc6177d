import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parseAddress } from '../../src/feeds/address.ts';
import { FEED_FORMATS, parseFeed, torFormatOf, type FeedFormat } from '../../src/feeds/formats.ts';
import { RangeSet } from '../../src/feeds/range_set.ts';

const NOW = Date.parse('2026-06-17T12:00:00Z');

function holds(text: string, format: FeedFormat, address: string): boolean {
  return new RangeSet(parseFeed(text, format, NOW).ranges).has(parseAddress(address)!);
}

const EXIT_ADDRESSES = `ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E
Published 2026-06-16 22:41:55
LastStatus 2026-06-17 10:00:00
ExitAddress 162.247.74.201 2026-06-17 10:05:33
ExitAddress 162.247.74.202 2026-06-17 10:05:34
ExitNode 00AA11
Published 2026-06-10 00:00:00
LastStatus 2026-06-10 00:00:00
ExitAddress 185.220.101.4 2026-06-10 00:05:33
`;

describe('each format', () => {
  test('TOR bulk list', () => {
    expect(holds('185.220.101.4\n2a0b:f4c2::1\n', 'tor_bulk', '185.220.101.4')).toBe(true);
    expect(holds('185.220.101.4\r\n2a0b:f4c2::1\r\n', 'tor_bulk', '2a0b:f4c2::1')).toBe(true);
    expect(holds('185.220.101.4\n', 'tor_bulk', '185.220.101.5')).toBe(false);
  });

  test('TOR exit-addresses, without exits not seen for two days', () => {
    expect(torFormatOf(EXIT_ADDRESSES)).toBe('tor_exit_addresses');
    const parsed = parseFeed(EXIT_ADDRESSES, 'tor_exit_addresses', NOW);
    expect(parsed).toMatchObject({ entries: 2, badLines: 0, oldEntries: 1 });
    expect(holds(EXIT_ADDRESSES, 'tor_exit_addresses', '162.247.74.202')).toBe(true);
    expect(holds(EXIT_ADDRESSES, 'tor_exit_addresses', '185.220.101.4')).toBe(false);
  });

  test('FireHOL netset: comments skipped, private nets ignored, the rest of a wider net kept', () => {
    const list = '#\n# firehol_level1\n#\n10.0.0.0/8\n127.0.0.0/8\n192.168.0.0/16\n224.0.0.0/3\n1.10.16.0/20\n192.160.0.0/12 # wide\n';
    expect(parseFeed(list, 'netset', NOW)).toMatchObject({ entries: 6, badLines: 0 });
    expect(holds(list, 'netset', '1.10.20.1')).toBe(true);
    expect(holds(list, 'netset', '192.167.1.1')).toBe(true);
    for (const own of ['10.1.2.3', '127.0.0.1', '192.168.1.20']) expect(holds(list, 'netset', own), own).toBe(false);
  });

  test("an operator's own list is taken literally", () => {
    expect(holds('# ours\n10.9.0.0/16\n', 'cidr', '10.9.1.1')).toBe(true);
  });

  test('Spamhaus DROP as JSON lines and as text', () => {
    const json = '{"cidr":"1.10.16.0/20","sblid":"SBL256894","rir":"apnic"}\n{"cidr":"2a06:e480::/29","sblid":"SBL1","rir":"ripencc"}\n{"type":"metadata","timestamp":1718600000,"copyright":"(c) Spamhaus"}\n';
    expect(parseFeed(json, 'drop_json', NOW)).toMatchObject({ entries: 2, badLines: 0 });
    expect(holds(json, 'drop_json', '2a06:e481::9')).toBe(true);
    const text = '; Spamhaus DROP List\n1.10.16.0/20 ; SBL256894\n';
    expect(parseFeed(text, 'drop_text', NOW)).toMatchObject({ entries: 1, badLines: 0 });
    expect(holds(text, 'drop_text', '1.10.31.255')).toBe(true);
    expect(holds(text, 'drop_text', '1.10.32.0')).toBe(false);
  });

  test('an entry that would deny a large part of the internet is a bad line', () => {
    for (const wide of ['0.0.0.0/0', '64.0.0.0/7', '::/0', '2000::/3', '2a00::/12']) {
      expect(parseFeed(`${wide}\n`, 'cidr', NOW), wide).toMatchObject({ entries: 0, badLines: 1 });
    }
  });
});

describe('garbage', () => {
  test.each(FEED_FORMATS)('%s: an error page is bad lines, not an empty list', (format) => {
    const page = '<!DOCTYPE html>\n<html><body>\n<h1>503 Service Unavailable</h1>\n</body></html>\n';
    expect(parseFeed(page, format, NOW)).toMatchObject({ entries: 0, badLines: 4, ranges: [] });
  });

  test.each(FEED_FORMATS)('%s never throws', (format) => {
    const line = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.json(), fc.ipV4().map((ip) => `${ip}/40`), fc.string().map((s) => `ExitAddress ${s}`));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const parsed = parseFeed(lines.join('\n'), format, NOW);
        for (const { start, end } of parsed.ranges) expect(start <= end).toBe(true);
      }),
    );
  });
});
