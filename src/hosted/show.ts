import type { Context } from 'koa';
import type { Csrf } from '../http/csrf.ts';
import { LOCALES, type Locale } from '../http/locales/index.ts';
import type { Views } from '../http/views.ts';
import type { Journey } from '../journey/journey.ts';
import type { Workflow } from '../journey/workflow.ts';
import { renderPage, type PageCommon, type PageModels, type PageName } from './pages.ts';

/** What every hosted page is shown with. */
export interface Shell {
  readonly views: Views;
  readonly csrf: Csrf;
}

export interface Around {
  readonly locale: Locale;
  /** Path that the page's form posts to and its language links lead to. */
  readonly href: string;
  /** In place of `href` for the form, where what it is answered with depends on the query. */
  readonly action?: string;
  /** Off where the page's address alone does not show it again: answers to a POST, or to a query that must survive. */
  readonly languageLinks?: boolean;
  readonly appName: string;
  readonly workflow?: Workflow | undefined;
  readonly journey?: Journey | undefined;
  /** Binds the page's form; absent: the page has no form that is posted. */
  readonly binding?: string | undefined;
  readonly errors?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, string>>;
  readonly moreTime?: PageCommon['moreTime'];
  /** Says nothing of when the journey ends: it has days, and its link said until when. */
  readonly untimed?: boolean;
  readonly leaveHref?: string | undefined;
  readonly wakeAfter?: number;
  readonly pollHref?: string;
  /** To quote where there is no journey. */
  readonly reference?: string;
}

/** Write a page. Pages are never kept by anybody: they show personal data, and the back button must ask again. */
export function showPage<Name extends PageName>(ctx: Context, shell: Shell, name: Name, model: PageModels[Name], around: Around): void {
  const { locale, href, journey, workflow, binding } = around;
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'html';
  ctx.body = renderPage(shell.views, name, {
    locale,
    appName: around.appName,
    theme: workflow?.definition.options.theme ?? {},
    form: binding === undefined ? undefined : { action: around.action ?? href, method: 'post', csrf: shell.csrf.issue(binding), version: journey?.version ?? 0, page: name },
    errors: around.errors ?? {},
    values: around.values ?? {},
    reference: around.reference ?? journey?.id ?? '',
    expiresAt: journey && !journey.decision && !around.untimed ? journey.expiresAt : undefined,
    moreTime: around.moreTime,
    leaveHref: around.leaveHref,
    languages: (around.languageLinks === false ? [] : LOCALES).map((code) => ({ code, href: `${href}?lang=${code}`, current: code === locale })),
    wakeAfter: around.wakeAfter,
    pollHref: around.pollHref,
  }, model);
}
