/** What the form for a new token says, or what is wrong with it, by field. Pure. */
import type { Action } from '../permissions.ts';
import type { NewApiToken } from './store.ts';

const DAY = 86_400_000;
const MOST_NETS = 50;

export interface TokenFormRules {
  readonly now: number;
  /** What can be chosen: what some door of the API asks for and the maker may do; nobody gives away more. */
  readonly offered: readonly Action[];
  /** Whether a text is a net or an address. */
  readonly isNet: (text: string) => boolean;
}

export function readTokenForm(
  form: Readonly<Record<string, string>>, { now, offered, isNet }: TokenFormRules,
): { readonly token: NewApiToken; readonly errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {};
  const name = (form['name'] ?? '').trim();
  if (name === '' || name.length > 80) errors['name'] = 'Give it a name of at most 80 characters, such as what uses it.';
  const scopes = offered.filter((action) => form[`scope.${action}`] === 'on');
  if (scopes.length === 0) errors['scopes'] = 'Choose at least one thing that it may do.';
  const days = form['days'] ?? '';
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > 1095) errors['days'] = 'Enter a number of days from 1 to 1095.';
  const nets = (form['nets'] ?? '').split(/\s+/).filter((line) => line !== '');
  const wrong = nets.filter((net) => !isNet(net));
  if (wrong.length > 0) errors['nets'] = `These are no addresses or nets: ${wrong.slice(0, 5).join(', ')}.`;
  else if (nets.length > MOST_NETS) errors['nets'] = `Enter at most ${MOST_NETS}.`;
  return { token: { name, scopes, nets, expiresAt: now + Number(days || 0) * DAY }, errors };
}
