import { solve } from '../picture/homography.ts';

/** A position that depends on the place in a line as a quadratic does: straight lines, perspective, a little bend. */
export type Curve = readonly [constant: number, linear: number, square: number];

/** Keeps the powers in a comfortable range for places up to 60. */
const SCALE = 20;
const ROUNDS = 4;

export const valueAt = ([a, b, c]: Curve, place: number): number => a + (b * place) / SCALE + (c * place * place) / (SCALE * SCALE);

/** Change per place. */
export const slopeAt = ([, b, c]: Curve, place: number): number => b / SCALE + (2 * c * place) / (SCALE * SCALE);

/** The same curve, its places counted backwards. */
export const reversed = ([a, b, c]: Curve): Curve => [a, -b, c];

/** Least squares, then again with less weight on what lies far off: a blob of dirt does not bend the line. */
export function fitCurve(places: readonly number[], values: readonly number[]): Curve | undefined {
  let weights = places.map(() => 1);
  let curve: Curve | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const powers = [0, 0, 0, 0, 0];
    const targets = [0, 0, 0];
    places.forEach((place, index) => {
      let power = weights[index]!;
      for (let k = 0; k < 5; k++) {
        powers[k]! += power;
        if (k < 3) targets[k]! += power * values[index]!;
        power *= place / SCALE;
      }
    });
    const [p0, p1, p2, p3, p4] = powers as [number, number, number, number, number];
    const solution = solve([[p0, p1, p2, targets[0]!], [p1, p2, p3, targets[1]!], [p2, p3, p4, targets[2]!]]);
    if (!solution) return undefined;
    const fitted: Curve = [solution[0]!, solution[1]!, solution[2]!];
    const misses = places.map((place, index) => Math.abs(values[index]! - valueAt(fitted, place)));
    const usual = misses.toSorted((a, b) => a - b)[misses.length >> 1]! + 0.3;
    weights = misses.map((miss) => 1 / (1 + (miss / (2.5 * usual)) ** 2));
    curve = fitted;
  }
  return curve;
}
