/** What an entry may say besides its value; asked before anything is written, whoever asks. Pure. */
import { GatehouseError } from '../../errors.ts';
import { ALLOWED_KINDS, LIST_EFFECTS, LIST_KINDS, LIST_MODES } from '../../journey/rules/lists.ts';
import type { EntryTerms } from './store.ts';

/** Shorter is no reason that anybody understands later. */
export const SHORTEST_REASON = 5;
export const LONGEST_REASON = 500;
/** Values of one change. */
export const MOST_VALUES = 1_000;

export type TermField = 'effect' | 'kind' | 'mode' | 'reason' | 'expires_on';

/** Sentences by field; empty where the terms can stand. */
export function termFaults({ effect, kind, mode, reason, expiresAt }: EntryTerms, now: number): Readonly<Partial<Record<TermField, string>>> {
  const faults: Partial<Record<TermField, string>> = {};
  if (!LIST_EFFECTS.includes(effect)) faults.effect = 'Choose whether to block or to allow.';
  if (!LIST_KINDS.includes(kind)) faults.kind = 'Choose what kind of thing it is.';
  else if (effect === 'allow' && !ALLOWED_KINDS.includes(kind)) faults.effect = 'An email, identity or document can only be blocked: a mailbox is typed by whoever knows it, and what vendors and documents say is overruled by no list.';
  if (!LIST_MODES.includes(mode)) faults.mode = 'Choose the keys that it counts under.';
  if (reason.trim().length < SHORTEST_REASON) faults.reason = `Say why in at least ${SHORTEST_REASON} characters: somebody will ask.`;
  else if (reason.length > LONGEST_REASON) faults.reason = `Say why in at most ${LONGEST_REASON} characters.`;
  if (expiresAt !== undefined && !(expiresAt > now)) faults.expires_on = 'Choose a day that is not over yet, or leave it empty for ever.';
  return faults;
}

/** @throws GatehouseError `list_terms_invalid`, `list_values_count` */
export function checkTerms(terms: EntryTerms, values: number, now: number): void {
  const [fault] = Object.entries(termFaults(terms, now));
  if (fault) throw new GatehouseError('list_terms_invalid', 400, `${fault[0]}: ${fault[1]}`);
  if (values < 1 || values > MOST_VALUES) throw new GatehouseError('list_values_count', 400, `one change takes 1 to ${MOST_VALUES} values`);
}
