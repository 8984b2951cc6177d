import { expect, test } from 'vitest';
import fc from 'fast-check';
import { inRange, parseAddress, parseNet, type Range } from '../../src/feeds/address.ts';
import { RangeSet } from '../../src/feeds/range_set.ts';

const LAST = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n } as const;

/** Ranges from a small corner of the space, so that they overlap, touch and are hit; and the very ends. */
function ranges(family: 4 | 6): fc.Arbitrary<Range> {
  const bases = family === 4 ? [0n, LAST[4] - 200n] : [0n, (1n << 64n) - 100n, LAST[6] - 200n];
  return fc
    .tuple(fc.constantFrom(...bases), fc.bigInt({ min: 0n, max: 190n }), fc.bigInt({ min: 0n, max: 10n }))
    .map(([base, offset, length]) => ({ family, start: base + offset, end: base + offset + length }));
}

test.each([4, 6] as const)('IPv%i look-up agrees with the naive one, at and around every bound', (family) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ranges(family), ranges(family === 4 ? 6 : 4)), { maxLength: 40 }), (list) => {
      const set = new RangeSet(list);
      const probes = list.flatMap(({ start, end }) => [start - 1n, start, start + 1n, end - 1n, end, end + 1n]);
      for (const value of [0n, LAST[family], ...probes]) {
        if (value < 0n || value > LAST[family]) continue;
        const address = { family, value };
        expect(set.has(address)).toBe(list.some((range) => inRange(range, address)));
      }
    }),
    { numRuns: 300 },
  );
});

test('an empty set holds nothing, and touching ranges become one', () => {
  expect(new RangeSet([]).has({ family: 4, value: 5n })).toBe(false);
  const set = new RangeSet([
    { family: 4, start: 6n, end: 9n },
    { family: 4, start: 1n, end: 5n },
  ]);
  expect(set.size).toBe(1);
});

test('an IPv4 address in IPv6 clothes is the IPv4 address, in lists and in look-ups', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })), { maxLength: 20 }), fc.ipV4(), (nets, probe) => {
      const plain = nets.map(([net, prefix]) => parseNet(`${net}/${prefix}`)!);
      const mapped = nets.map(([net, prefix]) => parseNet(`::ffff:${net}/${prefix + 96}`)!);
      const naive = plain.some((range) => inRange(range, parseAddress(probe)!));
      for (const list of [plain, mapped]) {
        for (const text of [probe, `::ffff:${probe}`]) expect(new RangeSet(list).has(parseAddress(text)!)).toBe(naive);
      }
    }),
  );
});

test.each([4, 6] as const)('IPv%i: the first and the last address there are', (family) => {
  const last = LAST[family];
  const ends = new RangeSet([{ family, start: 0n, end: 0n }, { family, start: last, end: last }]);
  expect([0n, 1n, last - 1n, last].map((value) => ends.has({ family, value }))).toEqual([true, false, false, true]);
  const all = new RangeSet([{ family, start: 5n, end: last }, { family, start: 0n, end: 4n }]);
  expect(all.size).toBe(1);
  expect([0n, 4n, 5n, last >> 1n, last].every((value) => all.has({ family, value }))).toBe(true);
  expect(all.has({ family: family === 4 ? 6 : 4, value: 7n })).toBe(false);
});
