import type { MrzFormat, Outline, Point } from '../facts.ts';
import type { Budget } from '../picture/budget.ts';
import type { GreyImage } from '../picture/grey.ts';
import { grown } from '../picture/outlines.ts';
import { classifyCell, type Cell } from './cells.ts';
import type { Classifier } from './classifier.ts';
import { valueAt } from './curve.ts';
import { decode, lineFit } from './decode.ts';
import { FORMATS, NAME_LINE } from './grammar.ts';
import { placeUnder, type LineGroup } from './groups.ts';
import type { TextLine } from './lines.ts';
import { repair } from './repair.ts';

/** One way to read a group of lines as a zone. */
export interface Candidate {
  readonly format: MrzFormat;
  readonly lines: readonly string[];
  readonly mean: number;
  readonly lowest: number;
  readonly failing: number;
  readonly repaired: 0 | 1;
  /** Cells that the classifier doubted, in the lines that check digits vouch for. */
  readonly doubted: number;
  /** For choosing among candidates: higher is better. */
  readonly score: number;
  /** In pixels of the picture it was read from, letters included. */
  readonly outline: Outline;
}

const MOST_STARTS = 5;
const FAILING_COSTS = 0.12;
const REPAIR_COSTS = 0.03;
/** From the middle of one line to the middle of the next, and from a line's middle to beyond its letters, in pitches. */
const LINE_DISTANCE = 2.5;
const LETTER_REACH = 0.75;

/** The best reading of a group of lines, over the formats that have as many lines and over where a line may begin. */
export function fitZone(image: GreyImage, group: LineGroup, classifier: Classifier, budget: Budget): Candidate | undefined {
  let best: Candidate | undefined;
  const cells = cellsOf(image, group, classifier);
  for (const { format, lines, length } of FORMATS) {
    if (lines !== group.length) continue;
    for (const start of startsOf(group, length)) {
      if (budget.spent()) return best;
      const found = readFrom(start, { format, length, group, cells, letters: classifier.letters });
      if (isSettled(found)) return found;
      if (!best || found.score > best.score) best = found;
    }
  }
  return best;
}

/** Lowest probability of a cell that is believed: measured, no wrong data accepted. */
export const BELIEVED = 0.5;

/**
 * Whether nothing better is to be looked for: every cell believed and every check digit right, with none repaired. Other
 * groups of lines and other beginnings are off by some cell, and are then far below (measured: lowest cells of 0.02).
 */
export function isSettled({ failing, lowest, repaired }: Candidate): boolean {
  return failing === 0 && repaired === 0 && lowest >= BELIEVED;
}

type CellAt = (line: number, place: number) => Cell;

/** Cells are classified once, however many ways of reading use them. */
function cellsOf(image: GreyImage, group: LineGroup, classifier: Classifier): CellAt {
  const known = group.map(() => new Map<number, Cell>());
  return (line, place) => {
    const row = known[line]!;
    const seen = row.get(place) ?? classifyCell(image, group[line]!, place, classifier);
    row.set(place, seen);
    return seen;
  };
}

/** Places of the upper line where a line of this length may begin, likeliest first; none where the length cannot fit. */
function startsOf(group: LineGroup, length: number): readonly number[] {
  const top = group[0]!;
  const moved = (line: TextLine): number => (line === top ? 0 : top.first - placeUnder(top, top.first, line));
  const first = Math.min(...group.map((line) => line.first + moved(line)));
  const last = Math.max(...group.map((line) => line.last + moved(line)));
  const span = last - first + 1;
  if (span < length * 0.72 || span > length * 1.25) return [];
  const [from, to] = span > length ? [first - 1, last - length + 2] : [last - length, first + 1];
  const starts = Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => Math.min(from, to) + index);
  return starts.sort((a, b) => Math.abs(a - first) - Math.abs(b - first)).slice(0, MOST_STARTS);
}

interface Frame {
  readonly format: MrzFormat;
  readonly length: number;
  readonly group: LineGroup;
  readonly cells: CellAt;
  readonly letters: string;
}

function readFrom(start: number, { format, length, group, cells, letters }: Frame): Candidate {
  const top = group[0]!;
  const rows = group.map((line, index) => {
    const rowFrom = (place: number): readonly Cell[] => Array.from({ length }, (_, k) => cells(index, place + k));
    if (index === 0) return rowFrom(start);
    // In strong perspective the foot of the perpendicular falls one place off.
    const under = placeUnder(top, start, line);
    const shifts = [under, under - 1, under + 1].map((place) => {
      const row = rowFrom(place);
      return { row, fit: lineFit(format, index, row, letters) - (place === under ? 0 : 0.01) };
    });
    return shifts.reduce((a, b) => (b.fit > a.fit ? b : a)).row;
  });
  const decoded = decode(format, rows, letters);
  const repaired = repair(format, decoded);
  return {
    format, ...repaired, mean: decoded.mean, lowest: decoded.lowest,
    doubted: decoded.alternatives.filter(({ line }) => line !== NAME_LINE[format]).length,
    score: decoded.mean - FAILING_COSTS * repaired.failing - REPAIR_COSTS * repaired.repaired,
    outline: outlineOf(group, start, length),
  };
}

function outlineOf(group: LineGroup, start: number, length: number): Outline {
  const [top, bottom] = [group[0]!, group.at(-1)!];
  const under = placeUnder(top, start, bottom);
  const point = (line: TextLine, place: number): Point => [valueAt(line.x, place), valueAt(line.y, place)];
  const middles: Outline = [point(top, start - 0.5), point(top, start + length - 0.5), point(bottom, under + length - 0.5), point(bottom, under - 0.5)];
  return grown(middles, 0, LETTER_REACH / (LINE_DISTANCE * (group.length - 1)));
}
