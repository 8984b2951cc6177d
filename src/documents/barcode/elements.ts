import type { BarcodeReading } from '../facts.ts';
import { isCalendarDate } from '../mrz/dates.ts';

/** Element id (three letters, such as `DAQ`) → value without surrounding spaces. */
export type Elements = ReadonlyMap<string, string>;

/** The elements of a subfile, and those that stand twice with different values. */
export function elementsOf(body: string): { readonly elements: Elements; readonly duplicates: readonly string[] } {
  const elements = new Map<string, string>();
  const duplicates: string[] = [];
  for (const line of body.split(/[\n\r]/)) {
    const match = /^([A-Z]{2}[A-Z0-9])(.*)$/.exec(line);
    if (!match) continue;
    const [id, value] = [match[1]!, match[2]!.trim()];
    const before = elements.get(id);
    if (before === undefined) elements.set(id, value);
    else if (before !== value && !duplicates.includes(id)) duplicates.push(id);
  }
  return { elements, duplicates };
}

/** The first of several elements that says something. */
export function firstOf(elements: Elements, ids: readonly string[]): string | undefined {
  return ids.map((id) => elements.get(id)).find((value) => value !== undefined && value !== '');
}

/** What stands where there is nothing to say (D.12.3): it is nobody's name. */
const NOTHING: ReadonlySet<string> = new Set(['NONE', 'UNAVL', 'UNAVAIL', 'UNAVAILABLE']);
const said = (text: string | undefined): string => (text === undefined || NOTHING.has(text.toUpperCase()) ? '' : text.replace(/[\s,]+/g, ' ').trim());

/**
 * Names by version: DCS, DAC, DAD today; DCS and DCT (all given names) in version 2; DAB, DAC, DAD or the whole name in
 * DAA, parted by commas, in version 1.
 */
export function namesOf(elements: Elements): Pick<BarcodeReading, 'familyName' | 'givenName' | 'middleName'> {
  const whole = (elements.get('DAA') ?? '').split(/[,@]/).map((part) => part.trim());
  const familyName = said(firstOf(elements, ['DCS', 'DAB']) ?? whole[0]);
  const together = elements.get('DCT');
  if (elements.get('DAC') === undefined && together !== undefined && together !== '') {
    const [givenName = '', ...middle] = said(together).split(' ');
    return { familyName, givenName, middleName: middle.join(' ') };
  }
  return { familyName, givenName: said(elements.get('DAC') ?? whole[1]), middleName: said(elements.get('DAD') ?? whole[2]) };
}

/** The generation behind a name by version: DCU from version 2 on; DAE, or the end of the whole name in DAA, in version 1. */
export function suffixOf(elements: Elements): Pick<BarcodeReading, 'suffix'> {
  const whole = (elements.get('DAA') ?? '').split(/[,@]/);
  const suffix = said(firstOf(elements, ['DCU', 'DAE']) ?? whole[3]);
  return suffix === '' ? {} : { suffix };
}

/**
 * Eight digits as `YYYY-MM-DD`, empty where they are no day. The United States write month, day, year from version 3 on,
 * Canada and older versions year, month, day; the century cannot be a month, so the digits themselves tell which.
 */
export function aamvaDate(text: string | undefined): string {
  const digits = text?.trim() ?? '';
  if (!/^\d{8}$/.test(digits)) return '';
  const yearFirst = /^(?:19|20)/.test(digits);
  const date = yearFirst ? `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}` : `${digits.slice(4)}-${digits.slice(0, 2)}-${digits.slice(2, 4)}`;
  return isCalendarDate(date) && /^(?:19|20)/.test(date) ? date : '';
}

/** Nine digits with an empty extension are the five in front. */
export function postalCodeOf(text: string): string {
  const code = text.trim();
  const match = /^(\d{5})-?(\d{4})$/.exec(code);
  if (!match) return code;
  return match[2] === '0000' ? match[1]! : `${match[1]}-${match[2]}`;
}
