import { KEPT_FIELD, type Waiting } from '../kept.ts';
import type { AdminPage } from '../page.ts';

/** Characters of a field that are shown; all of it is sent. */
const MOST_SHOWN = 2_000;
/** Fields that are shown at once; the others can be opened. */
const AT_ONCE = 12;

/** `approveWords` and `expires_on` as words. Pure. */
export function wordsOf(field: string): string {
  return field.replaceAll(/([a-z])([A-Z])/g, '$1 $2').replaceAll(/[_\-.]+/g, ' ').trim().toLowerCase();
}

/** The forms that were kept over a sign-in: what each says, where it goes, and the press that sends it. The newest is first. */
export function keptPage(waiting: readonly Waiting[]): AdminPage {
  return {
    view: 'admin/staff/kept.njk', title: waiting.length === 1 ? 'Your form was kept' : 'Your forms were kept', area: 'me', trail: [],
    model: {
      sends: KEPT_FIELD,
      forms: waiting.map(({ hash, form, expiresAt }) => {
        const { door, from, fields } = form.open();
        const typed = Object.entries(fields).filter(([, value]) => value !== '').map(([name, value]) => ({ name: wordsOf(name), value: value.slice(0, MOST_SHOWN), more: Math.max(0, value.length - MOST_SHOWN) }));
        return { hash, door, from, expiresAt, fields: typed.slice(0, AT_ONCE), others: typed.slice(AT_ONCE) };
      }),
    },
  };
}
