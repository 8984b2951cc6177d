/**
 * The desktop's side of a journey: show a page, take an answer. Every page stays under `/interaction/<uid>`, the only
 * path that the provider's cookie is sent to, so that a journey can be seen only by the browser it began in, or, where a
 * reviewer asked for a step again, under the place of the one that used the link (`again.ts`).
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Position } from '../engine/advance.ts';
import type { Engine } from '../engine/engine.ts';
import { GatehouseError } from '../errors.ts';
import { checkOrigin } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import { allowCamera, allowLeaving } from '../http/headers.ts';
import type { Locale } from '../http/locales/index.ts';
import { isMultipart } from '../http/multipart.ts';
import type { UploadDam } from '../http/upload_dam.ts';
import type { Mode } from '../journey/journey.ts';
import { suppliesIdentity } from '../oidc/prefill.ts';
import { Personal } from '../personal.ts';
import type { FieldErrors, Submission } from '../steps/step.ts';
import { pictureField, READING_PAGE } from './capture_pages.ts';
import { boundCookie } from './dbsc.ts';
import { deviceCookie } from './device_cookie.ts';
import type { DeviceIssue } from './device_issue.ts';
import type { OidcDoor, WaitingRequest } from './door.ts';
import { endingOf } from './ending.ts';
import { openingFrom } from './opening.ts';
import type { DevicesOffering } from './my_offer.ts';
import type { PageModels, PageName } from './pages.ts';
import type { PasskeyOffered, PasskeyOffering } from './passkeys.ts';
import { asksForJson, goOn, refuseScript, withPictures, type SentForm } from './pictures.ts';
import { present } from './present.ts';
import { showPage, type Around, type Shell } from './show.ts';
import { keepLanguage, localeOf, visitorOf } from './visitor.ts';
import { wantedLogin } from './wanted.ts';

export interface InteractionDeps extends Shell {
  readonly engine: Engine;
  readonly door: OidcDoor;
  readonly origin: string;
  readonly uploads: UploadDam;
  readonly issueDevice: DeviceIssue;
  /** Absent where passkeys are not to be had. */
  readonly offerPasskey?: PasskeyOffering;
  /** Absent where people cannot see their devices. */
  readonly offerDevices?: DevicesOffering;
  /** Where the pages stand, if not at an interaction's address. */
  readonly place?: PagesPlace;
  /** Where this browser goes on with the journey of an interaction that it has not: a vendor's pages know no other way back. */
  readonly elsewhere?: (ctx: Context, uid: string) => Promise<string | undefined>;
}

/** A place of these pages whose browser is known by something else than an interaction's address. */
export interface PagesPlace {
  readonly path: string;
  /** What forms are bound to: something that only this browser was given. */
  binding(ctx: Context): string;
  /** The journey's last page, in place of the way back to the application. */
  end(ctx: Context, position: Position, around: Around): Promise<void>;
}

/** Seconds after which a page that waits without a script looks again. */
const WAKE_SECONDS = 4;
/** People take longer than machines. */
const HELD_WAKE_SECONDS = 20;
/** Pages by which a known browser comes back. */
const QUESTIONLESS: ReadonlySet<string> = new Set(['device_proof', 'device_challenge']);

export function interactionRoutes(deps: InteractionDeps): Router {
  const { engine, door, csrf, place } = deps;
  const router = new Router({ prefix: place?.path ?? '/interaction/:uid' });
  const cookie = deviceCookie(deps.origin);
  const bound = boundCookie(deps.origin);
  const cameWith = (ctx: Context, mode: Mode): CameWith => ({ deviceHash: cookie.hash(ctx, mode), boundHash: bound.hash(ctx) });

  const arrive = async (ctx: Context): Promise<{ waiting: WaitingRequest; href: string; binding: string }> => {
    if (place) return { waiting: await door.waiting(ctx, ''), href: place.path, binding: place.binding(ctx) };
    const uid = String((ctx as unknown as { params: Record<string, string> }).params['uid']);
    return { waiting: await door.waiting(ctx, uid), href: `/interaction/${uid}`, binding: `interaction:${uid}` };
  };
  const accept = async (ctx: Context, binding: string): Promise<Readonly<Record<string, string>>> => {
    checkOrigin(ctx.headers, deps.origin);
    const values = await readForm(ctx.req);
    csrf.check(binding, values['csrf']);
    return values;
  };
  /** The journey of this request, begun now if it was not; undefined where the request itself was refused. */
  const positionOf = async (ctx: Context, waiting: WaitingRequest): Promise<Position | undefined> => {
    // A supplied identity is read once: its token runs out long before the journey that it began does.
    const begun = waiting.begun || suppliesIdentity(waiting.params) ? await engine.byInteraction(waiting.uid) : undefined;
    if (begun) return begun;
    if (waiting.begun) throw new GatehouseError('session_not_found', 410, 'the journey no longer exists');
    const uiLocales = waiting.params['ui_locales'];
    const read = openingFrom(waiting.params, await door.supplied(waiting), waiting.clientName, localeOf(ctx, typeof uiLocales === 'string' ? uiLocales : undefined));
    const refuseRequest = async (why: string): Promise<undefined> => {
      ctx.status = 303;
      ctx.redirect(await door.abandon(ctx, waiting, 'invalid_request', why));
    };
    if (read.kind === 'refused') return refuseRequest(read.why);
    const opened = engine.open({
      interactionUid: waiting.uid,
      clientId: waiting.clientId,
      workflowId: waiting.workflowId,
      mode: waiting.mode,
      opening: { ...read.opening, device: cookie.hash(ctx, waiting.mode), wanted: wantedLogin(waiting.params) },
      latest: waiting.expiresAt,
    });
    return opened.catch((thrown: unknown) => {
      if (!(thrown instanceof GatehouseError) || thrown.code !== 'identity_not_supplied') throw thrown;
      return refuseRequest('this workflow needs the identity of the person: prefill_missing');
    });
  };

  /** Leads on whoever has the journey, but not its interaction; undefined where they were led. */
  const arriveOrLead = async (ctx: Context): Promise<Awaited<ReturnType<typeof arrive>> | undefined> => {
    try {
      return await arrive(ctx);
    } catch (thrown) {
      const uid = (ctx as unknown as { params: Record<string, string> }).params['uid'];
      const lead = thrown instanceof GatehouseError && thrown.code === 'session_not_found' && uid !== undefined ? await deps.elsewhere?.(ctx, uid) : undefined;
      if (lead === undefined) throw thrown;
      goOn(ctx, lead);
      return undefined;
    }
  };

  router.get('/', async (ctx) => {
    const arrived = await arriveOrLead(ctx);
    if (!arrived) return;
    const { waiting, href, binding } = arrived;
    keepLanguage(ctx);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    // Two doors lead away: this page, and `return` for whoever needs no page. Whichever is first gives the cookie.
    await deps.issueDevice(ctx, position.journey, 'browser');
    if (place && position.rest.kind === 'decided') return place.end(ctx, position, { ...around(ctx, deps, position, href, binding), binding: undefined });
    show(ctx, deps, position, { href, binding, holds: holds(waiting, position), passkey: await deps.offerPasskey?.(position.journey), devicesHref: await deps.offerDevices?.(position.journey) });
  });

  router.post('/', async (ctx) => {
    const { waiting, href, binding } = await arrive(ctx);
    if (isMultipart(ctx.req)) return answerWithPictures(ctx, waiting, href, binding);
    const values = await accept(ctx, binding);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    const answered = await engine.submit(position.journey.id, submissionOf(ctx, position, { values }, cameWith(ctx, waiting.mode)));
    if (answered.kind === 'invalid') return refuse(ctx, answered.position, { href, binding, errors: answered.errors, typed: values });
    goOn(ctx, returnsAtOnce(position, answered.position) && asksForJson(ctx) ? `${href}/return` : href);
  });

  /** The person captures in this very browser. Nobody's megabytes are read unless they stand before a page that takes them. */
  const answerWithPictures = async (ctx: Context, waiting: WaitingRequest, href: string, binding: string): Promise<void> => {
    checkOrigin(ctx.headers, deps.origin);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    const field = position.rest.kind === 'page' ? pictureField(position.rest.page.name) : undefined;
    if (field === undefined) {
      // A picture sent twice, or too late, finds its page gone: its sender is shown where they are.
      if (captured(position)) return goOn(ctx, href);
      throw new GatehouseError('unsupported_media_type', 415, 'a form with files was sent to a page that takes none', { visitor: 'bad_form' });
    }
    const answered = await withPictures(ctx, deps.uploads, binding, field, (form) => {
      csrf.check(binding, form.values['csrf']);
      return engine.submit(position.journey.id, submissionOf(ctx, position, form, cameWith(ctx, waiting.mode)));
    });
    if (answered.kind === 'too_large') return refuse(ctx, position, { href, binding, errors: answered.errors });
    if (answered.kind === 'invalid') return refuse(ctx, answered.position, { href, binding, errors: answered.errors });
    goOn(ctx, href);
  };
  const refuse = (ctx: Context, position: Position, showing: Showing & { readonly errors: FieldErrors }): void => {
    // Nothing was wrong but the moment: whoever sent it is shown where they are.
    if (Object.keys(showing.errors).length === 0) return goOn(ctx, showing.href);
    if (asksForJson(ctx)) return refuseScript(ctx, showing.errors);
    ctx.status = 422;
    show(ctx, deps, position, showing);
  };

  // Asked by waiting pages: has the journey moved on from the version shown? It also ends what ran out of time.
  router.get('/state', async (ctx) => {
    const { waiting } = await arrive(ctx);
    const position = await engine.byInteraction(waiting.uid);
    ctx.set('Cache-Control', 'no-store');
    // Whoever waited for a person, and can no longer be answered in time, is shown the way back.
    const heldTooLong = ctx.query['held'] !== undefined && (position === undefined || !holds(waiting, position));
    ctx.body = { move: position === undefined || heldTooLong || String(position.journey.version) !== ctx.query['v'] };
  });

  router.get('/more-time', async (ctx) => {
    const { waiting, href, binding } = await arrive(ctx);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    const base = around(ctx, deps, position, href, binding);
    if (!base.moreTime) {
      // No more may be given: the page itself says until when it is good.
      ctx.status = 303;
      ctx.redirect(href);
      return;
    }
    showPage(ctx, deps, 'more_time', { backHref: href }, { ...base, href: `${href}/more-time` });
  });

  router.post('/more-time', async (ctx) => {
    const { waiting, href, binding } = await arrive(ctx);
    await accept(ctx, binding);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    const more = await engine.extend(position.journey.id, waiting.expiresAt);
    if (ctx.accepts('html', 'json') === 'json') {
      const { journey } = (await engine.byId(position.journey.id)) ?? position;
      ctx.set('Cache-Control', 'no-store');
      ctx.body = { more, expiresAt: journey.expiresAt, version: journey.version };
      return;
    }
    ctx.status = 303;
    ctx.redirect(href);
  });

  router.get('/leave', async (ctx) => {
    const { waiting, href, binding } = await arrive(ctx);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    if (position.rest.kind === 'decided') {
      ctx.status = 303;
      ctx.redirect(href);
      return;
    }
    // Its one form goes to the application, by way of `return`.
    allowLeaving(ctx);
    const base = { ...around(ctx, deps, position, href, binding), moreTime: undefined, leaveHref: undefined };
    showPage(ctx, deps, 'leave', { backHref: href }, { ...base, href: `${href}/leave` });
  });

  router.post('/leave', async (ctx) => {
    const { waiting, href, binding } = await arrive(ctx);
    await accept(ctx, binding);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    const left = await engine.cancel(position.journey.id);
    ctx.status = 303;
    // What was decided before the button was pressed stays, and is shown rather than handed over at once.
    ctx.redirect(endingOf(left) === 'stopped' ? `${href}/return` : href);
  });

  // Where the decided journey leaves. Reached by GET, so that a form that asks for personal data never redirects into
  // the application's own chain.
  router.get('/return', async (ctx) => {
    const { waiting, href } = await arrive(ctx);
    const position = await positionOf(ctx, waiting);
    if (!position) return;
    await deps.issueDevice(ctx, position.journey, 'browser');
    ctx.status = 303;
    // Waiting for a person ends by their word, or by the person's own wish not to wait.
    if (holds(waiting, position) && ctx.query['now'] === undefined) {
      ctx.redirect(href);
      return;
    }
    ctx.set('Cache-Control', 'no-store');
    ctx.redirect(position.rest.kind === 'decided' ? await door.finish(ctx, waiting, position) : href);
  });
  return router;
}

/** Whether this browser waits here until somebody on the staff decided. */
function holds({ asked }: WaitingRequest, { rest }: Position): boolean {
  return asked?.reviewAs === 'hold' && rest.kind === 'decided' && rest.decision.verdict === 'review';
}

/** Whether the journey came to the step that takes pictures, be it still there or past it. */
function captured({ rest, journey }: Position): boolean {
  if (rest.kind === 'working') return true;
  return (rest.kind === 'page' && rest.step.name === 'document_selfie') || journey.results.some(({ step }) => step === 'document_selfie');
}

/** Whether the answer to a page that asked nothing was all it took: then there is nothing to be told on a last page either. */
function returnsAtOnce(before: Position, after: Position): boolean {
  const asked = before.rest.kind === 'page' && QUESTIONLESS.has(before.rest.page.name);
  return asked && after.rest.kind === 'decided' && after.rest.decision.verdict === 'approve';
}

/** Hashes of the cookies by which a browser is known. */
interface CameWith {
  readonly deviceHash: string | undefined;
  readonly boundHash: string | undefined;
}

function submissionOf(ctx: Context, { journey }: Position, { values, files }: SentForm, { deviceHash, boundHash }: CameWith): Submission {
  return {
    page: values['page'] ?? '',
    version: Number(values['v'] ?? 0),
    channel: 'browser',
    values: Personal.of(values),
    visitor: visitorOf(ctx, localeOf(ctx, journey.opening.locale)),
    ...(files === undefined ? {} : { files }),
    ...(deviceHash === undefined ? {} : { deviceHash }),
    ...(boundHash === undefined ? {} : { boundHash }),
  };
}

interface Showing {
  readonly href: string;
  readonly binding: string;
  readonly errors?: FieldErrors;
  /** What the person just typed, when it is shown again. */
  readonly typed?: Readonly<Record<string, string>>;
  readonly passkey?: PasskeyOffered | undefined;
  readonly devicesHref?: string | undefined;
  /** The application waits for somebody on the staff, and this browser with it. */
  readonly holds?: boolean;
}

function show(ctx: Context, deps: InteractionDeps, position: Position, { href, binding, errors, typed, passkey, devicesHref, holds: held = false }: Showing): void {
  const base = around(ctx, deps, position, href, binding);
  const { rest, journey } = position;
  const returnHref = `${href}/return`;
  const waits = { wakeAfter: WAKE_SECONDS, pollHref: `${href}/state?v=${journey.version}` };
  if (rest.kind === 'working') return showPage(ctx, deps, 'working', {}, { ...base, ...waits, binding: undefined });
  if (rest.kind === 'decided') {
    allowLeaving(ctx);
    const ending = { ...base, binding: undefined };
    if (held) {
      return showPage(ctx, deps, 'review_wait', { returnHref: `${returnHref}?now=1` }, { ...ending, wakeAfter: HELD_WAKE_SECONDS, pollHref: `${waits.pollHref}&held=1` });
    }
    if (rest.decision.verdict === 'approve') return showPage(ctx, deps, 'finished', { returnHref, passkey, devicesHref }, ending);
    return showPage(ctx, deps, 'denied', { kind: endingOf(position), returnHref }, ending);
  }
  const back = rest.page.back;
  const goBack = back !== undefined && (ctx.query['edit'] !== undefined || typed?.['page'] === back.name);
  const shown = goBack ? back : rest.page;
  if (pictureField(shown.name) !== undefined) allowCamera(ctx);
  const looking = { locale: base.locale, appName: base.appName, workflow: position.workflow, evidence: position.evidence, href };
  const model = present(shown.name, shown.model, looking);
  showPage(ctx, deps, shown.name as PageName, model as unknown as PageModels[PageName], {
    ...base,
    // Whoever follows what a phone does asks for news, also where the step itself has nothing to wait for.
    ...(rest.page.wakeAt === undefined && shown.name !== READING_PAGE ? {} : waits),
    errors: errors ?? {},
    values: typed ?? shown.values ?? {},
  });
}

function around(ctx: Context, deps: InteractionDeps, position: Position, href: string, binding: string): Around & { locale: Locale } {
  const { journey, workflow } = position;
  const mayExtend = !journey.decision && !deps.place && journey.extensions < workflow.definition.options.maxExtensions;
  return {
    locale: localeOf(ctx, journey.opening.locale),
    href,
    appName: journey.opening.clientName,
    workflow,
    journey,
    binding,
    untimed: deps.place !== undefined,
    leaveHref: journey.decision ? undefined : `${href}/leave`,
    moreTime: mayExtend ? { action: `${href}/more-time`, href: `${href}/more-time`, csrf: deps.csrf.issue(binding) } : undefined,
  };
}
