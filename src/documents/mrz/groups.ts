import { slopeAt, valueAt } from './curve.ts';
import { turned, type TextLine } from './lines.ts';

/** Two or three lines that may be one zone, from the top down as the document is read. */
export type LineGroup = readonly TextLine[];

const wrapped = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));

/** Parallel lines of one pitch at a line's distance, in both reading directions; the fullest first. */
export function groupLines(lines: readonly TextLine[]): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  for (const line of lines) {
    for (const first of [line, turned(line)]) {
      const below = lines.flatMap((other) => (other === line ? [] : belowOf(first, other) ?? [])).sort((a, b) => a.down - b.down);
      const found = [first, ...below.map(({ line: next }) => next)];
      if (found.length >= 2) groups.push(found.slice(0, 2));
      if (found.length >= 3) groups.push(found.slice(0, 3));
    }
  }
  const fullness = (group: LineGroup): number => group.reduce((sum, { letters }) => sum + letters, 0) / group.length;
  return groups.sort((a, b) => fullness(b) - fullness(a));
}

/** The other line in the same direction, where it lies below at a plausible distance. */
function belowOf(first: TextLine, other: TextLine): { readonly line: TextLine; readonly down: number } | undefined {
  const same = [other, turned(other)].find(({ angle }) => Math.abs(wrapped(angle - first.angle)) < 0.3);
  if (!same || Math.abs(same.pitch / first.pitch - 1) > 0.2) return undefined;
  const [dx, dy] = [same.middle[0] - first.middle[0], same.middle[1] - first.middle[1]];
  const [ux, uy] = [Math.cos(first.angle), Math.sin(first.angle)];
  const down = dy * ux - dx * uy;
  const along = dx * ux + dy * uy;
  return down > 1.4 * first.pitch && down < 7 * first.pitch && Math.abs(along) < 18 * first.pitch ? { line: same, down } : undefined;
}

/** The place in `to` that stands under a place of `from`, perpendicular to `from`. */
export function placeUnder(from: TextLine, place: number, to: TextLine): number {
  const [x, y] = [valueAt(from.x, place), valueAt(from.y, place)];
  const [ux, uy] = [slopeAt(from.x, place), slopeAt(from.y, place)];
  let best = to.first - 12;
  let nearest = Infinity;
  for (let candidate = to.first - 12; candidate < to.last + 12; candidate++) {
    const away = Math.abs((valueAt(to.x, candidate) - x) * ux + (valueAt(to.y, candidate) - y) * uy);
    if (away >= nearest) continue;
    nearest = away;
    best = candidate;
  }
  return best;
}
