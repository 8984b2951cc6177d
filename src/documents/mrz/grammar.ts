/** ICAO 9303 parts 4, 5 and 6: which letters may stand where. */
import type { MrzFormat } from '../facts.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ<';
const DIGITS = '0123456789';
const DIGITS_OR_FILLER = `${DIGITS}<`;
export const ANYTHING = LETTERS + DIGITS;
const SEX = 'MF<X';

const times = (alphabet: string, count: number): readonly string[] => Array.from({ length: count }, () => alphabet);

/** With its check digit. A card that does not expire has fillers, and then the digit may be one too. */
const EXPIRY = times(DIGITS_OR_FILLER, 7);

/** Document number with its check digit, nationality, birth, sex, expiry: alike in TD2 and TD3. */
const SECOND_LINE = [
  ...times(ANYTHING, 9), DIGITS_OR_FILLER, ...times(LETTERS, 3), ...times(DIGITS_OR_FILLER, 6), DIGITS, SEX, ...EXPIRY,
];

/** Alphabets by format, line and place. */
export const GRAMMAR: Readonly<Record<MrzFormat, readonly (readonly string[])[]>> = {
  TD3: [['PV', ...times(LETTERS, 43)], [...SECOND_LINE, ...times(ANYTHING, 14), DIGITS_OR_FILLER, DIGITS]],
  TD2: [times(LETTERS, 36), [...SECOND_LINE, ...times(ANYTHING, 7), DIGITS]],
  TD1: [
    ['IAC', ...times(LETTERS, 4), ...times(ANYTHING, 9), DIGITS_OR_FILLER, ...times(ANYTHING, 15)],
    [...times(DIGITS_OR_FILLER, 6), DIGITS, SEX, ...EXPIRY, ...times(LETTERS, 3), ...times(ANYTHING, 11), DIGITS],
    times(LETTERS, 30),
  ],
};

/** Formats by their number of lines, with the length of a line. */
export const FORMATS: readonly { readonly format: MrzFormat; readonly lines: number; readonly length: number }[] = [
  { format: 'TD3', lines: 2, length: 44 },
  { format: 'TD2', lines: 2, length: 36 },
  { format: 'TD1', lines: 3, length: 30 },
];

/** The line that holds the name (and in TD2 and TD3 the issuer): no check digit vouches for it. */
export const NAME_LINE: Readonly<Record<MrzFormat, number>> = { TD3: 0, TD2: 0, TD1: 2 };
