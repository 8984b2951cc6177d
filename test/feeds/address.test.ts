import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { isIPv6 } from 'node:net';
import { canonicalAddress, formatAddress, net64Of, parseAddress, parseNet } from '../../src/feeds/address.ts';

describe('canonicalAddress', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['64:ff9b::203.0.113.7', '64:ff9b::cb00:7107'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each(['', ' ', '010.0.0.1', '1.2.3', '1.2.3.4.5', '256.1.1.1', 'localhost', '1.2.3.4:80', '1.2.3.4, 5.6.7.8', ':::', '1::2::3', "1.2.3.4'--", '٣.1.1.1', `${'1'.repeat(5000)}`])(
    'garbage %j is no address',
    (text) => {
      expect(canonicalAddress(text)).toBeUndefined();
    },
  );

  test('never throws, and what it gives is a fixed point', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
        const once = canonicalAddress(text);
        if (once !== undefined) expect(canonicalAddress(once)).toBe(once);
      }),
    );
  });

  test('every spelling is read as the URL standard reads it', () => {
    const dotted = fc.tuple(fc.ipV4(), fc.constantFrom('64:ff9b::', '1:2:3:4:5:6:', '::', '2001:db8::1:', 'a::b:c:')).map(([four, start]) => start + four);
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), dotted), (text) => {
        const address = parseAddress(text)!;
        const written = address.family === 6 ? formatAddress(address) : undefined;
        const oracle = new URL(`http://[${text}]`).hostname.slice(1, -1);
        // Ours spells the mapped block as IPv4.
        expect(written ?? '::ffff:').toBe(written === undefined ? oracle.slice(0, 7) : oracle);
      }),
      { numRuns: 1000 },
    );
  });

  test('every IPv6 value survives being written and read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n << 64n, max: (1n << 128n) - 1n }), (value) => {
        const text = formatAddress({ family: 6, value });
        expect(isIPv6(text)).toBe(true);
        expect(parseAddress(text)).toEqual({ family: 6, value });
      }),
    );
  });
});

test('net64Of keeps the customer half of an IPv6 address only', () => {
  expect(net64Of('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(net64Of('203.0.113.7')).toBeUndefined();
  expect(net64Of('::ffff:203.0.113.7')).toBeUndefined();
  expect(net64Of('nonsense')).toBeUndefined();
});

describe('parseNet', () => {
  test('clears host bits', () => {
    expect(parseNet('10.1.2.3/8')).toEqual({ family: 4, start: 0x0a000000n, end: 0x0affffffn });
    expect(parseNet('2001:db8::5/127')).toEqual({ family: 6, start: parseAddress('2001:db8::4')!.value, end: parseAddress('2001:db8::5')!.value });
    expect(parseNet('::ffff:10.1.2.3/104')).toEqual(parseNet('10.0.0.0/8'));
  });
  test.each(['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '::ffff:10.0.0.0/95', '10.0.0.0/1e1', 'x/8'])('%s is no net', (text) => {
    expect(parseNet(text)).toBeUndefined();
  });
});
