import { boxSums } from './box_sums.ts';
import { fourierOfSquare } from './fourier.ts';
import { loadGrey, type GreyImage } from './grey.ts';

const TILE = 256;
const TILES_ACROSS = 5;
const TILES_DOWN = 3;
/** What varies more slowly than this is shading and layout, not a pattern. */
const HIGH_PASS_RADIUS = 6;
/** Cycles per tile; slower ones are lines of text. */
const SLOWEST = 22;
/** Peaks that are looked at closely. */
const CANDIDATES = 40;
/** A screen's peak is a point; a barcode's or a motion blur's is one of many in a band. Cycles per tile. */
const SURROUNDINGS = { from: 6, to: 12 } as const;
/** JPEG's blocks of 8 pixels, and their multiples. */
const BLOCKS = TILE / 8;

/**
 * How much a regular pattern stands out that lies over the whole picture, as a photographed screen shows one: the highest
 * peak of the spectrum over the ring it lies in, times how much it stands out from what is near it. What a document prints
 * is in some tiles only, so the median over the tiles drops it, while a screen's pattern is in all of them. Measured:
 * photographs of paper up to 31, of a simulated screen from 100.
 */
export async function screenPeak(jpeg: Uint8Array): Promise<number> {
  const image = await loadGrey(jpeg, { longSide: 2400 });
  const spectra = tilesOf(image).map((tile) => amplitudes(tile));
  return spectra.length === 0 ? 0 : highestPeak(medianOf(spectra));
}

/** High-passed squares, evenly spread over the picture. */
function tilesOf(image: GreyImage): readonly Float64Array[] {
  const margin = HIGH_PASS_RADIUS;
  const [spareX, spareY] = [image.width - TILE - 2 * margin, image.height - TILE - 2 * margin];
  if (spareX < 0 || spareY < 0) return [];
  const tiles: Float64Array[] = [];
  for (let row = 0; row < TILES_DOWN; row++) {
    for (let column = 0; column < TILES_ACROSS; column++) {
      tiles.push(tileAt(image, Math.round((spareX * (column + 0.5)) / TILES_ACROSS), Math.round((spareY * (row + 0.5)) / TILES_DOWN)));
    }
  }
  return tiles;
}

function tileAt({ data, width }: GreyImage, left: number, top: number): Float64Array {
  const side = TILE + 2 * HIGH_PASS_RADIUS;
  const values = Float32Array.from({ length: side * side }, (_, at) => data[(top + Math.floor(at / side)) * width + left + (at % side)]!);
  const sums = boxSums(values, side, side, HIGH_PASS_RADIUS);
  const area = (2 * HIGH_PASS_RADIUS + 1) ** 2;
  return Float64Array.from({ length: TILE * TILE }, (_, index) => {
    const [x, y] = [index % TILE, Math.floor(index / TILE)];
    const at = (y + HIGH_PASS_RADIUS) * side + x + HIGH_PASS_RADIUS;
    return (values[at]! - sums[at]! / area) * WINDOW[x]! * WINDOW[y]!;
  });
}

/** Hann's window: a tile's edges are no pattern. */
const WINDOW = Float64Array.from({ length: TILE }, (_, x) => 0.5 - 0.5 * Math.cos((2 * Math.PI * x) / (TILE - 1)));

function amplitudes(tile: Float64Array): Float32Array {
  const imaginary = new Float64Array(tile.length);
  fourierOfSquare(tile, imaginary, TILE);
  return Float32Array.from(tile, (real, at) => Math.hypot(real, imaginary[at]!));
}

/** The spectrum of a real picture is its own mirror image: half of it says all. */
function medianOf(spectra: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(spectra.length);
  const median = new Float32Array(TILE * TILE);
  for (let y = 0; y < TILE; y++) {
    for (let x = 0; x <= TILE / 2; x++) {
      const at = y * TILE + x;
      for (let index = 0; index < spectra.length; index++) values[index] = spectra[index]![at]!;
      median[at] = values.sort()[values.length >> 1]!;
      median[((TILE - y) % TILE) * TILE + ((TILE - x) % TILE)] = median[at]!;
    }
  }
  return median;
}

/** Frequencies of one half-plane, the other is its mirror image; `y` may be negative. */
interface Frequency {
  readonly x: number;
  readonly y: number;
  readonly ratio: number;
}

function highestPeak(spectrum: Float32Array): number {
  const usual = usualOfRings(spectrum);
  const found: Frequency[] = [];
  for (let row = 0; row < TILE; row++) {
    const y = row < TILE / 2 ? row : row - TILE;
    for (let x = 0; x <= TILE / 2; x++) {
      const ring = Math.round(Math.hypot(x, y));
      const level = usual[ring]!;
      if (ring < SLOWEST || level <= 0 || isOfBlocks(x, y)) continue;
      const ratio = spectrum[row * TILE + x]! / level;
      if (found.length < CANDIDATES || ratio > found.at(-1)!.ratio) insert(found, { x, y, ratio });
    }
  }
  return found.reduce((highest, one) => Math.max(highest, one.ratio * prominence(spectrum, one)), 0);
}

function insert(found: Frequency[], one: Frequency): void {
  const at = found.findIndex(({ ratio }) => ratio < one.ratio);
  found.splice(at < 0 ? found.length : at, 0, one);
  if (found.length > CANDIDATES) found.pop();
}

function isOfBlocks(x: number, y: number): boolean {
  const near = (value: number): boolean => Math.abs(value - Math.round(value / BLOCKS) * BLOCKS) <= 1;
  return (Math.abs(y) <= 1 && near(x)) || (Math.abs(x) <= 1 && near(y));
}

/** Median amplitude by distance from the middle. */
function usualOfRings(spectrum: Float32Array): Float64Array {
  const rings: number[][] = Array.from({ length: Math.ceil(TILE * Math.SQRT1_2) + 1 }, () => []);
  for (let row = 0; row < TILE; row++) {
    const y = row < TILE / 2 ? row : row - TILE;
    for (let x = 0; x <= TILE / 2; x++) rings[Math.round(Math.hypot(x, y))]!.push(spectrum[row * TILE + x]!);
  }
  return Float64Array.from(rings, (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0);
}

/** A frequency over the highest one near it, its own mirror image left out. */
function prominence(spectrum: Float32Array, { x, y }: Frequency): number {
  const wrapped = (value: number): number => ((value + TILE + TILE / 2) % TILE) - TILE / 2;
  const amplitude = (atX: number, atY: number): number => spectrum[((atY + TILE) % TILE) * TILE + ((atX + TILE) % TILE)]!;
  const { from, to } = SURROUNDINGS;
  let highest = 0;
  for (let dy = -to; dy <= to; dy++) {
    for (let dx = -to; dx <= to; dx++) {
      const away = Math.hypot(dx, dy);
      const fromMirror = Math.hypot(wrapped(2 * x + dx), wrapped(2 * y + dy));
      if (away >= from && away <= to && fromMirror >= from) highest = Math.max(highest, amplitude(x + dx, y + dy));
    }
  }
  return highest > 0 ? amplitude(x, y) / highest : 0;
}
