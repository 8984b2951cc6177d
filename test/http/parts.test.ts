/** The furniture one by one, on a bare Koa behind a real socket. */
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asGatehouseError, GatehouseError } from '../../src/errors.ts';
import { assets } from '../../src/http/assets.ts';
import { checkOrigin, makeCsrf } from '../../src/http/csrf.ts';
import { floodDam } from '../../src/http/flood.ts';
import { readForm } from '../../src/http/form.ts';
import { allowLeaving, securityHeaders } from '../../src/http/headers.ts';
import { chooseLocale } from '../../src/http/locale.ts';
import { newReference, problem } from '../../src/http/problem.ts';
import { themeCss } from '../../src/http/theme.ts';

let server: Server;
let origin: string;

beforeAll(async () => {
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = asGatehouseError(thrown);
      ctx.status = error.status;
      ctx.body = { code: error.code, visitor: error.visitor };
    }
  });
  app.use(securityHeaders(false));
  app.use(await assets({
    folders: [new URL('../../views/assets/', import.meta.url), new URL('../../src/browser/', import.meta.url)],
    files: { 'vendor/x.js': new URL('../../vitest.config.ts', import.meta.url) },
    themeCss,
  }));
  app.use(async (ctx, next) => (ctx.path === '/flooded' ? dam(ctx, next) : next()));
  app.use(async (ctx) => {
    if (ctx.path === '/leave') allowLeaving(ctx);
    ctx.body = ctx.method === 'POST' ? { form: await readForm(ctx.req) } : 'here';
  });
  const dam = floodDam({ perMinute: 3, key: (ctx) => String((ctx as unknown as Koa.Context).get('x-client')), machinePaths: /^\/token$/ });
  server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe('forms', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const post = async (body: string | Uint8Array<ArrayBuffer>, type = FORM, headers: Record<string, string> = {}): Promise<{ status: number; answer: unknown }> => {
    const response = await fetch(origin, { method: 'POST', body, headers: { 'content-type': type, ...headers } });
    return { status: response.status, answer: await response.json() };
  };

  test.each<[string, Record<string, string>]>([
    ['a=1&b=2', { a: '1', b: '2' }],
    ['a=x+y%20z&name=Jos%C3%A9', { a: 'x y z', name: 'José' }],
    ['a=1=2&b=&c', { a: '1=2', b: '', c: '' }],
    ['&&a=1&', { a: '1' }],
    ['', {}],
    ['a%5Bb%5D=1&a.b=2', { 'a[b]': '1', 'a.b': '2' }],
    ['name=é', { name: 'é' }],
  ])('%j is read', async (body, form) => {
    expect(await post(body)).toEqual({ status: 200, answer: { form } });
  });

  test('field names reach no prototype', async () => {
    const { answer } = await post('__proto__=1&constructor=2&toString=3');
    expect(JSON.stringify(answer)).toBe('{"form":{"__proto__":"1","constructor":"2","toString":"3"}}');
  });

  test.each(['application/x-www-form-urlencoded; charset=UTF-8', 'application/x-www-form-urlencoded;charset="utf-8"', 'Application/X-WWW-Form-Urlencoded'])('as %s', async (type) => {
    expect((await post('a=1', type)).status).toBe(200);
  });

  test.each([
    ['another type', 'a=1', 'application/json', {}, 415, 'unsupported_media_type'], ['no type', 'a=1', '', {}, 415, 'unsupported_media_type'],
    ['many parts', 'a=1', 'multipart/form-data; boundary=x', {}, 415, 'unsupported_media_type'], ['another charset', 'a=1', `${FORM}; charset=utf-16`, {}, 415, 'unsupported_media_type'],
    ['compressed', 'a=1', FORM, { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'], ['a field twice', 'a=1&a=2', FORM, {}, 400, 'bad_form'],
    ['an inherited name twice', 'toString=1&toString=2', FORM, {}, 400, 'bad_form'],
    ['broken percent encoding', 'a=%zz', FORM, {}, 400, 'bad_form'], ['percent-encoded bytes that are no UTF-8', 'a=%ff%fe', FORM, {}, 400, 'bad_form'],
    ['an overlong NUL', 'a=%c0%80', FORM, {}, 400, 'bad_form'], ['a NUL', 'a=x%00y', FORM, {}, 400, 'bad_form'], ['a NUL in a name', 'a%00=1', FORM, {}, 400, 'bad_form'],
    ['half a surrogate', 'a=%ed%a0%80', FORM, {}, 400, 'bad_form'],
    ['61 fields', Array.from({ length: 61 }, (_, index) => `f${index}=1`).join('&'), FORM, {}, 400, 'bad_form'],
    ['a byte too many', `a=${'x'.repeat(65_535)}`, FORM, {}, 413, 'body_too_large'],
  ])('%s is refused', async (_name, body, type, headers, status, code) => {
    expect(await post(body, type, headers)).toMatchObject({ status, answer: { code } });
  });

  test('raw bytes that are no UTF-8 are refused', async () => {
    expect(await post(new Uint8Array([0x61, 0x3d, 0xff]))).toMatchObject({ status: 400, answer: { code: 'bad_form' } });
  });

  test('as large as allowed is read', async () => {
    expect((await post(`a=${'x'.repeat(65_534)}`)).status).toBe(200);
  });

  test('a length that is not told is counted as it comes', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(origin, { method: 'POST', headers: { 'content-type': FORM, 'transfer-encoding': 'chunked' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      outgoing.on('error', reject);
      for (let part = 0; part < 70; part += 1) outgoing.write('x'.repeat(1024));
      outgoing.end();
    });
    expect(status).toBe(413);
  });
});

describe('the CSRF token', () => {
  const csrf = makeCsrf(Buffer.alloc(32, 1));
  test('is good for what it was issued for, in every process, and for nothing else', () => {
    const token = csrf.issue('interaction:1');
    expect(() => makeCsrf(Buffer.alloc(32, 1)).check('interaction:1', token)).not.toThrow();
    for (const [binding, given] of [['interaction:2', token], ['link:1', token], ['interaction:1', undefined], ['interaction:1', ''], ['interaction:1', token.slice(0, -2)], ['interaction:1', `${token}AAAA`], ['interaction:1', makeCsrf(Buffer.alloc(32, 2)).issue('interaction:1')]] as const) {
      expect(() => csrf.check(binding, given), `${binding} ${given}`).toThrow(expect.objectContaining({ code: 'csrf_mismatch', status: 403 }));
    }
  });
});

describe('the sender of a form', () => {
  const OWN = 'https://id.example.com';
  test.each([
    [{}, true], [{ origin: OWN }, true], [{ origin: OWN, 'sec-fetch-site': 'same-origin' }, true], [{ 'sec-fetch-site': 'none' }, true],
    [{ origin: 'https://evil.example' }, false], [{ origin: 'null' }, false], [{ origin: 'http://id.example.com' }, false], [{ origin: `${OWN}:444` }, false], [{ origin: `${OWN}.evil.example` }, false], [{ origin: '' }, false],
    [{ origin: OWN, 'sec-fetch-site': 'cross-site' }, false], [{ 'sec-fetch-site': 'same-site' }, false], [{ 'sec-fetch-site': 'nonsense' }, false],
  ])('%j: %s', (headers, fine) => {
    const check = (): void => checkOrigin(headers, OWN);
    if (fine) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'foreign_origin', status: 403 }));
  });
});

describe('the language of a page', () => {
  test.each([
    [{}, 'en'], [{ chosen: 'es' }, 'es'], [{ chosen: 'es', uiLocales: 'en', acceptLanguage: 'en' }, 'es'], [{ chosen: 'xx', uiLocales: 'es' }, 'es'], [{ chosen: 'constructor' }, 'en'],
    [{ uiLocales: 'fr de es-MX en' }, 'es'], [{ uiLocales: 'ES' }, 'es'], [{ uiLocales: 'fr', acceptLanguage: 'es' }, 'es'], [{ uiLocales: '__proto__ es_ES' }, 'es'],
    [{ acceptLanguage: 'es-419,es;q=0.9,en;q=0.8' }, 'es'], [{ acceptLanguage: 'en;q=0.5, es;q=0.7' }, 'es'], [{ acceptLanguage: 'es;q=0, fr' }, 'en'], [{ acceptLanguage: 'fr, es;q=0.1' }, 'es'],
    [{ acceptLanguage: 'es;q=abc' }, 'en'], [{ acceptLanguage: '*' }, 'en'], [{ acceptLanguage: `${'x,'.repeat(5000)}es` }, 'en'], [{ acceptLanguage: 'estonian' }, 'en'],
  ])('%j: %s', (wishes, locale) => {
    expect(chooseLocale(wishes)).toBe(locale);
  });
});

describe('assets', () => {
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(origin + path, init);
  test.each([['/assets/app.css', 'text/css; charset=utf-8'], ['/assets/form.js', 'text/javascript; charset=utf-8'], ['/assets/vendor/x.js', 'text/javascript; charset=utf-8'], ['/assets/theme/0055aa.css', 'text/css; charset=utf-8']])('%s', async (path, type) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect((await response.text()).length).toBeGreaterThan(50);
    const etag = response.headers.get('etag') ?? '';
    expect((await get(path, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })).status).toBe(304);
    const head = await get(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('scripts come without their types', async () => {
    expect(await (await get('/assets/collect.js')).text()).not.toMatch(/\binterface\b|: readonly /);
  });

  test.each(['/assets/', '/assets/nothing.css', '/assets/../package.json', '/assets/%2e%2e/package.json', '/assets/collect.ts', '/assets/theme/zzzzzz.css', '/assets/theme/0055AA.css', '/assets/constructor', '/assets/theme/0055aa.css/x'])('%s is none', async (path) => {
    // What is none goes on to whoever stands behind.
    expect(await (await get(path)).text()).toBe('here');
  });
});

test('the dam lets so many through for each address, and says when to come back', async () => {
  const ask = (client: string): Promise<Response> => fetch(`${origin}/flooded`, { headers: { 'x-client': client } });
  const statuses = [];
  for (let index = 0; index < 4; index += 1) statuses.push((await ask('a')).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
  const refused = await ask('a');
  expect(await refused.json()).toEqual({ code: 'too_many_requests', visitor: 'too_many_requests' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask('b')).status).toBe(200);
});

describe('headers', () => {
  test('stand on every answer, errors and assets included', async () => {
    for (const response of [await fetch(origin), await fetch(origin, { method: 'POST', body: 'x' }), await fetch(`${origin}/assets/app.css`)]) {
      const csp = response.headers.get('content-security-policy') ?? '';
      for (const directive of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) expect(csp).toContain(directive);
      expect(csp).not.toMatch(/unsafe|\*/);
      expect(Object.fromEntries(['x-content-type-options', 'x-frame-options', 'referrer-policy', 'x-robots-tag', 'strict-transport-security'].map((name) => [name, response.headers.get(name)]))).toEqual({
        'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'same-origin', 'x-robots-tag': 'noindex', 'strict-transport-security': null,
      });
    }
  });

  test('a page that leaves may leave, and nothing else changes', async () => {
    const [staying, leaving] = [await fetch(origin), await fetch(`${origin}/leave`)].map((response) => response.headers.get('content-security-policy') ?? '');
    expect(staying).toBe(`${leaving}; form-action 'self'`);
  });

  test('over https they last', async () => {
    const set: Record<string, string> = {};
    await securityHeaders(true)({ set: (all: Record<string, string>) => Object.assign(set, all) } as never, async () => undefined);
    expect(set['Strict-Transport-Security']).toMatch(/^max-age=\d{8}; includeSubDomains$/);
  });
});

describe('errors', () => {
  test('a problem names its code and its reference, never the operator\'s story', () => {
    const told = problem(new GatehouseError('bad_form', 400, 'the full story'), 'A sentence.', 'ABCD2345');
    expect(told).toEqual({ type: 'urn:gatehouse:error:bad_form', title: 'A sentence.', status: 400, code: 'bad_form', reference: 'ABCD2345' });
  });

  test('references have no look-alikes and do not repeat', () => {
    const all = Array.from({ length: 500 }, newReference);
    for (const one of all) expect(one).toMatch(/^[2-9A-HJ-NP-Z]{8}$/);
    expect(new Set(all).size).toBe(500);
  });

  test('whatever else is thrown is ours, with its cause kept', () => {
    const cause = new Error('x');
    expect(asGatehouseError(cause)).toMatchObject({ code: 'internal_error', status: 500, visitor: 'internal_error', cause });
    const own = new GatehouseError('a', 400, 'b', { visitor: 'c' });
    expect(asGatehouseError(own)).toBe(own);
    expect(own).toMatchObject({ visitor: 'c', message: 'b' });
  });
});
