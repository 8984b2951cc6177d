/**
 * Grey pictures and what can be computed on them without knowing what they show. Indices into pixels are bounded by the
 * loops that make them, which is why `!` stands at them and nowhere else.
 */
import sharp, { type Sharp } from 'sharp';
import { SAFE_SIDE } from '../intake/limits.ts';

/** One byte per pixel, row by row, 0 black to 255 white. */
export interface GreyImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A safe picture is far below this; anything above was not made by the intake. */
export const MOST_PIXELS = 40_000_000;

export interface GreyOptions {
  /** Pixels of the longer side. */
  readonly longSide: number;
  /** Smaller pictures are enlarged to it as well. */
  readonly enlarge?: boolean;
  /** Sharpens edges only, by this sigma in pixels. */
  readonly sharpen?: number;
}

/** Pictures in their own size, of the job that is being done: gone with the bytes they were decoded from. */
const whole = new WeakMap<Uint8Array, Promise<GreyImage>>();

/**
 * Decode a safe picture to grey.
 * @returns one image for all who ask for a picture in its own size: nobody writes into it
 * @throws what the decoder throws on bytes that are no picture
 */
export function loadGrey(jpeg: Uint8Array, options: GreyOptions): Promise<GreyImage> {
  if (options.longSide !== SAFE_SIDE || options.enlarge === true || options.sharpen !== undefined) return decode(jpeg, options);
  const loading = whole.get(jpeg) ?? decode(jpeg, options);
  whole.set(jpeg, loading);
  return loading;
}

async function decode(jpeg: Uint8Array, options: GreyOptions): Promise<GreyImage> {
  const { longSide, enlarge = false, sharpen } = options;
  const resized = sharp(jpeg, { limitInputPixels: MOST_PIXELS, failOn: 'warning' }).greyscale()
    .resize({ width: longSide, height: longSide, fit: 'inside', kernel: 'lanczos3', withoutEnlargement: !enlarge });
  const drawn = sharpen === undefined ? resized : resized.sharpen({ sigma: sharpen, m1: 0, m2: 5 });
  const { data, info } = await drawn.toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The same picture at another size. */
export async function resizedGrey(image: GreyImage, longSide: number): Promise<GreyImage> {
  const { data, info } = await fromGrey(image).resize({ width: longSide, height: longSide, fit: 'inside', withoutEnlargement: true })
    .toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** A sharp pipeline over a grey picture; its bytes are not copied. */
export function fromGrey(image: GreyImage): Sharp {
  return sharp(image.data, { raw: { width: image.width, height: image.height, channels: 1 } });
}
