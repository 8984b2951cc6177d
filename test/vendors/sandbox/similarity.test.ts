import { describe, expect, it } from 'vitest';
import { plain, similarity } from '../../../src/vendors/sandbox/similarity.ts';

describe('similarity', () => {
  // The textbook pairs of Winkler's papers: 0.961, 0.840, 0.813.
  it.each([
    ['MARTHA', 'MARHTA', 96],
    ['DWAYNE', 'DUANE', 84],
    ['DIXON', 'DICKSONX', 81],
    ['andrew', 'andrea', 93],
    ['abc', 'xyz', 0],
    ['', 'abc', 0],
    ['José', 'jose', 100],
    ['Hartley-Vance', 'hartley vance', 100],
  ])('%s and %s: %i', (one, other, score) => {
    expect(similarity(one, other)).toBe(score);
    expect(similarity(other, one)).toBe(score);
  });

  it('is 100 for equal texts alone', () => {
    const long = 'a'.repeat(400);
    expect(similarity(`${long}b`, `${long}c`)).toBe(99);
  });

  it('compares letters and digits', () => {
    expect(plain("  O'Brien-Ångström, 2nd ")).toBe('o brien angstrom 2nd');
  });
});
