import { createHmac, generateKeyPairSync, sign as signWith, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, test } from 'vitest';
import { verifyProof, type DbscProof, type OwnProof, type ProofFault } from '../../src/devices/proof.ts';

const NOW = 1_800_000_000_000;
const ORIGIN = 'https://id.example.com';
const EXPECTED: OwnProof = { challenge: 'c'.repeat(43), origin: ORIGIN, now: NOW, form: 'own' };
const DBSC: DbscProof = { ...EXPECTED, form: 'dbsc' };

interface Pair { readonly key: KeyObject; readonly jwk: Record<string, unknown> }
function pair(namedCurve = 'P-256'): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return { key: privateKey, jwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown> };
}
function rsa(modulusLength: number): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return { key: privateKey, jwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown> };
}
const [OWN, OTHER, RSA] = [pair(), pair(), rsa(2048)];
const thumbprintOf = (jwk: unknown): Promise<string> => calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0]);

const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { typ: 'dbsc+jwt', alg: 'ES256', jwk: OWN.jwk };
const CLAIMS = { jti: EXPECTED.challenge, aud: ORIGIN, iat: NOW / 1000 };

type Signer = (input: string) => Buffer;
const es256 = (key: KeyObject): Signer => (input) => signWith('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
const rs256 = (key: KeyObject): Signer => (input) => signWith('sha256', Buffer.from(input), key);
function jws(header: unknown = HEADER, claims: unknown = CLAIMS, signer: Signer = es256(OWN.key)): string {
  const input = `${encoded(header)}.${encoded(claims)}`;
  return `${input}.${signer(input).toString('base64url')}`;
}
const { typ: _typ, ...UNTYPED } = HEADER;
const { jwk: _jwk, ...KEYLESS } = HEADER;

describe('a good proof', () => {
  test('tells its key and thumbprint', async () => {
    expect(await verifyProof(jws(), EXPECTED)).toEqual({ kind: 'good', jwk: OWN.jwk, thumbprint: await thumbprintOf(OWN.jwk), alg: 'ES256' });
  });
  test('is good for the key that is expected', async () => {
    expect((await verifyProof(jws(), { ...EXPECTED, thumbprint: await thumbprintOf(OWN.jwk) })).kind).toBe('good');
  });
  test.each([-60, -1, 0.4, 60])('%s seconds off is near enough', async (off) => {
    expect((await verifyProof(jws(HEADER, { ...CLAIMS, iat: NOW / 1000 + off }), EXPECTED)).kind).toBe('good');
  });
  test('signed by what browsers have (WebCrypto)', async () => {
    const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const { x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    const input = `${encoded({ ...HEADER, jwk: { kty: 'EC', crv: 'P-256', x, y } })}.${encoded(CLAIMS)}`;
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, Buffer.from(input));
    expect((await verifyProof(`${input}.${Buffer.from(signature).toString('base64url')}`, EXPECTED)).kind).toBe('good');
  });
});

describe('another key than the expected one', () => {
  test('is told apart only when all else is right, and then shown', async () => {
    const thumbprint = await thumbprintOf(OTHER.jwk);
    expect(await verifyProof(jws(), { ...EXPECTED, thumbprint })).toEqual({
      kind: 'bad', fault: 'proof_key_mismatch', shown: { jwk: OWN.jwk, thumbprint: await thumbprintOf(OWN.jwk), alg: 'ES256' },
    });
    expect(await verifyProof(jws(HEADER, { ...CLAIMS, jti: 'old' }), { ...EXPECTED, thumbprint })).toEqual({ kind: 'bad', fault: 'proof_challenge' });
  });
});

/** Forgeries and faults: what is sent, and how it is called. */
const FORGERIES: readonly (readonly [string, string | undefined, ProofFault])[] = [
  ['nothing', undefined, 'proof_missing'],
  ['an empty field', '', 'proof_missing'],
  ['not a JWS', 'hello', 'proof_malformed'],
  ['two parts', jws().split('.').slice(0, 2).join('.'), 'proof_malformed'],
  ['four parts', `${jws()}.x`, 'proof_malformed'],
  ['no signature', `${jws().split('.').slice(0, 2).join('.')}.`, 'proof_malformed'],
  ['a detached payload', jws().replace(/\.[^.]+\./, '..'), 'proof_malformed'],
  ['padding', `${jws()}=`, 'proof_malformed'],
  ['white space around it', ` ${jws()}`, 'proof_malformed'],
  ['far too long', jws({ ...HEADER, note: 'x'.repeat(5_000) }), 'proof_malformed'],
  ['a header that is no JSON', `${encoded('{')}.${encoded(CLAIMS)}.AAAA`, 'proof_malformed'],
  ['a header that is a list', jws([HEADER]), 'proof_malformed'],
  ['a header that is no UTF-8', `${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${encoded(CLAIMS)}.AAAA`, 'proof_malformed'],
  ['another type', jws({ ...HEADER, typ: 'JWT' }), 'proof_type'],
  ['the type in other case', jws({ ...HEADER, typ: 'DBSC+JWT' }), 'proof_type'],
  ['no type', jws(UNTYPED), 'proof_type'],
  ['alg none, unsigned', `${encoded({ ...HEADER, alg: 'none' })}.${encoded(CLAIMS)}.`, 'proof_malformed'],
  ['alg none, signed all the same', jws({ ...HEADER, alg: 'none' }), 'proof_alg'],
  ['alg None', jws({ ...HEADER, alg: 'None' }), 'proof_alg'],
  ['HS256 with the public key as its secret', jws({ ...HEADER, alg: 'HS256' }, CLAIMS, (input) => createHmac('sha256', JSON.stringify(OWN.jwk)).update(input).digest()), 'proof_alg'],
  ['ES256K', jws({ ...HEADER, alg: 'ES256K', jwk: pair('secp256k1').jwk }), 'proof_alg'],
  ['ES384', jws({ ...HEADER, alg: 'ES384', jwk: pair('P-384').jwk }), 'proof_alg'],
  ['RS256', jws({ ...HEADER, alg: 'RS256', jwk: RSA.jwk }, CLAIMS, rs256(RSA.key)), 'proof_alg'],
  ['two algorithms', jws({ ...HEADER, alg: ['ES256'] }), 'proof_alg'],
  ['no key', jws(KEYLESS), 'proof_key'],
  ['a key that is null', jws({ ...HEADER, jwk: null }), 'proof_key'],
  ['a private key', jws({ ...HEADER, jwk: OWN.key.export({ format: 'jwk' }) }), 'proof_key'],
  ['a symmetric key', jws({ ...HEADER, jwk: { kty: 'oct', k: 'AAAA' } }), 'proof_key'],
  ['a key of another curve', jws({ ...HEADER, jwk: pair('P-384').jwk }), 'proof_key'],
  ['a key named as of our curve, of another', jws({ ...HEADER, jwk: { ...pair('secp256k1').jwk, crv: 'P-256' } }), 'proof_key'],
  ['a key with more to it', jws({ ...HEADER, jwk: { ...OWN.jwk, kid: 'a' } }), 'proof_key'],
  ['a point off the curve', jws({ ...HEADER, jwk: { ...OWN.jwk, x: OTHER.jwk['x'] } }), 'proof_key'],
  ['a key with a short coordinate', jws({ ...HEADER, jwk: { ...OWN.jwk, x: 'AAAA' } }), 'proof_key'],
  ['a second spelling of one key', jws({ ...HEADER, jwk: { ...OWN.jwk, x: respelt(String(OWN.jwk['x'])) } }), 'proof_key'],
  ['kid', jws({ ...HEADER, kid: '../../dev/null' }), 'proof_malformed'],
  ['jku', jws({ ...HEADER, jku: 'https://evil.example/jwks' }), 'proof_malformed'],
  ['x5u', jws({ ...HEADER, x5u: 'https://evil.example/cert' }), 'proof_malformed'],
  ['x5c', jws({ ...HEADER, x5c: ['AAAA'] }), 'proof_malformed'],
  ['crit', jws({ ...HEADER, crit: ['exp'], exp: 1 }), 'proof_malformed'],
  ['b64', jws({ ...HEADER, b64: false, crit: ['b64'] }), 'proof_malformed'],
  ["somebody else's key, signed with one's own", jws({ ...HEADER, jwk: OTHER.jwk }), 'proof_signature'],
  ['DER in place of P1363', jws(HEADER, CLAIMS, (input) => signWith('sha256', Buffer.from(input), OWN.key)), 'proof_signature'],
  ['a truncated signature', jws().slice(0, -4), 'proof_signature'],
  ['a signature of zeros', jws(HEADER, CLAIMS, () => Buffer.alloc(64)), 'proof_signature'],
  ['a payload exchanged', jws().replace(/\.[^.]+\./, `.${encoded({ ...CLAIMS, jti: 'x' })}.`), 'proof_signature'],
  ['a payload that is no object', jws(HEADER, '"yes"'), 'proof_malformed'],
  ['no challenge', jws(HEADER, { aud: ORIGIN, iat: NOW / 1000 }), 'proof_malformed'],
  ['no audience', jws(HEADER, { jti: CLAIMS.jti, iat: NOW / 1000 }), 'proof_malformed'],
  ['no time', jws(HEADER, { jti: CLAIMS.jti, aud: ORIGIN }), 'proof_malformed'],
  ['a time as text', jws(HEADER, { ...CLAIMS, iat: String(NOW / 1000) }), 'proof_malformed'],
  ['a claim more', jws(HEADER, { ...CLAIMS, sub: 'admin' }), 'proof_malformed'],
  ['two audiences', jws(HEADER, { ...CLAIMS, aud: [ORIGIN] }), 'proof_malformed'],
  ['an old challenge', jws(HEADER, { ...CLAIMS, jti: 'd'.repeat(43) }), 'proof_challenge'],
  ['the beginning of the challenge', jws(HEADER, { ...CLAIMS, jti: CLAIMS.jti.slice(1) }), 'proof_challenge'],
  ['an empty challenge', jws(HEADER, { ...CLAIMS, jti: '' }), 'proof_challenge'],
  ['a foreign origin', jws(HEADER, { ...CLAIMS, aud: 'https://evil.example' }), 'proof_audience'],
  ['an origin that begins as ours', jws(HEADER, { ...CLAIMS, aud: `${ORIGIN}.evil.example` }), 'proof_audience'],
  ['our origin with a path', jws(HEADER, { ...CLAIMS, aud: `${ORIGIN}/` }), 'proof_audience'],
  ['an hour old', jws(HEADER, { ...CLAIMS, iat: NOW / 1000 - 3_600 }), 'proof_skewed'],
  ['a minute and a bit old', jws(HEADER, { ...CLAIMS, iat: NOW / 1000 - 60.5 }), 'proof_skewed'],
  ['from the future', jws(HEADER, { ...CLAIMS, iat: NOW / 1000 + 61 }), 'proof_skewed'],
  ['a time in milliseconds', jws(HEADER, { ...CLAIMS, iat: NOW }), 'proof_skewed'],
];

/** The same bytes in base64url with other unused bits at its end: a second name for one key, were it taken. */
function respelt(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(text.at(-1) ?? '');
  return text.slice(0, -1) + alphabet.charAt(last ^ 1);
}

test('a second spelling has the same bytes', () => {
  const x = String(OWN.jwk['x']);
  expect(respelt(x)).not.toBe(x);
  expect(Buffer.from(respelt(x), 'base64url').equals(Buffer.from(x, 'base64url'))).toBe(true);
});

test.each(FORGERIES)('refused: %s', async (_what, sent, fault) => {
  expect(await verifyProof(sent, EXPECTED)).toEqual({ kind: 'bad', fault });
});

describe("by the browser's own protocol", () => {
  const refresh = { typ: 'dbsc+jwt', alg: 'ES256' };
  test('RS256 is taken, and neither audience nor time is asked for', async () => {
    const sent = jws({ ...HEADER, alg: 'RS256', jwk: RSA.jwk }, { jti: CLAIMS.jti }, rs256(RSA.key));
    expect(await verifyProof(sent, DBSC)).toEqual({ kind: 'good', jwk: RSA.jwk, thumbprint: await thumbprintOf(RSA.jwk), alg: 'RS256' });
  });
  test('a wrong clock is no fault, claims and key members of the protocol neither', async () => {
    const sent = jws({ ...HEADER, jwk: { ...OWN.jwk, use: 'sig' } }, { jti: CLAIMS.jti, aud: `${ORIGIN}/device/dbsc/register`, iat: 0, authorization: 'code' });
    expect(await verifyProof(sent, DBSC)).toMatchObject({ kind: 'good', jwk: OWN.jwk });
  });
  test('without a key of its own it is verified by the one that is known', async () => {
    expect((await verifyProof(jws(refresh, { jti: CLAIMS.jti }), { ...DBSC, key: OWN.jwk })).kind).toBe('good');
    expect(await verifyProof(jws(refresh, { jti: CLAIMS.jti }), { ...DBSC, key: OTHER.jwk })).toEqual({ kind: 'bad', fault: 'proof_signature' });
    expect(await verifyProof(jws(refresh, { jti: CLAIMS.jti }), DBSC)).toEqual({ kind: 'bad', fault: 'proof_key' });
  });
  test.each<[string, string, DbscProof, ProofFault]>([
    ['a weak RSA key', jws({ ...HEADER, alg: 'RS256', jwk: rsa(1024).jwk }), DBSC, 'proof_key'],
    ['a private RSA key', jws({ ...HEADER, alg: 'RS256', jwk: RSA.key.export({ format: 'jwk' }) }), DBSC, 'proof_key'],
    ['an EC key under RS256', jws({ ...HEADER, alg: 'RS256' }), DBSC, 'proof_key'],
    ['an RSA key under ES256', jws({ ...HEADER, jwk: RSA.jwk }), DBSC, 'proof_key'],
    ['an EC proof by the RSA key that is known', jws(refresh, { jti: CLAIMS.jti }), { ...DBSC, key: RSA.jwk }, 'proof_key'],
    ['HS256', jws({ ...HEADER, alg: 'HS256' }), DBSC, 'proof_alg'],
    ['PS256', jws({ ...HEADER, alg: 'PS256', jwk: RSA.jwk }), DBSC, 'proof_alg'],
    ['crit', jws({ ...HEADER, crit: ['b64'], b64: true }), DBSC, 'proof_malformed'],
    ['an old challenge', jws(HEADER, { jti: 'old' }), DBSC, 'proof_challenge'],
    ['a foreign audience', jws(HEADER, { ...CLAIMS, aud: 'https://evil.example/' }), DBSC, 'proof_audience'],
    ['an audience that begins as ours', jws(HEADER, { ...CLAIMS, aud: `${ORIGIN}.evil.example/` }), DBSC, 'proof_audience'],
  ])('refused: %s', async (_what, sent, expected, fault) => {
    expect(await verifyProof(sent, expected)).toEqual({ kind: 'bad', fault });
  });
});
