/** A picture as plain pixels, and the two ways in which networks are given parts of it. */
import sharp from 'sharp';
import { digestOf } from './known_places.ts';

/** Three bytes a pixel, red, green and blue, row by row. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Of the file that it was decoded from: the same pixels, if it comes again. */
  readonly digest?: string;
}

/** Turning, scaling and moving, without shearing: `X = a·x − b·y + x0`, `Y = b·x + a·y + y0`. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x0: number;
  readonly y0: number;
}

/** In pixels; may reach over the picture's border. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture scaled into a square, and how to get back: `X = (x − left) · scale`, `Y = (y − top) · scale`. */
export interface Squared {
  readonly pixels: Pixels;
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

const GREY = { r: 128, g: 128, b: 128 };
const BLACK = { r: 0, g: 0, b: 0 };
/** More samples per pixel than 4 × 4 change nothing that a network sees. */
const MOST_SAMPLES = 4;

/**
 * Decode a picture that was made safe before.
 * @throws Error from the decoder, where the bytes are no picture
 */
export async function decodePixels(jpeg: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(jpeg).toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, digest: digestOf(jpeg) };
}

/**
 * Scale a picture into a square of `side` pixels, at its upper left as the detectors were trained; the rest is black.
 * @param margin grey border around the picture, as a share of its long side: faces that fill the picture are found only
 *   with some room around them
 */
export async function squared(pixels: Pixels, side: number, margin = 0): Promise<Squared> {
  const long = Math.max(pixels.width, pixels.height);
  const factor = side / (long * (1 + 2 * margin));
  const border = Math.floor(long * margin * factor);
  const width = Math.max(1, Math.min(side - 2 * border, Math.round(pixels.width * factor)));
  const height = Math.max(1, Math.min(side - 2 * border, Math.round(pixels.height * factor)));
  const small = sharp(pixels.data, { raw: { width: pixels.width, height: pixels.height, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' });
  const framed = border === 0 ? small : sharp(await small.raw().toBuffer(), { raw: { width, height, channels: 3 } })
    .extend({ top: border, bottom: border, left: border, right: border, background: GREY });
  const inner = await framed.raw().toBuffer();
  const [w, h] = [width + 2 * border, height + 2 * border];
  const data = await sharp(inner, { raw: { width: w, height: h, channels: 3 } })
    .extend({ top: 0, left: 0, right: side - w, bottom: side - h, background: BLACK }).raw().toBuffer();
  return { pixels: { data, width: side, height: side }, scale: 1 / factor, left: border, top: border };
}

/**
 * Sample a square patch. Where the patch is coarser than the picture, each of its pixels is the mean of several samples.
 * @param map from the patch to the picture
 * @param inside outside of it the patch is black; without it, the picture's border is repeated
 * @returns `size × size × 3` values, 0 to 255
 */
export function samplePatch(pixels: Pixels, map: Similarity, size: number, inside?: Box): Float32Array {
  const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.round(Math.hypot(map.a, map.b))));
  const patch = new Float32Array(size * size * 3);
  const share = 1 / (samples * samples);
  for (let at = 0; at < size * size; at++) {
    for (let part = 0; part < samples * samples; part++) {
      const x = (at % size) + ((part % samples) + 0.5) / samples - 0.5;
      const y = Math.floor(at / size) + (Math.floor(part / samples) + 0.5) / samples - 0.5;
      const u = map.a * x - map.b * y + map.x0;
      const v = map.b * x + map.a * y + map.y0;
      if (inside === undefined || contains(inside, u, v)) addColour(pixels, u, v, patch, at * 3, share);
    }
  }
  return patch;
}

/** The same patch, left and right exchanged. */
export function mirrored(patch: Float32Array, size: number): Float32Array {
  const other = new Float32Array(patch.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const from = (row * size + column) * 3;
      other.set(patch.subarray(from, from + 3), (row * size + size - 1 - column) * 3);
    }
  }
  return other;
}

/** What of a box lies on the picture. */
export function within(box: Box, { width, height }: Pixels): Box {
  const [x, y] = [Math.max(0, box.x), Math.max(0, box.y)];
  return { x, y, width: Math.min(width, box.x + box.width) - x, height: Math.min(height, box.y + box.height) - y };
}

function contains(box: Box, x: number, y: number): boolean {
  return x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
}

/** Add a share of the picture's colour at a point between pixels (bilinear); beyond the border, that of the border. */
function addColour(pixels: Pixels, x: number, y: number, patch: Float32Array, at: number, share: number): void {
  const { data, width, height } = pixels;
  const u = Math.min(width - 1, Math.max(0, x));
  const v = Math.min(height - 1, Math.max(0, y));
  const left = Math.floor(u);
  const top = Math.floor(v);
  const upper = (top * width + left) * 3;
  const lower = top + 1 < height ? upper + width * 3 : upper;
  const right = left + 1 < width ? 3 : 0;
  const fx = u - left;
  const fy = v - top;
  for (let channel = 0; channel < 3; channel++) {
    const above = (data[upper + channel] ?? 0) * (1 - fx) + (data[upper + right + channel] ?? 0) * fx;
    const below = (data[lower + channel] ?? 0) * (1 - fx) + (data[lower + right + channel] ?? 0) * fx;
    patch[at + channel] = (patch[at + channel] ?? 0) + (above * (1 - fy) + below * fy) * share;
  }
}
