import sharp from 'sharp';
import type { Outline, Reading } from '../facts.ts';
import { boxSums } from '../picture/box_sums.ts';
import { fitSides } from '../picture/fit_sides.ts';
import { boxOf } from '../picture/frame.ts';
import { MOST_PIXELS } from '../picture/grey.ts';
import { rounded, scaled, sizeOf } from '../picture/outlines.ts';
import { patchesAbove, smallestFrame } from '../picture/patches.ts';

const LOOK_AT = 420;
/** Of the picture's sides: what lies out there is taken for the table. */
const RING = 0.03;
const LEAST_SHARE = 0.12;
const MOST_SHARE = 0.97;
/** Of the fitted outline that must differ from the table; portraits and dark letters may not. */
const LEAST_FILL = 0.72;
const CLOSING_RADIUS = 3;

/**
 * The outline of a document on a table: the largest patch that differs in colour from the picture's border, where its
 * sides are straight. Corners begin at the picture's upper left; nothing tells which side of the document is up.
 * Unread: `no_edges`, also where the document fills the picture.
 */
export async function documentEdges(jpeg: Uint8Array): Promise<Reading<Outline>> {
  const { width: fullWidth = 0 } = await sharp(jpeg, { limitInputPixels: MOST_PIXELS }).metadata();
  const { data, info: { width, height } } = await sharp(jpeg, { limitInputPixels: MOST_PIXELS }).removeAlpha().toColourspace('srgb')
    .resize({ width: LOOK_AT, height: LOOK_AT, fit: 'inside' }).blur(1).raw().toBuffer({ resolveWithObject: true });
  const away = distances(data, width, height);
  const least = threshold(away);
  const mask = away.map((value) => (value >= least ? 1 : 0));
  const closed = boxSums(mask, width, height, CLOSING_RADIUS);
  const half = ((2 * CLOSING_RADIUS + 1) ** 2) / 2;
  const [patch] = [...patchesAbove(closed, width, half, width * height * LEAST_SHARE)].sort((a, b) => b.length - a.length);
  if (!patch || patch.length > width * height * MOST_SHARE) return { kind: 'unread', why: 'no_edges' };
  const frame = smallestFrame(patch, width, roughAngle(patch, width));
  const outline = fitSides(patch, width, frame) ?? boxOf(frame);
  const size = sizeOf(outline);
  const aspect = Math.max(size.width, size.height) / Math.min(size.width, size.height);
  const fill = patch.length / (size.width * size.height);
  if (!(fill > LEAST_FILL && fill < 1.1 && aspect > 1.15 && aspect < 2.2)) return { kind: 'unread', why: 'no_edges' };
  return { kind: 'read', value: fromUpperLeft(rounded(scaled(outline, fullWidth / width))), confidence: Math.min(1, fill) };
}

/** Each pixel's distance in colour to the median of the border. */
function distances(data: Uint8Array, width: number, height: number): Float32Array {
  const [ringX, ringY] = [Math.max(2, Math.round(width * RING)), Math.max(2, Math.round(height * RING))];
  const ring: number[][] = [[], [], []];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (x >= ringX && x < width - ringX && y >= ringY && y < height - ringY) continue;
      for (let channel = 0; channel < 3; channel++) ring[channel]!.push(data[(y * width + x) * 3 + channel]!);
    }
  }
  const [red, green, blue] = ring.map((values) => values.sort((a, b) => a - b)[values.length >> 1]!) as [number, number, number];
  const away = new Float32Array(width * height);
  for (let at = 0; at < away.length; at++) {
    away[at] = Math.sqrt((data[at * 3]! - red) ** 2 + (data[at * 3 + 1]! - green) ** 2 + (data[at * 3 + 2]! - blue) ** 2);
  }
  return away;
}

/** Otsu's threshold: parts the distances so that both halves vary least. */
function threshold(values: Float32Array): number {
  const bins = new Float64Array(256);
  for (const value of values) bins[Math.min(255, Math.floor(value))]! += 1;
  const total = values.length;
  const whole = bins.reduce((sum, count, value) => sum + count * value, 0);
  let [below, belowSum, best, found] = [0, 0, -1, 0];
  for (let value = 0; value < 256; value++) {
    below += bins[value]!;
    belowSum += bins[value]! * value;
    if (below === 0 || below === total) continue;
    const apart = belowSum / below - (whole - belowSum) / (total - below);
    const between = below * (total - below) * apart * apart;
    if (between <= best) continue;
    best = between;
    found = value;
  }
  return found + 1;
}

/** Direction in which a patch is longest. */
function roughAngle(patch: Int32Array, width: number): number {
  let [sx, sy, xx, yy, xy] = [0, 0, 0, 0, 0];
  for (const at of patch) {
    const [x, y] = [at % width, Math.floor(at / width)];
    sx += x;
    sy += y;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  const count = patch.length;
  return 0.5 * Math.atan2(2 * (xy / count - (sx * sy) / count ** 2), xx / count - (sx / count) ** 2 - yy / count + (sy / count) ** 2);
}

/** The same corners, beginning at the one nearest to the picture's upper left. */
function fromUpperLeft(outline: Outline): Outline {
  const first = outline.reduce((best, [x, y], index) => (x + y < outline[best]![0] + outline[best]![1] ? index : best), 0);
  const [a, b, c, d] = [0, 1, 2, 3].map((step) => outline[(first + step) % 4]!) as [Outline[0], Outline[1], Outline[2], Outline[3]];
  return [a, b, c, d];
}
