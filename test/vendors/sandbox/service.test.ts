/**
 * The sandbox as a service: who may ask, what its token endpoint takes, and that it says what it is.
 */
import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { BUREAU_PATH } from '../../../src/vendors/sandbox/bureau.ts';
import { sandboxCarrier, sandboxSet } from '../../../src/vendors/sandbox/set.ts';
import { startSandbox } from '../../../src/vendors/sandbox/start.ts';
import type { Sandbox } from '../../../src/vendors/sandbox/start.ts';
import { asked, ORDINARY, twoLeggedToken } from '../support.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string;
  readonly jti?: string | undefined;
  readonly life?: number;
  readonly key?: KeyObject;
}
let serial = 0;

async function assertion(change: Claims = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const { iss = sandbox.clientId, sub = sandbox.clientId, aud = `${sandbox.origin}/oauth2/token`, life = 60 } = change;
  const jti = 'jti' in change ? change.jti : `jti-${(serial += 1)}`;
  return new SignJWT({ iss, sub, aud, iat: now, exp: now + life, ...(jti === undefined ? {} : { jti }) })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(change.key ?? sandbox.clientKey.key);
}

async function requestToken(change: Record<string, string>): Promise<{ status: number; error: string | undefined }> {
  const response = await fetch(`${sandbox.origin}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      scope: 'dpv:FraudPreventionAndDetection kyc-match:match',
      ...change,
    }),
  });
  expect(response.headers.get('x-gatehouse-simulated')).toBe('1');
  return { status: response.status, error: ((await response.json()) as { error?: string }).error };
}

describe('the token endpoint', () => {
  it('takes a good assertion, and takes it once', async () => {
    const client_assertion = await assertion();
    expect((await requestToken({ client_assertion })).status).toBe(200);
    expect(await requestToken({ client_assertion })).toEqual({ status: 401, error: 'invalid_client' });
  });

  it.each<[string, Claims]>([
    ['another issuer', { iss: 'somebody' }],
    ['another subject', { sub: 'somebody' }],
    ['another audience', { aud: 'https://elsewhere.example/token' }],
    ['a life of more than 300 s', { life: 301 }],
    ['an end in the past', { life: -10 }],
    ['no jti', { jti: undefined }],
    ['another key', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
  ])('refuses an assertion with %s', async (_, change) => {
    const client_assertion = await assertion(change);
    expect(await requestToken({ client_assertion })).toEqual({ status: 401, error: 'invalid_client' });
  });

  it.each([
    ['', 'invalid_scope'],
    ['kyc-match:match', 'invalid_scope'],
    ['dpv:FraudPreventionAndDetection', 'invalid_scope'],
    ['dpv:FraudPreventionAndDetection dpv:Marketing kyc-match:match', 'invalid_scope'],
    ['dpv:FraudPreventionAndDetection location:verify', 'invalid_scope'],
  ])('refuses the scope "%s"', async (scope, error) => {
    expect(await requestToken({ client_assertion: await assertion(), scope })).toEqual({ status: 400, error });
  });

  it('refuses other grants and a bare request', async () => {
    const client_assertion = await assertion();
    expect((await requestToken({ client_assertion, grant_type: 'password' })).error).toBe('unsupported_grant_type');
    expect((await requestToken({})).error).toBe('invalid_client');
    const bare = await fetch(`${sandbox.origin}/oauth2/token`, { method: 'POST', body: 'x' });
    expect(bare.status).toBe(400);
  });
});

describe('the sandbox', () => {
  it('listens on loopback only', () => {
    expect(sandbox.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('marks every reply, the ones it has no page for included', async () => {
    for (const path of ['/', '/v2/PhoneNumbers/+14075550123', '/sim-swap/v2/check', BUREAU_PATH]) {
      const reply = await fetch(sandbox.origin + path);
      expect(reply.headers.get('x-gatehouse-simulated'), path).toBe('1');
      expect(reply.status, path).toBeGreaterThanOrEqual(400);
    }
  });

  it('lets nobody in without its own secret', async () => {
    const stranger = sandboxSet({ ...sandbox, secret: 'x'.repeat(32) }, 10_000);
    expect(await stranger.databaseMatch.match(asked(ORDINARY))).toMatchObject({ kind: 'broke', code: 'http_401' });
    expect(await stranger.lineType.lookup(Personal.of(ORDINARY))).toMatchObject({ kind: 'broke', code: 'http_401' });
    const other = await startSandbox();
    const carrier = sandboxCarrier({ ...sandbox, clientKey: other.clientKey }, 1000);
    expect(await carrier.match.match(asked(ORDINARY))).toMatchObject({ kind: 'broke', code: 'token_refused' });
    await other.close();
  });

  it('can forget its tokens, and the client gets new ones unasked', async () => {
    const { simSwap } = sandboxCarrier(sandbox, 1000);
    expect(await simSwap.check(Personal.of(ORDINARY), 72)).toMatchObject({ kind: 'answer' });
    sandbox.revokeTokens();
    expect(await simSwap.check(Personal.of(ORDINARY), 72)).toMatchObject({ kind: 'answer', value: { swapped: false } });
  });

  it('lets tokens end', async () => {
    let now = Date.now();
    const short = await startSandbox({ tokenSeconds: 60, clock: () => now });
    const token = await twoLeggedToken(short, 'sim-swap:check');
    const check = () =>
      fetch(`${short.origin}/sim-swap/v2/check`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ phoneNumber: ORDINARY }),
      });
    expect((await check()).status).toBe(200);
    now += 61_000;
    expect((await check()).status).toBe(401);
    await short.close();
  });

  it('refuses what is too large or no JSON', async () => {
    const token = await twoLeggedToken(sandbox, 'kyc-match:match');
    const send = (body: string, type = 'application/json') =>
      fetch(`${sandbox.origin}/kyc-match/v0.4/match`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': type },
        body,
      });
    expect((await send('{')).status).toBe(400);
    expect((await send('{}', 'text/plain')).status).toBe(400);
    expect((await send(JSON.stringify({ phoneNumber: ORDINARY, givenName: 'A'.repeat(70_000) }))).status).toBe(400);
  });

  it('closes while a slow number is being slow', async () => {
    const slow = await startSandbox({ slowMs: 60_000 });
    const answer = sandboxSet(slow, 30_000).lineType.lookup(Personal.of('+12025550111'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await slow.close();
    expect(await answer).toMatchObject({ kind: 'broke', code: 'connection_failed' });
  });
});
