/** The pages that the OIDC library asks us for: sign-out, signed out, and requests that no redirect can answer. */
import type { Context } from 'koa';
import { allowLeaving } from '../http/headers.ts';
import { newReference } from '../http/problem.ts';
import type { OidcPages } from '../oidc/provider.ts';
import { sentenceKey } from './errors.ts';
import { showPage, type Around, type Shell } from './show.ts';
import { localeOf } from './visitor.ts';

/** Errors of an expired or foreign browser tab: the visitor did nothing wrong. */
const STALE = new Set(['session_not_found']);

/** Statuses with a sentence of their own. */
const SENTENCES: Readonly<Record<number, string>> = { 503: 'unavailable' };

export function oidcPages(shell: Shell): OidcPages {
  const around = (ctx: Context, clientName: string | undefined): Around => ({ locale: localeOf(ctx), href: ctx.path, languageLinks: false, appName: clientName ?? 'Gatehouse' });
  return {
    logout(ctx, { action, xsrf, clientName }) {
      allowLeaving(ctx);
      showPage(ctx, shell, 'logout', { action, xsrf, app: clientName }, around(ctx, clientName));
    },
    logoutSuccess(ctx, { clientName }) {
      showPage(ctx, shell, 'logout_success', {}, around(ctx, clientName));
    },
    error(ctx, { code, status, clientName }) {
      const base = around(ctx, clientName);
      if (STALE.has(code)) showPage(ctx, shell, 'stale', { app: clientName }, base);
      else showPage(ctx, shell, 'error', { code, status, sentenceKey: sentenceKey(SENTENCES[status] ?? (status >= 500 ? 'internal_error' : 'invalid_request')) }, { ...base, reference: newReference() });
      ctx.status = status;
    },
  };
}
