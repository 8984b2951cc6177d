import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Outline } from '../../src/documents/facts.ts';
import { boxSums } from '../../src/documents/picture/box_sums.ts';
import { fourierOfSquares } from '../../src/documents/picture/fourier.ts';
import { loadGrey } from '../../src/documents/picture/grey.ts';
import { homography, mapped, rectangle, warpGrey } from '../../src/documents/picture/homography.ts';
import { angleOf, grown, sizeOf, upsideDown } from '../../src/documents/picture/outlines.ts';
import { patchesAbove } from '../../src/documents/picture/patches.ts';
import { sampleAt } from '../../src/documents/picture/sample.ts';
import { saturationOf } from '../../src/documents/picture/saturation.ts';
import { screenPeak } from '../../src/documents/picture/screen_peak.ts';
import { selectAt } from '../../src/documents/picture/select.ts';
import { licenceBack, passport, PEOPLE, photographed } from '../support/specimens/index.ts';

const { andrew } = PEOPLE;
const page = passport(andrew);

describe('sums over boxes', () => {
  it('are the sums', () => {
    const picture = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 11 }))
      .chain(([width, height, radius]) => fc.record({ width: fc.constant(width), height: fc.constant(height), radius: fc.constant(radius), values: fc.array(fc.integer({ min: 0, max: 255 }), { minLength: width * height, maxLength: width * height }) }));
    fc.assert(fc.property(picture, ({ width, height, radius, values }) => {
      const plainly = values.map((_, at) => values.reduce((sum, value, other) => {
        const near = Math.abs((at % width) - (other % width)) <= radius && Math.abs(Math.floor(at / width) - Math.floor(other / width)) <= radius;
        return near ? sum + value : sum;
      }, 0));
      expect([...boxSums(Float32Array.from(values), width, height, radius)]).toEqual(plainly);
    }), { numRuns: 200 });
  });
});

describe('maps of the plane', () => {
  const from = rectangle(300, 200);
  const to: Outline = [[20, 30], [320, 50], [300, 260], [10, 220]];

  it('take corners to corners', () => {
    const map = homography(from, to)!;
    from.forEach((corner, index) => {
      const [x, y] = mapped(map, corner);
      expect(x).toBeCloseTo(to[index]![0], 6);
      expect(y).toBeCloseTo(to[index]![1], 6);
    });
  });

  it('do not exist for corners on one line', () => {
    expect(homography([[0, 0], [1, 0], [2, 0], [3, 0]], from)).toBeUndefined();
  });

  it('look pixels up', () => {
    const image = { data: Uint8Array.from([0, 100, 200, 50, 150, 250]), width: 3, height: 2 };
    expect(warpGrey(image, homography(rectangle(2, 1), [[1, 0], [3, 0], [3, 1], [1, 1]])!, 2, 1).data[0]).toBe(100);
    expect(sampleAt(image, 0.5, 0)).toBe(50);
    expect(sampleAt(image, 0.5, 0.5)).toBe(75);
    expect(sampleAt(image, -5, -5)).toBeCloseTo(0, 0);
  });
});

describe('outlines', () => {
  it('have a size and a direction', () => {
    expect(sizeOf(rectangle(30, 20))).toEqual({ width: 30, height: 20 });
    expect(angleOf(rectangle(30, 20))).toBe(0);
    expect(Math.abs(angleOf(upsideDown(rectangle(30, 20))))).toBeCloseTo(Math.PI);
    expect(sizeOf(grown(rectangle(30, 20), 0.1, 0.5))).toEqual({ width: 36, height: 40 });
  });
});

describe('patches', () => {
  it('are connected, do not run over the edge, and are large enough', () => {
    const values = Float32Array.from([1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1]);
    expect(patchesAbove(values, 4, 1, 2).map((patch) => [...patch].sort((a, b) => a - b))).toEqual([[0, 4], [3, 7, 11]]);
    expect(patchesAbove(values, 4, 1, 3)).toHaveLength(1);
  });
});

describe('selection', () => {
  it('gives what sorting would put there, whatever the list', () => {
    const anyList = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 80 });
    fc.assert(fc.property(anyList, fc.nat(), (list, pick) => {
      const values = Float32Array.from(list, (value) => value / 4);
      const place = pick % values.length;
      expect(selectAt(values.slice(), place)).toBe(values.toSorted()[place]);
    }), { numRuns: 500 });
    expect(selectAt(new Float32Array(), 0)).toBeUndefined();
  });
});

describe('the spectrum', () => {
  it('of a wave has its two peaks where the wave is', () => {
    const side = 16;
    const real = Float64Array.from({ length: side * side }, (_, at) => Math.cos((2 * Math.PI * (3 * (at % side) + 2 * Math.floor(at / side))) / side));
    const imaginary = new Float64Array(side * side);
    fourierOfSquares(side).transform(real, imaginary);
    const peaks = [...real].flatMap((value, at) => (Math.hypot(value, imaginary[at]!) > 1 ? [at] : []));
    expect(peaks).toEqual([2 * side + 3, (side - 2) * side + side - 3]);
    expect(real[2 * side + 3]).toBeCloseTo((side * side) / 2);
  });
});

describe('signs of a recapture', () => {
  it('tell a photographed screen from photographed paper', async () => {
    expect(await screenPeak(await photographed(await page, 'recapture'))).toBeGreaterThan(80);
    for (const condition of ['photo', 'messenger'] as const) expect(await screenPeak(await photographed(await page, condition)), condition).toBeLessThan(35);
  });

  it('do not take a barcode for a screen', async () => {
    expect(await screenPeak(await photographed(await licenceBack(andrew), 'low640'))).toBeLessThan(40);
  });

  it('say nothing about a picture that is too small', async () => {
    expect(await screenPeak(await sharp({ create: { width: 200, height: 200, channels: 3, background: '#888' } }).jpeg().toBuffer())).toBe(0);
  });

  it('tell a grey copy from colours', async () => {
    expect(await saturationOf(await photographed(await page, 'grey'))).toBeLessThan(0.02);
    expect(await saturationOf(await photographed(await page, 'photo'))).toBeGreaterThan(0.04);
  });
});

describe('loading', () => {
  it('fits, and enlarges only when asked', async () => {
    const small = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#fff' } }).jpeg().toBuffer();
    expect(await loadGrey(small, { longSide: 30 })).toMatchObject({ width: 30, height: 20 });
    expect(await loadGrey(small, { longSide: 120 })).toMatchObject({ width: 60, height: 40 });
    expect(await loadGrey(small, { longSide: 120, enlarge: true })).toMatchObject({ width: 120, height: 80 });
  });
});
