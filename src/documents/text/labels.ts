/** Which printed text stands for which field: by a label above or before it, or by the numbers of licences. Pure. */
import type { PrintLine, PrintReading } from '../facts.ts';
import { editDistance, lettersOnly } from './letters.ts';

export const PRINT_FIELDS = ['familyName', 'givenName', 'birthDate', 'number', 'expiryDate'] as const;
export type PrintField = (typeof PRINT_FIELDS)[number];

export interface Labelled {
  readonly text: string;
  readonly confidence: number;
  /** `line`: label and value stand in one line. `below`: one above the other. */
  readonly by: 'line' | 'below';
  /** Below: no other line lies under the label that might be the value. */
  readonly alone: boolean;
  /** Below: more than twice the label's height away. */
  readonly far: boolean;
}

/** Words of labels, letters only; a line may hold several languages, parted by `/`. */
const WORDS: Readonly<Record<PrintField, readonly string[]>> = {
  familyName: ['SURNAME', 'SURNAMES', 'LASTNAME', 'FAMILYNAME', 'NOM', 'APELLIDOS', 'APELLIDO', 'NACHNAME', 'FAMILIENNAME', 'COGNOME'],
  givenName: ['GIVENNAME', 'GIVENNAMES', 'FIRSTNAME', 'FIRSTNAMES', 'FORENAMES', 'PRENOM', 'PRENOMS', 'NOMBRE', 'NOMBRES', 'VORNAME', 'VORNAMEN'],
  birthDate: ['DATEOFBIRTH', 'BIRTHDATE', 'DOB', 'DATEDENAISSANCE', 'GEBURTSDATUM', 'FECHADENACIMIENTO'],
  expiryDate: ['DATEOFEXPIRY', 'DATEOFEXPIRATION', 'EXPIRYDATE', 'EXPIRATIONDATE', 'EXPIRES', 'EXP', 'VALIDUNTIL', 'DATEDEXPIRATION', 'GULTIGBIS', 'FECHADECADUCIDAD'],
  number: ['PASSPORTNO', 'PASSPORTNUMBER', 'DOCUMENTNO', 'DOCUMENTNUMBER', 'CARDNO', 'LICENSENO', 'LICENCENO', 'LICENSENUMBER'],
};

/** Other labels: a value never is one. */
const OTHERS: readonly string[] = ['NATIONALITY', 'DATEOFISSUE', 'PLACEOFBIRTH', 'AUTHORITY', 'TYPE', 'CODE', 'SEX', 'HEIGHT', 'ADDRESS', 'CLASS'];

/** Numbers of fields on licences: AAMVA annex A, and Directive 2006/126/EC annex I, where they mean the same. */
const NUMBERED: readonly { readonly field: PrintField; readonly pattern: RegExp }[] = [
  { field: 'familyName', pattern: /^1[.,:]?\s+(?:LN\s+)?(\p{L}.*)$/u },
  { field: 'givenName', pattern: /^2[.,:]?\s+(?:FN\s+)?(\p{L}.*)$/u },
  { field: 'birthDate', pattern: /^3[.,:]?\s+(?:DOB:?\s+)?(.*\d.*)$/iu },
  { field: 'expiryDate', pattern: /(?:^|\s)4b[.,:]?\s+(?:EXP:?\s+)?(.*\d.*)$/iu },
  { field: 'number', pattern: /(?:^|\s)4d[.,:]?\s+(?:(?:DLN?|ID|NO)[.:]?\s+)?(\S*\d.*)$/iu },
];

/** A lone `1` begins many a line: only a page that numbers several fields numbers its names. */
const LEAST_NUMBERED = 3;

const IN_LINE = { alone: true, far: false } as const;

/** What stands where a field's label says that the field is. */
export function labelledValues(print: PrintReading, field: PrintField): readonly Labelled[] {
  const byNumber = numbered(print);
  const own = byNumber.length >= LEAST_NUMBERED ? byNumber.filter((one) => one.field === field) : [];
  const byWord = print.lines.flatMap((line, index): readonly Labelled[] => {
    const label = labelOf(line.text, field);
    if (label === undefined) return [];
    if (label.rest !== '') return [{ text: label.rest, confidence: line.confidence, by: 'line', ...IN_LINE }];
    const value = valueBelow(print.lines, index);
    return value ? [{ text: value.line.text, confidence: value.line.confidence, by: 'below', alone: value.alone, far: value.far }] : [];
  });
  return [...own.map(({ text, confidence }): Labelled => ({ text, confidence, by: 'line', ...IN_LINE })), ...byWord];
}

/** Whether a line is nothing but labels. */
export function isLabel(text: string): boolean {
  return PRINT_FIELDS.some((field) => labelOf(text, field)?.rest === '') || OTHERS.some((word) => near(lettersOnly(text), word));
}

function numbered(print: PrintReading): readonly { readonly field: PrintField; readonly text: string; readonly confidence: number }[] {
  return print.lines.flatMap(({ text, confidence }) => NUMBERED.flatMap(({ field, pattern }) => {
    const value = pattern.exec(text.trim())?.[1];
    return value === undefined ? [] : [{ field, text: value, confidence }];
  }));
}

/** A long word may be a letter or two off: its neighbours among the labels are further apart. */
function near(letters: string, word: string): boolean {
  const slack = word.length >= 10 ? 2 : word.length >= 7 ? 1 : 0;
  return letters === word || (slack > 0 && Math.abs(letters.length - word.length) <= slack && editDistance(letters, word) <= slack);
}

/** The label at a line's beginning, and what follows it in the line; undefined where there is none. */
function labelOf(line: string, field: PrintField): { readonly rest: string } | undefined {
  // The whole line as well: what looks like a stroke may be a line of the background.
  const parts = [line, ...line.split(/\s*[/|(]\s*/)];
  if (!/\d/.test(line) && parts.some((part) => WORDS[field].some((word) => near(lettersOnly(part), word)))) return { rest: '' };
  const words = line.trim().split(/\s+/);
  for (let count = Math.min(4, words.length - 1); count > 0; count--) {
    const head = lettersOnly(words.slice(0, count).join(' '));
    const rest = words.slice(count).join(' ').replace(/^[:.\s]+/, '');
    // In one line with its label a name might as well be more of the label.
    if (/\d/.test(rest) && WORDS[field].some((word) => near(head, word))) return { rest };
  }
  return undefined;
}

interface Below {
  readonly line: PrintLine;
  readonly alone: boolean;
  readonly far: boolean;
}

/** The nearest line under a label that begins where the label begins; without boxes, the next line. */
function valueBelow(lines: readonly PrintLine[], index: number): Below | undefined {
  const { box } = lines[index]!;
  if (!box) {
    const next = lines[index + 1];
    return next && !isLabel(next.text) ? { line: next, alone: true, far: false } : undefined;
  }
  const below = lines.flatMap((line) => {
    if (!line.box) return [];
    const gap = line.box.y - (box.y + box.height);
    const beside = Math.abs(line.box.x - box.x) <= 2 * box.height;
    return beside && gap > 0 && gap <= 3.5 * box.height && line.box.height <= 4 * box.height ? [{ line, gap }] : [];
  }).sort((a, b) => a.gap - b.gap);
  // What lies under the next label belongs to that one.
  const nextLabel = below.findIndex(({ line }) => isLabel(line.text));
  const [nearest, ...others] = nextLabel < 0 ? below : below.slice(0, nextLabel);
  return nearest ? { line: nearest.line, alone: others.length === 0, far: nearest.gap > 2 * box.height } : undefined;
}
