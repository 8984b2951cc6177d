/**
 * The phone that took a capture over by its hand-over link. It is known by its cookie alone: no address here holds a
 * token. It follows its journey as the desktop does, until its part is over and it lands where the workflow says.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { CaptureSight, Engine, LinkAnswered, OpenLink } from '../engine/engine.ts';
import { GatehouseError } from '../errors.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import { allowCamera, allowLeaving } from '../http/headers.ts';
import { isMultipart } from '../http/multipart.ts';
import type { UploadDam } from '../http/upload_dam.ts';
import { Personal } from '../personal.ts';
import { captureCookie } from './capture_cookie.ts';
import { CAPTURE_PAGES, pictureField, READING_PAGE } from './capture_pages.ts';
import type { DeviceIssue } from './device_issue.ts';
import { DONE_KIND, landingAddress, landingStatus, opensByItself } from './landing.ts';
import type { PageModels, PageName } from './pages.ts';
import type { PasskeyOffered, PasskeyOffering } from './passkeys.ts';
import { asksForJson, goOn, refuseScript, withPictures, type SentForm } from './pictures.ts';
import { present } from './present.ts';
import { showPage, type Around, type Shell } from './show.ts';
import { keepLanguage, localeOf, visitorOf } from './visitor.ts';

export interface CaptureDeps extends Shell {
  readonly engine: Pick<Engine, 'peekLink' | 'followLink' | 'submitLink'>;
  readonly origin: string;
  readonly hashOf: (token: string) => string;
  readonly uploads: UploadDam;
  readonly issueDevice: DeviceIssue;
  /** Absent where passkeys are not to be had. */
  readonly offerPasskey?: PasskeyOffering;
}

export const CAPTURE_PATH = '/capture';
const LANDING_PATH = `${CAPTURE_PATH}/landing`;
/** Seconds after which a page that waits without a script looks again. */
const WAKE_SECONDS = 4;

export function captureRoutes(deps: CaptureDeps): Router {
  const { engine, csrf } = deps;
  const router = new Router({ prefix: CAPTURE_PATH });
  const cookie = captureCookie(deps.origin);

  /** Hash of this phone's token; undefined where it has none. */
  const arrive = (ctx: Context): string | undefined => {
    const token = cookie.read(ctx);
    return token === undefined ? undefined : deps.hashOf(token);
  };

  router.get('/', async (ctx) => {
    const hash = arrive(ctx);
    keepLanguage(ctx);
    const sight = hash === undefined ? GONE : await engine.followLink(hash);
    if (hash === undefined || sight.kind === 'gone') return showGone(ctx, deps);
    await deps.issueDevice(ctx, sight.journey, 'phone');
    if (sight.kind === 'over') return land(ctx, deps, sight, await deps.offerPasskey?.(sight.journey), () => cookie.clear(ctx));
    if (sight.kind === 'working' || sight.page.name === READING_PAGE) {
      return showPage(ctx, deps, 'working', {}, { ...around(ctx, sight), ...waits(sight) });
    }
    showOpen(ctx, deps, sight, hash, {});
  });

  router.post('/', async (ctx) => {
    checkOrigin(ctx.headers, deps.origin);
    const hash = arrive(ctx);
    if (hash === undefined) return showGone(ctx, deps);
    const binding = `capture:${hash}`;
    const submit = async ({ values, files }: SentForm): Promise<LinkAnswered | undefined> => {
      csrf.check(binding, values['csrf']);
      const page = values['page'] ?? '';
      // A token is good for the pages of its own door only.
      if (!CAPTURE_PAGES.has(page)) return undefined;
      return engine.submitLink(hash, {
        page,
        version: Number(values['v'] ?? 0),
        channel: 'phone',
        values: Personal.of(values),
        visitor: visitorOf(ctx, localeOf(ctx)),
        ...(files === undefined ? {} : { files }),
      });
    };

    const onward = onwardOf(ctx);
    if (!isMultipart(ctx.req)) {
      const values = await readForm(ctx.req);
      const answered = await submit({ values });
      return answered?.kind === 'invalid' ? refuse(ctx, deps, answered.sight, hash, answered.errors, values) : goOn(ctx, onward);
    }
    // Nobody's megabytes are read unless this phone stands before a page that takes them. A picture sent twice meets the
    // page that came after it, changes nothing, and its sender is shown where they are.
    const standing = await engine.peekLink(hash);
    const field = standing.kind === 'open' ? pictureField(standing.page.name) : undefined;
    if (standing.kind === 'gone' || field === undefined) return goOn(ctx, onward);
    const answered = await withPictures(ctx, deps.uploads, binding, field, submit);
    if (answered?.kind === 'too_large') return refuse(ctx, deps, standing, hash, answered.errors, {});
    if (answered?.kind === 'invalid') return refuse(ctx, deps, answered.sight, hash, answered.errors, {});
    goOn(ctx, onward);
  });

  // Asked by waiting pages: has the journey moved on from the version shown?
  router.get('/state', async (ctx) => {
    const hash = arrive(ctx);
    const sight = hash === undefined ? GONE : await engine.followLink(hash);
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { move: sight.kind === 'gone' || sight.kind === 'over' || String(sight.journey.version) !== ctx.query['v'] };
  });

  // A step of its own, so that no form's chain of redirects ends outside, where the content security policy breaks it.
  router.get('/landing', async (ctx) => {
    const hash = arrive(ctx);
    const sight = hash === undefined ? GONE : await engine.followLink(hash);
    const address = sight.kind === 'over' ? sight.workflow.definition.options.asyncUIRedirect : undefined;
    if (sight.kind !== 'over' || address === undefined) return goOn(ctx, CAPTURE_PATH);
    leave(ctx, sight, address, () => cookie.clear(ctx));
  });
  return router;
}

const GONE = { kind: 'gone' } as const;
/** Tells the page's own redirect apart from a visit: Chromium holds `form-action` against every redirect of a form. */
const AFTER_FORM = `${CAPTURE_PATH}?sent`;
const onwardOf = (ctx: Context): string => (asksForJson(ctx) ? CAPTURE_PATH : AFTER_FORM);

type Over = Extract<CaptureSight, { kind: 'over' }>;
type Standing = Exclude<CaptureSight, { kind: 'gone' }>;

function around(ctx: Context, { journey, workflow }: Standing): Around {
  return { locale: localeOf(ctx, journey.opening.locale), href: CAPTURE_PATH, appName: journey.opening.clientName, workflow, journey };
}

function waits({ journey }: Standing): Pick<Around, 'wakeAfter' | 'pollHref'> {
  return { wakeAfter: WAKE_SECONDS, pollHref: `${CAPTURE_PATH}/state?v=${journey.version}` };
}

interface Again {
  readonly errors?: Readonly<Record<string, string>>;
  /** What the person just typed, when it is shown again. */
  readonly typed?: Readonly<Record<string, string>>;
}

function showOpen(ctx: Context, deps: CaptureDeps, sight: OpenLink, hash: string, { errors, typed }: Again): void {
  const { page, evidence, workflow } = sight;
  // The token of another door: a link that was not taken over yet, or one that asks for something else.
  if (!CAPTURE_PAGES.has(page.name)) return showGone(ctx, deps);
  if (pictureField(page.name) !== undefined) allowCamera(ctx);
  const base = around(ctx, sight);
  const model = present(page.name, page.model, { locale: base.locale, appName: base.appName, workflow, evidence, href: CAPTURE_PATH });
  showPage(ctx, deps, page.name as PageName, model as unknown as PageModels[PageName], {
    ...base,
    ...(page.wakeAt === undefined ? {} : waits(sight)),
    binding: `capture:${hash}`,
    errors: errors ?? {},
    values: typed ?? page.values ?? {},
  });
}

function refuse(
  ctx: Context, deps: CaptureDeps, sight: OpenLink, hash: string, errors: Readonly<Record<string, string>>, typed: Readonly<Record<string, string>>,
): void {
  // Nothing was wrong but the moment: whoever sent it is shown where they are.
  if (Object.keys(errors).length === 0) return goOn(ctx, onwardOf(ctx));
  if (asksForJson(ctx)) return refuseScript(ctx, errors);
  ctx.status = 422;
  showOpen(ctx, deps, sight, hash, { errors, typed });
}

/** A phone without a capture, with one that another phone took, or with one whose time is over. */
function showGone(ctx: Context, deps: CaptureDeps): void {
  if (asksForJson(ctx)) {
    throw new GatehouseError('capture_gone', 410, 'a capture was asked for that is over or another phone\'s', { visitor: 'session_not_found' });
  }
  ctx.status = 410;
  showPage(ctx, deps, 'phone_gone', {}, { locale: localeOf(ctx), href: CAPTURE_PATH, appName: '' });
}

function land(ctx: Context, deps: CaptureDeps, sight: Over, passkey: PasskeyOffered | undefined, forget: () => void): void {
  const address = sight.workflow.definition.options.asyncUIRedirect;
  // Not by what a script fetches, which cannot follow to another site and would lose the cookie on the way.
  const visit = ctx.get('sec-fetch-dest') === 'document' && !('sent' in ctx.query);
  if (address !== undefined && visit && opensByItself(address) && !passkey) return leave(ctx, sight, address, forget);
  // A page in between: where there is nowhere to go; after a form; and for an app, which may want to be opened by hand.
  const onward = address === undefined ? {} : { onwardHref: LANDING_PATH };
  if (address !== undefined) {
    // Where a passkey is offered, the page's script goes on at once unless this phone can keep one.
    if (!passkey) ctx.set('Refresh', `0; url=${LANDING_PATH}`);
    // The page's one button leads to the application, by way of the landing.
    allowLeaving(ctx);
  }
  showPage(ctx, deps, 'capture_done', { kind: DONE_KIND[landingStatus(sight)], ...onward, passkey }, around(ctx, sight));
}

function leave(ctx: Context, sight: Over, address: string, forget: () => void): void {
  // An app that did not open can be tried again; a browser's page, once reached, needs nothing of us any more.
  if (opensByItself(address) && ctx.get('sec-fetch-dest') !== 'empty') forget();
  ctx.set('Cache-Control', 'no-store');
  ctx.status = 303;
  ctx.redirect(landingAddress(address, sight.journey.id, landingStatus(sight)));
}
