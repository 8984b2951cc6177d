import type { Outline, Point } from '../facts.ts';
import { inFrame, outFrame, type Frame } from './frame.ts';

/** A line as `value = slope · position + offset`. */
interface Line {
  readonly slope: number;
  readonly offset: number;
}

const BINS = 40;
/** Corners are rounded by the box sums: they do not count. */
const SKIPPED = 3;
const ROUNDS = 3;

/** Four sides as lines fitted to the outermost pixels of a patch; undefined where there are too few. */
export function fitSides(patch: Int32Array, width: number, frame: Frame): Outline | undefined {
  const outermost = { top: new Float64Array(BINS).fill(Infinity), bottom: new Float64Array(BINS).fill(-Infinity), left: new Float64Array(BINS).fill(Infinity), right: new Float64Array(BINS).fill(-Infinity) };
  for (const at of patch) {
    const [u, v] = inFrame(frame.angle, at % width, Math.floor(at / width));
    const column = Math.floor(((u - frame.left) / (frame.right - frame.left)) * BINS);
    const row = Math.floor(((v - frame.top) / (frame.bottom - frame.top)) * BINS);
    if (column >= 0 && column < BINS) {
      outermost.top[column] = Math.min(outermost.top[column]!, v);
      outermost.bottom[column] = Math.max(outermost.bottom[column]!, v);
    }
    if (row >= 0 && row < BINS) {
      outermost.left[row] = Math.min(outermost.left[row]!, u);
      outermost.right[row] = Math.max(outermost.right[row]!, u);
    }
  }
  const [top, bottom] = [fitLine(outermost.top, frame.left, frame.right), fitLine(outermost.bottom, frame.left, frame.right)];
  const [left, right] = [fitLine(outermost.left, frame.top, frame.bottom), fitLine(outermost.right, frame.top, frame.bottom)];
  if (!top || !bottom || !left || !right) return undefined;
  const corner = (level: Line, upright: Line): Point => {
    const along = (upright.slope * level.offset + upright.offset) / (1 - level.slope * upright.slope);
    return outFrame(frame, along, level.slope * along + level.offset);
  };
  return [corner(top, left), corner(top, right), corner(bottom, right), corner(bottom, left)];
}

/** Least squares, then again without what lies far off. */
function fitLine(values: Float64Array, from: number, to: number): Line | undefined {
  let points = [...values].flatMap((value, bin): readonly Point[] => {
    const counts = bin >= SKIPPED && bin < BINS - SKIPPED && Number.isFinite(value);
    return counts ? [[from + ((bin + 0.5) / BINS) * (to - from), value]] : [];
  });
  let line: Line | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const count = points.length;
    if (count < 6) return undefined;
    const sum = (pick: (point: Point) => number): number => points.reduce((total, point) => total + pick(point), 0);
    const [sx, sy, xx, xy] = [sum(([x]) => x), sum(([, y]) => y), sum(([x]) => x * x), sum(([x, y]) => x * y)];
    const slope = (count * xy - sx * sy) / (count * xx - sx * sx);
    const fitted: Line = { slope, offset: (sy - slope * sx) / count };
    const miss = ([x, y]: Point): number => Math.abs(y - fitted.slope * x - fitted.offset);
    const usual = points.map(miss).sort((a, b) => a - b)[count >> 1]! + 0.5;
    points = points.filter((point) => miss(point) < 3 * usual);
    line = fitted;
  }
  return line;
}
