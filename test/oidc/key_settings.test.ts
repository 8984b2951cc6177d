/** What a key's settings do at the OIDC server: rotation, allow-list, revocation, PKCE, back-channel logout. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '../../src/admin/actor.ts';
import type { KeyDesk } from '../../src/admin/keys/store.ts';
import type { SecretUsed } from '../../src/oidc/key_uses.ts';
import { keyDesk } from '../../src/store/console/keys.ts';
import { describeDatabases } from '../support/postgres.ts';
import { approved, authorize, Browser, harness, REDIRECT, signIn, start, type Harness, type Key } from './harness.ts';

const ANNA: Actor = { kind: 'staff', id: 's', name: 'Anna' };

describeDatabases('the settings of a key', (suite) => {
  let h: Harness;
  let desk: KeyDesk;
  let key: Key;
  const used: [string, SecretUsed][] = [];
  beforeAll(async () => {
    h = await harness(suite, { trustedProxyHops: 1, uses: { note: (clientId, secret) => void used.push([clientId, secret]) } });
    desk = keyDesk({ db: h.db, vault: h.vault, now: () => Date.now() + h.skew });
    key = await h.addKey();
    const account = await h.addAccount();
    h.decide = () => approved(account);
  });
  afterAll(() => h.close());

  /** A token request of which only the authentication matters: the code is nobody's. */
  const knock = async (clientId: string, secret: string, headers: Record<string, string> = {}, path = '/token'): Promise<{ status: number; error: string }> => {
    const body: Record<string, string> = path === '/token'
      ? { grant_type: 'authorization_code', code: 'none', redirect_uri: REDIRECT, code_verifier: 'x'.repeat(43) }
      : path === '/par' ? { response_type: 'code', redirect_uri: REDIRECT, scope: 'openid', client_id: clientId, code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' } : { token: 'none' };
    const response = await fetch(`${h.address}${path}`, {
      method: 'POST', headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded', ...headers }, body: new URLSearchParams(body),
    });
    const text = await response.text();
    return { status: response.status, error: (text === '' ? {} : JSON.parse(text) as { error?: string }).error ?? '' };
  };
  const KNOWN = { status: 400, error: 'invalid_grant' };
  const UNKNOWN = { status: 401, error: 'invalid_client' };

  it('lets both secrets in until the overlap ends, whoever rotates in the midst of requests', async () => {
    const { clientId, secret: old } = await h.addKey();
    const rotated = new AbortController();
    const seen: string[] = [];
    const knocking = Array.from({ length: 4 }, async () => {
      while (!rotated.signal.aborted) seen.push((await knock(clientId, old)).error);
    });
    const { secret } = await desk.rotate(ANNA, clientId, 3600);
    expect(await knock(clientId, secret)).toEqual(KNOWN);
    rotated.abort();
    await Promise.all(knocking);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['invalid_grant']));
    try {
      h.skew = 3_540_000;
      expect(await knock(clientId, old)).toEqual(KNOWN);
      expect(used.filter(([id]) => id === clientId).map(([, which]) => which)).toContain('previous');
      h.skew = 3_601_000;
      expect(await knock(clientId, old)).toEqual(UNKNOWN);
      expect(await knock(clientId, secret)).toEqual(KNOWN);
    } finally {
      h.skew = 0;
    }
    await desk.endOverlap(ANNA, clientId);
    expect(await knock(clientId, old)).toEqual(UNKNOWN);
  });

  it('ends a secret at once where there is no overlap, and takes no hash for a secret', async () => {
    const { clientId, secret: old } = await h.addKey();
    const { secret } = await desk.rotate(ANNA, clientId, 0);
    expect(await knock(clientId, old)).toEqual(UNKNOWN);
    expect(await knock(clientId, secret)).toEqual(KNOWN);
    const row = await h.db.selectFrom('workflow_key').select('secret_hash').where('client_id', '=', clientId).executeTakeFirstOrThrow();
    expect(await knock(clientId, row.secret_hash)).toEqual(UNKNOWN);
    for (const hidden of [old, secret, row.secret_hash]) expect(JSON.stringify(h.logged)).not.toContain(hidden);
  });

  it('refuses a key from elsewhere wherever clients authenticate, whatever it writes into headers', async () => {
    const { clientId, secret } = await h.addKey({ allowed_from: ['192.0.2.0/24'] });
    // One proxy stands before the server: the last entry is its word, everything before it the client's own.
    const from = (list: string): Record<string, string> => ({ 'x-forwarded-for': list });
    for (const path of ['/token', '/par', '/introspect', '/revoke']) {
      expect((await knock(clientId, secret, from('192.0.2.9'), path)).error, path).not.toBe('invalid_client');
      expect(await knock(clientId, secret, from('203.0.113.1'), path), path).toEqual(UNKNOWN);
      expect(await knock(clientId, secret, from('192.0.2.9, 203.0.113.1'), path), path).toEqual(UNKNOWN);
      expect(await knock(clientId, secret, {}, path), path).toEqual(UNKNOWN);
    }
    for (const headers of [{ forwarded: 'for=192.0.2.9' }, { 'x-real-ip': '192.0.2.9' }, { 'x-client-ip': '192.0.2.9' }, { 'true-client-ip': '192.0.2.9' }]) {
      expect(await knock(clientId, secret, { ...from('203.0.113.1'), ...headers })).toEqual(UNKNOWN);
    }
    // The right secret from the wrong place is told like the wrong one; the log has the story.
    expect(await knock(clientId, 'wrong', from('203.0.113.1'))).toEqual(await knock(clientId, secret, from('203.0.113.1')));
    expect(JSON.stringify(h.logged)).toContain('address_not_allowed');
    expect(JSON.stringify(h.logged)).not.toContain('203.0.113.1');
  });

  it('holds for public clients too, and never for the browser of a person', async () => {
    const { clientId } = await h.addKey({ allowed_from: ['192.0.2.0/24'], token_endpoint_auth_method: 'none' });
    const config = await h.discover({ clientId, secret: '' }, client.None());
    const { back, verifier, state } = await authorize(h, new Browser(), config);
    expect(back.searchParams.get('code')).toBeTruthy();
    await expect(client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state })).rejects.toMatchObject({ error: 'invalid_client' });
  });

  it('ends a sign-in whose key is revoked on the way, and its tokens', async () => {
    const own = await h.addKey();
    const config = await h.discover(own);
    const tokens = await signIn(h, new Browser(), config);
    const under = await authorize(h, new Browser(), config);
    await desk.revoke(ANNA, own.clientId);
    await expect(client.authorizationCodeGrant(config, under.back, { pkceCodeVerifier: under.verifier, expectedState: under.state })).rejects.toMatchObject({ status: 401 });
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).rejects.toThrow();
    const { response } = await new Browser().travel((await start(config)).url, h.issuer);
    expect(response.status).toBe(400);
  });

  it('asks for PKCE, unless the key takes a nonce for it and the request has a long one', async () => {
    const own = await h.addKey({ pkce: 'nonce' });
    const config = await h.discover(own);
    const ask = async (id: string, parameters: Record<string, string>): Promise<URL> => {
      const url = new URL(`${h.issuer}/authorize`);
      url.search = new URLSearchParams({ client_id: id, redirect_uri: REDIRECT, response_type: 'code', scope: 'openid', state: 's', ...parameters }).toString();
      return (await new Browser().travel(url, h.issuer)).url;
    };
    const nonce = client.randomNonce();
    const back = await ask(own.clientId, { nonce });
    expect((await client.authorizationCodeGrant(config, back, { expectedState: 's', expectedNonce: nonce })).claims()?.nonce).toBe(nonce);
    for (const url of [await ask(own.clientId, {}), await ask(own.clientId, { nonce: 'short' }), await ask(own.clientId, { nonce, scope: 'profile' }), await ask(key.clientId, { nonce })]) {
      expect(url.searchParams.get('error'), url.href).toBe('invalid_request');
    }
    // A code that was asked for without PKCE is not redeemed with a verifier (downgrade, RFC 9700 4.8.2).
    const other = await ask(own.clientId, { nonce });
    await expect(client.authorizationCodeGrant(config, other, { expectedState: 's', expectedNonce: nonce, pkceCodeVerifier: client.randomPKCECodeVerifier() })).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('knows a client by its pasted public key, and notes that the key was used', async () => {
    const pair = await generateKeyPair('ES256');
    const made = await desk.create(ANNA, { workflowId: 'onboarding', mode: 'test', name: 'Signed', redirectUris: [REDIRECT], authMethod: 'private_key_jwt', jwks: { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one' }] } });
    const config = await h.discover({ clientId: made.clientId, secret: '' }, client.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' }));
    expect((await signIn(h, new Browser(), config)).access_token).toBeTruthy();
    expect(used).toContainEqual([made.clientId, 'current']);
    const stranger = await generateKeyPair('ES256');
    await expect(signIn(h, new Browser(), await h.discover({ clientId: made.clientId, secret: '' }, client.PrivateKeyJwt({ key: stranger.privateKey, kid: 'one' })))).rejects.toMatchObject({ error: 'invalid_client' });
  });

  it('tells an application by a signed token that somebody signed out, and signs out although another does not listen', async () => {
    const heard: { path: string; body: string }[] = [];
    const web: Server = createServer((request: IncomingMessage, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
      request.on('end', () => {
        heard.push({ path: request.url ?? '', body });
        if (request.url === '/redirects') response.writeHead(302, { location: '/elsewhere' });
        else response.writeHead(request.url === '/fails' ? 500 : 200);
        response.end();
      });
    });
    await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
    const origin = `http://localhost:${(web.address() as AddressInfo).port}`;
    try {
      const browser = new Browser();
      const listening = await h.addKey({ backchannel_logout_uri: `${origin}/told`, backchannel_logout_session_required: true });
      const failing = await h.addKey({ backchannel_logout_uri: `${origin}/fails` });
      const redirecting = await h.addKey({ backchannel_logout_uri: `${origin}/redirects` });
      const nobody = await h.addKey({ backchannel_logout_uri: 'http://localhost:9/nobody' });
      const config = await h.discover(listening);
      const tokens = await signIn(h, browser, config);
      for (const other of [failing, redirecting, nobody]) await signIn(h, browser, await h.discover(other));
      expect(config.serverMetadata()).toMatchObject({ backchannel_logout_supported: true, backchannel_logout_session_supported: true });

      const asked = await browser.get(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token ?? '' }));
      const page = await asked.text();
      const [, action = '', xsrf = ''] = /action="([^"]+)".*value="([^"]+)"/.exec(page) ?? [];
      const done = await browser.send(action, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ xsrf, logout: 'yes' }).toString() });
      expect(done.status).toBe(303);

      expect(heard.map(({ path }) => path).toSorted()).toEqual(['/fails', '/redirects', '/told']);
      const token = new URLSearchParams(heard.find(({ path }) => path === '/told')?.body).get('logout_token') ?? '';
      const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(`${h.issuer}/jwks`)), { issuer: h.issuer, audience: listening.clientId, typ: 'logout+jwt' });
      expect(payload).toMatchObject({ sub: tokens.claims()?.sub, sid: tokens.claims()?.['sid'], events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, jti: expect.any(String) });
      expect(payload['sid']).toBeTruthy();
      expect(payload).not.toHaveProperty('nonce');
      expect(protectedHeader.alg).toBe('RS256');
      const told = h.logged.filter((line) => (line as { event?: string }).event === 'backchannel.error') as { clientId: string; code: string }[];
      expect(told.map(({ clientId }) => clientId).toSorted()).toEqual([failing, redirecting, nobody].map(({ clientId }) => clientId).toSorted());
      expect(JSON.stringify(told)).not.toContain('localhost');
      // The session is over.
      expect((await authorize(h, browser, config, { prompt: 'none' })).back.searchParams.get('error')).toBe('interaction_required');
    } finally {
      web.closeAllConnections();
      web.close();
    }
  });
});
