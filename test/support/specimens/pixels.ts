/** Pictures as bare RGB pixels, so that one stage of a simulated camera hands on to the next without encoding. */
import sharp, { type Sharp } from 'sharp';

/** Three bytes a pixel, row by row; values written to it are rounded and kept within 0 to 255. */
export interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

export async function pixelsOf(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), width: info.width, height: info.height };
}

export const asSharp = ({ data, width, height }: Pixels): Sharp => sharp(data, { raw: { width, height, channels: 3 } });

/** A copy, each pixel's three values changed in place by `change`, which is told where its first byte lies. */
export function eachPixel(picture: Pixels, change: (data: Uint8ClampedArray, at: number, x: number, y: number) => void): Pixels {
  const data = picture.data.slice();
  for (let y = 0, at = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++, at += 3) change(data, at, x, y);
  }
  return { ...picture, data };
}
