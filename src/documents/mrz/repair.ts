import type { MrzFormat } from '../facts.ts';
import { checksOf } from './checks.ts';
import type { Alternative, Decoded } from './decode.ts';

export interface Repaired {
  readonly lines: readonly string[];
  /** Check digits that do not hold. */
  readonly failing: number;
  readonly repaired: 0 | 1;
}

const MOST_CANDIDATES = 14;

/**
 * Let the check digits settle one cell that the classifier itself doubted, and only if every one of them then holds. A
 * cell that was read with certainty is never touched: a check digit printed wrong must come out as wrong.
 */
export function repair(format: MrzFormat, { lines, alternatives }: Pick<Decoded, 'lines' | 'alternatives'>): Repaired {
  const failing = failingOf(format, lines);
  if (failing === 0) return { lines, failing, repaired: 0 };
  const candidates = alternatives.toSorted((a, b) => b.gain - a.gain).slice(0, MOST_CANDIDATES);
  for (const candidate of candidates) {
    const changed = lines.map((line, index) => (index === candidate.line ? replaced(line, candidate) : line));
    if (failingOf(format, changed) === 0) return { lines: changed, failing: 0, repaired: 1 };
  }
  return { lines, failing, repaired: 0 };
}

const failingOf = (format: MrzFormat, lines: readonly string[]): number => checksOf(format, lines).filter(({ ok }) => !ok).length;

const replaced = (line: string, { place, letter }: Alternative): string => line.slice(0, place) + letter + line.slice(place + 1);
