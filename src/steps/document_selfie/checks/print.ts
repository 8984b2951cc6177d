/** Checks of machine-readable data against the printed page. A field that does not read is never a failure. Pure. */
import { comparePrint, type PrintField, type PrintVerdict } from '../../../documents/text/compare_print.ts';
import type { PrintReading } from '../../../documents/facts.ts';
import type { CapturedDocument } from '../facts.ts';
import { sourcesOf, type DocumentData } from './document_data.ts';
import { ofEach, SIMULATED, worthAnother } from './each_document.ts';
import { doubt, fail, pass, unknown, worst, type Rule, type Verdict } from './verdict.ts';

const matchesPrint = (method: DocumentData['method'], none: string): Rule => ofEach((document) => {
  const [first, ...others] = sourcesOf(document).filter(({ value }) => value.method === method).map(({ side, value }) => held(document, value, side));
  return first === undefined ? unknown(none) : worst(first, ...others);
});

export const barcodeMatchesPrint = matchesPrint('barcode', 'no_barcode');
export const mrzMatchesPrint = matchesPrint('mrz', 'no_mrz');

function held(document: CapturedDocument, data: DocumentData, side: 'front' | 'back'): Verdict {
  const { print } = document.front;
  const fields = print.kind === 'read' ? compared(print.value, data) : {};
  const told = Object.entries(fields);
  const detail = { agree: told.filter(([, word]) => word === 'agrees').length, differ: told.filter(([, word]) => word === 'differs').length };
  const [differing] = told.find(([, word]) => word === 'differs') ?? [];
  if (differing !== undefined) return fail(`${DIFFERS[differing] ?? 'print'}_differs`, detail);
  if (print.kind === 'unread' && print.why === SIMULATED) return unknown(SIMULATED);
  // The portrait is on the front. Data from the back of who knows what must be tied to it by something.
  const beside = side === 'front' || sourcesOf(document).some((source) => source.side === 'front');
  if (!beside && !ties(fields)) return doubt('sides_not_tied', detail);
  if (print.kind === 'unread' && isUnseen(print)) return doubt('print_not_looked_at', detail);
  return detail.agree > 0 ? pass(detail) : unknown('print_unread', detail);
}

/** Barcodes carry middle names that cards do not print: there the first name alone is as good as all of them. */
function compared(print: PrintReading, data: DocumentData): Readonly<Record<PrintField, PrintVerdict>> {
  const fields = comparePrint(print, data);
  const [first = ''] = data.givenName.trim().split(/\s+/);
  if (data.method !== 'barcode' || fields.givenName !== 'unread' || first === '') return fields;
  return { ...fields, givenName: comparePrint(print, { ...data, givenName: first }).givenName === 'agrees' ? 'agrees' : 'unread' };
}

/** What the engine broke over, or had no time for. */
const UNFINISHED: ReadonlySet<string> = new Set(['out_of_time', 'failed']);

/** Nobody looked: that is no yes, and keeping the gateway busy must not buy one. */
function isUnseen(print: Extract<CapturedDocument['front']['print'], { readonly kind: 'unread' }>): boolean {
  return !worthAnother(print) || UNFINISHED.has(print.why);
}

/** Whether what agrees is one person's alone: a family name is shared with the family, and a day of expiry with strangers. */
function ties(fields: Readonly<Partial<Record<PrintField, PrintVerdict>>>): boolean {
  const agrees = (field: PrintField): boolean => fields[field] === 'agrees';
  return agrees('number') || agrees('birthDate') || (agrees('familyName') && agrees('givenName'));
}

const DIFFERS: Readonly<Record<string, string>> = {
  familyName: 'family_name', givenName: 'given_name', birthDate: 'birth_date', number: 'number', expiryDate: 'expiry_date',
};
