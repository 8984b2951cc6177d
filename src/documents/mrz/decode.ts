import type { MrzFormat } from '../facts.ts';
import type { Cell } from './cells.ts';
import { ANYTHING, GRAMMAR } from './grammar.ts';

/** A cell that could be another letter. */
export interface Alternative {
  readonly line: number;
  readonly place: number;
  readonly letter: string;
  /** Logarithm of how much less likely it is: below 0. */
  readonly gain: number;
}

/** The likeliest text that the grammar allows. */
export interface Decoded {
  readonly lines: readonly string[];
  /** Geometric mean of all cells' probabilities. */
  readonly mean: number;
  readonly lowest: number;
  readonly alternatives: readonly Alternative[];
}

const FLOOR = 1e-4;
/** Below either of these the classifier doubts: only such a cell may be settled by a check digit. */
const SURE_AMONG_ALLOWED = 0.985;
const SURE = 0.5;
const FAINT = 0.12;

const alphabetAt = (format: MrzFormat, line: number, place: number): string => GRAMMAR[format][line]?.[place] ?? ANYTHING;

export function decode(format: MrzFormat, rows: readonly (readonly Cell[])[], letters: string): Decoded {
  let logs = 0;
  let count = 0;
  let lowest = 1;
  const alternatives: Alternative[] = [];
  const lines = rows.map((row, line) => row.map(({ probabilities }, place) => {
    const { best, second, total } = bestTwo(probabilities, letters, alphabetAt(format, line, place));
    const sure = probabilities[best]!;
    logs += Math.log(sure + FLOOR);
    count += 1;
    lowest = Math.min(lowest, sure);
    if (second >= 0 && (sure / (total + 1e-6) < SURE_AMONG_ALLOWED || sure < SURE)) {
      alternatives.push({ line, place, letter: letters[second]!, gain: Math.log((probabilities[second]! + FLOOR) / (sure + FLOOR)) });
    }
    return letters[best]!;
  }).join(''));
  return { lines, mean: Math.exp(logs / count), lowest, alternatives };
}

/** How well a row of cells fits a line of the format: mean logarithm; blank cells count against it. */
export function lineFit(format: MrzFormat, line: number, row: readonly Cell[], letters: string): number {
  const sum = row.reduce((total, { probabilities, contrast }, place) => {
    const { best } = bestTwo(probabilities, letters, alphabetAt(format, line, place));
    return total + Math.log(probabilities[best]! + FLOOR) - (contrast < FAINT ? 1 : 0);
  }, 0);
  return sum / row.length;
}

function bestTwo(probabilities: Float64Array, letters: string, alphabet: string): { best: number; second: number; total: number } {
  let best = -1;
  let second = -1;
  let total = 0;
  for (let i = 0; i < letters.length; i++) {
    if (!alphabet.includes(letters[i]!)) continue;
    const value = probabilities[i]!;
    total += value;
    if (best < 0 || value > probabilities[best]!) {
      second = best;
      best = i;
    } else if (second < 0 || value > probabilities[second]!) second = i;
  }
  return { best, second, total };
}
