/** Where the whole document lies, worked out from its edges and from what was read on it. Pure. */
import type { MrzFormat, MrzReading, Outline, Point, Reading } from '../facts.ts';
import { angleOf, grown, rounded, sizeOf } from '../picture/outlines.ts';

export interface Place {
  readonly outline: Reading<Outline>;
  /** The outline begins at the document's own upper left; otherwise only at the picture's. */
  readonly upright: boolean;
}

/** ICAO 9303 parts 4 to 6, millimetres: the zone's width, and how far the page reaches beyond its letters. */
const PAGE_AROUND: Readonly<Record<MrzFormat, { readonly width: number; readonly left: number; readonly right: number; readonly above: number; readonly below: number }>> = {
  TD3: { width: 111.8, left: 6.2, right: 7, above: 71.3, below: 6.5 },
  TD2: { width: 91.4, left: 6.8, right: 6.8, above: 57.3, below: 6.5 },
  TD1: { width: 76.2, left: 4.8, right: 4.6, above: 34.5, below: 3 },
};

/** How far, in radians, edges may lie from the direction of what was read, and still be the document's. */
const SAME_DIRECTION = 0.2;

/** The edges where they hold what was read, turned its way; otherwise the page that belongs around a machine-readable zone. */
export function placeOf(edges: Reading<Outline>, read: { readonly mrz?: MrzReading | undefined; readonly barcode?: Outline | undefined }): Place {
  const inner = read.mrz?.outline ?? read.barcode;
  if (!inner) return { outline: edges.kind === 'read' ? { ...edges, value: level(edges.value) } : edges, upright: false };
  if (edges.kind === 'read') {
    const turned = turnedTo(edges.value, angleOf(inner));
    if (Math.abs(wrapped(angleOf(turned) - angleOf(inner))) < SAME_DIRECTION && holds(turned, inner)) {
      return { outline: { ...edges, value: turned }, upright: true };
    }
  }
  if (read.mrz) return { outline: { kind: 'read', value: pageAround(read.mrz), confidence: 0.5 }, upright: true };
  return { outline: { kind: 'unread', why: 'no_edges' }, upright: false };
}

const wrapped = (angle: number): number => Math.atan2(Math.sin(angle), Math.cos(angle));

function fromCorner([a, b, c, d]: Outline, first: number): Outline {
  const ways: readonly Outline[] = [[a, b, c, d], [b, c, d, a], [c, d, a, b], [d, a, b, c]];
  return ways[first]!;
}

/** The same corners, beginning where the upper side runs nearest to a direction. */
function turnedTo(outline: Outline, angle: number): Outline {
  const ways = [0, 1, 2, 3].map((first) => fromCorner(outline, first));
  return ways.reduce((best, way) => (Math.abs(wrapped(angleOf(way) - angle)) < Math.abs(wrapped(angleOf(best) - angle)) ? way : best));
}

/** The same corners, beginning at a long side: documents are wider than high. */
function level(outline: Outline): Outline {
  const size = sizeOf(outline);
  return size.height > size.width * 1.1 ? fromCorner(outline, 1) : outline;
}

/** Whether all corners of the inner outline lie in the outer one, with a little to spare. */
function holds(outer: Outline, inner: Outline): boolean {
  const wide = grown(outer, 0.03, 0.03);
  return inner.every(([x, y]) => wide.every(([ax, ay], index) => {
    const [bx, by] = wide[(index + 1) % 4]!;
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0;
  }));
}

/** The zone is too flat to tell perspective far above it: the page is taken to lie square to it. */
function pageAround({ format, outline }: MrzReading): Outline {
  const page = PAGE_AROUND[format];
  const [a, , , d] = outline;
  const { width, height } = sizeOf(outline);
  const perMillimetre = width / page.width;
  const angle = angleOf(outline);
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)];
  const middle: Point = [(a[0] + d[0]) / 2, (a[1] + d[1]) / 2];
  const at = (along: number, down: number): Point => [middle[0] + along * ux - down * uy, middle[1] + along * uy + down * ux];
  const [left, right] = [-page.left * perMillimetre, width + page.right * perMillimetre];
  const [top, bottom] = [-height / 2 - page.above * perMillimetre, height / 2 + page.below * perMillimetre];
  return rounded([at(left, top), at(right, top), at(right, bottom), at(left, bottom)]);
}
