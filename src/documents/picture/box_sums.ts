/**
 * Sums over the square of `2·radius + 1` pixels a side about each pixel; beyond the edge counts as nothing. Time does not
 * grow with the radius.
 */
export function boxSums(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let sum = 0;
    for (let x = -radius; x < width; x++) {
      if (x + radius < width) sum += values[row + x + radius]!;
      if (x - radius - 1 >= 0) sum -= values[row + x - radius - 1]!;
      if (x >= 0) across[row + x] = sum;
    }
  }
  const sums = new Float32Array(values.length);
  const column = new Float64Array(width);
  for (let y = -radius; y < height; y++) {
    const entering = (y + radius) * width;
    const leaving = (y - radius - 1) * width;
    for (let x = 0; x < width; x++) {
      if (y + radius < height) column[x]! += across[entering + x]!;
      if (leaving >= 0) column[x]! -= across[leaving + x]!;
      if (y >= 0) sums[y * width + x] = column[x]!;
    }
  }
  return sums;
}
