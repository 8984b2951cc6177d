/** Texts brought into a form in which they can be compared. Pure. */

/** Capital Latin letters without accents, digits, single spaces. */
export function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ß', 'ss').toUpperCase().replace(/[^A-Z0-9]+/g, ' ').trim();
}

/** Letters only, nothing between them. */
export const lettersOnly = (text: string): string => plain(text).replace(/[^A-Z]/g, '');

/** Look-alikes that no reader tells apart for certain become one. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { O: '0', Q: '0', D: '0', I: '1', L: '1', Z: '2', S: '5', G: '6', B: '8' };

/** A document number as far as it can be told by its shapes. */
export const shapesOf = (text: string): string => plain(text).replaceAll(' ', '').replace(/[OQDILZSGB]/g, (letter) => LOOK_ALIKES[letter] ?? letter);

/** Levenshtein's distance: letters put in, left out or changed. */
export function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = above[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[b.length]!;
}

/** 1 where alike, 0 where nothing is. */
export function similarity(a: string, b: string): number {
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 1 : 1 - editDistance(a, b) / longest;
}
