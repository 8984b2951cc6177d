import { CompactEncrypt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { isPrefillHint, prefillFault, readPrefill, type PrefillClient, type PrefillRead, type PrefillServer } from '../../src/oidc/prefill.ts';

const ISSUER = 'https://id.example';
const NOW = Date.UTC(2026, 10, 22, 9);
const SECONDS = NOW / 1000;
const PERSON = {
  given_name: 'Andrew', family_name: 'Roshell', birthdate: '1969-09-26', phone_number: '+14075550123', sub: 'user-7',
  address: { street_address: '2591 Brunswick Ct', locality: 'Kissimmee', region: 'FL', postal_code: '34743', country: 'US' },
};
const RIGHT: JWTPayload = { iss: 'client', aud: ISSUER, iat: SECONDS - 5, exp: SECONDS + 300, jti: 'once-and-no-more', ...PERSON };

interface Keys { readonly privateKey: CryptoKey; readonly jwk: JWK; readonly secret: JWK }
let ours: Keys, theirs: Keys, foreign: Keys;
let client: PrefillClient, server: PrefillServer;

async function pair(alg: string, kid: string, use = 'sig'): Promise<Keys> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use }, secret: { ...(await exportJWK(privateKey)), kid, alg, use } };
}

beforeAll(async () => {
  [ours, theirs, foreign] = await Promise.all([pair('ECDH-ES', 'enc', 'enc'), pair('ES256', 'app'), pair('ES256', 'app')]);
  client = { clientId: 'client', jwks: { keys: [theirs.jwk] }, jwksUri: undefined };
  server = { issuer: ISSUER, keys: [ours.secret], now: NOW };
});

const sign = (payload: JWTPayload, { key = theirs, header = {} as Record<string, unknown> } = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'app', ...header }).sign(key.privateKey);
const encrypt = (inside: string, header: Record<string, unknown> = {}, to: JWK = ours.jwk): Promise<string> =>
  new CompactEncrypt(new TextEncoder().encode(inside)).setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'enc', ...header }).encrypt(to);
const read = (login_hint: string, by: Partial<PrefillClient> = {}): Promise<PrefillRead> => readPrefill({ login_hint }, { ...client, ...by }, server);

describe('what an application supplies', () => {
  it.each([
    ['signed', () => sign(RIGHT)],
    ['signed and encrypted to us', async () => encrypt(await sign(RIGHT))],
    ['encrypted without naming our key', async () => encrypt(await sign(RIGHT), { kid: undefined })],
  ])('is believed when %s', async (_name, make) => {
    const found = await read(await make());
    if (found.kind !== 'supplied') throw new Error(JSON.stringify(found));
    expect(found.supplied.identity.open()).toEqual({
      givenName: 'Andrew', familyName: 'Roshell', birthDate: '1969-09-26', phone: '+14075550123',
      street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US',
    });
    expect(found.supplied.credential?.open()).toBe('user-7');
    expect(found.supplied.once).toEqual({ id: 'once-and-no-more', until: SECONDS + 360 });
  });

  it('is taken from a pushed request as it is, with the plain hint as the name of the user', async () => {
    const { sub: _sub, ...nameless } = PERSON;
    const found = await readPrefill({ prefill: JSON.stringify(nameless), login_hint: 'user-8' }, client, server);
    if (found.kind !== 'supplied') throw new Error(JSON.stringify(found));
    expect(found.supplied.credential?.open()).toBe('user-8');
    expect(found.supplied.once).toBeUndefined();
  });

  it.each([undefined, '', 'user-7', 'andrew@example.com', 'a.b.c', 'first.middle.last', 'eyJhbGciOiJ.broken.x'])('is nothing in a plain hint: %s', async (hint) => {
    expect(await readPrefill({ login_hint: hint }, client, server)).toEqual({ kind: 'none' });
  });
});

describe('a supplied identity is refused', () => {
  const FORGED: readonly (readonly [string, string, () => Promise<string>, Partial<PrefillClient>?])[] = [
    ['unsecured', 'prefill_not_signed', () => Promise.resolve(new UnsecuredJWT(RIGHT).encode())],
    ['signed by HMAC with the public key', 'prefill_algorithm', () => new SignJWT(RIGHT).setProtectedHeader({ alg: 'HS256', kid: 'app' }).sign(new TextEncoder().encode(JSON.stringify(theirs.jwk)))],
    ['with a key it brings along', 'prefill_algorithm', () => sign(RIGHT, { key: foreign, header: { jwk: foreign.jwk } })],
    ['with a key set it points to', 'prefill_algorithm', () => sign(RIGHT, { key: foreign, header: { jku: 'https://evil.example/keys' } })],
    ['signed by somebody else under the same key id', 'prefill_signature', () => sign(RIGHT, { key: foreign })],
    ['signed under a key id that is not registered', 'prefill_no_client_key', () => sign(RIGHT, { header: { kid: 'other' } })],
    ['of a client without keys', 'prefill_no_client_key', () => sign(RIGHT), { jwks: undefined }],
    ['of another issuer', 'prefill_issuer', () => sign({ ...RIGHT, iss: 'another' })],
    ['for another server', 'prefill_audience', () => sign({ ...RIGHT, aud: 'https://other.example' })],
    ['that has expired', 'prefill_expired', () => sign({ ...RIGHT, exp: SECONDS - 61 })],
    ['without an end', 'prefill_lifetime', () => sign({ ...RIGHT, exp: undefined } as unknown as JWTPayload)],
    ['that lives too long', 'prefill_lifetime', () => sign({ ...RIGHT, exp: SECONDS + 3600 })],
    ['from the future', 'prefill_lifetime', () => sign({ ...RIGHT, nbf: SECONDS + 3600 })],
    ['without an id', 'prefill_no_id', () => sign({ ...RIGHT, jti: undefined } as unknown as JWTPayload)],
    ['with a short id', 'prefill_no_id', () => sign({ ...RIGHT, jti: '1' })],
    ['naming nobody', 'prefill_claims', () => sign({ ...RIGHT, family_name: undefined })],
    ['with a number for a name', 'prefill_claims', () => sign({ ...RIGHT, given_name: 7 })],
    ['with markup in a name', 'prefill_claims', () => sign({ ...RIGHT, given_name: '<b>Andrew' })],
    ['with a phone that is none', 'prefill_claims', () => sign({ ...RIGHT, phone_number: '0800 MAGIC' })],
    ['with an impossible date', 'prefill_claims', () => sign({ ...RIGHT, birthdate: '1969-02-31' })],
    ['with a critical header nobody knows', 'prefill_malformed', () => sign(RIGHT).then((token) => tampered(token, { crit: ['x'], x: 1 }))],
    ['encrypted without anybody having signed it', 'prefill_not_signed', () => encrypt(JSON.stringify(PERSON))],
    ['encrypted twice', 'prefill_not_signed', async () => encrypt(await encrypt(await sign(RIGHT)))],
    ['encrypted to somebody else', 'prefill_undecipherable', async () => encrypt(await sign(RIGHT), {}, (await pair('ECDH-ES', 'enc', 'enc')).jwk)],
    ['encrypted by another method', 'prefill_algorithm', async () => encrypt(await sign(RIGHT), { alg: 'ECDH-ES+A256KW' }, { ...ours.jwk, alg: 'ECDH-ES+A256KW' })],
    ['too large', 'prefill_too_large', () => sign({ ...RIGHT, padding: 'x'.repeat(9000) })],
  ];
  it.each(FORGED.map(([name, fault, make, by]) => ({ name, fault, make, by })))('$name', async ({ fault, make, by }) => {
    expect(await read(await make(), by)).toEqual({ kind: 'refused', fault });
  });

  it.each([
    ['not JSON', '{given_name', 'prefill_malformed'],
    ['an array', '[]', 'prefill_claims'],
    ['null', 'null', 'prefill_claims'],
    ['an address alone', JSON.stringify({ address: PERSON.address }), 'prefill_claims'],
    ['too large', JSON.stringify({ ...PERSON, x: 'x'.repeat(9000) }), 'prefill_too_large'],
  ])('pushed as %s', async (_name, prefill, fault) => {
    expect(await readPrefill({ prefill }, client, server)).toEqual({ kind: 'refused', fault });
    expect(prefillFault(prefill, { pushed: true, authenticated: true })).toBe(fault);
  });

  it('as a parameter of an address, or pushed by a client that did not authenticate itself', () => {
    const prefill = JSON.stringify(PERSON);
    expect(prefillFault(prefill, { pushed: true, authenticated: true })).toBeUndefined();
    expect(prefillFault(prefill, { pushed: false, authenticated: true })).toBe('prefill_not_pushed');
    expect(prefillFault(prefill, { pushed: true, authenticated: false })).toBe('prefill_not_pushed');
  });

  it('never by an exception, whatever is sent', async () => {
    for (const hint of ['eyJhbGciOiJFUzI1NiJ9..', 'eyJhbGciOiJFUzI1NiJ9.e30.', 'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSJ9....', 'eyJhbGciOm51bGx9.e30.AAAA']) {
      expect(['refused', 'none']).toContain((await read(hint)).kind);
    }
    expect(isPrefillHint(await sign(RIGHT))).toBe(true);
  });
});

/** The token with its header changed and its signature kept. */
function tampered(token: string, more: Record<string, unknown>): string {
  const [header = '', ...rest] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(header, 'base64url').toString()) as object), ...more };
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), ...rest].join('.');
}
