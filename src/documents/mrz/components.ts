/** A connected patch of ink. */
export interface Blob {
  /** Centre, pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The longer of both. */
  readonly size: number;
}

interface Run {
  readonly y: number;
  readonly from: number;
  /** Last pixel, inclusive. */
  readonly to: number;
}

const LEAST_PIXELS = 8;

/** Patches (joined also over corners) whose longer side lies within the limits, in the order in which a scan meets them. */
export function blobsOf(mask: Uint8Array, width: number, height: number, least: number, most: number): readonly Blob[] {
  const runs = runsOf(mask, width, height);
  const parents = joined(runs);
  const boxes = new Map<number, { left: number; right: number; top: number; bottom: number; pixels: number }>();
  runs.forEach(({ y, from, to }, index) => {
    const root = rootOf(parents, index);
    const box = boxes.get(root);
    if (!box) {
      boxes.set(root, { left: from, right: to, top: y, bottom: y, pixels: to - from + 1 });
      return;
    }
    box.left = Math.min(box.left, from);
    box.right = Math.max(box.right, to);
    box.bottom = y;
    box.pixels += to - from + 1;
  });
  return [...boxes.values()].flatMap(({ left, right, top, bottom, pixels }) => {
    const [across, down] = [right - left + 1, bottom - top + 1];
    const size = Math.max(across, down);
    if (size < least || size > most || pixels < LEAST_PIXELS) return [];
    return [{ x: (left + right) / 2, y: (top + bottom) / 2, width: across, height: down, size }];
  });
}

/** Stretches of ink, row by row: a tenth of the memory that a label for each pixel takes. */
function runsOf(mask: Uint8Array, width: number, height: number): readonly Run[] {
  const runs: Run[] = [];
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      if (mask[row + x] === 0) continue;
      const from = x;
      while (x + 1 < width && mask[row + x + 1] === 1) x++;
      runs.push({ y, from, to: x });
    }
  }
  return runs;
}

/** Union of runs that touch the row above, corners included; the smallest index is the root. */
function joined(runs: readonly Run[]): Int32Array {
  const parents = Int32Array.from(runs, (_, index) => index);
  let above = 0;
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index]!;
    while (above < index && (runs[above]!.y < run.y - 1 || (runs[above]!.y === run.y - 1 && runs[above]!.to < run.from - 1))) above++;
    for (let other = above; other < index; other++) {
      const upper = runs[other]!;
      if (upper.y >= run.y || upper.from > run.to + 1) break;
      const [a, b] = [rootOf(parents, other), rootOf(parents, index)];
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return parents;
}

function rootOf(parents: Int32Array, index: number): number {
  let at = index;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]!]!;
    at = parents[at]!;
  }
  return at;
}
