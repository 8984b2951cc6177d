/** HEIC by the optional package `libheif-js` (LGPL-3.0), which an operator adds; without it such files are refused. */
import { LONGEST_SIDE, MOST_PIXELS } from './limits.ts';

/** Colours with alpha, four bytes a pixel, turned upright by the decoder as the file asks. */
export interface RawPicture {
  readonly pixels: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

interface HeifImage {
  get_width(): number;
  get_height(): number;
  display(into: { data: Uint8ClampedArray; width: number; height: number }, shown: (image: { data: Uint8ClampedArray } | null) => void): void;
  free?(): void;
}
interface Libheif {
  readonly HeifDecoder: new () => { decode(bytes: Uint8Array): readonly HeifImage[] };
}

/** Not a dependency: named here so that nobody takes it for one. */
const PACKAGE = 'libheif-js/wasm-bundle.js';

/** The decoder, or undefined where the package is not installed or is not what it used to be. */
export async function loadHeif(): Promise<Libheif | undefined> {
  try {
    const loaded = (await import(PACKAGE)) as { readonly default?: Partial<Libheif> } & Partial<Libheif>;
    const found = loaded.default ?? loaded;
    return typeof found.HeifDecoder === 'function' ? (found as Libheif) : undefined;
  } catch {
    return undefined;
  }
}

/** The first picture of the file; `too_large` is known from the header, before any pixel is unpacked. */
export async function decodeHeic(heif: Libheif, bytes: Uint8Array): Promise<RawPicture | 'too_large' | 'damaged'> {
  const images = new heif.HeifDecoder().decode(bytes);
  const image = images[0];
  if (!image) return 'damaged';
  try {
    const [width, height] = [image.get_width(), image.get_height()];
    if (width * height > MOST_PIXELS || Math.max(width, height) > LONGEST_SIDE) return 'too_large';
    const target = { data: new Uint8ClampedArray(width * height * 4), width, height };
    const shown = await new Promise<{ data: Uint8ClampedArray } | null>((resolve) => image.display(target, resolve));
    return shown ? { pixels: shown.data, width, height } : 'damaged';
  } finally {
    for (const one of images) one.free?.();
  }
}
