/**
 * Opens every door of the admin API alike: token, net, scope, rate, idempotency, shape; then the handler; then JSON. What
 * goes wrong is answered as problem details (RFC 9457). Cookies mean nothing here.
 */
import Router, { type RouterContext } from '@koa/router';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { z } from 'zod';
import { GatehouseError, asGatehouseError } from '../../errors.ts';
import { readJson } from '../../http/json.ts';
import { newReference } from '../../http/problem.ts';
import type { Personal } from '../../personal.ts';
import type { Actor } from '../actor.ts';
import type { AuditLog } from '../audit/audit.ts';
import type { ApiToken, TokenDesk } from '../tokens/store.ts';
import { openApi } from './openapi.ts';
import type { RepeatStore } from './repeat.ts';
import type { ApiRoute } from './route.ts';

export const API = '/admin/api/v1';
/** Requests of one token to one process, each minute. */
export const PER_MINUTE = 300;
const MOST_BODY_BYTES = 64 * 1024;

export interface ApiDeps {
  readonly tokens: Pick<TokenDesk, 'use'>;
  readonly repeats: RepeatStore;
  readonly audit: Pick<AuditLog, 'note'>;
  /** Whether an address lies in one of these nets. */
  readonly inNets: (address: string, nets: readonly string[]) => boolean;
  readonly origin: string;
  readonly now: () => number;
  readonly logger: Logger;
  readonly perMinute?: number;
}

/** Carries what a field was wrong in, for the problem's `errors`. */
class BadShape extends GatehouseError {
  readonly faults: readonly { readonly path: string; readonly message: string }[];
  constructor(where: string, issues: readonly z.core.$ZodIssue[]) {
    super('invalid_request', 422, `the ${where} does not have its shape`);
    this.faults = issues.slice(0, 50).map((issue) => ({ path: [where, ...issue.path.map(String)].join('.'), message: issue.message }));
  }
}

/** The API's router; whatever lies below its path ends here. */
export function apiRouter(deps: ApiDeps, routes: readonly ApiRoute[]): Router {
  const router = new Router();
  const limiter = new RateLimiterMemory({ points: deps.perMinute ?? PER_MINUTE, duration: 60 });
  const described = openApi(routes, deps.origin);
  router.get(`${API}/openapi.json`, (ctx) => {
    ctx.type = 'application/json';
    ctx.body = described;
  });
  for (const route of routes) {
    router[route.method](`${API}${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, (ctx) => guarded(deps, ctx, () => open(deps, limiter, ctx, route)));
  }
  router.all(/^\/admin\/api(?:\/.*)?$/, (ctx) => guarded(deps, ctx, async () => {
    throw new GatehouseError('not_found', 404, 'there is no such address in the API, or not for this method');
  }));
  return router;
}

async function open(deps: ApiDeps, limiter: RateLimiterMemory, ctx: RouterContext, route: ApiRoute): Promise<void> {
  const address = (ctx.state['clientAddress'] as Personal<string> | undefined)?.open() ?? '';
  const token = await authenticated(deps, ctx);
  // Before anything is noted: whoever floods us must not flood the log.
  await withinRate(ctx, limiter, token.id, deps.perMinute ?? PER_MINUTE);
  await fromItsNets(deps, ctx, token, address);
  const actor: Actor = { kind: 'token', id: token.id, name: token.name, address };
  if (!token.scopes.includes(route.scope)) {
    await deps.audit.note(actor, { action: 'permission.refused', target: { kind: 'api', id: `${route.method} ${route.path}` }, details: { action: route.scope }, outcome: 'refused' });
    ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${route.scope}"`);
    throw new GatehouseError('insufficient_scope', 403, `the token lacks the scope ${route.scope}`);
  }
  const query = parsed('query', route.query, singles(ctx));
  const raw = route.body === undefined ? undefined : await readJson(ctx.req, route.mostBytes ?? MOST_BODY_BYTES);
  const body = parsed('body', route.body, raw);
  const { params } = ctx as unknown as { params: Record<string, string> };
  if (Object.values(params).some((value) => value.includes('\0'))) throw new GatehouseError('not_found', 404, 'an id holds a NUL');
  const asked = { params, query, body, actor, now: deps.now() };
  if (route.streams !== undefined) {
    const pieces = (await route.handle(asked)) as AsyncIterable<string>;
    ctx.status = 200;
    ctx.type = route.streams;
    ctx.body = Readable.from(pieces);
    return;
  }
  const answer = async (): Promise<string> => JSON.stringify(await route.handle(asked) ?? null);
  // What only reads is read anew: its answer is not kept for anybody who has the key, and each look is on record.
  const key = route.method === 'get' || route.reads ? undefined : idempotencyKey(ctx);
  const said = key === undefined ? { status: route.status ?? 200, body: await answer() }
    : await once(deps, token.id, key, `${route.method} ${ctx.path}\0${ctx.querystring}\0${JSON.stringify(raw ?? null)}`, route.status ?? 200, answer);
  ctx.status = said.status;
  ctx.type = 'application/json';
  ctx.body = said.body;
}

async function authenticated(deps: ApiDeps, ctx: Context): Promise<ApiToken> {
  const [, presented] = /^Bearer +([\w-]{1,200})$/i.exec(ctx.get('authorization')) ?? [];
  const token = presented === undefined ? undefined : await deps.tokens.use(presented);
  if (!token) {
    ctx.set('WWW-Authenticate', presented === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
    throw new GatehouseError('invalid_token', 401, presented === undefined ? 'a request came without a bearer token' : 'the bearer token is unknown, revoked or expired');
  }
  return token;
}

async function fromItsNets(deps: ApiDeps, ctx: Context, token: ApiToken, address: string): Promise<void> {
  if (token.nets.length > 0 && !deps.inNets(address, token.nets)) {
    await deps.audit.note({ kind: 'token', id: token.id, name: token.name, address }, { action: 'token.refused', target: { kind: 'token', id: token.id }, details: { why: 'address' }, outcome: 'refused' });
    // As for a token that is none: whoever stole it learns nothing of where it would work.
    ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
    throw new GatehouseError('invalid_token', 401, 'the bearer token is unknown, revoked or expired');
  }
}

/** Rate-limit headers of the IETF draft, as peers send them: limit, remaining, seconds until anew. */
async function withinRate(ctx: Context, limiter: RateLimiterMemory, tokenId: string, limit: number): Promise<void> {
  let found: RateLimiterRes;
  let refused = false;
  try {
    found = await limiter.consume(tokenId);
  } catch (thrown) {
    if (!(thrown instanceof RateLimiterRes)) throw thrown;
    found = thrown;
    refused = true;
  }
  const reset = Math.ceil(found.msBeforeNext / 1000);
  ctx.set({ 'RateLimit-Limit': String(limit), 'RateLimit-Remaining': String(Math.max(0, found.remainingPoints)), 'RateLimit-Reset': String(reset) });
  if (!refused) return;
  ctx.set('Retry-After', String(reset));
  throw new GatehouseError('rate_limited', 429, `a token may ask ${limit} times a minute`);
}

function idempotencyKey(ctx: Context): string | undefined {
  const key = ctx.get('idempotency-key');
  if (key === '') return undefined;
  if (!/^[\x21-\x7e]{8,200}$/.test(key)) throw new GatehouseError('bad_idempotency_key', 400, 'an Idempotency-Key has 8 to 200 visible characters');
  return key;
}

async function once(deps: ApiDeps, tokenId: string, key: string, request: string, status: number, answer: () => Promise<string>): Promise<{ readonly status: number; readonly body: string }> {
  const begun = await deps.repeats.begin(tokenId, key, createHash('sha256').update(request).digest('hex'), deps.now());
  if (begun.kind === 'answered') return begun;
  if (begun.kind === 'different') throw new GatehouseError('idempotency_key_reused', 422, 'this Idempotency-Key was used for another request');
  if (begun.kind === 'running') throw new GatehouseError('idempotency_key_running', 409, 'the request with this Idempotency-Key is under way, or its end is not known: look before sending it anew');
  let body: string;
  try {
    body = await answer();
  } catch (thrown) {
    // A refusal did nothing. What broke may have: its key stays taken.
    if (thrown instanceof GatehouseError && thrown.status < 500) await deps.repeats.forget(tokenId, key);
    throw thrown;
  }
  await deps.repeats.finish(tokenId, key, status, body);
  return { status, body };
}

function singles(ctx: Context): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(ctx.query)) {
    if (typeof value !== 'string') throw new GatehouseError('bad_query', 400, 'a part of the query was given twice');
    if (value.includes('\0')) throw new GatehouseError('bad_query', 400, 'a part of the query holds a NUL');
    found[name] = value;
  }
  return found;
}

function parsed(where: string, shape: z.ZodType | undefined, value: unknown): unknown {
  if (!shape) {
    if (where === 'query' && Object.keys(value as object).length > 0) throw new GatehouseError('invalid_request', 422, 'this address takes no query');
    return undefined;
  }
  const read = shape.safeParse(value);
  if (!read.success) throw new BadShape(where, read.error.issues);
  return read.data;
}

async function guarded(deps: ApiDeps, ctx: Context, work: () => Promise<void>): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  try {
    await work();
  } catch (thrown) {
    const error = asGatehouseError(thrown);
    const reference = newReference();
    const fields = { event: 'api_request_failed', reference, code: error.code, status: error.status, method: ctx.method };
    if (error.status >= 500) deps.logger.error({ ...fields, cause: error.cause instanceof Error ? error.cause.name : undefined, at: (error.cause instanceof Error ? error.cause : error).stack?.split('\n').filter((line) => line.startsWith('    at ')).slice(0, 8) }, error.message);
    else deps.logger.info(fields, error.message);
    ctx.status = error.status;
    ctx.body = JSON.stringify({
      type: `urn:gatehouse:error:${error.code}`, title: error.status >= 500 ? 'This did not work; the log has the details under the reference.' : error.message,
      status: error.status, code: error.code, reference, ...(error instanceof BadShape ? { errors: error.faults } : {}),
    });
    ctx.type = 'application/problem+json';
  }
}
