/** A document lying on a desk, seen by a camera. */
import { pixelsOf, type Pixels } from './pixels.ts';
import { seeded } from './seeded.ts';
import sharp from 'sharp';

export interface SceneOptions {
  /** Pixels of the photograph. */
  readonly width: number;
  readonly height: number;
  /** Degrees that the document is turned, clockwise. */
  readonly turn: number;
  /** How much narrower its far edge looks, 0 to 0.3. */
  readonly perspective: number;
  /** Share of the frame's width that it takes. */
  readonly fill: number;
}

export const ORDINARY: SceneOptions = { width: 2000, height: 1500, turn: 1.5, perspective: 0.02, fill: 0.82 };

type Point = readonly [x: number, y: number];
type Corners = readonly [Point, Point, Point, Point];
/** Row by row. */
type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Share of the frame that the turned document may take at most. */
const MOST = 0.94;

/** Where the document's corners come to lie: clockwise from its own upper left. */
function corners(shape: { readonly width: number; readonly height: number }, { width, height, turn, perspective, fill }: SceneOptions): Corners {
  const angle = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [w, h] = [width * fill, (width * fill * shape.height) / shape.width];
  const across = Math.abs(w * cos) + Math.abs(h * sin);
  const down = Math.abs(w * sin) + Math.abs(h * cos);
  const fit = Math.min(1, (width * MOST) / across, (height * MOST) / down);
  const place = (right: -1 | 1, low: -1 | 1): Point => {
    const x = ((right * w * fit) / 2) * (low < 0 ? 1 - perspective : 1);
    const y = ((low * h * fit) / 2) * (right > 0 ? 1 - perspective * 0.4 : 1);
    return [width / 2 + x * cos - y * sin, height / 2 + x * sin + y * cos];
  };
  return [place(-1, -1), place(1, -1), place(1, 1), place(-1, 1)];
}

/** The projection of the unit square onto four corners (Heckbert, Fundamentals of Texture Mapping, 2.2.3). */
function fromSquare([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]: Corners): Matrix {
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const below = dx1 * dy2 - dx2 * dy1;
  const g = (dx3 * dy2 - dx2 * dy3) / below;
  const h = (dx1 * dy3 - dx3 * dy1) / below;
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
}

/** The way back, up to a factor, which a projection does not mind. */
function adjugate([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d];
}

const desks = new Map<string, Uint8ClampedArray>();

/** Brown, with a grain like wood. */
function desk(width: number, height: number): Uint8ClampedArray {
  const key = `${width}x${height}`;
  const known = desks.get(key);
  if (known !== undefined) return known.slice();
  const random = seeded(3);
  const data = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const level = 96 + 26 * Math.sin(x / 155 + Math.sin(y / 95)) + 8 * Math.sin(y / 3 + 3 * Math.sin(x / 120)) + (random() - 0.5) * 8;
      data[at] = level * 1.08;
      data[at + 1] = level * 0.86;
      data[at + 2] = level * 0.66;
    }
  }
  desks.set(key, data);
  return data.slice();
}

/** Samples a pixel is made of, along each side: what a lens does to detail finer than a pixel. */
const SAMPLES = 2;

/** The document photographed; neither noise nor blur yet. */
export async function photographOf(document: Buffer, options: SceneOptions): Promise<Pixels> {
  const source = await pixelsOf(sharp(document));
  const quad = corners(source, options);
  const back = adjugate(fromSquare(quad));
  const data = desk(options.width, options.height);
  const between = (values: readonly number[], most: number): readonly [number, number] =>
    [Math.max(0, Math.floor(Math.min(...values)) - 1), Math.min(most - 1, Math.ceil(Math.max(...values)) + 1)];
  const [left, right] = between(quad.map(([x]) => x), options.width);
  const [top, bottom] = between(quad.map(([, y]) => y), options.height);
  const colour: [number, number, number] = [0, 0, 0];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const at = (y * options.width + x) * 3;
      const covered = sampled(source, back, x, y, colour);
      for (let c = 0; c < 3; c++) data[at + c] = (data[at + c] ?? 0) * (1 - covered) + (colour[c] ?? 0);
    }
  }
  return { data, width: options.width, height: options.height };
}

/** Sums the document's colour into `colour` and answers the share of the pixel that it covers. */
function sampled(source: Pixels, [a, b, c, d, e, f, g, h, i]: Matrix, x: number, y: number, colour: [number, number, number]): number {
  const share = 1 / (SAMPLES * SAMPLES);
  let covered = 0;
  colour.fill(0);
  for (let n = 0; n < SAMPLES * SAMPLES; n++) {
    const px = x + ((n % SAMPLES) + 0.5) / SAMPLES;
    const py = y + (Math.floor(n / SAMPLES) + 0.5) / SAMPLES;
    const w = g * px + h * py + i;
    const u = ((a * px + b * py + c) / w) * source.width - 0.5;
    const v = ((d * px + e * py + f) / w) * source.height - 0.5;
    if (u < 0 || v < 0 || u >= source.width - 1 || v >= source.height - 1) continue;
    covered += share;
    const [x0, y0] = [Math.floor(u), Math.floor(v)];
    const [fx, fy] = [u - x0, v - y0];
    const upper = (y0 * source.width + x0) * 3;
    const lower = upper + source.width * 3;
    for (let k = 0; k < 3; k++) {
      const above = (source.data[upper + k] ?? 0) * (1 - fx) + (source.data[upper + 3 + k] ?? 0) * fx;
      const below = (source.data[lower + k] ?? 0) * (1 - fx) + (source.data[lower + 3 + k] ?? 0) * fx;
      colour[k] = (colour[k] ?? 0) + (above * (1 - fy) + below * fy) * share;
    }
  }
  return covered;
}
