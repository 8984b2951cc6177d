import { generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { CamaraConfig } from '../../../src/vendors/camara/config.ts';
import { clientAssertion, tokenSource } from '../../../src/vendors/camara/token.ts';
import { fakeService, json } from '../support.ts';
import type { FakeService } from '../support.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const NOW = Date.UTC(2026, 0, 15, 12);

const config = (origin: string, change: Partial<CamaraConfig> = {}): CamaraConfig => ({
  name: 'camara',
  apiRoot: origin,
  tokenEndpoint: `${origin}/token`,
  audience: 'https://operator.example/issuer',
  clientId: 'gatehouse-client',
  key: { key: pair.privateKey, algorithm: 'ES256', keyId: 'k1' },
  purpose: 'dpv:FraudPreventionAndDetection',
  timeoutMs: 10_000,
  ...change,
});
const soon = () => AbortSignal.timeout(2000);

let service: FakeService;
afterEach(() => service?.close());

const issuing = (expiresIn: unknown = 3600) =>
  fakeService((_, response, count) => json(response, 200, { access_token: `t${count}`, token_type: 'bearer', expires_in: expiresIn }));

describe('the client assertion', () => {
  it('says who we are, to whom, once, and not for long (RFC 7523 section 3)', async () => {
    const assertion = await clientAssertion(config('https://x.example'), NOW);
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k1' });
    const { payload } = await jwtVerify(assertion, pair.publicKey, { currentDate: new Date(NOW) });
    expect(payload).toMatchObject({
      iss: 'gatehouse-client',
      sub: 'gatehouse-client',
      aud: 'https://operator.example/issuer',
      iat: NOW / 1000,
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(300);
    expect(payload.exp).toBeGreaterThan(NOW / 1000);
    const again = await jwtVerify(await clientAssertion(config('https://x.example'), NOW), pair.publicKey, {
      currentDate: new Date(NOW),
    });
    expect(again.payload.jti).not.toBe(payload.jti);
  });

  it('can be signed with RSA', async () => {
    const key = { key: rsa.privateKey, algorithm: 'RS256', keyId: undefined } as const;
    const assertion = await clientAssertion(config('https://x.example', { key }), NOW);
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'RS256', typ: 'JWT' });
    await expect(jwtVerify(assertion, rsa.publicKey, { currentDate: new Date(NOW) })).resolves.toBeDefined();
  });
});

describe('tokens', () => {
  it('asks with client_credentials and exactly one purpose', async () => {
    service = await issuing();
    await tokenSource(config(service.origin), () => NOW).get('sim-swap:check', soon());
    const form = new URLSearchParams(service.received[0]?.body);
    expect(form.get('grant_type')).toBe('client_credentials');
    expect(form.get('scope')).toBe('dpv:FraudPreventionAndDetection sim-swap:check');
    expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    expect(form.get('client_secret')).toBeNull();
  });

  it('keeps a token per scope until shortly before it ends', async () => {
    service = await issuing(3600);
    let now = NOW;
    const tokens = tokenSource(config(service.origin), () => now);
    expect(await tokens.get('a', soon())).toEqual({ kind: 'token', token: 't1' });
    expect(await tokens.get('a', soon())).toEqual({ kind: 'token', token: 't1' });
    expect(await tokens.get('b', soon())).toEqual({ kind: 'token', token: 't2' });
    now += 3569_000;
    expect(await tokens.get('a', soon())).toEqual({ kind: 'token', token: 't1' });
    now += 2_000;
    expect(await tokens.get('a', soon())).toEqual({ kind: 'token', token: 't3' });
  });

  it('asks once for many that wait', async () => {
    service = await issuing();
    const tokens = tokenSource(config(service.origin), () => NOW);
    const all = await Promise.all(Array.from({ length: 10 }, () => tokens.get('a', soon())));
    expect(new Set(all.map((one) => one.kind === 'token' && one.token))).toEqual(new Set(['t1']));
    expect(service.received).toHaveLength(1);
  });

  it('forgets a refused token, but not its successor', async () => {
    service = await issuing();
    const tokens = tokenSource(config(service.origin), () => NOW);
    await tokens.get('a', soon());
    tokens.forget('a', 't1');
    expect(await tokens.get('a', soon())).toEqual({ kind: 'token', token: 't2' });
    tokens.forget('a', 't1');
    expect(await tokens.get('a', soon())).toEqual({ kind: 'token', token: 't2' });
  });

  it.each([
    [401, { error: 'invalid_client' }, 'token_refused'],
    [400, { error: 'invalid_scope' }, 'token_refused'],
    [503, {}, 'token_unavailable'],
    [200, { access_token: 't', token_type: 'mac' }, 'token_malformed'],
    [200, { token_type: 'bearer' }, 'token_malformed'],
    [200, { access_token: 'two words', token_type: 'bearer' }, 'token_malformed'],
    [200, { access_token: 't', token_type: 'bearer', expires_in: -1 }, 'token_malformed'],
  ])('%i %j is %s, and is not kept', async (status, body, code) => {
    service = await fakeService((_, response) => json(response, status, body));
    const tokens = tokenSource(config(service.origin), () => NOW);
    expect(await tokens.get('a', soon())).toEqual({ kind: 'broke', code });
    await tokens.get('a', soon());
    expect(service.received).toHaveLength(2);
  });

  it('waits no longer than the question may take', async () => {
    service = await fakeService(() => undefined);
    const tokens = tokenSource(config(service.origin), () => NOW);
    expect(await tokens.get('a', AbortSignal.timeout(50))).toEqual({ kind: 'timed_out' });
    expect(await tokens.get('a', AbortSignal.abort())).toEqual({ kind: 'timed_out' });
  });
});
