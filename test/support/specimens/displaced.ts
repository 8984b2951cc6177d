/** Draw a picture whose parts were moved: triangle by triangle, what is nearer hiding what is behind it. */
import type { Pixels } from '../../../src/documents/face/pixels.ts';

/** A point of the picture, where it goes to, and how far from the camera it then is. */
export interface Vertex {
  readonly x: number;
  readonly y: number;
  readonly toX: number;
  readonly toY: number;
  readonly depth: number;
}

type Triangle = readonly [Vertex, Vertex, Vertex];

/**
 * @param vertices a grid, row by row, `columns` in each
 * @param under of the same size: what is seen where nothing is drawn; the picture itself unless told otherwise
 */
export function drawDisplaced(pixels: Pixels, vertices: readonly Vertex[], columns: number, under: Pixels = pixels): Buffer {
  const canvas = Buffer.from(under.data);
  const depths = new Float64Array(pixels.width * pixels.height).fill(Infinity);
  for (let index = 0; index + columns + 1 < vertices.length; index++) {
    if (index % columns === columns - 1) continue;
    const [a, b, c, d] = [vertices[index], vertices[index + 1], vertices[index + columns], vertices[index + columns + 1]];
    if (!a || !b || !c || !d) continue;
    draw(pixels, canvas, depths, [a, b, c]);
    draw(pixels, canvas, depths, [b, d, c]);
  }
  return canvas;
}

function draw(pixels: Pixels, canvas: Buffer, depths: Float64Array, [a, b, c]: Triangle): void {
  const area = (b.toX - a.toX) * (c.toY - a.toY) - (c.toX - a.toX) * (b.toY - a.toY);
  // What was turned away shows its back, which nobody sees.
  if (area <= 0) return;
  const left = Math.max(0, Math.floor(Math.min(a.toX, b.toX, c.toX)));
  const right = Math.min(pixels.width - 1, Math.ceil(Math.max(a.toX, b.toX, c.toX)));
  const top = Math.max(0, Math.floor(Math.min(a.toY, b.toY, c.toY)));
  const bottom = Math.min(pixels.height - 1, Math.ceil(Math.max(a.toY, b.toY, c.toY)));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const v = ((x - a.toX) * (c.toY - a.toY) - (c.toX - a.toX) * (y - a.toY)) / area;
      const w = ((b.toX - a.toX) * (y - a.toY) - (x - a.toX) * (b.toY - a.toY)) / area;
      const u = 1 - v - w;
      if (u < -1e-6 || v < -1e-6 || w < -1e-6) continue;
      const depth = u * a.depth + v * b.depth + w * c.depth;
      const to = y * pixels.width + x;
      if (depth >= (depths[to] ?? Infinity)) continue;
      depths[to] = depth;
      copyColour(pixels, u * a.x + v * b.x + w * c.x, u * a.y + v * b.y + w * c.y, canvas, to * 3);
    }
  }
}

function copyColour({ data, width, height }: Pixels, x: number, y: number, canvas: Buffer, to: number): void {
  const [u, v] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const [right, below] = [left + 1 < width ? 3 : 0, top + 1 < height ? width * 3 : 0];
  const [fx, fy] = [u - left, v - top];
  const from = (top * width + left) * 3;
  for (let channel = 0; channel < 3; channel++) {
    const one = (data[from + channel] ?? 0) * (1 - fx) + (data[from + right + channel] ?? 0) * fx;
    const two = (data[from + below + channel] ?? 0) * (1 - fx) + (data[from + below + right + channel] ?? 0) * fx;
    canvas[to + channel] = Math.round(one * (1 - fy) + two * fy);
  }
}
