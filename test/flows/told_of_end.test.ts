/** What an operator ends is over at once, and applications that listen are told (OpenID Connect Back-Channel Logout 1.0). */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACTIONS } from '../../src/admin/permissions.ts';
import { NOT_FOR_TOKENS } from '../../src/admin/tokens/store.ts';
import type { KeyedPerson } from '../support/device_key.ts';
import { oauthError, type Tokens } from '../support/relying_party.ts';
import { signInAsAdministrator } from '../support/staff.ts';
import { comeBack, handset, laptop, verify } from './known_people.ts';
import { anotherApp, arrive, journeyOf, leave, setScene, type Scene } from './scene.ts';

const OFFLINE = { scope: 'openid profile offline_access', prompt: 'consent' };
const because = { reason: 'asked by the person in ticket 7' };
const LONG = { timeout: 60_000, interval: 200 };

describe('what an operator ends', () => {
  let scene: Scene;
  let web: Server;
  let named: Scene;
  let plain: Scene;
  let token: string;
  /** Paths and logout tokens, in the order they came; those under `failing` get this answer. */
  const heard: { readonly path: string; readonly token: string }[] = [];
  let failing = 200;

  beforeAll(async () => {
    scene = await setScene();
    web = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
      request.on('end', () => {
        heard.push({ path: request.url ?? '', token: new URLSearchParams(body).get('logout_token') ?? '' });
        response.writeHead(request.url === '/plain' ? failing : 200).end();
      });
    });
    await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
    const origin = `http://localhost:${(web.address() as AddressInfo).port}`;
    const grants = { grant_types: ['authorization_code', 'refresh_token'] as ['authorization_code', 'refresh_token'] };
    named = await anotherApp(scene, 'named', { client: { ...grants, backchannel_logout_uri: `${origin}/named`, backchannel_logout_session_required: true } });
    plain = await anotherApp(scene, 'plain', { client: { ...grants, backchannel_logout_uri: `${origin}/plain` }, options: { devices: { trustFrom: ['named'] } } });
    const link = await scene.gateway.gatehouse.adminSetup();
    const { browser } = await signInAsAdministrator(scene.gateway.origin, link ?? '');
    const scopes = ACTIONS.filter((action) => !NOT_FOR_TOKENS.includes(action));
    const made = await browser.submit('/admin/tokens/new', { name: 'robot', days: '1', nets: '', ...Object.fromEntries(scopes.map((scope) => [`scope.${scope}`, 'on'])) });
    token = /gha_[\w-]{43}/.exec(made.html)?.[0] ?? '';
  });
  afterAll(async () => {
    await scene?.close();
    web?.closeAllConnections();
    web?.close();
  });
  beforeEach(() => {
    heard.length = 0;
    failing = 200;
  });

  const act = async (path: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`${scene.gateway.origin}/admin/api/v1${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  interface Known { readonly desktop: KeyedPerson; readonly accountId: string; readonly tokens: Tokens }
  const known = async (phone: string): Promise<Known> => {
    const desktop = await laptop(named);
    const tokens = await verify(named, desktop, await handset(named), OFFLINE, { phone });
    return { desktop, tokens, accountId: (await journeyOf(named, desktop)).account_id ?? '' };
  };
  /** The same person in the same browser, at the other application. */
  const alsoAt = async (app: Scene, { desktop }: Known): Promise<Tokens> => {
    const { signIn } = await comeBack(app, desktop, OFFLINE);
    return app.app.finish(await leave(desktop), signIn);
  };
  const silently = async (app: Scene, { desktop }: Known): Promise<string> => {
    await arrive(app, { prompt: 'none' }, { person: desktop });
    return desktop.callback?.searchParams.has('code') ? 'code' : (desktop.callback?.searchParams.get('error') ?? `page ${desktop.page}`);
  };
  const refused = async (app: Scene, tokens: Tokens): Promise<string> => (await oauthError(app.app.refresh(tokens.refresh_token ?? ''))).error;
  const verified = (app: Scene, logout: string) => jwtVerify(logout, createRemoteJWKSet(new URL(`${scene.gateway.origin}/jwks`)), { issuer: scene.gateway.origin, audience: app.gateway.key.clientId, typ: 'logout+jwt' });

  it('by signing somebody out everywhere: sessions, grants and tokens, told to both applications by what each knows them as', async () => {
    const [one, other] = [await known('+1 407 555 0123'), await known('+1 407 555 0177')];
    const there = await alsoAt(plain, one);
    expect([await silently(named, one), await silently(plain, one)]).toEqual(['code', 'code']);
    expect(await act(`/accounts/${one.accountId}/end-sessions`, because)).toMatchObject({ ended: expect.any(Number) as number });
    expect([await silently(named, one), await refused(named, one.tokens), await refused(plain, there)]).toEqual(['interaction_required', 'invalid_grant', 'invalid_grant']);
    await vi.waitFor(() => expect(heard.map(({ path }) => path).toSorted()).toEqual(['/named', '/plain']), LONG);
    const [byName, byPerson] = ['/named', '/plain'].map((path) => heard.find((told) => told.path === path)?.token ?? '') as [string, string];
    const { payload } = await verified(named, byName);
    expect(payload).toMatchObject({ sub: one.tokens.claims()?.sub, sid: one.tokens.claims()?.['sid'], events: { 'http://schemas.openid.net/event/backchannel-logout': {} } });
    expect(payload['sid']).toBeTruthy();
    const person = (await verified(plain, byPerson)).payload;
    expect(person).toMatchObject({ sub: there.claims()?.sub });
    expect(person).not.toHaveProperty('sid');
    for (const text of [payload, person].map((told) => JSON.stringify(told))) for (const planted of [one.accountId, 'Roshell', '4075550123']) expect(text).not.toContain(planted);
    // Nobody else is touched, and a second time there is nothing to end or to tell.
    expect(await silently(named, other)).toBe('code');
    expect(await act(`/accounts/${one.accountId}/end-sessions`, because)).toEqual({ ended: 0 });
    expect(await scene.db.selectFrom('oidc_record').select('model').where('account_id', '=', one.accountId).execute()).toEqual([]);
  });

  it('by revoking all devices with what was granted: the provider’s session too; without it nobody is told', async () => {
    const one = await known('+1 407 555 0166');
    await act(`/accounts/${one.accountId}/revoke-devices`, { end_grants: false, ...because });
    expect((await named.app.refresh(one.tokens.refresh_token ?? '')).access_token).toBeTruthy();
    await act(`/accounts/${one.accountId}/revoke-devices`, { end_grants: true, ...because });
    expect([await silently(named, one), await refused(named, one.tokens)]).toEqual(['interaction_required', 'invalid_grant']);
    await vi.waitFor(() => expect(heard).toHaveLength(1), LONG);
    expect(decodeJwt(heard[0]?.token ?? '')).toMatchObject({ sid: one.tokens.claims()?.['sid'] });
    expect(await scene.db.selectFrom('oidc_record').select('model').where('account_id', '=', one.accountId).execute()).toEqual([]);
  });

  it('by erasing somebody: in force at once, and told though nothing of them is left', async () => {
    const one = await known('+1 407 555 0188');
    await act(`/accounts/${one.accountId}/erasure`, { confirm: one.accountId, ...because });
    expect([await silently(named, one), await refused(named, one.tokens)]).toEqual(['interaction_required', 'invalid_grant']);
    await vi.waitFor(() => expect(heard).toHaveLength(1), LONG);
    expect((await verified(named, heard[0]?.token ?? '')).payload).toMatchObject({ sub: one.tokens.claims()?.sub, sid: one.tokens.claims()?.['sid'] });
  });

  it('by blocking a phone: told to whom it signed in, and to nobody of anybody else', async () => {
    const [one, other] = [await known('+1 407 555 0133'), await known('+1 407 555 0144')];
    await act('/lists', { effect: 'block', kind: 'phone', mode: 'both', values: ['+14075550133'], reason: 'a good reason' });
    expect([await silently(named, one), await refused(named, one.tokens), await silently(named, other)]).toEqual(['interaction_required', 'invalid_grant', 'code']);
    await vi.waitFor(() => expect(heard).toHaveLength(1), LONG);
    expect((await verified(named, heard[0]?.token ?? '')).payload).toMatchObject({ sub: one.tokens.claims()?.sub, sid: one.tokens.claims()?.['sid'] });
    expect(heard[0]?.token).not.toContain('4075550133');
  });

  it('is told again to whoever did not take it, with a new token, and never to a key that was revoked', async () => {
    const one = await known('+1 407 555 0199');
    await alsoAt(plain, one);
    failing = 500;
    await scene.db.updateTable('workflow_key').set({ revoked_at: Date.now() }).where('client_id', '=', named.gateway.key.clientId).execute();
    await act(`/accounts/${one.accountId}/end-sessions`, because);
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), LONG);
    failing = 200;
    const failed = heard.length;
    await vi.waitFor(async () => {
      // The wait after a failure is over.
      await sql`UPDATE pgboss.job SET start_after = now() WHERE name = 'backchannel_logout' AND state < 'active'`.execute(scene.db);
      expect(heard.length).toBeGreaterThan(failed);
    }, { timeout: 120_000, interval: 500 });
    expect(new Set(heard.map(({ path }) => path))).toEqual(new Set(['/plain']));
    expect(new Set(heard.map((told) => decodeJwt(told.token).jti)).size).toBe(heard.length);
    for (const told of heard) await verified(plain, told.token);
  }, 240_000);
});
