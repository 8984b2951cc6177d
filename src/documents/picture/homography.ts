import type { Outline, Point } from '../facts.ts';
import type { GreyImage } from './grey.ts';
import { sampleAt } from './sample.ts';

/** A projective map of the plane: nine numbers, row by row, the last one 1. */
export type Homography = readonly number[];

/** The map that takes four corners to four others; undefined where three of them lie on one line. */
export function homography(from: Outline, to: Outline): Homography | undefined {
  const rows: number[][] = [];
  from.forEach(([x, y], index) => {
    const [u, v] = to[index]!;
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  });
  const solution = solve(rows);
  return solution && [...solution, 1];
}

/** Where a point goes. */
export function mapped(map: Homography, [x, y]: Point): Point {
  const depth = map[6]! * x + map[7]! * y + 1;
  return [(map[0]! * x + map[1]! * y + map[2]!) / depth, (map[3]! * x + map[4]! * y + map[5]!) / depth];
}

/** A picture of the given size whose pixels are looked up through the map (target to source). */
export function warpGrey(source: GreyImage, map: Homography, width: number, height: number): GreyImage {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const depth = map[6]! * x + map[7]! * y + 1;
      const u = (map[0]! * x + map[1]! * y + map[2]!) / depth;
      const v = (map[3]! * x + map[4]! * y + map[5]!) / depth;
      data[y * width + x] = sampleAt(source, u, v);
    }
  }
  return { data, width, height };
}

/** The corners of a rectangle that begins at the origin, clockwise from the upper left. */
export function rectangle(width: number, height: number): Outline {
  return [[0, 0], [width, 0], [width, height], [0, height]];
}

/** Gauss-Jordan elimination with pivots; each row ends with its right-hand side. */
export function solve(rows: number[][]): readonly number[] | undefined {
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]!;
    if (!(Math.abs(head[column]!) > 1e-9)) return undefined;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / head[column]!;
      for (let k = column; k <= size; k++) rows[row]![k]! -= factor * head[k]!;
    }
  }
  return rows.map((row, index) => row[size]! / row[index]!);
}
