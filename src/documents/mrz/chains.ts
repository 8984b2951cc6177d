/** Lines of a machine-readable zone are chains of evenly spaced blobs: that needs no outline, whatever the angle. */
import type { Budget } from '../picture/budget.ts';
import type { Blob } from './components.ts';

/** A blob's place in its line. Places count from an arbitrary one, and may be negative. */
export interface Link {
  readonly place: number;
  readonly blob: Blob;
}

/** A line of the shortest format has 30 places, fillers included; glare may hide half. */
const LEAST_LINKS = 16;
const MOST_LINKS = 60;
const MOST_GAP = 3;
const SEED_NEIGHBOURS = 7;
/** Blobs are found through squares of this side, pixels. */
const SQUARE = 48;

/** Chains of blobs, each blob in one chain at most, ordered by place. */
export function findChains(blobs: readonly Blob[], width: number, height: number, budget: Budget): readonly (readonly Link[])[] {
  const near = neighbourhood(blobs, width);
  const taken = new Set<Blob>();
  const chains: (readonly Link[])[] = [];
  const inside = (x: number, y: number): boolean => x >= 0 && y >= 0 && x < width && y < height;
  for (const seed of blobs) {
    if (taken.has(seed)) continue;
    if (budget.spent()) break;
    let best: Link[] = [];
    for (const next of near(seed.x, seed.y, seed.size * 2.4).slice(1, 1 + SEED_NEIGHBOURS)) {
      const [stepX, stepY] = [next.x - seed.x, next.y - seed.y];
      const step = Math.hypot(stepX, stepY);
      const [small, large] = [Math.min(seed.size, next.size), Math.max(seed.size, next.size)];
      if (step < 0.52 * large || step < 5 || small < 0.4 * large) continue;
      const links: Link[] = [{ place: 0, blob: seed }, { place: 1, blob: next }];
      grow(links, { from: next, stepX, stepY, place: 1, direction: 1 }, near, inside);
      grow(links, { from: seed, stepX: -stepX, stepY: -stepY, place: 0, direction: -1 }, near, inside);
      if (links.length > best.length) best = links;
    }
    if (best.length < LEAST_LINKS) continue;
    chains.push(best.toSorted((a, b) => a.place - b.place));
    for (const { blob } of best) taken.add(blob);
  }
  return chains;
}

type Near = (x: number, y: number, radius: number) => readonly Blob[];

interface Growth {
  readonly from: Blob;
  readonly stepX: number;
  readonly stepY: number;
  readonly place: number;
  readonly direction: 1 | -1;
}

/** Walk on from a blob in even steps, each a little corrected by the last, over gaps of a few missing blobs. */
function grow(links: Link[], start: Growth, near: Near, inside: (x: number, y: number) => boolean): void {
  let { from, stepX, stepY, place } = start;
  let gap = 1;
  while (links.length <= MOST_LINKS) {
    const step = Math.hypot(stepX, stepY);
    const [x, y] = [from.x + stepX * gap, from.y + stepY * gap];
    if (!inside(x, y)) return;
    const found = near(x, y, step * (gap > 1 ? 0.4 : 0.33)).find(({ size }) => size > step * 0.35 && size < step * 1.9);
    if (!found) {
      gap += 1;
      if (gap > MOST_GAP) return;
      continue;
    }
    place += gap * start.direction;
    links.push({ place, blob: found });
    stepX = stepX * 0.78 + ((found.x - from.x) / gap) * 0.22;
    stepY = stepY * 0.78 + ((found.y - from.y) / gap) * 0.22;
    from = found;
    gap = 1;
  }
}

/** Blobs within a radius, nearest first. */
function neighbourhood(blobs: readonly Blob[], width: number): Near {
  const columns = Math.ceil(width / SQUARE) + 1;
  const squares = new Map<number, Blob[]>();
  for (const blob of blobs) {
    const key = Math.floor(blob.y / SQUARE) * columns + Math.floor(blob.x / SQUARE);
    const square = squares.get(key);
    if (square) square.push(blob);
    else squares.set(key, [blob]);
  }
  return (x, y, radius) => {
    const found: { readonly blob: Blob; readonly away: number }[] = [];
    for (let row = Math.floor((y - radius) / SQUARE); row <= (y + radius) / SQUARE; row++) {
      for (let column = Math.max(0, Math.floor((x - radius) / SQUARE)); column <= Math.min(columns - 1, (x + radius) / SQUARE); column++) {
        for (const blob of squares.get(row * columns + column) ?? []) {
          const away = Math.hypot(blob.x - x, blob.y - y);
          if (away <= radius) found.push({ blob, away });
        }
      }
    }
    return found.sort((a, b) => a.away - b.away).map(({ blob }) => blob);
  };
}
