/**
 * The phone's side: the one-time link, and the link by which a phone takes a capture over. GET and HEAD change nothing
 * and set nothing, so that link previews and scanners can look as often as they like; only a form sent by a person
 * counts. Unknown, spent and expired links look the same.
 *
 * A capture taken over gets a token of its own, made here for the very request that takes it: nobody who saw the link's
 * address, on the desktop's screen or in a message, has it.
 */
import { randomBytes } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Engine, PhoneSight } from '../engine/engine.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import { Personal } from '../personal.ts';
import { deviceClass } from '../steps/device_class.ts';
import { CLAIM_FIELD } from '../steps/document_selfie/claim.ts';
import { CAPTURE_PATH } from './capture.ts';
import { captureCookie } from './capture_cookie.ts';
import { CAPTURE_PAGES, READING_PAGE } from './capture_pages.ts';
import type { DeviceIssue } from './device_issue.ts';
import type { DevicesOffering } from './my_offer.ts';
import type { PageModels, PageName } from './pages.ts';
import type { PasskeyOffering } from './passkeys.ts';
import { present } from './present.ts';
import { showPage, type Shell } from './show.ts';
import { localeOf, visitorOf } from './visitor.ts';

export interface PhoneDeps extends Shell {
  readonly engine: Pick<Engine, 'peekLink' | 'submitLink' | 'followLink'>;
  readonly origin: string;
  readonly hashOf: (token: string) => string;
  readonly issueDevice: DeviceIssue;
  /** Absent where passkeys are not to be had. */
  readonly offerPasskey?: PasskeyOffering;
  /** Absent where people cannot see their devices. */
  readonly offerDevices?: DevicesOffering;
}

/** What a link in an address is good for. A capture's own token is no link: its pages have another door. */
const LINK_PAGES: ReadonlySet<string> = new Set(['phone_confirm', 'capture_claim']);

/** 128 bits in base64url. */
const TOKEN = '([A-Za-z0-9_-]{22})';

export function phoneRoutes(deps: PhoneDeps): Router {
  const router = new Router();
  const path = new RegExp(`^/l/${TOKEN}$`);
  const cookie = captureCookie(deps.origin);

  const arrive = (ctx: Context): { tokenHash: string; href: string } => {
    const token = ctx.path.slice('/l/'.length);
    return { tokenHash: deps.hashOf(token), href: ctx.path };
  };

  const see = (sight: PhoneSight): PhoneSight => (sight.kind === 'open' && !LINK_PAGES.has(sight.page.name) ? { kind: 'gone' } : sight);
  /**
   * The way back for the phone that took the capture over: its link is spent, but the back button, a second touch or the
   * code scanned again lead here. Only looks.
   */
  const capturesHere = async (ctx: Context): Promise<boolean> => {
    const token = cookie.read(ctx);
    if (token === undefined) return false;
    const sight = await deps.engine.peekLink(deps.hashOf(token));
    return sight.kind === 'open' && (CAPTURE_PAGES.has(sight.page.name) || sight.page.name === READING_PAGE);
  };
  const toCapture = (ctx: Context): void => {
    ctx.set('Cache-Control', 'no-store');
    ctx.status = 303;
    ctx.redirect(typeof ctx.query['lang'] === 'string' ? `${CAPTURE_PATH}?lang=${localeOf(ctx)}` : CAPTURE_PATH);
  };

  router.get(path, async (ctx) => {
    const { tokenHash, href } = arrive(ctx);
    const sight = see(await deps.engine.peekLink(tokenHash));
    if (sight.kind === 'gone' && (await capturesHere(ctx))) return toCapture(ctx);
    showSight(ctx, deps, sight, tokenHash, href, {});
  });

  router.post(path, async (ctx) => {
    const { tokenHash, href } = arrive(ctx);
    checkOrigin(ctx.headers, deps.origin);
    const values = await readForm(ctx.req);
    deps.csrf.check(`link:${tokenHash}`, values['csrf']);
    const page = values['page'] ?? '';
    if (!LINK_PAGES.has(page)) return showSight(ctx, deps, see(await deps.engine.peekLink(tokenHash)), tokenHash, href, {});
    const claim = page === 'capture_claim' ? randomBytes(16).toString('base64url') : undefined;
    const result = await deps.engine.submitLink(tokenHash, {
      page,
      version: Number(values['v'] ?? 0),
      channel: 'phone',
      values: Personal.of(claim === undefined ? values : { ...values, [CLAIM_FIELD]: claim }),
      visitor: visitorOf(ctx, localeOf(ctx)),
    });
    if (result.kind === 'invalid') return showSight(ctx, deps, result.sight, tokenHash, href, result.errors);
    if (result.kind === 'done') {
      // Where the confirmation was the last that was owed, the journey is decided by now, and this phone is known from now on.
      await deps.issueDevice(ctx, result.journey, 'phone');
      // In the look and language of the page that was answered. It cannot be asked for again, so no links to other languages.
      const { journey, workflow } = result.sight;
      const ending = { locale: localeOf(ctx, journey.opening.locale), href, languageLinks: false, appName: journey.opening.clientName, workflow };
      if (result.outcome === 'confirmed') showPage(ctx, deps, 'phone_done', { passkey: await deps.offerPasskey?.(result.journey), devicesHref: await deps.offerDevices?.(result.journey) }, ending);
      else showPage(ctx, deps, 'phone_stopped', { kind: result.outcome === 'refused' ? 'refused' : 'stopped' }, ending);
      return;
    }
    // What this request sent was taken if, and only if, its own token now opens the capture: another phone may have been first.
    if (claim !== undefined && (await deps.engine.followLink(deps.hashOf(claim))).kind !== 'gone') {
      cookie.set(ctx, claim);
      return toCapture(ctx);
    }
    const sight = see(result);
    if (sight.kind === 'gone' && (await capturesHere(ctx))) return toCapture(ctx);
    showSight(ctx, deps, sight, tokenHash, href, {});
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
  showPage(ctx, deps, page.name as PageName, model as unknown as PageModels[PageName], {
    locale, href, action, appName, workflow, binding: `link:${tokenHash}`, errors,
  });
}
