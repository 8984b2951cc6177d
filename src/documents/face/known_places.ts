/**
 * Where the faces are in the last few pictures, so that one that comes again (a portrait to be compared after its document
 * was read, a frame after its pose) is not searched again. Kept are places under the picture's digest: no pixel, nothing
 * by which anybody could be told from another, and only as long as the process lives.
 */
import { createHash } from 'node:crypto';
import type { Pixels } from './pixels.ts';

/** A document and every frame of two challenges. */
const MOST_KNOWN = 64;

/** Of a picture's file: only the very same bytes give it. */
export function digestOf(jpeg: Uint8Array): string {
  return createHash('sha256').update(jpeg).digest('base64');
}

/** The same search, asked once for each picture that has a digest. */
export function rememberingPlaces<Found>(find: (pixels: Pixels) => Promise<readonly Found[]>): (pixels: Pixels) => Promise<readonly Found[]> {
  const known = new Map<string, readonly Found[]>();
  return async (pixels) => {
    const { digest } = pixels;
    if (digest === undefined) return find(pixels);
    const found = known.get(digest) ?? await find(pixels);
    // The one asked for last is forgotten last.
    known.delete(digest);
    known.set(digest, found);
    const [oldest] = known.keys();
    if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    return found;
  };
}
