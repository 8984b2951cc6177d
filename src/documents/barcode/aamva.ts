/**
 * AAMVA DL/ID Card Design Standard, annex D: the text of the barcode on North American licences and identity cards. A
 * text that is not such a one gives nothing; one that is gives what it says and, apart, what is wrong with it.
 */
import type { BarcodeReading } from '../facts.ts';
import { aamvaDate, elementsOf, firstOf, namesOf, postalCodeOf, suffixOf, type Elements } from './elements.ts';
import { jurisdictionOf } from './issuers.ts';

interface Header {
  readonly iin: string;
  readonly version: number;
  readonly entries: number;
  /** Where the designators begin. */
  readonly length: number;
}

/** Characters per subfile designator: type, offset, length. */
const DESIGNATOR = 10;
/** Issuers do not agree whether a subfile's length counts its type and its last separator. */
const LENGTH_SLACK = 2;
/** Nothing larger fits a PDF417 symbol. */
const MOST_CHARACTERS = 4000;

/** Undefined where the text is no AAMVA data at all. */
export function parseAamva(text: string): BarcodeReading | undefined {
  if (text.length > MOST_CHARACTERS) return undefined;
  const start = text.indexOf('@');
  const data = start < 0 ? '' : text.slice(start);
  const header = headerOf(data);
  const subfile = header && subfileOf(data, header);
  if (!header || !subfile) return undefined;
  const { elements, duplicates } = elementsOf(subfile.body);
  const jurisdiction = jurisdictionOf(header.iin);
  const names = namesOf(elements);
  const value = (...ids: readonly string[]): string => firstOf(elements, ids) ?? '';
  return {
    iin: header.iin, version: header.version, subfile: subfile.type, jurisdiction,
    number: value('DAQ'), ...names, ...suffixOf(elements),
    birthDate: aamvaDate(elements.get('DBB')), expiryDate: aamvaDate(elements.get('DBA')), issueDate: aamvaDate(elements.get('DBD')),
    street: [value('DAG', 'DAL'), value('DAH', 'DAM')].filter((line) => line !== '').join(' '),
    city: value('DAI', 'DAN'), region: value('DAJ', 'DAO'), postalCode: postalCodeOf(value('DAK', 'DAP')),
    country: countryOf(value('DCG'), jurisdiction),
    nameTruncated: ['DDE', 'DDF', 'DDG'].some((id) => elements.get(id) === 'T'),
    faults: [...duplicates.map((id) => `duplicate_${id}`), ...missing(elements, names), ...badDates(elements)],
    notes: subfile.notes,
  };
}

/** `@`, then the separators of elements, records and segments; early cards have the file separator in the middle. */
const BEGINNINGS = ['@\n\u001e\r', '@\n\u001c\r'];

/** `@`, three separators, file type, issuer, version, from version 2 on the jurisdiction's version, number of subfiles. */
function headerOf(data: string): Header | undefined {
  const match = BEGINNINGS.some((beginning) => data.startsWith(beginning)) ? /^(?:ANSI |AAMVA)(\d{6})(\d{2})(\d{2})(\d{2})?/.exec(data.slice(4)) : undefined;
  if (!match) return undefined;
  const [, iin = '', version = '', third = '', fourth] = match;
  if (Number(version) < 2) return { iin, version: Number(version), entries: Number(third), length: 19 };
  return fourth === undefined ? undefined : { iin, version: Number(version), entries: Number(fourth), length: 21 };
}

interface Subfile {
  readonly type: 'DL' | 'ID';
  /** From behind the type to the end of the segment. */
  readonly body: string;
  readonly notes: readonly string[];
}

/** An element's first letters, also on a line of its own; those of a licence's and a card's subfile begin so. */
const DATA = /^\n?D[A-D][A-Z]/;
/** Where such elements begin: behind the type, which some issuers leave out, or at a line's beginning. */
const BEGIN = /(?:^|[\n\r])(DL|ID)?(?=\n?D[A-D][A-Z])|(DL|ID)(?=\n?D[A-D][A-Z])/;

/**
 * The first subfile of a licence or card. Issuers write offsets and lengths that are not so (0000, one too many), letters
 * among their digits, or no type before the data: then it is taken from where its data begins.
 */
function subfileOf(data: string, { entries, length }: Header): Subfile | undefined {
  const notes = new Set<string>();
  const claimed: Subfile['type'][] = [];
  let at = length;
  for (let entry = 0; entry < entries; entry++, at += DESIGNATOR) {
    const designator = data.slice(at, at + DESIGNATOR);
    const match = /^([A-Z]{2})(\d{4})(\d{4})$/.exec(designator);
    const type = typeOf(designator.slice(0, 2));
    if (!match) notes.add('bad_designator');
    if (!match && !endsDesignators(data.slice(at + DESIGNATOR))) break;
    if (type === undefined) continue;
    claimed.push(type);
    if (!match) continue;
    const found = Number(match[2]);
    if (data.startsWith(type, found) && DATA.test(data.slice(found + 2))) return subfileAt(data, { type, found, declared: Number(match[3]), notes });
    notes.add('offset_mismatch');
  }
  const begin = BEGIN.exec(data.slice(at));
  const written = begin?.[1] ?? begin?.[2];
  const type = typeOf(written ?? '') ?? claimed[0];
  if (!begin || type === undefined || notes.size === 0) return undefined;
  const from = at + begin.index + begin[0].length;
  return { type, body: data.slice(from, endOf(data, from)), notes: [...notes] };
}

function typeOf(letters: string): Subfile['type'] | undefined {
  return letters === 'DL' || letters === 'ID' ? letters : undefined;
}

/** Whether what follows ten characters that are no designator shows that they stood in the place of one. */
function endsDesignators(rest: string): boolean {
  return /^(?:(?:DL|ID)?\n?D[A-D][A-Z]|[A-Z]{2}\d{8})/.test(rest);
}

interface Designated {
  readonly type: Subfile['type'];
  readonly found: number;
  readonly declared: number;
  readonly notes: ReadonlySet<string>;
}

function subfileAt(data: string, { type, found, declared, notes }: Designated): Subfile {
  const end = endOf(data, found);
  const wrongLength = Math.abs(end - found - declared) > LENGTH_SLACK;
  return { type, body: data.slice(found + 2, end), notes: [...notes, ...(wrongLength ? ['length_mismatch'] : [])] };
}

/** A segment ends with a carriage return, or with the text; the return belongs to it. */
function endOf(data: string, from: number): number {
  const end = data.indexOf('\r', from);
  return end < 0 ? data.length : end + 1;
}

/** Elements without which nobody is identified; older versions name people in other ones. */
function missing(elements: Elements, names: Pick<BarcodeReading, 'familyName' | 'givenName'>): readonly string[] {
  const given = firstOf(elements, ['DAC', 'DCT', 'DAA']) !== undefined;
  const has: Readonly<Record<string, boolean>> = {
    DAQ: (elements.get('DAQ') ?? '') !== '', DCS: names.familyName !== '', DAC: given,
    DBB: (elements.get('DBB') ?? '') !== '', DBA: (elements.get('DBA') ?? '') !== '',
  };
  return Object.entries(has).flatMap(([id, present]) => (present ? [] : [`missing_${id}`]));
}

function badDates(elements: Elements): readonly string[] {
  return ['DBB', 'DBA', 'DBD'].flatMap((id) => {
    const text = elements.get(id) ?? '';
    return text !== '' && aamvaDate(text) === '' ? [`bad_date_${id}`] : [];
  });
}

function countryOf(stated: string, jurisdiction: string | undefined): string {
  if (stated === 'USA' || stated === 'CAN') return stated;
  if (jurisdiction?.startsWith('US-') === true) return 'USA';
  return jurisdiction?.startsWith('CA-') === true ? 'CAN' : '';
}
