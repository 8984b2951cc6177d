import Koa from 'koa';
import { createServer, type Server } from 'node:http';
import { Writable } from 'node:stream';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { apiRouter } from '../../../src/admin/api/router.ts';
import { apiRoute } from '../../../src/admin/api/route.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import type { Actor } from '../../../src/admin/actor.ts';
import { GatehouseError } from '../../../src/errors.ts';
import { pinToIssuer } from '../../../src/oidc/issuer_pin.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { purgeRepeats, repeatStore } from '../../../src/store/console/repeats.ts';
import type { Db } from '../../../src/store/database.ts';
import { REPEAT_MS } from '../../../src/admin/api/repeat.ts';
import { tokenDesk } from '../../../src/store/console/tokens.ts';
import { storesOn } from '../../store/support.ts';
import { freePort } from '../../support/ports.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const MAKER: Actor = { kind: 'staff', id: 's', name: 'Ada' };

describeDatabases('the admin API’s doors', ({ fresh }) => {
  let server: Server;
  let db: Db;
  let origin: string;
  let audit: AuditLog;
  let token: string;
  let narrow: string;
  let netted: string;
  let log = '';
  let done = 0;
  let looks = 0;
  let hold: Promise<void> | undefined;
  const routes = [
    apiRoute({ method: 'get', path: '/things', tag: 'things', scope: 'journey.read', summary: 'List', query: z.strictObject({ most: z.coerce.number().int().max(5).default(2) }), answer: z.object({ most: z.number() }), handle: async ({ query }) => ({ most: query.most }) }),
    apiRoute({
      method: 'post', path: '/things/{id}', tag: 'things', scope: 'journey.read', summary: 'Make', body: z.strictObject({ name: z.string().max(5) }), answer: z.object({ id: z.string(), count: z.number() }), status: 201,
      handle: async ({ params, body, actor }) => {
        if (body.name === 'no') throw new GatehouseError('not_so', 409, 'not so');
        if (body.name === 'boom') throw new Error('secret words of the database');
        await hold;
        done += 1;
        return { id: params['id'], count: done, by: actor.name };
      },
    }),
    apiRoute({ method: 'post', path: '/looks/{id}', tag: 'things', scope: 'journey.read', summary: 'Look', reads: true, body: z.strictObject({}), answer: z.object({ looks: z.number() }), handle: async () => ({ looks: (looks += 1) }) }),
    apiRoute({ method: 'delete', path: '/things/{id}', tag: 'things', scope: 'account.erase', summary: 'Erase', answer: z.null(), handle: async () => null }),
  ];
  ownDatabase(fresh, async (opened) => {
    const { vault } = await storesOn(opened);
    db = opened.db;
    const auditing = { db: opened.db, vault, now: Date.now };
    audit = auditLog(auditing);
    const tokens = tokenDesk(auditing);
    const make = async (nets: readonly string[], scopes: readonly ('journey.read' | 'audit.read')[] = ['journey.read']) => (await tokens.create(MAKER, { name: 'robot', scopes, nets, expiresAt: undefined })).token;
    [token, narrow, netted] = [await make([]), await make([], ['audit.read']), await make(['203.0.113.0/24'])];
    const port = await freePort();
    origin = `http://localhost:${port}`;
    const app = new Koa();
    app.silent = true;
    pinToIssuer(app, { issuer: origin, trustedProxyHops: 0 });
    const logger = pino({ level: 'debug', base: null }, new Writable({ write(chunk: Buffer, _encoding, next) { log += chunk.toString('utf8'); next(); } }));
    app.use(apiRouter({ tokens, repeats: repeatStore(opened.db, vault), audit, inNets: () => false, origin, now: Date.now, logger, perMinute: 60 }, routes).routes());
    const handle = app.callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((listening) => server.listen(port, listening));
  });
  afterAll(() => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }));

  const ask = async (path: string, { method = 'GET', bearer = token, body, headers = {} }: { method?: string; bearer?: string; body?: unknown; headers?: Record<string, string> } = {}) => {
    const response = await fetch(`${origin}/admin/api/v1${path}`, {
      method, headers: { ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: JSON.parse(text) as Record<string, unknown>, text };
  };

  test('answers a token with the scope, with what is left to ask', async () => {
    const { status, json, headers } = await ask('/things?most=3');
    expect([status, json]).toEqual([200, { most: 3 }]);
    expect(headers.get('ratelimit-limit')).toBe('60');
    expect(Number(headers.get('ratelimit-remaining'))).toBeLessThan(60);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test.each([
    ['no token', '', 401, 'invalid_token'],
    ['an unknown token', `gha_${'x'.repeat(43)}`, 401, 'invalid_token'],
  ])('%s gets nothing', async (_what, bearer, status, code) => {
    const found = await ask('/things', { bearer });
    expect([found.status, found.json['code']]).toEqual([status, code]);
    expect(found.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(found.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test('a token without the scope, and one from elsewhere, are refused and on record', async () => {
    expect(await ask('/things', { bearer: narrow })).toMatchObject({ status: 403, json: { code: 'insufficient_scope' } });
    expect(await ask('/things', { bearer: netted })).toMatchObject({ status: 401, json: { code: 'invalid_token' } });
    expect((await audit.page({ outcome: 'refused' }, undefined, 5)).map(({ action }) => action)).toEqual(['token.refused', 'permission.refused']);
  });

  test.each([
    ['a query of another shape', '/things?most=6', {}, 422, 'invalid_request'],
    ['an unknown part of the query', '/things?more=6', {}, 422, 'invalid_request'],
    ['a part given twice', '/things?most=1&most=2', {}, 400, 'bad_query'],
    ['a body of another shape', '/things/1', { method: 'POST', body: { name: 'too long' } }, 422, 'invalid_request'],
    ['more than was asked', '/things/1', { method: 'POST', body: { name: 'x', role: 'admin' } }, 422, 'invalid_request'],
    ['a form', '/things/1', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'unsupported_media_type'],
    ['a body too large', '/things/1', { method: 'POST', body: { name: 'x'.repeat(70_000) } }, 413, 'body_too_large'],
    ['an address that is none', '/other', {}, 404, 'not_found'],
    ['a method that is none', '/things', { method: 'DELETE' }, 404, 'not_found'],
    ['what the handler refuses', '/things/1', { method: 'POST', body: { name: 'no' } }, 409, 'not_so'],
  ])('%s is refused with its code', async (_what, path, how, status, code) => {
    const before = done;
    expect(await ask(path, how)).toMatchObject({ status, json: { code } });
    expect(done).toBe(before);
  });

  test('what breaks tells the caller a reference alone', async () => {
    const { status, text, json } = await ask('/things/1', { method: 'POST', body: { name: 'boom' } });
    expect([status, json['code']]).toEqual([500, 'internal_error']);
    expect(text + log).not.toContain('secret words');
    expect(log).toContain(json['reference']);
  });

  test('the same key does the thing once, however often and however parallel', async () => {
    const send = (body: unknown, key = 'key-00000001') => ask('/things/7', { method: 'POST', body, headers: { 'idempotency-key': key } });
    const first = await send({ name: 'a' });
    expect(first.status).toBe(201);
    expect(await send({ name: 'a' })).toMatchObject({ status: 201, json: first.json });
    expect(await send({ name: 'b' })).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } });
    // Refused requests did nothing, and may be sent again.
    expect((await send({ name: 'no' }, 'key-00000002')).status).toBe(409);
    expect((await send({ name: 'yes' }, 'key-00000002')).status).toBe(201);
    // What broke may have done something.
    expect((await send({ name: 'boom' }, 'key-00000003')).status).toBe(500);
    expect(await send({ name: 'boom' }, 'key-00000003')).toMatchObject({ status: 409, json: { code: 'idempotency_key_running' } });
    const before = done;
    let open = (): void => undefined;
    hold = new Promise((resolve) => { open = resolve; });
    const parallel = [1, 2, 3, 4].map(() => send({ name: 'c' }, 'key-00000004'));
    setTimeout(open, 300);
    const statuses = (await Promise.all(parallel)).map(({ status }) => status);
    hold = undefined;
    expect(done).toBe(before + 1);
    // One did it; another hears that it is under way, or, arriving later, the answer.
    expect(statuses).toContain(201);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect((await send({ name: 'a' }, 'short')).json['code']).toBe('bad_idempotency_key');
  });

  test('a look is never answered from memory, and an answer is kept for a day only', async () => {
    const look = () => ask('/looks/1', { method: 'POST', body: {}, headers: { 'idempotency-key': 'key-look-0001' } });
    expect([(await look()).json, (await look()).json]).toEqual([{ looks: 1 }, { looks: 2 }]);
    const send = () => ask('/things/9', { method: 'POST', body: { name: 'd' }, headers: { 'idempotency-key': 'key-old-00001' } });
    const first = await send();
    expect((await send()).json).toEqual(first.json);
    await db.updateTable('api_repeat').set({ at: Date.now() - REPEAT_MS }).execute();
    expect((await send()).json).not.toEqual(first.json);
    await db.updateTable('api_repeat').set({ at: Date.now() - REPEAT_MS - 1 }).execute();
    expect(await purgeRepeats(db, Date.now(), 100)).toBeGreaterThan(0);
    expect(await db.selectFrom('api_repeat').selectAll().execute()).toEqual([]);
  });

  test('an id with a NUL is no id', async () => {
    expect(await ask('/things/a%00b', { method: 'POST', body: { name: 'x' } })).toMatchObject({ status: 404 });
  });

  test('a token from elsewhere cannot flood the log', async () => {
    const before = (await audit.page({ action: 'token.refused' }, undefined, 500)).length;
    const answers = await Promise.all(Array.from({ length: 90 }, () => ask('/things', { bearer: netted })));
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    expect((await audit.page({ action: 'token.refused' }, undefined, 500)).length - before).toBeLessThanOrEqual(60);
  });

  test('is described', async () => {
    const { json } = await ask('/openapi.json', { bearer: '' });
    const paths = json['paths'] as Record<string, Record<string, { operationId: string; parameters: { name: string }[] }>>;
    expect(Object.keys(paths)).toEqual(['/things', '/things/{id}', '/looks/{id}']);
    expect(paths['/looks/{id}']?.['post']?.parameters.map(({ name }) => name)).toEqual(['id']);
    expect(paths['/things']?.['get']?.parameters.map(({ name }) => name)).toEqual(['most']);
    expect(paths['/things/{id}']?.['delete']?.operationId).toBe('deleteThingsId');
  });

  test('a token that asks too often waits', async () => {
    // So many that one minute has too many of them even where the next begins in the midst of them.
    const answers = await Promise.all(Array.from({ length: 140 }, () => ask('/things')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    // Another token is another's.
    expect((await ask('/things', { bearer: narrow })).status).toBe(403);
  });
});
