/** The picture library with everything shut that is not needed: it can read dozens of formats, some of them programs. */
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { DECODE_SECONDS, MOST_PIXELS } from './limits.ts';

/** From memory only: no file of ours can be named by a picture. */
const LOADERS = ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'];

/** For the whole process; to be called before the first picture. */
export function blockLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS });
  // No pixel of one person's picture stays for the next job.
  sharp.cache(false);
}

/** A picture under the limits, where a warning already is a refusal. */
export function openPicture(bytes: Uint8Array, options: SharpOptions = {}): Sharp {
  return sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'warning', ...options }).timeout({ seconds: DECODE_SECONDS });
}
