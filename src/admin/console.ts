/**
 * Opens every door of the console alike: session, permission, fresh sign-in, origin, form token; then the handler; then
 * the answer as a page. What goes wrong is answered here with a sentence and a reference.
 */
import Router, { type RouterContext } from '@koa/router';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { GatehouseError, asGatehouseError } from '../errors.ts';
import { checkOrigin, type Csrf } from '../http/csrf.ts';
import { readForm } from '../http/form.ts';
import { newReference } from '../http/problem.ts';
import type { Views } from '../http/views.ts';
import type { Personal } from '../personal.ts';
import type { Actor } from './actor.ts';
import type { AuditLog } from './audit/audit.ts';
import { errorPage } from './error_page.ts';
import { KEPT, KEPT_FIELD, type KeptForms, type Waiting } from './kept.ts';
import { keepLate, late } from './late_form.ts';
import { readNotice, writeNotice } from './notice.ts';
import type { AdminPage } from './page.ts';
import { ADMIN, AGAIN, led, SIGN_IN } from './paths.ts';
import { mayDo } from './permissions.ts';
import { FRESH_MS, type AdminRoute, type Answer, type Asked, type StaffSession, type StaffSessions } from './route.ts';
import { renderAdmin } from './shell.ts';
import { visitOf } from './visit.ts';

export { ADMIN, AGAIN, SIGN_IN, inConsole } from './paths.ts';

export interface ConsoleDeps {
  readonly views: Views;
  readonly csrf: Csrf;
  readonly sessions: StaffSessions;
  /** Keeps forms that came too late for their sign-in. */
  readonly kept: KeptForms;
  readonly audit: Pick<AuditLog, 'note'>;
  /** Of the console: the issuer's, or its own where it has a port of its own. */
  readonly origin: string;
  readonly now: () => number;
  readonly logger: Logger;
}

/** The console's router. Everything below `/admin` ends here, whether or not a door is there. */
export function consoleRoutes(deps: ConsoleDeps, routes: readonly AdminRoute[]): Router {
  const router = new Router();
  for (const route of routes) {
    const path = `${ADMIN}${route.path === '/' ? '' : route.path}`;
    router[route.method](path, (ctx) => guarded(deps, ctx, () => open(deps, ctx, route)));
  }
  router.all(/^\/admin(?:\/.*)?$/, (ctx) => guarded(deps, ctx, async () => {
    // Left at 404, a method that the router does not know would be answered with 501: a fault of ours, which it is not.
    if (!router.methods.includes(ctx.method)) throw new GatehouseError('method_not_allowed', 405, 'No such method at this address.');
    throw new GatehouseError('not_found', 404, 'There is no such page in the console.');
  }));
  return router;
}

async function open(deps: ConsoleDeps, ctx: RouterContext, route: AdminRoute): Promise<void> {
  const session = await deps.sessions.of(ctx);
  const now = deps.now();
  const posted = route.method === 'post';
  if (posted) checkOrigin(ctx.headers, deps.origin);
  if (route.action !== 'anyone') {
    if (!session) return go(ctx, posted ? await late(deps, ctx, route, SIGN_IN, undefined) : led(SIGN_IN, ctx.url));
    if (!mayDo(session.roles, route.action)) {
      await deps.audit.note(actorOf(ctx, session), { action: 'permission.refused', target: { kind: 'door', id: `${route.method} ${route.path}` }, details: { action: route.action }, outcome: 'refused' });
      throw new GatehouseError('not_permitted', 403, `Your role does not include “${route.action}”. Ask an administrator if you need it.`);
    }
    if (route.fresh && now - session.authenticatedAt > FRESH_MS) return go(ctx, posted ? await late(deps, ctx, route, AGAIN, session) : led(AGAIN, ctx.url));
  }
  let form: Readonly<Record<string, string>> = {};
  let kept: Waiting | undefined;
  if (posted) {
    form = await readForm(ctx.req, { fields: route.mostFields, bytes: route.mostBytes });
    try {
      deps.csrf.check(bindingOf(deps, ctx, session), form['csrf']?.split('.', 1)[0]);
    } catch (thrown) {
      // Of a session before this one: signed in anew, or proved anew, in another tab meanwhile.
      if (session && (await keepLate(deps, ctx, route, form, session))) return go(ctx, KEPT);
      throw thrown;
    }
    if (session && form[KEPT_FIELD] !== undefined) {
      kept = await deps.kept.take(ctx, session, form[KEPT_FIELD], ctx.url);
      if (!kept) return leave(deps, ctx, KEPT, 'That form does not wait here any more: it was sent already, or waited too long.');
      form = kept.form.open().fields;
    }
  }
  const asked: Asked = {
    ctx, params: paramsOf(ctx), query: singles(ctx), form, session, now,
    actor: actorOf(ctx, session),
    may: (action) => session !== undefined && mayDo(session.roles, action),
  };
  const answer = await route.handle(asked).catch(async (thrown: unknown) => {
    // What went wrong is told before that it could not be put back.
    if (session && kept) await deps.kept.putBack(session, kept).catch(() => deps.logger.warn({ event: 'console_form_lost', door: route.path }, 'a kept form could not be put back'));
    throw thrown;
  });
  // Done is done: should it not be forgotten now, it is by itself in some minutes.
  if (kept) await deps.kept.sent(kept).catch(() => deps.logger.warn({ event: 'console_form_not_forgotten', door: route.path }, 'a form that was sent could not be forgotten'));
  write(deps, ctx, session, answer);
}

function paramsOf(ctx: Context): Readonly<Record<string, string>> {
  const { params } = ctx as unknown as { params: Record<string, string> };
  if (Object.values(params).some((value) => value.includes('\0'))) throw new GatehouseError('not_found', 404, 'There is no such page in the console.');
  return params;
}

function actorOf(ctx: Context, session: StaffSession | undefined): Actor {
  const address = (ctx.state['clientAddress'] as Personal<string> | undefined)?.open();
  return session
    ? { kind: 'staff', id: session.staffId, name: session.name, address }
    : { kind: 'staff', id: 'nobody', name: 'not signed in', address };
}

function singles(ctx: Context): Readonly<Record<string, string>> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(ctx.query)) {
    if (typeof value !== 'string') throw new GatehouseError('bad_query', 400, 'A part of the address was given twice.');
    if (value.includes('\0')) throw new GatehouseError('bad_query', 400, 'A part of the address holds a NUL.');
    found[name] = value;
  }
  return found;
}

/** Forms are bound to the session, or, before there is one, to this browser. */
function bindingOf(deps: ConsoleDeps, ctx: Context, session: StaffSession | undefined): string {
  return session ? `admin:${session.hash}` : `admin_visit:${visitOf(ctx, deps.origin)}`;
}

/** The token of a page's forms, and the mark of whom the page was shown to. */
function tokenOf(deps: ConsoleDeps, ctx: Context, session: StaffSession | undefined): string {
  return `${deps.csrf.issue(bindingOf(deps, ctx, session))}${session ? deps.kept.mark(ctx, session) : ''}`;
}

function leave(deps: ConsoleDeps, ctx: Context, to: string, notice: string): void {
  writeNotice(ctx, notice, deps.origin);
  go(ctx, to);
}

function go(ctx: Context, to: string): void {
  ctx.status = 303;
  ctx.redirect(to);
  ctx.status = 303;
}

function write(deps: ConsoleDeps, ctx: Context, session: StaffSession | undefined, answer: Answer): void {
  ctx.set('Cache-Control', 'no-store');
  switch (answer.kind) {
    case 'go':
      return answer.notice === undefined ? go(ctx, answer.to) : leave(deps, ctx, answer.to, answer.notice);
    case 'file':
      ctx.type = answer.type;
      ctx.set('Content-Disposition', `attachment; filename="${answer.name.replace(/[^\w.-]/g, '_')}"`);
      ctx.body = answer.body;
      return undefined;
    case 'bytes':
      ctx.type = answer.type;
      ctx.body = answer.body;
      return undefined;
    case 'page':
      ctx.status = answer.status ?? (answer.errors && Object.keys(answer.errors).length > 0 ? 422 : 200);
      return show(deps, ctx, session, answer.page, { errors: answer.errors ?? {}, values: answer.values ?? {}, notice: readNotice(ctx, deps.origin) });
  }
}

function show(
  deps: ConsoleDeps, ctx: Context, session: StaffSession | undefined, page: AdminPage,
  around: { readonly errors: Readonly<Record<string, string>>; readonly values: Readonly<Record<string, string>>; readonly notice: string | undefined },
): void {
  ctx.type = 'html';
  ctx.body = renderAdmin(deps.views, page, { ...around, csrf: tokenOf(deps, ctx, session), session, path: ctx.path });
}

async function guarded(deps: ConsoleDeps, ctx: Context, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const error = asGatehouseError(thrown);
    const reference = newReference();
    const fields = { event: 'console_request_failed', reference, code: error.code, status: error.status, method: ctx.method };
    if (error.status >= 500) deps.logger.error({ ...fields, cause: nameOf(error.cause), at: placesOf(error) }, error.message);
    else deps.logger.info(fields, error.message);
    ctx.set('Cache-Control', 'no-store');
    const session = await deps.sessions.of(ctx).catch(() => undefined);
    ctx.status = error.status;
    show(deps, ctx, session, errorPage(error, reference), { errors: {}, values: {}, notice: undefined });
    ctx.status = error.status;
  }
}

function nameOf(cause: unknown): string | undefined {
  return cause instanceof Error ? `${cause.name} ${String((cause as { code?: unknown }).code ?? '')}`.trim() : undefined;
}

/** Where it happened; messages of foreign errors may quote what somebody typed. */
function placesOf(error: GatehouseError): readonly string[] {
  const from = error.cause instanceof Error ? error.cause : error;
  return (from.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')).slice(0, 8).map((line) => line.trim());
}
