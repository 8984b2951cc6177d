/** Where a stacked barcode may be: a dense patch of strokes that all run one way, wider than high. */
import type { Outline } from '../facts.ts';
import { boxSums } from '../picture/box_sums.ts';
import { fitSides } from '../picture/fit_sides.ts';
import { boxOf } from '../picture/frame.ts';
import type { GreyImage } from '../picture/grey.ts';
import { patchesAbove, smallestFrame } from '../picture/patches.ts';

export interface Region {
  /** The smallest rectangle about it, pixels. */
  readonly box: Outline;
  /** Four sides fitted to it, for perspective; undefined where they do not fit. */
  readonly sides: Outline | undefined;
  /** How much of the strokes runs one way, 0 to 1. */
  readonly coherence: number;
  readonly pixels: number;
}

/** Shares of the densest energy that count as dense; the second one when the first finds nothing. */
const DENSE = [0.35, 0.2] as const;
const LEAST_SHARE = 0.004;
const MOST_REGIONS = 2;

interface Tensor {
  readonly xx: Float32Array;
  readonly yy: Float32Array;
  readonly xy: Float32Array;
}

/** At most two regions, the likeliest first. Meant for pictures of about 900 pixels. */
export function findRegions(image: GreyImage): readonly Region[] {
  const tensor = gradients(image);
  const energy = strokeEnergy(image, tensor);
  const top = nearlyHighest(energy);
  let found: readonly (Region & { readonly aspect: number })[] = [];
  for (const share of DENSE) {
    found = [...found, ...patchesAbove(energy, image.width, share * top, energy.length * LEAST_SHARE).flatMap((patch) => regionOf(patch, image, tensor) ?? [])];
    if (found.some(({ coherence, aspect }) => coherence > 0.35 && aspect > 1.3)) break;
  }
  return found.filter(({ coherence, aspect }) => coherence > 0.25 && aspect > 1.1)
    .sort((a, b) => b.pixels * b.coherence - a.pixels * a.coherence).slice(0, MOST_REGIONS);
}

/** Products of the gradients, divided by the local brightness so that shadow does not matter. */
function gradients({ data, width, height }: GreyImage): Tensor {
  const radius = Math.max(6, Math.round(width / 40));
  const bright = boxSums(Float32Array.from(data), width, height, radius);
  const area = (2 * radius + 1) ** 2;
  const [xx, yy, xy] = [new Float32Array(data.length), new Float32Array(data.length), new Float32Array(data.length)];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const gain = 128 / (bright[at]! / area + 12);
      const across = (data[at + 1]! - data[at - 1]!) * gain;
      const down = (data[at + width]! - data[at - width]!) * gain;
      xx[at] = across * across;
      yy[at] = down * down;
      xy[at] = across * down;
    }
  }
  return { xx, yy, xy };
}

function strokeEnergy({ width, height }: GreyImage, { xx, yy }: Tensor): Float32Array {
  return boxSums(xx.map((value, at) => value + yy[at]!), width, height, Math.max(4, Math.round(width / 90)));
}

function nearlyHighest(energy: Float32Array): number {
  const sample = Float32Array.from({ length: Math.ceil(energy.length / 37) }, (_, index) => energy[index * 37]!).sort();
  return sample[Math.floor(sample.length * 0.995)] ?? 0;
}

function regionOf(patch: Int32Array, { width }: GreyImage, { xx, yy, xy }: Tensor): (Region & { readonly aspect: number }) | undefined {
  let [a, b, c] = [0, 0, 0];
  for (const at of patch) {
    a += xx[at]!;
    b += yy[at]!;
    c += xy[at]!;
  }
  const coherence = Math.hypot(a - b, 2 * c) / (a + b);
  const frame = smallestFrame(patch, width, 0.5 * Math.atan2(2 * c, a - b));
  const [across, down] = [frame.right - frame.left, frame.bottom - frame.top];
  if (!(across > 0 && down > 0)) return undefined;
  return { box: boxOf(frame), sides: fitSides(patch, width, frame), coherence, pixels: patch.length, aspect: across / down };
}
