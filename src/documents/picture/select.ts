/**
 * The value that would stand at a place were the values sorted; they change places, but far fewer do than sorting would
 * move (Hoare's selection). Of an empty list there is none: undefined.
 */
export function selectAt(values: Float32Array, place: number): number | undefined {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[(left + right) >> 1]!;
    let low = left;
    let high = right;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (place <= high) right = high;
    else if (place >= low) left = low;
    else break;
  }
  return values[place];
}
