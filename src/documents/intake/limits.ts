/** What is taken at most; a phone's camera stays well below. */
export const MOST_BYTES = 12 * 1024 * 1024;
/** Of the sent picture, before anything is decoded. */
export const MOST_PIXELS = 40_000_000;
export const SHORTEST_SIDE = 200;
export const LONGEST_SIDE = 12_000;
/** Of the safe picture, pixels. */
export const SAFE_SIDE = 2400;
export const SAFE_QUALITY = 92;
/** Decoding and encoding, seconds; a 12-megapixel photo takes 0.15. */
export const DECODE_SECONDS = 10;
