/** A list's form, read. Pure. */
import type { ListEffect, ListKind, ListMode } from '../../journey/rules/lists.ts';
import { Personal } from '../../personal.ts';
import type { EntryTerms, FaultyValue, ValueFault } from './store.ts';
import { MOST_VALUES, termFaults } from './terms.ts';

type Form = Readonly<Record<string, string>>;

/** Fields that are shown again as they were typed. */
export const FORM_FIELDS = ['effect', 'kind', 'value', 'values', 'mode', 'workflow', 'reason', 'expires_on'] as const;

export function readTerms(form: Form, now: number): { readonly terms: EntryTerms; readonly errors: Readonly<Record<string, string>> } {
  const day = (form['expires_on'] ?? '').trim();
  const expiresAt = day === '' ? undefined : endOf(day);
  const terms: EntryTerms = {
    effect: (form['effect'] ?? '') as ListEffect, kind: (form['kind'] ?? '') as ListKind, mode: (form['mode'] ?? '') as ListMode,
    workflowId: (form['workflow'] ?? '') === '' ? undefined : form['workflow'], reason: (form['reason'] ?? '').trim(), expiresAt,
  };
  const errors: Record<string, string> = { ...termFaults(terms, now) };
  if (Number.isNaN(expiresAt)) errors['expires_on'] = 'Enter a day as year-month-day, such as 2026-11-21, or leave it empty.';
  return { terms, errors };
}

/** The end of a day in UTC, epoch milliseconds; NaN for what is no day. */
function endOf(day: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // 2026-02-30 is read as a day of March.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? Number.NaN : at + 86_400_000;
}

/** A line with something on it, and its number as an editor shows it. */
export interface Line {
  readonly number: number;
  readonly value: Personal<string>;
}

/** Lines of what was pasted; empty ones are nothing. */
export function readLines(text: string): { readonly lines: readonly Line[]; readonly error: string | undefined } {
  const lines = text.split(/\r\n|\r|\n/).flatMap((line, index): Line[] => (line.trim() === '' ? [] : [{ number: index + 1, value: Personal.of(line.trim()) }]));
  if (lines.length === 0) return { lines, error: 'Paste at least one line.' };
  return { lines, error: lines.length > MOST_VALUES ? `These are ${lines.length} lines; at most ${MOST_VALUES} go at once.` : undefined };
}

export const VALUE_FAULT_TEXTS: Readonly<Record<ValueFault, string>> = {
  address: 'This is not an IP address, such as 203.0.113.7 or 2001:db8::7.',
  net: 'This is not a net in CIDR form, such as 203.0.113.0/24 or 2001:db8::/32.',
  net_too_broad: 'This net is too large: at least /8 for IPv4 and /16 for IPv6. A larger one would lock out whole continents.',
  phone: 'This is not a phone number in international form, such as +14075550123.',
  email: 'This is neither a mail address nor a domain, such as example.com.',
  device_unknown: 'There is no device of this id.',
  account_unknown: 'There is no account of this id.',
  journey_unknown: 'There is no journey of this transaction id.',
  journey_without_document: 'No document was read in this journey.',
  already_listed: 'This is on the list already, or stands here twice.',
};

/** A sentence for each line that was refused; what was on it is not repeated. */
export function lineFaults(lines: readonly Line[], faults: readonly FaultyValue[]): readonly string[] {
  return faults.map(({ at, fault }) => `Line ${lines[at]?.number ?? at + 1}: ${VALUE_FAULT_TEXTS[fault]}`);
}
