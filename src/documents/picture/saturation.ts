import sharp from 'sharp';
import { MOST_PIXELS } from './grey.ts';

/**
 * Mean saturation (chroma over the brightest channel), 0 to 1, of the middle of the picture, where the document lies: the
 * table around a photocopy is as colourful as ever.
 */
export async function saturationOf(jpeg: Uint8Array): Promise<number> {
  const { data, info } = await sharp(jpeg, { limitInputPixels: MOST_PIXELS }).removeAlpha().toColourspace('srgb')
    .resize({ width: 256, height: 256, fit: 'inside' }).raw().toBuffer({ resolveWithObject: true });
  const [left, right] = [Math.floor(info.width * 0.2), Math.ceil(info.width * 0.8)];
  const [top, bottom] = [Math.floor(info.height * 0.2), Math.ceil(info.height * 0.8)];
  let sum = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * info.width + x) * 3;
      const most = Math.max(data[at]!, data[at + 1]!, data[at + 2]!);
      if (most > 0) sum += (most - Math.min(data[at]!, data[at + 1]!, data[at + 2]!)) / most;
    }
  }
  return sum / ((right - left) * (bottom - top));
}
