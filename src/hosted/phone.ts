/**
 * The phone's side: the one-time link. GET and HEAD change nothing and set nothing, so that link previews and scanners
 * can look as often as they like; only a form sent by a person counts. Unknown, spent and expired links look the same.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Engine, PhoneSight } from '../engine/engine.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import { Personal } from '../personal.ts';
import { deviceClass } from '../steps/device_class.ts';
import type { PageModels } from './pages.ts';
import { present } from './present.ts';
import { showPage, type Shell } from './show.ts';
import { localeOf, visitorOf } from './visitor.ts';

export interface PhoneDeps extends Shell {
  readonly engine: Engine;
  readonly origin: string;
  readonly hashOf: (token: string) => string;
}

/** 128 bits in base64url. */
const TOKEN = '([A-Za-z0-9_-]{22})';

export function phoneRoutes(deps: PhoneDeps): Router {
  const router = new Router();
  const path = new RegExp(`^/l/${TOKEN}$`);

  const arrive = (ctx: Context): { tokenHash: string; href: string } => {
    const token = ctx.path.slice('/l/'.length);
    return { tokenHash: deps.hashOf(token), href: ctx.path };
  };

  router.get(path, async (ctx) => {
    const { tokenHash, href } = arrive(ctx);
    const sight = await deps.engine.peekLink(tokenHash);
    showSight(ctx, deps, sight, tokenHash, href, {});
  });

  router.post(path, async (ctx) => {
    const { tokenHash, href } = arrive(ctx);
    checkOrigin(ctx.headers, deps.origin);
    const values = await readForm(ctx.req);
    deps.csrf.check(`link:${tokenHash}`, values['csrf']);
    const result = await deps.engine.submitLink(tokenHash, {
      page: values['page'] ?? '',
      version: Number(values['v'] ?? 0),
      channel: 'phone',
      values: Personal.of(values),
      visitor: visitorOf(ctx, localeOf(ctx)),
    });
    if (result.kind === 'invalid') return showSight(ctx, deps, result.sight, tokenHash, href, result.errors);
    if (result.kind === 'done') {
      // In the look and language of the page that was answered. It cannot be asked for again, so no links to other languages.
      const { journey, workflow } = result.sight;
      const ending = { locale: localeOf(ctx, journey.opening.locale), href, languageLinks: false, appName: journey.opening.clientName, workflow };
      if (result.outcome === 'confirmed') showPage(ctx, deps, 'phone_done', {}, ending);
      else showPage(ctx, deps, 'phone_stopped', { kind: result.outcome === 'refused' ? 'refused' : 'stopped' }, ending);
      return;
    }
    showSight(ctx, deps, result, tokenHash, href, {});
  });
  return router;
}

function showSight(
  ctx: Context, deps: PhoneDeps, sight: PhoneSight, tokenHash: string, href: string, errors: Readonly<Record<string, string>>,
): void {
  if (sight.kind === 'gone') {
    ctx.status = 410;
    showPage(ctx, deps, 'phone_gone', {}, { locale: localeOf(ctx), href, appName: '' });
    return;
  }
  const { journey, page, evidence, workflow } = sight;
  const locale = localeOf(ctx, journey.opening.locale);
  const appName = journey.opening.clientName;
  const visitor = visitorOf(ctx, locale);
  const onDesktop = deviceClass(visitor.userAgent, visitor.headers) === 'desktop';
  // The link sets no cookie, so a language chosen on it travels with the form.
  const action = typeof ctx.query['lang'] === 'string' ? `${href}?lang=${locale}` : href;
  const model = { ...present(page.name, page.model, { locale, appName, workflow, evidence, href }), onDesktop };
  ctx.status = Object.keys(errors).length > 0 ? 422 : 200;
  // No reference, no expiry and no version: a stranger with the phone in hand learns nothing of the journey.
  showPage(ctx, deps, 'phone_confirm', model as unknown as PageModels['phone_confirm'], { locale, href, action, appName, workflow, binding: `link:${tokenHash}`, errors });
}
