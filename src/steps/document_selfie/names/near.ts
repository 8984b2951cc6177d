/** First names that may be one name, spelled by two hands: transliterations, slips of the pen. They raise a doubt, never a match. Pure. */
import { withoutUmlauts } from './spellings.ts';
import { COMMON_NAMES } from './words.ts';

/** Letters below which names differ by too little to tell a spelling from another name. */
const LEAST_FOLDED = 4;
const LEAST_NEAR = 5;
const MOST_EDITS = 2;

/** Letters that transliterations from one alphabet take for each other: `ALEKSEI` and `ALEXEY`. */
function folded(name: string): string {
  return withoutUmlauts(name).replace(/KS/g, 'X').replace(/PH/g, 'F').replace(/CK/g, 'K').replace(/[JY]/g, 'I').replace(/I{2,}/g, 'I');
}

/**
 * Whether two different first names could be spellings of one: alike as transliterated, or two letters off. Never two names that are
 * both common (`MARIA`, `MARTA`), nor names that end differently, as those of men and women do (`ANDREW`, `ANDREA`; `DANIEL`, `DANIELA`).
 *
 * @param one in capitals without marks, as `other`
 */
export function nearly(one: string, other: string): boolean {
  if (COMMON_NAMES.has(one) && COMMON_NAMES.has(other)) return false;
  const [mine, yours] = [folded(one), folded(other)];
  if (mine === yours) return mine.length >= LEAST_FOLDED;
  return Math.min(one.length, other.length) >= LEAST_NEAR && mine.at(-1) === yours.at(-1) && editsBetween(mine, yours) <= MOST_EDITS;
}

/** Levenshtein's distance: letters put in, left out or replaced. */
function editsBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const current = [row + 1];
    for (const [column, against] of [...other].entries()) {
      const replaced = (above[column] ?? 0) + (letter === against ? 0 : 1);
      current.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
