/** What a file is by its first bytes; its name and its declared type are the sender's word and count for nothing. */

export type SentFormat = 'jpeg' | 'png' | 'webp' | 'heic';

/**
 * Brands of ISO/IEC 23008-12 (HEIF) that hold HEVC pictures, as phones write them. `avif` is none of them: its codec is
 * another one.
 */
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];

const startsWith = (bytes: Uint8Array, at: number, expected: readonly number[]): boolean =>
  bytes.length >= at + expected.length && expected.every((value, index) => bytes[at + index] === value);

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));

/** The format, or undefined for everything that is not taken. */
export function formatOf(bytes: Uint8Array): SentFormat | undefined {
  if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp';
  if (ascii(bytes, 4, 8) === 'ftyp' && HEIC_BRANDS.includes(ascii(bytes, 8, 12))) return 'heic';
  return undefined;
}
