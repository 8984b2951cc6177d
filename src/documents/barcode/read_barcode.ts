import sharp, { type Sharp } from 'sharp';
import type { BarcodeReading, Outline, Reading } from '../facts.ts';
import { SAFE_SIDE } from '../intake/limits.ts';
import { budgetOf } from '../picture/budget.ts';
import { inFrame, outFrame } from '../picture/frame.ts';
import { fromGrey, loadGrey, MOST_PIXELS, resizedGrey, type GreyImage } from '../picture/grey.ts';
import { homography, rectangle, warpGrey } from '../picture/homography.ts';
import { grown, rounded, scaled, sizeOf, upsideDown } from '../picture/outlines.ts';
import { parseAamva } from './aamva.ts';
import { findRegions, type Region } from './regions.ts';
import type { BarcodeDecoder } from './zxing.ts';

export const BARCODE_BUDGET_MS = 2500;
const SEARCH_SIDE = 900;

/** What is read, and where it stood: corners clockwise from the symbol's own upper left. */
export interface BarcodeFound {
  readonly reading: BarcodeReading;
  readonly outline: Outline;
}

type Look = 'plain' | 'sharpened' | 'local_contrast' | 'median';

interface Attempt {
  readonly outline: Outline;
  readonly width: number;
  readonly look: Look;
}

const LOOKS: Readonly<Record<Exclude<Look, 'plain'>, (picture: Sharp) => Sharp>> = {
  sharpened: (picture) => picture.normalise().sharpen({ sigma: 2.5, m1: 0, m2: 8 }),
  local_contrast: (picture) => picture.clahe({ width: 90, height: 60, maxSlope: 6 }),
  median: (picture) => picture.median(3),
};

/** The box may be this much off level, radians. */
const SMALL_TURNS = [0.012, -0.012, 0.025, -0.025] as const;

/** Find, level and read a PDF417 with AAMVA data. Unread: `not_found`, `out_of_time`, `not_aamva`. */
export async function readBarcode(jpeg: Uint8Array, decoder: BarcodeDecoder, budgetMs = BARCODE_BUDGET_MS): Promise<Reading<BarcodeFound>> {
  const budget = budgetOf(budgetMs);
  const image = await loadGrey(jpeg, { longSide: SAFE_SIDE });
  const { width: fullWidth = 0 } = await sharp(jpeg, { limitInputPixels: MOST_PIXELS }).metadata();
  const small = await resizedGrey(image, SEARCH_SIDE);
  const scale = image.width / small.width;
  for (const attempt of attempts(findRegions(small))) {
    if (budget.spent()) return { kind: 'unread', why: 'out_of_time' };
    const level = await levelled(image, { ...attempt, outline: scaled(attempt.outline, scale) });
    const text = level && await decoder.decode(level);
    if (text === undefined) continue;
    const reading = parseAamva(text);
    if (!reading) return { kind: 'unread', why: 'not_aamva' };
    const outline = rounded(scaled(attempt.outline, (scale * fullWidth) / image.width));
    // The symbol's own error correction holds, or nothing comes out at all.
    return { kind: 'read', value: { reading, outline }, confidence: 1 };
  }
  return { kind: 'unread', why: 'not_found' };
}

/** Cheap ones first. */
function* attempts(regions: readonly Region[]): Generator<Attempt> {
  const bothWays = (outline: Outline): readonly Outline[] => [outline, upsideDown(outline)];
  const shapes = ({ box, sides }: Region): readonly Outline[] => [...bothWays(box), ...(sides ? bothWays(sides) : [])];
  for (const look of ['plain', 'sharpened'] as const) {
    for (const width of [1500, 2100]) {
      for (const outline of regions.flatMap(shapes)) yield { outline, width, look };
    }
  }
  for (const turn of SMALL_TURNS) {
    for (const outline of regions.flatMap(({ box }) => bothWays(turnedBox(box, turn)))) yield { outline, width: 1700, look: 'plain' };
  }
  for (const look of ['local_contrast', 'median'] as const) {
    for (const outline of regions.flatMap(shapes)) yield { outline, width: 1500, look };
  }
}

/** Turned a little about its centre. */
function turnedBox(box: Outline, angle: number): Outline {
  const [x, y] = [(box[0][0] + box[2][0]) / 2, (box[0][1] + box[2][1]) / 2];
  const turn = ([px, py]: Outline[number]): Outline[number] => {
    const [u, v] = inFrame(0, px - x, py - y);
    const [dx, dy] = outFrame({ angle }, u, v);
    return [x + dx, y + dy];
  };
  return [turn(box[0]), turn(box[1]), turn(box[2]), turn(box[3])];
}

/** The symbol with a quiet zone about it, level, so many pixels wide. */
async function levelled(image: GreyImage, { outline, width, look }: Attempt): Promise<GreyImage | undefined> {
  const size = sizeOf(outline);
  const wide = grown(outline, 0.055, (size.width * 0.035) / size.height);
  const wideSize = sizeOf(wide);
  const height = Math.round((width * wideSize.height) / wideSize.width);
  const map = height >= 16 && height <= 2 * width ? homography(rectangle(width, height), wide) : undefined;
  if (!map) return undefined;
  const level = warpGrey(image, map, width, height);
  if (look === 'plain') return level;
  const { data, info } = await LOOKS[look](fromGrey(level)).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}
