/**
 * Printed text against data that was read by machine. A field that reads clearly and differs is a contradiction; one that
 * does not read is nothing at all. Accusing needs more than agreeing: a label, high confidence, and a distance that no
 * misread letter explains. Pure.
 */
import type { PrintReading } from '../facts.ts';
import { datesIn } from './dates_in.ts';
import { isLabel, labelledValues, PRINT_FIELDS, type Labelled, type PrintField } from './labels.ts';
import { editDistance, lettersOnly, plain, shapesOf, similarity } from './letters.ts';
import { namesNation } from './nations.ts';

export type { PrintField } from './labels.ts';
export type PrintVerdict = 'agrees' | 'differs' | 'unread';
/** As read by machine; dates are `YYYY-MM-DD`, empty where nothing was read. */
export type PrintExpected = Readonly<Record<PrintField, string>>;

/** Of the worst word of a line that accuses, and of one that may confirm. */
const CLEAR = 0.85;
const LEGIBLE = 0.3;
/** Names less alike than this are two names. */
const ALIKE = 0.5;
/** Letters by which a number must differ: shapes that are taken for each other do not count. */
const NUMBER_DISTANCE = 3;

/** Compare each field. */
export function comparePrint(print: PrintReading, expected: PrintExpected): Readonly<Record<PrintField, PrintVerdict>> {
  const verdict = (field: PrintField, anchored: boolean): PrintVerdict =>
    (expected[field] === '' ? 'unread' : COMPARE[field](print, expected[field], { field, anchored }));
  const anchored = PRINT_FIELDS.some((field) => verdict(field, false) === 'agrees');
  return Object.fromEntries(PRINT_FIELDS.map((field) => [field, verdict(field, anchored)])) as Record<PrintField, PrintVerdict>;
}

interface About {
  readonly field: PrintField;
  /** Some field of the page agrees: it is this document's page, the right way up. */
  readonly anchored: boolean;
}
type Compare = (print: PrintReading, expected: string, about: About) => PrintVerdict;

const COMPARE: Readonly<Record<PrintField, Compare>> = {
  familyName: compareName, givenName: compareName, birthDate: compareDate, number: compareNumber, expiryDate: compareDate,
};

const clear = (values: readonly Labelled[]): readonly Labelled[] => values.filter(({ confidence }) => confidence >= CLEAR);
const legible = (print: PrintReading): readonly string[] => print.lines.filter(({ confidence }) => confidence >= LEGIBLE).map(({ text }) => text);

function compareName(print: PrintReading, expected: string, { field, anchored }: About): PrintVerdict {
  const wanted = lettersOnly(expected);
  if (wanted === '') return 'unread';
  const labelled = labelledValues(print, field);
  if ([...labelled.map(({ text }) => text), ...legible(print)].some((text) => showsName(text, expected))) return 'agrees';
  const another = clear(labelled).some((value) => lettersOnly(value.text).length >= 3 && !resembles(value.text, expected)
    && (value.by === 'line' || (anchored && mayBeName(value))));
  return another ? 'differs' : 'unread';
}

/** Latin letters and what stands between the parts of a name. */
const NAME = /^\p{Script=Latin}[\p{Script=Latin}\p{M}'’.,\- ]*$/u;

/** Whether a line under a label can only be the name: labels in other languages and values of other fields lie there as well. */
function mayBeName({ text, alone }: Labelled): boolean {
  return alone && NAME.test(text.trim()) && !isLabel(text) && !namesNation(text);
}

/** The whole name in a line, a letter or two off where it is long. */
function showsName(text: string, expected: string): boolean {
  const [shown, wanted] = [lettersOnly(text), lettersOnly(expected)];
  const slack = wanted.length < 4 ? 0 : wanted.length < 8 ? 1 : 2;
  if (Math.abs(shown.length - wanted.length) <= slack && editDistance(shown, wanted) <= slack) return true;
  // Further names may follow, and a machine-readable zone cuts a long one off.
  return wanted.length >= 3 && (` ${plain(text)} `.includes(` ${plain(expected)} `) || (wanted.length >= 8 && shown.startsWith(wanted)));
}

/** Any part of one name that is like a part of the other: order, transliteration and cuts are no contradiction. */
function resembles(text: string, expected: string): boolean {
  const [shown, wanted] = [lettersOnly(text), lettersOnly(expected)];
  // Glare and shadow leave a piece of a name.
  if (similarity(shown, wanted) >= ALIKE || wanted.includes(shown) || shown.includes(wanted)) return true;
  const parts = (name: string): readonly string[] => plain(name).split(' ').filter((part) => /^[A-Z]{3,}$/.test(part));
  return parts(text).some((part) => parts(expected).some((other) => similarity(part, other) >= 0.6 || part.startsWith(other) || other.startsWith(part)));
}

function compareDate(print: PrintReading, expected: string, { field }: About): PrintVerdict {
  const labelled = labelledValues(print, field);
  // Of a line with several dates, the first one stands by the label.
  const first = (text: string): readonly string[] => datesIn(text)[0] ?? [];
  if (labelled.some(({ text }) => first(text).includes(expected))) return 'agrees';
  const elsewhere = legible(print).some((text) => datesIn(text).some((meanings) => meanings.includes(expected)));
  const others = clear(labelled).filter(({ text }) => first(text).length > 0);
  // One above the other may be the wrong column, where the expected date stands in another.
  const accusing = others.filter(({ by }) => by === 'line' || !elsewhere);
  // A lone date further down may be another field's, where this field's own was not read.
  if (accusing.length > 1 || accusing.some(({ far }) => !far)) return 'differs';
  return elsewhere && others.length === 0 ? 'agrees' : 'unread';
}

function compareNumber(print: PrintReading, expected: string, { field }: About): PrintVerdict {
  const wanted = shapesOf(expected);
  if (wanted.length < 4) return 'unread';
  const shows = (text: string): boolean => {
    const shown = shapesOf(text);
    return shown.includes(wanted) || text.split(/\s+/).some((word) => Math.abs(word.length - wanted.length) <= 1 && editDistance(shapesOf(word), wanted) <= 1);
  };
  const labelled = labelledValues(print, field);
  if ([...labelled.map(({ text }) => text), ...legible(print)].some(shows)) return 'agrees';
  const another = clear(labelled).some(({ text }) => {
    const shown = shapesOf(text);
    return Math.abs(shown.length - wanted.length) <= 2 && shown.replace(/\D/g, '').length >= 4 && editDistance(shown, wanted) >= NUMBER_DISTANCE;
  });
  return another ? 'differs' : 'unread';
}
