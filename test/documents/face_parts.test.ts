import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { distanceBetween, fitSimilarity } from '../../src/documents/face/descriptor.ts';
import { rememberingPlaces } from '../../src/documents/face/known_places.ts';
import { withoutOverlaps } from '../../src/documents/face/non_max.ts';
import { decodePixels, mirrored, type Pixels, samplePatch, squared, within } from '../../src/documents/face/pixels.ts';

/** Red grows to the right, green downwards. */
function ramp(width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) data.set([(at % width) * 2, Math.floor(at / width) * 2, 7], at * 3);
  return { data, width, height };
}

describe('samplePatch', () => {
  it('moves and scales as the similarity says', () => {
    const patch = samplePatch(ramp(100, 80), { a: 2, b: 0, x0: 10, y0: 20 }, 8);
    // Pixel (3, 5) is the mean around (16, 30).
    expect([...patch.subarray((5 * 8 + 3) * 3, (5 * 8 + 3) * 3 + 3)].map(Math.round)).toEqual([32, 60, 7]);
  });

  it('turns as the similarity says', () => {
    // A quarter turn: the patch's right is the picture's down.
    const patch = samplePatch(ramp(100, 80), { a: 0, b: 1, x0: 50, y0: 10 }, 8);
    expect([...patch.subarray(4 * 3, 4 * 3 + 2)].map(Math.round)).toEqual([100, 28]);
  });

  it('repeats the border outside of the picture, or is black outside of a box', () => {
    const picture = ramp(20, 20);
    const map = { a: 1, b: 0, x0: -5, y0: -5 };
    expect(samplePatch(picture, map, 4)[2]).toBe(7);
    expect(samplePatch(picture, map, 4, { x: 0, y: 0, width: 20, height: 20 })[2]).toBe(0);
  });

  it('mirrors', () => {
    expect([...mirrored(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 2)]).toEqual([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
  });
});

describe('squared', () => {
  it('keeps the shape, at the upper left, and says the way back', async () => {
    const { pixels, scale, left, top } = await squared(ramp(120, 60), 60);
    expect([pixels.width, pixels.height, scale, left, top]).toEqual([60, 60, 2, 0, 0]);
    expect(pixels.data[2]).toBe(7);
    expect(pixels.data[(45 * 60 + 30) * 3 + 2]).toBe(0);
  });

  it('leaves a grey margin where it is told to', async () => {
    const { pixels, scale, left, top } = await squared(ramp(60, 60), 60, 0.5);
    expect([scale, left, top]).toEqual([2, 15, 15]);
    expect(pixels.data[2]).toBe(128);
    expect(pixels.data[(30 * 60 + 30) * 3 + 2]).toBe(7);
  });
});

describe('known places', () => {
  const counted = (): { readonly find: (pixels: Pixels) => Promise<readonly string[]>; readonly asked: string[] } => {
    const asked: string[] = [];
    return { asked, find: rememberingPlaces(async ({ digest = 'none' }) => { asked.push(digest); return [`face in ${digest}`]; }) };
  };
  const picture = (digest: string): Pixels => ({ ...ramp(2, 2), digest });

  it('are searched once for each picture, and every time where it has no digest', async () => {
    const { find, asked } = counted();
    for (const digest of ['a', 'b', 'a']) expect(await find(picture(digest))).toEqual([`face in ${digest}`]);
    for (let times = 0; times < 2; times++) await find(ramp(2, 2));
    expect(asked).toEqual(['a', 'b', 'none', 'none']);
  });

  it('of the last pictures only are kept', async () => {
    const { find, asked } = counted();
    await find(picture('first'));
    for (let other = 0; other < 63; other++) await find(picture(`${other}`));
    // Asked for again, it is the last of them.
    await find(picture('first'));
    expect(asked).toHaveLength(64);
    await find(picture('new'));
    await find(picture('first'));
    expect(asked).toHaveLength(65);
    await find(picture('0'));
    expect(asked).toHaveLength(66);
  });

  it('belong to the very bytes', async () => {
    const jpegs = await Promise.all([64, 65].map((level) => sharp({ create: { width: 9, height: 5, channels: 3, background: { r: level, g: 0, b: 0 } } }).png().toBuffer()));
    const digests = await Promise.all([...jpegs, jpegs[0]!].map(async (jpeg) => (await decodePixels(jpeg)).digest));
    expect(digests[0]).toBe(digests[2]);
    expect(digests[0]).not.toBe(digests[1]);
  });
});

describe('small parts', () => {
  it('decodes to three bytes a pixel', async () => {
    const grey = await sharp({ create: { width: 9, height: 5, channels: 3, background: '#404040' } }).greyscale().jpeg().toBuffer();
    const pixels = await decodePixels(grey);
    expect([pixels.width, pixels.height, pixels.data.length]).toEqual([9, 5, 135]);
  });

  it('finds the similarity between points', () => {
    const from = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 0, y: 10 }];
    const map = { a: 1.2, b: -0.7, x0: 33, y0: -4 };
    const to = from.map(({ x, y }) => ({ x: map.a * x - map.b * y + map.x0, y: map.b * x + map.a * y + map.y0 }));
    const found = fitSimilarity(from, to);
    for (const key of ['a', 'b', 'x0', 'y0'] as const) expect(found[key]).toBeCloseTo(map[key], 9);
  });

  it('measures straight lines', () => {
    expect(distanceBetween([0, 3, 1], [4, 0, 1])).toBe(5);
  });

  it('keeps the best of overlapping boxes, and all that are apart', () => {
    const box = (x: number): { x: number; y: number; width: number; height: number } => ({ x, y: 0, width: 10, height: 10 });
    const kept = withoutOverlaps([{ score: 0.5, box: box(0) }, { score: 0.9, box: box(1) }, { score: 0.6, box: box(40) }], 0.5);
    expect(kept.map(({ score }) => score)).toEqual([0.9, 0.6]);
  });

  it('cuts boxes at the border', () => {
    expect(within({ x: -5, y: 10, width: 20, height: 30 }, ramp(12, 20))).toEqual({ x: 0, y: 10, width: 12, height: 10 });
  });
});
