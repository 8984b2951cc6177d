import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as client from 'openid-client';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describeDatabases } from '../support/postgres.ts';
import { approved, authorize, Browser, harness, REDIRECT, signIn, start, type Harness, type Key } from './harness.ts';

/** `fetch` refuses to set Host, so this asks by hand. */
function ask(url: string, headers: Record<string, string>): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk)).on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

describeDatabases('the OIDC server under attack', (database) => {
  let h: Harness;
  let key: Key;
  let config: client.Configuration;
  let account: string;

  beforeAll(async () => {
    h = await harness(database);
    key = await h.addKey({ grant_types: ['authorization_code', 'refresh_token'] });
    config = await h.discover(key);
    account = await h.addAccount();
    h.decide = () => approved(account);
  });
  afterAll(() => h.close());

  const basic = (who: Key): string => `Basic ${Buffer.from(`${who.clientId}:${who.secret}`).toString('base64')}`;
  const post = (path: string, body: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(h.issuer + path, { method: 'POST', body: new URLSearchParams(body), headers });

  it('keeps every endpoint at the issuer, whatever the Host and forwarded headers say', async () => {
    const forged = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' };
    const discovery = await ask(`${h.issuer}/.well-known/openid-configuration`, forged);
    expect(discovery.body).not.toContain('evil.example');
    expect(JSON.parse(discovery.body)).toMatchObject({ issuer: h.issuer, token_endpoint: `${h.issuer}/token`, jwks_uri: `${h.issuer}/jwks` });
    const { url } = await start(config);
    const redirect = await ask(url.href, { ...forged, accept: 'text/html' });
    expect(redirect.status).toBe(303);
    expect(JSON.stringify(redirect.headers)).not.toContain('evil.example');
  });

  it('publishes what it does, and nothing more', async () => {
    const metadata = config.serverMetadata();
    expect(metadata).toMatchObject({
      response_types_supported: ['code'], code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
      acr_values_supported: ['urn:gatehouse:acr:document', 'urn:gatehouse:acr:reviewed', 'urn:gatehouse:acr:phone', 'urn:gatehouse:acr:match', 'urn:gatehouse:acr:kba', 'urn:gatehouse:acr:passkey', 'urn:gatehouse:acr:device'], subject_types_supported: ['pairwise', 'public'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256'], claims_parameter_supported: true,
      authorization_response_iss_parameter_supported: true,
    });
    expect(metadata.scopes_supported).toEqual(['openid', 'profile', 'address', 'phone', 'email', 'evidence', 'offline_access']);
    expect(metadata.claims_supported).toEqual(expect.arrayContaining(['policyDecision', 'asi', 'birthdate', 'evidence']));
    expect(JSON.stringify(metadata)).not.toMatch(/"HS\d/);
    const jwks = (await (await fetch(`${h.issuer}/jwks`)).json()) as { keys: object[] };
    expect(jwks.keys).toHaveLength(5);
    for (const one of jwks.keys) expect(one).not.toHaveProperty('d');
    expect((await fetch(`${h.issuer}/.well-known/oauth-authorization-server`)).status).toBe(200);
  });

  it.each([
    ['a trailing slash', `${REDIRECT}/`],
    ['a query', `${REDIRECT}?x=1`],
    ['another case', REDIRECT.replace('/cb', '/CB')],
    ['another port', REDIRECT.replace(':9', ':10')],
    ['no port', REDIRECT.replace(':9', '')],
    ['a dot segment', REDIRECT.replace('/cb', '/x/../cb')],
    ['a fragment', `${REDIRECT}#x`],
    ['user information', REDIRECT.replace('//', '//user@')],
    ['another host', 'http://127.0.0.1:9/cb'],
  ])('refuses a redirect URI with %s, without redirecting', async (_name, redirect_uri) => {
    const { url } = await start(config, { redirect_uri });
    const response = await new Browser().get(url);
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).toContain('data-code="invalid_redirect_uri"');
  });

  it('shows a page for an unknown client and a missing redirect URI; programs get JSON', async () => {
    const { url } = await start(config);
    url.searchParams.set('client_id', 'nobody');
    expect(await (await new Browser().get(url)).text()).toContain('data-code="invalid_client"');
    const json = await fetch(url, { headers: { accept: 'application/json' } });
    expect(await json.json()).toMatchObject({ error: 'invalid_client' });
    const without = (await start(config)).url;
    without.searchParams.delete('redirect_uri');
    expect((await new Browser().get(without)).headers.get('location')).toBeNull();
  });

  it('demands PKCE with S256 from everybody, and the right verifier', async () => {
    const without = (await start(config)).url;
    without.searchParams.delete('code_challenge');
    without.searchParams.delete('code_challenge_method');
    expect((await new Browser().travel(without, h.issuer)).url.searchParams.get('error')).toBe('invalid_request');
    const plain = (await start(config, { code_challenge_method: 'plain' })).url;
    expect((await new Browser().travel(plain, h.issuer)).url.searchParams.get('error')).toBe('invalid_request');
    for (const verifier of [undefined, client.randomPKCECodeVerifier()]) {
      const { back } = await authorize(h, new Browser(), config);
      const answer = await post('/token', {
        grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, ...(verifier ? { code_verifier: verifier } : {}),
      }, { authorization: basic(key) });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    }
  });

  it('redeems a code once, however many ask at the same time', async () => {
    const { back, verifier } = await authorize(h, new Browser(), config);
    const redeem = () => post('/token', {
      grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: REDIRECT, code_verifier: verifier,
    }, { authorization: basic(key) });
    const answers = await Promise.all(Array.from({ length: 10 }, redeem));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
    for (const answer of answers.filter((one) => one.status === 400)) expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('kills the tokens of a code that comes back, and keeps the decision', async () => {
    const browser = new Browser();
    const { back, verifier } = await authorize(h, browser, config);
    const redeem = () => client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: back.searchParams.get('state') ?? '' });
    const tokens = await redeem();
    await expect(redeem()).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
    expect((await authorize(h, browser, config, { prompt: 'none' })).back.searchParams.get('code')).toBeTruthy();
  });

  it('rotates a public client\'s refresh token, once of ten parallel times, and notices reuse', async () => {
    const publicKey = await h.addKey({ grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none' });
    const open = await h.discover(publicKey, client.None());
    const tokens = await signIn(h, new Browser(), open, { scope: 'openid offline_access', prompt: 'consent' });
    const refresh = () => post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '', client_id: publicKey.clientId });
    const answers = await Promise.all(Array.from({ length: 10 }, refresh));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect((await refresh()).status).toBe(400);
    const chained = await signIn(h, new Browser(), open, { scope: 'openid offline_access', prompt: 'consent' });
    const next = await client.refreshTokenGrant(open, chained.refresh_token ?? '');
    expect(next.refresh_token).not.toBe(chained.refresh_token);
    await expect(client.refreshTokenGrant(open, chained.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(client.refreshTokenGrant(open, next.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('authenticates clients by the hash of their secret, and stores nothing else', async () => {
    const stored = await h.db.selectFrom('workflow_key').selectAll().where('client_id', '=', key.clientId).executeTakeFirstOrThrow();
    expect(JSON.stringify(stored)).not.toContain(key.secret);
    const refusals = [
      basic({ ...key, secret: 'wrong' }),
      // What leaks with the table must not open the door.
      basic({ ...key, secret: stored.secret_hash }),
      basic({ clientId: 'nobody', secret: key.secret }),
    ];
    const bodies = await Promise.all(refusals.map(async (authorization) => {
      const answer = await post('/token', { grant_type: 'authorization_code', code: 'x', redirect_uri: REDIRECT }, { authorization });
      expect(answer.status).toBe(401);
      return answer.text();
    }));
    expect(new Set(bodies).size).toBe(1);
    const posted = await post('/token', { grant_type: 'authorization_code', code: 'x', redirect_uri: REDIRECT, client_id: key.clientId, client_secret: key.secret });
    expect(await posted.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('forgets a revoked key at once', async () => {
    const revoked = await h.addKey();
    const theirs = await h.discover(revoked);
    const tokens = await signIn(h, new Browser(), theirs);
    await h.db.updateTable('workflow_key').set({ revoked_at: Date.now() }).where('client_id', '=', revoked.clientId).execute();
    await expect(client.fetchUserInfo(theirs, tokens.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
    expect(await (await new Browser().get((await start(theirs)).url)).text()).toContain('data-code="invalid_client"');
  });

  it('fails closed on a stored key that breaks the redirect policy', async () => {
    const live = await h.addKey({ redirect_uris: ['https://app.example/cb'] }, 'live');
    const { metadata } = await h.db.selectFrom('workflow_key').select('metadata').where('client_id', '=', live.clientId).executeTakeFirstOrThrow();
    await h.db.updateTable('workflow_key').set({ metadata: JSON.stringify({ ...(metadata as object), redirect_uris: [REDIRECT] }) }).where('client_id', '=', live.clientId).execute();
    const { url } = await start(config);
    url.searchParams.set('client_id', live.clientId);
    expect(await (await new Browser().get(url)).text()).toContain('data-code="invalid_client"');
  });

  it('tells a client of its own tokens only, and lets it revoke no others', async () => {
    const tokens = await signIn(h, new Browser(), config);
    expect(await client.tokenIntrospection(config, tokens.access_token)).toMatchObject({ active: true, client_id: key.clientId });
    const other = await h.discover(await h.addKey());
    expect(await client.tokenIntrospection(other, tokens.access_token)).toEqual({ active: false });
    const open = await h.addKey({ token_endpoint_auth_method: 'none' });
    const mine = await signIn(h, new Browser(), await h.discover(open, client.None()));
    expect(await (await post('/introspect', { token: mine.access_token, client_id: open.clientId })).json()).toEqual({ active: false });
    await expect(client.tokenRevocation(other, tokens.access_token)).rejects.toMatchObject({ error: 'invalid_request' });
    const revoked = await post('/revoke', { token: tokens.access_token }, { authorization: basic(key) });
    expect(revoked.headers.get('content-type')).toContain('application/json');
    expect(await revoked.json()).toEqual({});
    expect(await client.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  it('takes no access token from the query, and no token of a session that ended', async () => {
    const tokens = await signIn(h, new Browser(), config);
    expect((await fetch(`${h.issuer}/userinfo?access_token=${tokens.access_token}`)).status).toBe(400);
    await h.db.deleteFrom('oidc_record').where('model', '=', 'Session').execute();
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
  });

  it('takes a client assertion once, however many come at the same time', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' };
    const signed = await h.addKey({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
    const assertion = await new SignJWT({ jti: 'only-once' }).setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(signed.clientId).setSubject(signed.clientId).setAudience(h.issuer).setIssuedAt().setExpirationTime('1m').sign(privateKey);
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('/token', {
      grant_type: 'authorization_code', code: 'x', redirect_uri: REDIRECT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion,
    })));
    const codes = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { error: string }).error));
    expect(codes.sort()).toEqual(['invalid_client', 'invalid_client', 'invalid_client', 'invalid_client', 'invalid_grant']);
  });

  it('binds tokens to a DPoP key', async () => {
    const keyPair = await client.randomDPoPKeyPair();
    const bound = client.getDPoPHandle(config, keyPair);
    const { back, verifier, state } = await authorize(h, new Browser(), config);
    const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier, expectedState: state }, undefined, { DPoP: bound });
    expect(tokens.token_type).toBe('dpop');
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck, { DPoP: bound })).resolves.toMatchObject({ policyDecision: 'approve' });
    await expect(client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)).rejects.toMatchObject({ status: 401 });
  });

  it('keeps no id, no token and no person readable in its records', async () => {
    const tokens = await signIn(h, new Browser(), config, { scope: 'openid profile', login_hint: 'planted-hint' });
    const rows = await h.db.selectFrom('oidc_record').selectAll().execute();
    const readable = rows.map((row) => `${JSON.stringify(row)} ${Buffer.from(row.sealed).toString('latin1')}`).join('\n');
    expect(rows.length).toBeGreaterThan(3);
    for (const secret of [tokens.access_token, tokens.id_token ?? '', 'planted-hint']) expect(readable).not.toContain(secret);
  });

  it('answers broken requests with a code, never with a failure', async () => {
    const attempts: Promise<Response>[] = [
      post('/token', {}),
      post('/token', { grant_type: 'password', username: 'a', password: 'b' }, { authorization: basic(key) }),
      fetch(`${h.issuer}/token`, { method: 'POST', body: 'x'.repeat(80_000), headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      fetch(`${h.issuer}/token`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }),
      post('/token', { grant_type: 'authorization_code' }, { authorization: 'Basic %%%' }),
      fetch(`${h.issuer}/userinfo`),
      fetch(`${h.issuer}/userinfo`, { headers: { authorization: 'Bearer \u00ff' } }),
      fetch(`${h.issuer}/authorize/unknown`),
    ];
    for (const parameters of [
      { claims: '{' }, { claims: '[]' }, { claims: '{"id_token":{"verified_claims":[]}}' }, { claims: '{"id_token":{"acr":{"essential":true,"values":7}}}' },
      { max_age: '-1' }, { prompt: 'none login' }, { response_type: 'token' }, { id_token_hint: 'x' }, { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      { state: "'; DROP TABLE account; --", scope: '\u0000' }, { login_hint: '{{7*7}}', acr_values: '%00', claims: '{}' },
    ]) attempts.push(new Browser().get((await start(config, parameters)).url));
    for (const [index, answer] of (await Promise.all(attempts)).entries()) {
      expect(answer.status, `attempt ${index}`).toBeLessThan(500);
      expect(answer.status === 303 ? answer.headers.get('location') : answer.status, `attempt ${index}`).toEqual(answer.status === 303 ? expect.stringContaining('error=') : expect.any(Number));
    }
    expect(h.logged.filter((fields) => 'event' in fields && fields.event === 'server_error')).toEqual([]);
  });
});

describeDatabases('an https issuer', (database) => {
  it('gets cookies that no other site and no sibling host can plant', async () => {
    const h = await harness(database, { issuer: 'https://id.example' });
    try {
      const account = await h.addAccount();
      h.decide = () => approved(account);
      const key = await h.addKey({ redirect_uris: ['https://app.example/cb'] }, 'live');
      const browser = new Browser();
      const set: string[] = [];
      const step = async (path: string): Promise<URL> => {
        const response = await browser.get(h.address + path);
        set.push(...response.headers.getSetCookie());
        return new URL(response.headers.get('location') ?? '', 'https://id.example');
      };
      const query = new URLSearchParams({
        client_id: key.clientId, redirect_uri: 'https://app.example/cb', response_type: 'code', scope: 'openid',
        code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()), code_challenge_method: 'S256',
      });
      const interaction = await step(`/authorize?${query.toString()}`);
      const back = await step(interaction.pathname);
      expect(back.origin).toBe('https://id.example');
      const end = await step(back.pathname);
      expect(end.origin).toBe('https://app.example');
      expect(end.searchParams.get('code')).toBeTruthy();
      const session = set.filter((line) => /^__Host-gatehouse_session(\.sig)?=./.test(line));
      expect(session).toHaveLength(2);
      for (const line of session) {
        expect(line).toMatch(/; path=\//i);
        expect(line).not.toMatch(/domain=/i);
      }
      for (const line of set) expect(line).toMatch(/^__(Host|Secure)-[^;]*;.*; samesite=lax; secure; httponly/i);
      expect(set.some((line) => line.startsWith('__Secure-gatehouse_interaction=') && line.includes(`path=${interaction.pathname}`))).toBe(true);
    } finally {
      await h.close();
    }
  });
});
