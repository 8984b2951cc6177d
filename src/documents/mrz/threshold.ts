import type { GreyImage } from '../picture/grey.ts';

export interface ThresholdSetting {
  /** Side of the neighbourhood, pixels, odd. */
  readonly window: number;
  /** How many standard deviations below its neighbourhood's mean a dark pixel lies. */
  readonly deviations: number;
}

/** Flat paper has this much noise: no ink is looked for where brightness varies less. */
const LEAST_DEVIATION = 6;
const LEAST_DROP = 10;

/**
 * 1 where a pixel is ink: darker than its neighbourhood's mean by so many of its deviations, as Sauvola does, so that
 * shadow and glare do not matter. Sums slide along, so that memory stays at a few rows.
 */
export function darkPixels({ data, width, height }: GreyImage, { window, deviations }: ThresholdSetting): Uint8Array {
  const radius = window >> 1;
  const mask = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const squares = new Float64Array(width);
  const addRow = (y: number, sign: 1 | -1): void => {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const value = data[row + x]!;
      sums[x]! += sign * value;
      squares[x]! += sign * value * value;
    }
  };
  for (let y = 0; y < Math.min(radius, height); y++) addRow(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addRow(y + radius, 1);
    if (y - radius - 1 >= 0) addRow(y - radius - 1, -1);
    const rows = Math.min(height, y + radius + 1) - Math.max(0, y - radius);
    let sum = 0;
    let square = 0;
    for (let x = -radius; x < width; x++) {
      if (x + radius < width) {
        sum += sums[x + radius]!;
        square += squares[x + radius]!;
      }
      if (x - radius - 1 >= 0) {
        sum -= sums[x - radius - 1]!;
        square -= squares[x - radius - 1]!;
      }
      if (x < 0) continue;
      const count = rows * (Math.min(width, x + radius + 1) - Math.max(0, x - radius));
      const mean = sum / count;
      const drop = mean - data[y * width + x]!;
      // Most of a page is paper.
      if (!(drop > LEAST_DROP)) continue;
      const deviation = Math.sqrt(Math.max(0, square / count - mean * mean));
      if (deviation > LEAST_DEVIATION && drop > deviations * deviation) mask[y * width + x] = 1;
    }
  }
  return mask;
}
