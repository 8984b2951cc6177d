import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areNeighbours } from '../../../src/journey/rules/neighbours.ts';
import { distanceKm, judgeTravel } from '../../../src/journey/rules/travel.ts';
import type { Place } from '../../../src/journey/store.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ORLANDO: Place = { country: 'US', latitude: 28.54, longitude: -81.38, radiusKm: 20, network: 'access' };
const LONDON: Place = { country: 'GB', latitude: 51.51, longitude: -0.13, radiusKm: 20, network: 'access' };
const PARIS: Place = { country: 'FR', latitude: 48.86, longitude: 2.35, radiusKm: 30 };
const MANCHESTER: Place = { country: 'GB', latitude: 53.48, longitude: -2.24, radiusKm: 20 };
const SYDNEY: Place = { country: 'AU', latitude: -33.87, longitude: 151.21, radiusKm: 50 };
const only = (country: string, network?: Place['network']): Place => ({ country, ...(network ? { network } : {}) });

describe('the way since the last sighting', () => {
  test.each([
    ['the first sighting', undefined, ORLANDO, 0, 'first'],
    ['the same place', ORLANDO, ORLANDO, 0, 'possible'],
    ['Orlando to London in an hour', ORLANDO, LONDON, HOUR, 'impossible'],
    ['Orlando to London by the night flight', ORLANDO, LONDON, 9 * HOUR, 'possible'],
    ['Orlando to London in the same moment', ORLANDO, LONDON, 0, 'impossible'],
    ['London to Manchester is too near to say', LONDON, MANCHESTER, 1, 'possible'],
    ['London to Paris is 344 km, less what is not certain', LONDON, PARIS, MINUTE, 'possible'],
    ['Sydney to London in a day', SYDNEY, LONDON, 20 * HOUR, 'possible'],
    ['Sydney to London in half a day', SYDNEY, LONDON, 12 * HOUR, 'impossible'],
    ['a database that is sure of nothing', { ...ORLANDO, radiusKm: 7000 }, LONDON, 0, 'possible'],
    ['from a VPN', { ...ORLANDO, network: 'vpn' }, LONDON, 0, 'not_compared'],
    ['into a relay', ORLANDO, { ...LONDON, network: 'relay' }, 0, 'not_compared'],
    ['by a mobile gateway', ORLANDO, { ...LONDON, network: 'mobile' }, 0, 'not_compared'],
    ['into a data centre', ORLANDO, { ...LONDON, network: 'hosting' }, 0, 'not_compared'],
    ['nowhere', ORLANDO, {}, 0, 'not_compared'],
    ['countries: the same', only('US'), only('US'), 0, 'possible'],
    ['countries: neighbours', only('DE'), only('FR'), 0, 'possible'],
    ['countries: by tunnel', only('GB'), only('FR'), 0, 'possible'],
    ['countries: far away, at once', only('US'), only('BR'), 10 * MINUTE, 'country_changed'],
    ['countries: far away, an hour later', only('US'), only('BR'), HOUR + 1, 'possible'],
    ['one of them has no point', only('BR'), LONDON, MINUTE, 'country_changed'],
  ] as const)('%s', (_name, last, now, elapsed, kind) => {
    const found = judgeTravel(last && { place: last as Place, at: NOW - elapsed }, { place: now as Place, at: NOW });
    expect(found.kind).toBe(kind);
  });

  test('says how far and how fast, and how sure a change of country is', () => {
    expect(judgeTravel({ place: ORLANDO, at: NOW - HOUR }, { place: LONDON, at: NOW })).toEqual({ kind: 'impossible', km: 6943, kmh: 6943, sure: true });
    const { network: _network, ...unknown } = LONDON;
    expect(judgeTravel({ place: ORLANDO, at: NOW - HOUR }, { place: unknown, at: NOW })).toMatchObject({ kind: 'impossible', sure: false });
    expect(judgeTravel({ place: only('US', 'access'), at: NOW - 5 * MINUTE }, { place: only('BR', 'access'), at: NOW })).toEqual({ kind: 'country_changed', minutes: 5, sure: true });
    expect(judgeTravel({ place: only('US'), at: NOW }, { place: only('BR', 'access'), at: NOW })).toMatchObject({ sure: false });
  });
});

test('distances: known ones, symmetric, within half the earth', () => {
  expect(distanceKm(LONDON, PARIS)).toBeCloseTo(343.5, 0);
  expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(20_015, 0);
  expect(distanceKm({ latitude: 10, longitude: 179.5 }, { latitude: 10, longitude: -179.5 })).toBeLessThan(120);
  expect(distanceKm({}, LONDON)).toBeUndefined();
  const point = fc.record({ latitude: fc.double({ min: -90, max: 90, noNaN: true }), longitude: fc.double({ min: -180, max: 180, noNaN: true }) });
  fc.assert(
    fc.property(point, point, (a, b) => {
      const there = distanceKm(a, b)!;
      expect(there).toBeGreaterThanOrEqual(0);
      expect(there).toBeLessThanOrEqual(20_016);
      expect(Math.abs(there - distanceKm(b, a)!)).toBeLessThan(1e-6);
    }),
  );
});

test('a slower way is never worse', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 48 * HOUR }), fc.integer({ min: 0, max: 48 * HOUR }), (a, b) => {
      const at = (elapsed: number) => judgeTravel({ place: ORLANDO, at: NOW - elapsed }, { place: LONDON, at: NOW }).kind;
      const [quick, slow] = [Math.min(a, b), Math.max(a, b)];
      if (at(slow) === 'impossible') expect(at(quick)).toBe('impossible');
    }),
  );
});

test('neighbours are so both ways, and nobody is their own', () => {
  for (const [a, b] of [['US', 'CA'], ['US', 'MX'], ['IE', 'GB'], ['ES', 'PT'], ['CN', 'HK'], ['MY', 'SG']] as const) {
    expect(areNeighbours(a, b) && areNeighbours(b, a), `${a} ${b}`).toBe(true);
  }
  for (const [a, b] of [['US', 'GB'], ['US', 'BR'], ['AU', 'NZ'], ['FR', 'FR'], ['JP', 'KR']] as const) expect(areNeighbours(a, b), `${a} ${b}`).toBe(false);
});
