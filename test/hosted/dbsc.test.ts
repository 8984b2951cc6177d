/** The wire of Device Bound Session Credentials: headers, statuses, JSON and cookies, before a core that the test plays. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import Koa from 'koa';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Dbsc, DbscAnswer } from '../../src/devices/dbsc.ts';
import { hashOfToken } from '../../src/devices/token.ts';
import { boundCookie, dbscHeader, dbscRoutes } from '../../src/hosted/dbsc.ts';
import { answerErrors } from '../../src/hosted/errors.ts';
import { makeCsrf } from '../../src/http/csrf.ts';
import { makeViews } from '../../src/http/views.ts';
import { pinToIssuer } from '../../src/oidc/issuer_pin.ts';

const ORIGIN = 'https://id.example.com';
const TOKEN = 'D'.repeat(43);
const BOUND = 'B'.repeat(43);

let server: Server;
let answer: DbscAnswer;
let calls: unknown[][];

beforeEach(async () => {
  calls = [];
  answer = { kind: 'bound', sessionId: 'sid', bound: BOUND };
  const dbsc: Dbsc = {
    invite: async (at) => `challenge-for-${at.mode}-${at.tokenHash}`,
    register: async (proof, cookie) => (calls.push([proof, cookie('test')]), answer),
    refresh: async (id, proof, cookie) => (calls.push([id, proof, cookie('test')]), answer),
  };
  const app = new Koa();
  app.silent = true;
  pinToIssuer(app, { issuer: ORIGIN, trustedProxyHops: 0 });
  const shell = { views: makeViews({ dir: resolve(import.meta.dirname, '../../views'), now: () => 0 }), csrf: makeCsrf(Buffer.alloc(32, 1)) };
  app.use(answerErrors(shell, pino({ level: 'silent' })));
  const router = dbscRoutes({ dbsc, origin: ORIGIN });
  app.use(router.routes()).use(router.allowedMethods({ throw: false }));
  app.use(async (ctx) => {
    if (ctx.path !== '/approved') return;
    await dbscHeader(dbsc)(ctx, { mode: 'test', tokenHash: 'th' });
    ctx.body = { bound: boundCookie(ORIGIN).hash(ctx) ?? null };
  });
  server = createServer(app.callback());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => void server.close());

async function ask(path: string, headers: Record<string, string> = {}, method = 'POST') {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method, headers: { accept: '*/*', ...headers } });
  const body = await response.text();
  return { status: response.status, headers: response.headers, cookies: response.headers.getSetCookie(), body, json: () => JSON.parse(body) as unknown };
}

const cookie = `__Host-gatehouse_device_test=${TOKEN}`;

test('the invitation names algorithms, path and challenge', async () => {
  expect((await ask('/approved', {}, 'GET')).headers.get('secure-session-registration')).toBe('(ES256 RS256);path="/device/dbsc/register";challenge="challenge-for-test-th"');
});

test.each([['bare', 'h.p.s'], ['as a structured string', '"h.p.s"']])('a registration, its proof %s, is answered with the session and its short-lived cookie', async (_how, proof) => {
  const seen = await ask('/device/dbsc/register', { 'secure-session-response': proof, cookie });
  expect(calls).toEqual([['h.p.s', hashOfToken(TOKEN)]]);
  expect(seen.status).toBe(200);
  expect(seen.headers.get('cache-control')).toBe('no-store');
  expect(seen.json()).toEqual({
    session_identifier: 'sid',
    refresh_url: '/device/dbsc/refresh',
    scope: {
      origin: ORIGIN, include_site: false,
      scope_specification: [{ type: 'exclude', domain: 'id.example.com', path: '/assets' }, { type: 'exclude', domain: 'id.example.com', path: '/device/dbsc' }],
    },
    credentials: [{ type: 'cookie', name: '__Host-gatehouse_bound', attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax' }],
  });
  const [pair = '', ...flags] = (seen.cookies[0] ?? '').split('; ');
  expect(pair).toBe(`__Host-gatehouse_bound=${BOUND}`);
  expect(flags.map((flag) => flag.toLowerCase()).filter((flag) => !flag.startsWith('expires=')).toSorted()).toEqual(['httponly', 'path=/', 'samesite=lax', 'secure']);
});

test('a refresh without proof is challenged by 403', async () => {
  answer = { kind: 'challenge', challenge: 'c1', sessionId: 'sid' };
  const seen = await ask('/device/dbsc/refresh', { 'sec-secure-session-id': '"sid"', cookie });
  expect(calls).toEqual([['sid', undefined, hashOfToken(TOKEN)]]);
  expect([seen.status, seen.headers.get('secure-session-challenge'), seen.cookies]).toEqual([403, '"c1";id="sid"', []]);
});

test('a session that is over is told so', async () => {
  answer = { kind: 'over' };
  const seen = await ask('/device/dbsc/refresh', { 'sec-secure-session-id': 'sid', 'secure-session-response': 'h.p.s', cookie });
  expect(calls).toEqual([['sid', 'h.p.s', hashOfToken(TOKEN)]]);
  expect([seen.status, seen.json(), seen.cookies]).toEqual([200, { continue: false }, []]);
});

test('a refusal is no challenge, and sets nothing', async () => {
  answer = { kind: 'refused', code: 'proof_signature' };
  const seen = await ask('/device/dbsc/register', { 'secure-session-response': 'h.p.s', cookie });
  expect([seen.status, seen.json(), seen.cookies, seen.headers.get('secure-session-challenge')]).toEqual([400, { problem: 'proof_signature' }, [], null]);
});

test.each([
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour', { 'sec-fetch-site': 'same-site' }],
  ['another origin', { origin: 'https://evil.example' }],
])('%s cannot send people there', async (_who, headers) => {
  for (const path of ['/device/dbsc/register', '/device/dbsc/refresh']) {
    expect((await ask(path, { ...headers, cookie })).status).toBe(403);
  }
  expect(calls).toEqual([]);
});

test('looking changes nothing', async () => {
  expect((await ask('/device/dbsc/refresh', { cookie }, 'GET')).status).toBe(405);
  expect(calls).toEqual([]);
});

test('only a cookie of our shape counts', async () => {
  expect((await ask('/approved', { cookie: `__Host-gatehouse_bound=${BOUND}` }, 'GET')).json()).toEqual({ bound: hashOfToken(BOUND) });
  expect((await ask('/approved', { cookie: '__Host-gatehouse_bound=short' }, 'GET')).json()).toEqual({ bound: null });
  expect((await ask('/approved', { cookie: `gatehouse_bound=${BOUND}` }, 'GET')).json()).toEqual({ bound: null });
});
