import type { Budget } from '../picture/budget.ts';
import type { GreyImage } from '../picture/grey.ts';
import { findChains, type Link } from './chains.ts';
import { blobsOf } from './components.ts';
import { fitCurve, reversed, slopeAt, valueAt, type Curve } from './curve.ts';
import { darkPixels, type ThresholdSetting } from './threshold.ts';

/** A line of evenly spaced letters. */
export interface TextLine {
  readonly x: Curve;
  readonly y: Curve;
  /** First and last place where a letter was seen. */
  readonly first: number;
  readonly last: number;
  readonly letters: number;
  /** Pixels from letter to letter, in the middle. */
  readonly pitch: number;
  /** Direction in the middle, radians. */
  readonly angle: number;
  readonly middle: readonly [x: number, y: number];
  /** Letters are higher (above 1) or lower than OCR-B's are at this pitch: perspective. */
  readonly stretch: number;
}

/** Height of an OCR-B letter over the pitch, as the threshold sees it. */
const USUAL_HEIGHT = 1.04;
/** More blobs than any page of text gives: a carpet, a keyboard; not worth the time. */
const MOST_BLOBS = 12_000;

/** Lines of evenly spaced letters, at any angle. */
export function findLines(image: GreyImage, setting: ThresholdSetting, budget: Budget): readonly TextLine[] {
  const { width, height } = image;
  const mask = darkPixels(image, setting);
  const blobs = blobsOf(mask, width, height, Math.max(5, width / 260), width / 18);
  if (blobs.length > MOST_BLOBS || budget.spent()) return [];
  return findChains(blobs, width, height, budget).flatMap((chain) => lineOf(chain) ?? []);
}

/** The same line read from its other end. */
export function turned(line: TextLine): TextLine {
  return {
    ...line, first: -line.last, last: -line.first, x: reversed(line.x), y: reversed(line.y),
    angle: line.angle > 0 ? line.angle - Math.PI : line.angle + Math.PI,
  };
}

function lineOf(chain: readonly Link[]): TextLine | undefined {
  const places = chain.map(({ place }) => place);
  const x = fitCurve(places, chain.map(({ blob }) => blob.x));
  const y = fitCurve(places, chain.map(({ blob }) => blob.y));
  if (!x || !y) return undefined;
  const [first, last] = [places[0]!, places.at(-1)!];
  const middle = (first + last) / 2;
  const [stepX, stepY] = [slopeAt(x, middle), slopeAt(y, middle)];
  const pitch = Math.hypot(stepX, stepY);
  const misses = chain.map(({ place, blob }) => Math.hypot(valueAt(x, place) - blob.x, valueAt(y, place) - blob.y)).sort((a, b) => a - b);
  if (misses[misses.length >> 1]! / pitch >= 0.2 || chain.length / (last - first + 1) <= 0.6) return undefined;
  const angle = Math.atan2(stepY, stepX);
  return {
    x, y, first, last, letters: chain.length, pitch, angle,
    middle: [valueAt(x, middle), valueAt(y, middle)], stretch: stretchOf(chain, pitch, angle),
  };
}

/** Boxes of blobs stand upright: their height means something only where the line is nearly level or nearly upright. */
function stretchOf(chain: readonly Link[], pitch: number, angle: number): number {
  const level = Math.cos(angle) ** 2;
  if (Math.min(level, 1 - level) >= 0.05) return 1;
  const heights = chain.map(({ blob }) => blob.height * level + blob.width * (1 - level)).sort((a, b) => a - b);
  const ratio = heights[Math.floor(heights.length * 0.6)]! / pitch;
  return ratio > 1.3 || ratio < 0.8 ? Math.min(1.7, Math.max(0.75, ratio / USUAL_HEIGHT)) : 1;
}
