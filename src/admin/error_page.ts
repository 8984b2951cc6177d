/** The page that stands where another would have, had nothing gone wrong. */
import type { GatehouseError } from '../errors.ts';
import type { AdminPage } from './page.ts';

const TITLES: Readonly<Record<number, string>> = { 400: 'This request could not be read', 403: 'This is not yours to do', 404: 'Not found', 405: 'This address does not take that', 409: 'Somebody else was first', 413: 'Too large', 429: 'Too many tries' };

/**
 * Operators get the operator's sentence, which never holds personal data; of what nobody foresaw, only the reference
 * under which the log has it.
 */
export function errorPage({ code, status, message }: Pick<GatehouseError, 'code' | 'status' | 'message'>, reference: string): AdminPage {
  return {
    view: 'admin/error.njk', title: TITLES[status] ?? 'Something went wrong', area: undefined, trail: [],
    model: { code, status, reference, sentence: status >= 500 ? 'This did not work, and nothing was changed. Please try again; the log has the details under the reference below.' : sentence(message) },
  };
}

function sentence(text: string): string {
  const upper = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?”]$/.test(upper) ? upper : `${upper}.`;
}
