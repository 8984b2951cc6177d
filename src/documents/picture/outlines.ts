/** Small arithmetic on outlines. */
import type { Outline, Point } from '../facts.ts';

export const distance = (a: Point, b: Point): number => Math.hypot(b[0] - a[0], b[1] - a[1]);

/** The same outline in a picture of another size. */
export function scaled(outline: Outline, factor: number): Outline {
  const [a, b, c, d] = outline;
  const point = ([x, y]: Point): Point => [x * factor, y * factor];
  return [point(a), point(b), point(c), point(d)];
}

/** In whole pixels. */
export function rounded(outline: Outline): Outline {
  const [a, b, c, d] = outline;
  const point = ([x, y]: Point): Point => [Math.round(x), Math.round(y)];
  return [point(a), point(b), point(c), point(d)];
}

/** Mean width and height, pixels. */
export function sizeOf([a, b, c, d]: Outline): { readonly width: number; readonly height: number } {
  return { width: (distance(a, b) + distance(d, c)) / 2, height: (distance(a, d) + distance(b, c)) / 2 };
}

/** Direction of the upper side, radians; 0 is level, positive turns clockwise as pixels count. */
export function angleOf([a, b, c, d]: Outline): number {
  return Math.atan2(b[1] - a[1] + c[1] - d[1], b[0] - a[0] + c[0] - d[0]);
}

/** Enlarged about its centre, by shares of its own width and height. */
export function grown(outline: Outline, acrossShare: number, downShare: number): Outline {
  const [a, b, c, d] = outline;
  const between = (from: Point, toward: Point, share: number): Point => [from[0] + (from[0] - toward[0]) * share, from[1] + (from[1] - toward[1]) * share];
  const wide: Outline = [between(a, b, acrossShare), between(b, a, acrossShare), between(c, d, acrossShare), between(d, c, acrossShare)];
  const [p, q, r, s] = wide;
  return [between(p, s, downShare), between(q, r, downShare), between(r, q, downShare), between(s, p, downShare)];
}

/** Twice turned: what was the lower right corner is the upper left one. */
export const upsideDown = ([a, b, c, d]: Outline): Outline => [c, d, a, b];
