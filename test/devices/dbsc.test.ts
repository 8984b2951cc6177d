/** Device Bound Session Credentials: what a browser's hardware key has to show, and every way of not showing it. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { BOUND_MS, hardwareStanding, makeDbsc, type Dbsc, type DbscAnswer } from '../../src/devices/dbsc.ts';
import type { Device, DeviceTrust, HardwareKey, KnownDevice, TokenStanding } from '../../src/devices/store.ts';
import { hashOfToken } from '../../src/devices/token.ts';
import { keptTickets } from './kept_passkeys.ts';

const ORIGIN = 'https://id.example.com';
const COOKIE = hashOfToken('the-device-cookie');

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const ec = (): Pair => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = (bits = 2048): Pair => generateKeyPairSync('rsa', { modulusLength: bits });
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A proof as browsers make it; `header` and `payload` deviate. */
function proof(pair: Pair, challenge: string, { header = {}, payload = {}, withKey = true }: { header?: object; payload?: object; withKey?: boolean } = {}): string {
  const alg = pair.privateKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const jwk = pair.publicKey.export({ format: 'jwk' });
  const text = `${encode({ typ: 'dbsc+jwt', alg, ...(withKey ? { jwk } : {}), ...header })}.${encode({ jti: challenge, ...payload })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

let now: number;
let hardware: HardwareKey | undefined;
let token: TokenStanding;
let trust: Partial<DeviceTrust>;
let dbsc: Dbsc;

beforeEach(() => {
  now = 1_800_000_000_000;
  hardware = undefined;
  token = 'current';
  trust = { revokedAt: undefined, accountErased: false, expiresAt: now + 86_400_000 };
  const device = (): Device => ({ id: 'd1', mode: 'test', hardware }) as Device;
  dbsc = makeDbsc({
    devices: {
      byToken: async (hash, mode): Promise<KnownDevice | undefined> =>
        hash === COOKIE && mode === 'test' ? { device: device(), token, trusts: [trust as DeviceTrust] } : hash === 'of-another' ? { device: { id: 'd2', mode } as Device, token, trusts: [trust as DeviceTrust] } : undefined,
      bindHardware: async (id, key) => {
        expect(id).toBe('d1');
        hardware = key;
      },
      byHardwareSession: async (id) => (hardware?.sessionId === id ? device() : undefined),
    },
    tickets: keptTickets(),
    origin: ORIGIN,
    now: () => now,
  });
});

const invite = (): Promise<string> => dbsc.invite({ mode: 'test', tokenHash: COOKIE });

async function registered(pair = ec()): Promise<{ pair: Pair; sessionId: string; bound: string }> {
  const answer = await dbsc.register(proof(pair, await invite()), () => COOKIE);
  if (answer.kind !== 'bound') throw new Error(`not registered: ${JSON.stringify(answer)}`);
  return { pair, ...answer };
}

async function challenged(sessionId: string): Promise<string> {
  const answer = await dbsc.refresh(sessionId, undefined, () => COOKIE);
  if (answer.kind !== 'challenge') throw new Error(`no challenge: ${JSON.stringify(answer)}`);
  return answer.challenge;
}

describe('registering', () => {
  it.each([['ES256', ec()], ['RS256', rsa()]])('binds a key of %s to the device of the cookie', async (alg, pair) => {
    const { sessionId, bound } = await registered(pair);
    expect(hardware).toMatchObject({ sessionId, alg, registeredAt: now, cookieHash: hashOfToken(bound), cookieUntil: now + BOUND_MS });
    expect(JSON.stringify(hardware)).not.toContain(bound);
    expect(hardwareStanding({ hardware }, hashOfToken(bound), now)).toBe('proven');
  });

  it('takes the claims that browsers add', async () => {
    const answer = await dbsc.register(proof(ec(), await invite(), { payload: { aud: `${ORIGIN}/device/dbsc/register`, iat: 1, authorization: '' } }), () => COOKIE);
    expect(answer.kind).toBe('bound');
  });

  it('again keeps the session, with the newer key', async () => {
    const first = await registered();
    const second = await registered();
    expect(second.sessionId).toBe(first.sessionId);
    expect(hardware?.jwk).toMatchObject({ x: second.pair.publicKey.export({ format: 'jwk' }).x });
  });

  const pair = ec();
  const [header, , signature] = proof(pair, 'x').split('.');
  const publicText = JSON.stringify(pair.publicKey.export({ format: 'jwk' }));
  const maced = (challenge: string): string => {
    const text = `${encode({ typ: 'dbsc+jwt', alg: 'HS256', jwk: pair.publicKey.export({ format: 'jwk' }) })}.${encode({ jti: challenge })}`;
    return `${text}.${createHmac('sha256', publicText).update(text).digest('base64url')}`;
  };
  it.each<[string, (challenge: string) => string | undefined, string]>([
    ['nothing', () => undefined, 'proof_missing'],
    ['no challenge of ours', () => proof(pair, 'A'.repeat(43)), 'dbsc_challenge'],
    ['rubbish', () => 'rubbish', 'dbsc_challenge'],
    ['alg none', (c) => `${encode({ typ: 'dbsc+jwt', alg: 'none', jwk: pair.publicKey.export({ format: 'jwk' }) })}.${encode({ jti: c })}.${signature}`, 'proof_alg'],
    ['a MAC under the public key', maced, 'proof_alg'],
    ['another algorithm by name', (c) => proof(pair, c, { header: { alg: 'ES384' } }), 'proof_alg'],
    ['RS256 with a key for ES256', (c) => proof(pair, c, { header: { alg: 'RS256' } }), 'proof_key'],
    ['another type', (c) => proof(pair, c, { header: { typ: 'JWT' } }), 'proof_type'],
    ['no key', (c) => proof(pair, c, { withKey: false }), 'proof_key'],
    ['a private key', (c) => proof(pair, c, { header: { jwk: pair.privateKey.export({ format: 'jwk' }) } }), 'proof_key'],
    ["another's key", (c) => proof(pair, c, { header: { jwk: ec().publicKey.export({ format: 'jwk' }) } }), 'proof_signature'],
    ['a short RSA key', (c) => proof(rsa(1024), c), 'proof_key'],
    ['a foreign audience', (c) => proof(pair, c, { payload: { aud: 'https://evil.example' } }), 'proof_audience'],
    ['a signature of something else', (c) => `${header}.${encode({ jti: c })}.${signature}`, 'proof_signature'],
  ])('refuses %s', async (_what, make, code) => {
    expect(await dbsc.register(make(await invite()), () => COOKIE)).toEqual({ kind: 'refused', code });
    expect(hardware).toBeUndefined();
  });

  it('takes each challenge once, in time, and only with the cookie it went out with', async () => {
    const challenge = await invite();
    const refused: DbscAnswer = { kind: 'refused', code: 'dbsc_challenge' };
    expect((await dbsc.register(proof(pair, challenge), () => COOKIE)).kind).toBe('bound');
    expect(await dbsc.register(proof(pair, challenge), () => COOKIE)).toEqual(refused);
    expect(await dbsc.register(proof(pair, await invite()), () => 'of-another')).toEqual(refused);
    expect(await dbsc.register(proof(pair, await invite()), () => undefined)).toEqual(refused);
    const late = await invite();
    now += 301_000;
    expect(await dbsc.register(proof(pair, late), () => COOKIE)).toEqual(refused);
  });

  it('two parallel proofs of one challenge bind one key', async () => {
    const challenge = await invite();
    const both = await Promise.all([dbsc.register(proof(ec(), challenge), () => COOKIE), dbsc.register(proof(ec(), challenge), () => COOKIE)]);
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['bound', 'refused']);
  });

  it('binds nothing to a device that nobody trusts any more', async () => {
    trust = { ...trust, revokedAt: now };
    expect(await dbsc.register(proof(pair, await invite()), () => COOKIE)).toEqual({ kind: 'refused', code: 'dbsc_device' });
  });

  it('never crosses modes', async () => {
    const challenge = await dbsc.invite({ mode: 'live', tokenHash: COOKIE });
    expect(await dbsc.register(proof(pair, challenge), () => COOKIE)).toEqual({ kind: 'refused', code: 'dbsc_device' });
  });
});

describe('refreshing', () => {
  it.each([['ES256', ec()], ['RS256', rsa()]])('asks for a signature of %s, and gives a fresh cookie for it', async (_alg, pair) => {
    const { sessionId, bound } = await registered(pair);
    now += BOUND_MS;
    expect(hardwareStanding({ hardware }, hashOfToken(bound), now)).toBe('missing');
    const challenge = await challenged(sessionId);
    // As browsers do it: the key is not sent again.
    const answer = await dbsc.refresh(sessionId, proof(pair, challenge, { withKey: false }), () => COOKIE);
    expect(answer).toMatchObject({ kind: 'bound', sessionId });
    expect(hardwareStanding({ hardware }, answer.kind === 'bound' ? hashOfToken(answer.bound) : undefined, now)).toBe('proven');
    expect(hardwareStanding({ hardware }, hashOfToken(bound), now)).toBe('missing');
  });

  it('a replayed challenge, one of registration, or one of another session is answered with a fresh one', async () => {
    const { pair, sessionId } = await registered();
    const used = await challenged(sessionId);
    expect((await dbsc.refresh(sessionId, proof(pair, used, { withKey: false }), () => COOKIE)).kind).toBe('bound');
    const before = hardware?.cookieHash;
    for (const one of [used, await invite(), 'A'.repeat(43), '']) {
      const answer = await dbsc.refresh(sessionId, proof(pair, one, { withKey: false }), () => COOKIE);
      expect(answer).toMatchObject({ kind: 'challenge', sessionId });
      expect(answer).not.toMatchObject({ challenge: one });
    }
    const old = await challenged(sessionId);
    now += 301_000;
    expect((await dbsc.refresh(sessionId, proof(pair, old, { withKey: false }), () => COOKIE)).kind).toBe('challenge');
    expect(hardware?.cookieHash).toBe(before);
  });

  it.each<[string, (pair: Pair, challenge: string) => string, string]>([
    ['another key', (_pair, c) => proof(ec(), c, { withKey: false }), 'proof_signature'],
    ['another key that brings itself', (_pair, c) => proof(ec(), c), 'proof_key_mismatch'],
    ['another kind of key', (_pair, c) => proof(rsa(), c), 'proof_key_mismatch'],
    ['another kind of key, unsaid', (_pair, c) => proof(rsa(), c, { withKey: false }), 'proof_key'],
    ['alg none', (pair, c) => proof(pair, c, { header: { alg: 'none' } }), 'proof_alg'],
    ['another type', (pair, c) => proof(pair, c, { header: { typ: 'JWT' } }), 'proof_type'],
  ])('refuses %s', async (_what, make, code) => {
    const { pair, sessionId } = await registered();
    const before = hardware;
    expect(await dbsc.refresh(sessionId, make(pair, await challenged(sessionId)), () => COOKIE)).toEqual({ kind: 'refused', code });
    expect(hardware).toBe(before);
  });

  it('ends for a device that is revoked, expired, erased, or come with another cookie', async () => {
    const { pair, sessionId } = await registered();
    const challenge = await challenged(sessionId);
    const alive = trust;
    for (const dead of [{ revokedAt: now }, { expiresAt: now }, { accountErased: true }]) {
      trust = { ...alive, ...dead };
      expect(await dbsc.refresh(sessionId, undefined, () => COOKIE)).toEqual({ kind: 'over' });
      expect(await dbsc.refresh(sessionId, proof(pair, challenge), () => COOKIE)).toEqual({ kind: 'over' });
    }
    trust = alive;
    for (const cookie of [undefined, 'of-another', 'unknown']) expect(await dbsc.refresh(sessionId, undefined, () => cookie)).toEqual({ kind: 'over' });
    for (const standing of ['replayed', 'lost'] as const) {
      token = standing;
      expect(await dbsc.refresh(sessionId, undefined, () => COOKIE)).toEqual({ kind: 'over' });
    }
    token = 'previous';
    expect((await dbsc.refresh(sessionId, undefined, () => COOKIE)).kind).toBe('challenge');
  });

  it('knows no session that was not registered', async () => {
    for (const id of [undefined, 'nobody']) expect(await dbsc.refresh(id, undefined, () => COOKIE)).toEqual({ kind: 'refused', code: 'dbsc_session' });
  });
});

test('a device without such a key stands as before', () => {
  expect(hardwareStanding({ hardware: undefined }, 'anything', 0)).toBe('none');
  const key: HardwareKey = { sessionId: 's', jwk: {}, alg: 'ES256', registeredAt: 0, cookieHash: 'abc', cookieUntil: 100 };
  expect([hardwareStanding({ hardware: key }, 'abc', 99), hardwareStanding({ hardware: key }, 'abc', 100), hardwareStanding({ hardware: key }, 'abd', 99), hardwareStanding({ hardware: key }, 'abcd', 99), hardwareStanding({ hardware: key }, undefined, 99)])
    .toEqual(['proven', 'missing', 'missing', 'missing', 'missing']);
});
