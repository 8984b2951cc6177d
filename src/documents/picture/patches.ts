/** Connected patches of pixels, and the rectangles about them. */
import type { Frame } from './frame.ts';
import { selectAt } from './select.ts';

/** Connected patches of values at or above a threshold, as lists of pixels; those of fewer than `least` pixels are left out. */
export function patchesAbove(values: Float32Array, width: number, threshold: number, least: number): readonly Int32Array[] {
  const seen = new Uint8Array(values.length);
  const queue = new Int32Array(values.length);
  const found: Int32Array[] = [];
  for (let seed = 0; seed < values.length; seed++) {
    if (seen[seed] === 1 || !(values[seed]! >= threshold)) continue;
    let length = 1;
    queue[0] = seed;
    seen[seed] = 1;
    for (let next = 0; next < length; next++) {
      const at = queue[next]!;
      const column = at % width;
      for (const neighbour of [column > 0 ? at - 1 : -1, column < width - 1 ? at + 1 : -1, at - width, at + width]) {
        if (neighbour < 0 || neighbour >= values.length || seen[neighbour] === 1 || !(values[neighbour]! >= threshold)) continue;
        seen[neighbour] = 1;
        queue[length++] = neighbour;
      }
    }
    if (length >= least) found.push(queue.slice(0, length));
  }
  return found;
}

/** The smallest rectangle about a patch, at an angle close to the rough one (radians). */
export function smallestFrame(patch: Int32Array, width: number, rough: number): Frame {
  let best = frameAt(patch, width, rough, 7, 0.01);
  let least = Infinity;
  for (let off = -0.24; off <= 0.241; off += 0.02) {
    const frame = frameAt(patch, width, rough + off, 7, 0.01);
    const area = (frame.right - frame.left) * (frame.bottom - frame.top);
    if (area >= least) continue;
    least = area;
    best = frame;
  }
  return frameAt(patch, width, best.angle, 3, 0.005);
}

/** Limits of a patch along and across a direction, without the outermost share of its pixels. */
function frameAt(patch: Int32Array, width: number, angle: number, every: number, share: number): Frame {
  const length = Math.ceil(patch.length / every);
  const [along, across] = [new Float32Array(length), new Float32Array(length)];
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  for (let index = 0; index < length; index++) {
    const at = patch[index * every]!;
    const x = at % width;
    const y = (at - x) / width;
    // What `inFrame` does, without its list for each of millions of pixels.
    along[index] = x * ux + y * uy;
    across[index] = y * ux - x * uy;
  }
  const low = Math.floor(length * share);
  const high = Math.min(Math.floor(length * (1 - share)), length - 1);
  return { angle, left: selectAt(along, low)!, right: selectAt(along, high)!, top: selectAt(across, low)!, bottom: selectAt(across, high)! };
}
