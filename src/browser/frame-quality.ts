/**
 * Whether a camera frame is worth taking: measures on a small grey copy, and the one hint that helps most. Pure. It only
 * decides when the shutter goes off by itself; the server measures the picture again and believes nothing from here.
 */

/** Brightness per pixel, row by row, 0 to 255. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** In pixels of the grey copy. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Measures {
  /** Median within the frame, 0 to 255. */
  readonly brightness: number;
  /** Share of the frame under the largest burnt-out patch, 0 to 1. */
  readonly glare: number;
  /** Share of the frame's cells in which something is printed, 0 to 1. */
  readonly content: number;
  /** The same around the frame. */
  readonly around: number;
  /** How many of the frame's four sides have the edge of something along them. */
  readonly sides: number;
}

export type Hint = 'place' | 'closer' | 'away' | 'steady' | 'dark' | 'bright' | 'glare' | 'flash' | 'blurred' | 'good';

/** Burnt out. */
const WHITE = 250;
/** Side of a cell that is looked at as a whole, pixels. */
const CELL = 8;
/** Mean step between neighbouring pixels above which a cell shows something. */
const DETAIL = 5;
/** How far from the drawn frame a document's edge may lie, as a share of the frame's shorter side. */
const TOLERANCE = 0.14;
/** Pieces in which a side is looked at, so that a document may lie a little askew; and how many must show an edge. */
const PIECES = 6;
const PIECES_NEEDED = 4;
/** Mean step across an edge, and how much it must stand out from its surroundings. */
const EDGE = 7;
const EDGE_RATIO = 2.4;

const LIMITS = {
  dark: 55,
  bright: 249,
  glare: 0.055,
  content: 0.2,
  filled: 0.34,
  crowded: 0.42,
  sides: 3,
  moved: 5,
  /** Variance of the Laplacian at the camera's own resolution. */
  sharpness: 45,
} as const;

export function measure(grey: Grey, frame: Box): Measures {
  const cells = cellsOf(grey);
  const inside = cells.filter((cell) => within(cell, frame));
  const around = cells.filter((cell) => !within(cell, frame));
  const share = (of: readonly Cell[]): number => (of.length === 0 ? 0 : of.filter((cell) => cell.detail > DETAIL).length / of.length);
  return {
    brightness: median(grey, frame),
    glare: inside.length === 0 ? 0 : largestPatch(inside) / inside.length,
    content: share(inside),
    around: share(around),
    sides: sidesWithEdge(grey, frame),
  };
}

/** Mean difference per pixel between two frames of one size, light changes taken out; 0 is the same picture. */
export function movement(before: Grey, now: Grey): number {
  const count = now.data.length;
  if (count === 0 || before.data.length !== count) return 255;
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += (now.data[i] ?? 0) - (before.data[i] ?? 0);
  const shift = sum / count;
  let apart = 0;
  for (let i = 0; i < count; i += 1) apart += Math.abs((now.data[i] ?? 0) - (before.data[i] ?? 0) - shift);
  return apart / count;
}

/**
 * Variance of the Laplacian: larger is sharper.
 * @param patches grey pieces at the camera's own resolution; the sharpest counts, for the others may be blank paper
 */
export function sharpness(patches: readonly Grey[]): number {
  return Math.max(0, ...patches.map(laplacianVariance));
}

export interface Look extends Measures {
  /** By {@link movement}. */
  readonly moved: number;
  /** By {@link sharpness}. */
  readonly sharpness: number;
  /** The camera's own light is on. */
  readonly lightOn: boolean;
}

/** The one thing to do next; `good` where there is nothing left to do but hold still. */
export function hintFor(look: Look): Hint {
  if (look.brightness < LIMITS.dark) return 'dark';
  if (look.content < LIMITS.content) return look.brightness > LIMITS.bright ? 'bright' : 'place';
  // Print beyond the frame: the document sticks out, and lines printed on it pass for its edges.
  if (look.around > LIMITS.crowded) return 'away';
  if (look.sides < LIMITS.sides) return look.content < LIMITS.filled ? 'closer' : 'place';
  if (look.brightness > LIMITS.bright) return 'bright';
  if (look.glare > LIMITS.glare) return look.lightOn ? 'flash' : 'glare';
  if (look.moved > LIMITS.moved) return 'steady';
  return look.sharpness < LIMITS.sharpness ? 'blurred' : 'good';
}

interface Cell {
  readonly column: number;
  readonly row: number;
  readonly detail: number;
  readonly burnt: boolean;
}

function within({ column, row }: Cell, frame: Box): boolean {
  const [x, y] = [(column + 0.5) * CELL, (row + 0.5) * CELL];
  return x >= frame.x && x < frame.x + frame.width && y >= frame.y && y < frame.y + frame.height;
}

function cellsOf({ width, height, data }: Grey): readonly Cell[] {
  const cells: Cell[] = [];
  for (let row = 0; (row + 1) * CELL <= height; row += 1) {
    for (let column = 0; (column + 1) * CELL <= width; column += 1) {
      let [steps, white] = [0, 0];
      for (let y = row * CELL; y < (row + 1) * CELL; y += 1) {
        for (let x = column * CELL; x < (column + 1) * CELL; x += 1) {
          const at = data[y * width + x] ?? 0;
          const right = x + 1 < width ? (data[y * width + x + 1] ?? 0) : at;
          const below = y + 1 < height ? (data[(y + 1) * width + x] ?? 0) : at;
          steps += Math.abs(right - at) + Math.abs(below - at);
          if (at >= WHITE) white += 1;
        }
      }
      cells.push({ column, row, detail: steps / (2 * CELL * CELL), burnt: white >= 0.8 * CELL * CELL });
    }
  }
  return cells;
}

/** Cells in the largest connected burnt-out patch. */
function largestPatch(cells: readonly Cell[]): number {
  const left = new Set(cells.filter((cell) => cell.burnt).map((cell) => `${cell.column},${cell.row}`));
  let largest = 0;
  // What is found to belong to a patch leaves the set, and is not come to again.
  for (const first of left) {
    left.delete(first);
    const waiting = [first];
    let size = 0;
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      size += 1;
      const [column = 0, row = 0] = place.split(',').map(Number);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        const next = `${column + dx},${row + dy}`;
        if (left.delete(next)) waiting.push(next);
      }
    }
    largest = Math.max(largest, size);
  }
  return largest;
}

function median({ width, data }: Grey, frame: Box): number {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let y = Math.round(frame.y); y < frame.y + frame.height; y += 2) {
    for (let x = Math.round(frame.x); x < frame.x + frame.width; x += 2) {
      const value = data[y * width + x];
      if (value === undefined) continue;
      counts[value] = (counts[value] ?? 0) + 1;
      total += 1;
    }
  }
  let seen = 0;
  for (let value = 0; value < 256; value += 1) {
    seen += counts[value] ?? 0;
    if (seen * 2 >= total) return value;
  }
  return 0;
}

function sidesWithEdge(grey: Grey, frame: Box): number {
  const reach = TOLERANCE * Math.min(frame.width, frame.height);
  const { x, y, width, height } = frame;
  // Each side as: where its edge is looked for, along which stretch, and which way the step goes.
  const sides = [
    { at: x, from: y, to: y + height, upright: true },
    { at: x + width, from: y, to: y + height, upright: true },
    { at: y, from: x, to: x + width, upright: false },
    { at: y + height, from: x, to: x + width, upright: false },
  ];
  return sides.filter(({ at, from, to, upright }) => {
    const inset = (to - from) * 0.08;
    const piece = (to - from - 2 * inset) / PIECES;
    let found = 0;
    for (let i = 0; i < PIECES; i += 1) {
      const start = from + inset + i * piece;
      if (hasEdge(grey, at - reach, at + reach, start, start + piece, upright)) found += 1;
    }
    return found >= PIECES_NEEDED;
  }).length;
}

/** Whether one line across the band stands out: much steeper than the band is elsewhere. */
function hasEdge(grey: Grey, low: number, high: number, from: number, to: number, upright: boolean): boolean {
  const { width, height, data } = grey;
  const most = upright ? width : height;
  const steps: number[] = [];
  for (let at = Math.max(1, Math.round(low)); at <= Math.min(most - 2, Math.round(high)); at += 1) {
    let [sum, count] = [0, 0];
    for (let along = Math.max(0, Math.round(from)); along < Math.min(upright ? height : width, Math.round(to)); along += 1) {
      const here = upright ? along * width + at : at * width + along;
      const stride = upright ? 1 : width;
      sum += (data[here + stride] ?? 0) - (data[here - stride] ?? 0);
      count += 1;
    }
    // Summed with its sign: an edge goes one way along its whole length, print goes both ways and cancels out.
    steps.push(count === 0 ? 0 : Math.abs(sum) / count);
  }
  // Not `toSorted` and `at`, which phones a few years old do not know.
  const sorted = [...steps].sort((a, b) => a - b);
  const [best, usual] = [sorted[sorted.length - 1] ?? 0, sorted[Math.floor(sorted.length / 2)] ?? 0];
  return best >= EDGE && best >= EDGE_RATIO * usual;
}

function laplacianVariance({ width, height, data }: Grey): number {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      const value =
        4 * (data[i] ?? 0) - (data[i - 1] ?? 0) - (data[i + 1] ?? 0) - (data[i - width] ?? 0) - (data[i + width] ?? 0);
      sum += value;
      squares += value * value;
      count += 1;
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2;
}
