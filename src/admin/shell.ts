/** What stands around every page of the console. */
import type { Views } from '../http/views.ts';
import { NAV, NAV_GROUPS } from './nav.ts';
import type { AdminPage } from './page.ts';
import { mayDo, type Role } from './permissions.ts';

export interface AdminAround {
  readonly csrf: string;
  readonly session: { readonly name: string; readonly roles: readonly Role[] } | undefined;
  readonly path: string;
  readonly errors: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
  readonly notice: string | undefined;
}

/** Pages of the console are in English: they are read by the operator's staff, not by the people who are verified. */
const LOCALE = 'en';

/** The page as HTML. */
export function renderAdmin(views: Views, page: AdminPage, around: AdminAround): string {
  const { session, errors, values, csrf, notice, path } = around;
  return views.render(page.view, LOCALE, {
    m: page.model,
    title: page.title,
    trail: page.trail,
    nav: session ? navOf(session.roles, page.area) : [],
    me: page.area === 'me',
    session: session ?? false,
    csrf,
    path,
    notice: notice ?? '',
    values,
    faultOf: errors,
    faults: Object.entries(errors).map(([field, text]) => ({ href: `#${field}`, text })),
  });
}

/** The areas that these roles may read, under their headings; a heading with nothing below it is left out. */
function navOf(roles: readonly Role[], area: string | undefined) {
  const entries = NAV.filter((entry) => mayDo(roles, entry.action)).map((entry) => ({ ...entry, here: entry.area === area }));
  return NAV_GROUPS.map((group) => ({ group, entries: entries.filter((entry) => entry.group === group) })).filter((one) => one.entries.length > 0);
}
