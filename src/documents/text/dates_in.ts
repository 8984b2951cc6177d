/** Full dates in printed text. Pure. */
import { isCalendarDate } from '../mrz/dates.ts';
import { plain } from './letters.ts';

/** English, French, German and Spanish, by their beginnings. */
const MONTHS: readonly (readonly string[])[] = [
  ['JAN', 'ENE'], ['FEB', 'FEV'], ['MAR', 'MRZ'], ['APR', 'AVR', 'ABR'], ['MAY', 'MAI'], ['JUN', 'JUIN'], ['JUL', 'JUIL'],
  ['AUG', 'AOU', 'AGO'], ['SEP'], ['OCT', 'OKT'], ['NOV'], ['DEC', 'DEZ', 'DIC'],
];

/** Every day (`YYYY-MM-DD`) that one printed date may mean: `03/04/1985` is in March or in April. */
export type DateMeanings = readonly string[];

/** The dates that a line shows, in order; a date that is no day of the calendar is left out. */
export function datesIn(text: string): readonly DateMeanings[] {
  const found = [...text.toUpperCase().matchAll(NUMERIC)].map(([, a = '', b = '', c = '']) => ({ parts: [a, b, c] as const }));
  const numeric = found.map(({ parts }) => numericMeanings(parts));
  const words = plain(text);
  const named = [
    ...[...words.matchAll(/(?<!\w)(\d{1,2}) ?([A-Z]{3,9})(?: [A-Z]{3,9})? ?(\d{4}|\d{2})(?!\w)/g)].map(([, day = '', month = '', year = '']) => namedMeanings(day, month, year)),
    ...[...words.matchAll(/(?<!\w)([A-Z]{3,9}) (\d{1,2}) (\d{4})(?!\w)/g)].map(([, month = '', day = '', year = '']) => namedMeanings(day, month, year)),
  ];
  return [...numeric, ...named].filter((meanings) => meanings.length > 0);
}

const NUMERIC = /(?<![\w/.-])(\d{4}|\d{1,2})[ ]?[/.\- ][ ]?(\d{1,2})[ ]?[/.\- ][ ]?(\d{4}|\d{1,2})(?![\w/-])/g;

function numericMeanings([a, b, c]: readonly [string, string, string]): DateMeanings {
  if (a.length === 4) return days(a, b, c);
  return [...new Set(years(c).flatMap((year) => [...days(year, a, b), ...days(year, b, a)]))];
}

function namedMeanings(day: string, name: string, year: string): DateMeanings {
  const month = MONTHS.findIndex((beginnings) => beginnings.some((beginning) => name.startsWith(beginning))) + 1;
  return month === 0 ? [] : years(year).flatMap((full) => days(full, String(month), day));
}

/** Two digits may mean either century. */
const years = (text: string): readonly string[] => (text.length === 4 ? [text] : text.length === 2 ? [`19${text}`, `20${text}`] : []);

function days(year: string, month: string, day: string): DateMeanings {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isCalendarDate(date) && /^(?:19|20)/.test(date) ? [date] : [];
}
