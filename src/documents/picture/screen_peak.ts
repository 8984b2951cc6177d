import { SAFE_SIDE } from '../intake/limits.ts';
import { boxSums } from './box_sums.ts';
import { fourierOfSquares } from './fourier.ts';
import { loadGrey, type GreyImage } from './grey.ts';
import { selectAt } from './select.ts';

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
  const image = await loadGrey(jpeg, { longSide: SAFE_SIDE });
  const spectra = amplitudes(tilesOf(image));
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
  const values = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const row = (top + y) * width + left;
    for (let x = 0; x < side; x++) values[y * side + x] = data[row + x]!;
  }
  const sums = boxSums(values, side, side, HIGH_PASS_RADIUS);
  const area = (2 * HIGH_PASS_RADIUS + 1) ** 2;
  const tile = new Float64Array(TILE * TILE);
  for (let y = 0; y < TILE; y++) {
    const row = (y + HIGH_PASS_RADIUS) * side + HIGH_PASS_RADIUS;
    for (let x = 0; x < TILE; x++) tile[y * TILE + x] = (values[row + x]! - sums[row + x]! / area) * WINDOW[x]! * WINDOW[y]!;
  }
  return tile;
}

/** Hann's window: a tile's edges are no pattern. */
const WINDOW = Float64Array.from({ length: TILE }, (_, x) => 0.5 - 0.5 * Math.cos((2 * Math.PI * x) / (TILE - 1)));

const FOURIER = fourierOfSquares(TILE);

/** Two tiles at a time, one as the real part and one as the imaginary: their spectra come apart by symmetry. */
function amplitudes(tiles: readonly Float64Array[]): readonly Float32Array[] {
  const spectra = tiles.map(() => new Float32Array(TILE * TILE));
  for (let first = 0; first < tiles.length; first += 2) {
    const real = tiles[first]!;
    const imaginary = tiles[first + 1] ?? new Float64Array(TILE * TILE);
    FOURIER.transform(real, imaginary);
    partSpectra(real, imaginary, spectra[first]!, spectra[first + 1]);
  }
  return spectra;
}

/** Half a spectrum each: the other half is its mirror image. */
function partSpectra(real: Float64Array, imaginary: Float64Array, first: Float32Array, second: Float32Array | undefined): void {
  for (let y = 0; y < TILE; y++) {
    const mirrorRow = ((TILE - y) % TILE) * TILE;
    for (let x = 0; x <= TILE / 2; x++) {
      const at = y * TILE + x;
      const mirror = mirrorRow + ((TILE - x) % TILE);
      const evenReal = real[at]! + real[mirror]!;
      const oddReal = real[at]! - real[mirror]!;
      const evenImaginary = imaginary[at]! + imaginary[mirror]!;
      const oddImaginary = imaginary[at]! - imaginary[mirror]!;
      first[at] = Math.sqrt(evenReal * evenReal + oddImaginary * oddImaginary) / 2;
      if (second) second[at] = Math.sqrt(evenImaginary * evenImaginary + oddReal * oddReal) / 2;
    }
  }
}

/** The spectrum of a real picture is its own mirror image: half of it says all. */
function medianOf(spectra: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(spectra.length);
  const median = new Float32Array(TILE * TILE);
  for (let y = 0; y < TILE; y++) {
    for (let x = 0; x <= TILE / 2; x++) {
      const at = y * TILE + x;
      for (let index = 0; index < spectra.length; index++) values[index] = spectra[index]![at]!;
      median[at] = selectAt(values, values.length >> 1)!;
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
