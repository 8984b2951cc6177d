/**
 * What is wrong with a picture that its taker can mend. Judged on grey pixels at a fixed size, so that the numbers mean
 * the same for every camera. These are hints for a person: a reader that succeeds is right whatever they say.
 */
import type { Quality, QualityProblem } from '../facts.ts';

/** Grey values, one byte a pixel, row by row. */
export interface GreyPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Longest side that {@link judgeQuality} expects at most, pixels; smaller pictures come as they are. */
export const JUDGED_SIDE = 800;

/** Set on generated captures: readable ones (640 pixels, shadow, perspective) lie above, unreadable ones below. */
export const QUALITY_LIMITS = {
  /** Readable pages measure 4000 and more, a soft portrait 200, a page blurred by 5 pixels of 1600 less than 60. */
  leastSharpness: 120,
  /** White card of a licence measures up to 0.018, a burnt-in lamp 0.02 and more. */
  mostGlare: 0.02,
  /** A page in shadow has 85, one at a third of the light 61. */
  leastBrightness: 45,
  /** A light document on a black table has a dark median and is fine: too dark means that hardly anything is lighter than this. */
  lightAbove: 90,
  leastLight: 0.05,
  mostBrightness: 250,
  /** A document on a white page is bright and fine; one where hardly anything is darker than this is washed out. */
  printBelow: 200,
  leastPrint: 0.04,
  /** Below this nothing was ever read, pixels. */
  leastLongSide: 500,
} as const;

/** Cells of the sharpness map, pixels: bare background must not make a sharp page look soft. */
const CELL = 50;
/** The sharpest tenth counts. */
const SHARPEST = 0.1;
/** Burnt out, after scaling down has averaged the noise. */
const BURNT = 247;
/** A spot is what a square of this half side fits into: paper between printed lines is none. */
const SPOT_REACH = 10;
const SPOT_SHARE = 0.97;
/** Every second pixel will do for spots. */
const SPOT_STEP = 2;

/** @param longSide of the safe picture, pixels */
export function judgeQuality(grey: GreyPixels, longSide: number): Quality {
  const counts = histogram(grey);
  const facts = { sharpness: Math.round(sharpness(grey)), glare: Number(largestSpot(grey).toFixed(4)), brightness: median(counts), longSide };
  const share = (from: number, to: number): number => counts.slice(from, to).reduce((sum, count) => sum + count, 0) / grey.data.length;
  const found: readonly (readonly [problem: QualityProblem, present: boolean])[] = [
    ['too_small', longSide < QUALITY_LIMITS.leastLongSide],
    ['too_dark', facts.brightness < QUALITY_LIMITS.leastBrightness && share(QUALITY_LIMITS.lightAbove, 256) < QUALITY_LIMITS.leastLight],
    ['too_bright', facts.brightness > QUALITY_LIMITS.mostBrightness && share(0, QUALITY_LIMITS.printBelow) < QUALITY_LIMITS.leastPrint],
    ['glare', facts.glare > QUALITY_LIMITS.mostGlare],
    ['blurred', facts.sharpness < QUALITY_LIMITS.leastSharpness],
  ];
  return { ...facts, problems: found.filter(([, present]) => present).map(([problem]) => problem) };
}

function histogram({ data }: GreyPixels): readonly number[] {
  const counts = Array.from({ length: 256 }, () => 0);
  for (const value of data) counts[value]! += 1;
  return counts;
}

function median(counts: readonly number[]): number {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2;
  let seen = 0;
  return Math.max(0, counts.findIndex((count) => (seen += count) >= half));
}

/** Mean variance of the Laplacian over the sharpest cells. */
function sharpness(grey: GreyPixels): number {
  const cells: number[] = [];
  const { width, height } = grey;
  for (let y = 1; y + 1 < height; y += CELL) {
    for (let x = 1; x + 1 < width; x += CELL) {
      cells.push(laplacianVariance(grey, x, y, Math.min(x + CELL, width - 1), Math.min(y + CELL, height - 1)));
    }
  }
  const sharpest = cells.toSorted((a, b) => b - a).slice(0, Math.ceil(cells.length * SHARPEST));
  return sharpest.reduce((sum, cell) => sum + cell, 0) / Math.max(1, sharpest.length);
}

function laplacianVariance({ data, width }: GreyPixels, left: number, top: number, right: number, bottom: number): number {
  let sum = 0;
  let squares = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let at = y * width + left; at < y * width + right; at += 1) {
      const value = 4 * data[at]! - data[at - 1]! - data[at + 1]! - data[at - width]! - data[at + width]!;
      sum += value;
      squares += value * value;
    }
  }
  const count = (right - left) * (bottom - top);
  return squares / count - (sum / count) ** 2;
}

/**
 * Share of the picture in the largest solid burnt spot. Spots that run out of the picture are bright surroundings, a
 * window or the page of a scan, and do not count.
 */
function largestSpot(grey: GreyPixels): number {
  const width = Math.floor(grey.width / SPOT_STEP);
  const height = Math.floor(grey.height / SPOT_STEP);
  const solid = solidPixels(grey, width, height);
  const waiting: number[] = [];
  let largest = 0;
  for (let start = 0; start < solid.length; start += 1) {
    if (solid[start] !== 1) continue;
    let size = 0;
    let inside = true;
    solid[start] = 2;
    waiting.push(start);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      size += 1;
      const x = at % width;
      const y = (at - x) / width;
      if (x <= SPOT_REACH / SPOT_STEP || y <= SPOT_REACH / SPOT_STEP || x >= width - 1 - SPOT_REACH / SPOT_STEP || y >= height - 1 - SPOT_REACH / SPOT_STEP) inside = false;
      for (const next of [at - 1, at + 1, at - width, at + width]) {
        if (solid[next] !== 1) continue;
        solid[next] = 2;
        waiting.push(next);
      }
    }
    if (inside) largest = Math.max(largest, size);
  }
  return largest / solid.length;
}

/** 1 where nearly the whole square around a pixel is burnt out, from sums over rectangles; the margin stays 0. */
function solidPixels(grey: GreyPixels, width: number, height: number): Uint8Array {
  const stride = width + 1;
  const sums = new Uint32Array(stride * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += grey.data[y * SPOT_STEP * grey.width + x * SPOT_STEP]! >= BURNT ? 1 : 0;
      sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1]! + row;
    }
  }
  const reach = SPOT_REACH / SPOT_STEP;
  const enough = SPOT_SHARE * (2 * reach + 1) ** 2;
  const solid = new Uint8Array(width * height);
  for (let y = reach; y < height - reach; y += 1) {
    for (let x = reach; x < width - reach; x += 1) {
      const [top, bottom] = [(y - reach) * stride, (y + reach + 1) * stride];
      const burnt = sums[bottom + x + reach + 1]! - sums[bottom + x - reach]! - sums[top + x + reach + 1]! + sums[top + x - reach]!;
      if (burnt >= enough) solid[y * width + x] = 1;
    }
  }
  return solid;
}
