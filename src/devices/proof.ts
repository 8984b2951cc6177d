/**
 * The proof that a browser holds a key: a compact JWS in the shape of Device Bound Session Credentials (`typ: dbsc+jwt`,
 * the public key in the header, `jti` = our challenge). One verifier for what our own script signs and for what browsers
 * sign by that protocol. Expected faults are values, each with a stable code.
 */
import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { sameSecret } from '../constant_time.ts';
import { publicJwk, type PublicJwk } from '../journey/device_evidence.ts';

export type ProofFault =
  | 'proof_missing'
  | 'proof_malformed'
  | 'proof_type'
  | 'proof_alg'
  | 'proof_key'
  | 'proof_key_mismatch'
  | 'proof_signature'
  | 'proof_challenge'
  | 'proof_audience'
  | 'proof_skewed';

/** A public RSA key as a JWK (RFC 7518, 6.3.1): browsers with an older TPM have nothing better. */
export interface RsaJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
}

/** A key that signed. `thumbprint` is that of RFC 7638 (SHA-256, base64url). */
export interface ShownKey<Jwk> {
  readonly jwk: Jwk;
  readonly thumbprint: string;
  readonly alg: 'ES256' | 'RS256';
}

export type Proof<Jwk> =
  | ({ readonly kind: 'good' } & ShownKey<Jwk>)
  /** `shown`: everything is right but the key, which is another than the expected one (`proof_key_mismatch`). */
  | { readonly kind: 'bad'; readonly fault: ProofFault; readonly shown?: ShownKey<Jwk> };

export interface ExpectedProof {
  /** What had to be signed; compared in constant time. */
  readonly challenge: string;
  /** Our own origin. */
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** RFC 7638 thumbprint of the key that has to sign; absent where any key may. */
  readonly thumbprint?: string;
}

/** `own`: ES256 with the key in the header. */
export interface OwnProof extends ExpectedProof {
  readonly form: 'own';
}

/** `dbsc`: RS256 too; a proof without a key in its header, as browsers send to refresh, is verified by `key`. */
export interface DbscProof extends ExpectedProof {
  readonly form: 'dbsc';
  readonly key?: Readonly<Record<string, unknown>>;
}

/** Our script counts from the server's time that stood on its page, so that this bounds age and not clocks. */
const MOST_SKEW_MS = 60_000;
/** A key of 4096 bits and its signature fit. */
const MOST_LENGTH = 4_096;
const COMPACT = /^[A-Za-z0-9_-]{1,3000}\.[A-Za-z0-9_-]{1,3000}\.[A-Za-z0-9_-]{1,1000}$/;
/** Members that only a private or a shared key has (RFC 7518, 6.2.2, 6.3.2, 6.4). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const headers = {
  // Nothing else, so that nothing else can come to mean something: no `kid`, `jku`, `x5u`, `crit`, `b64`.
  own: z.strictObject({ typ: z.unknown(), alg: z.unknown(), jwk: z.unknown() }),
  dbsc: z.looseObject({ typ: z.unknown(), alg: z.unknown(), crit: z.undefined().optional(), b64: z.undefined().optional() }),
};
const ALGORITHMS = { own: ['ES256'], dbsc: ['ES256', 'RS256'] };
const claims = {
  own: z.strictObject({ jti: z.string(), aud: z.string(), iat: z.number() }),
  // Neither is part of the protocol; an audience that is there must be ours. A time that is there says how wrong the
  // browser's clock is, which nobody could put right: the challenge alone makes the proof fresh.
  dbsc: z.looseObject({ jti: z.string(), aud: z.string().optional() }),
};

/**
 * Judge a proof.
 *
 * The protected header is read before any cryptography, and the algorithm is the one we name: neither `none` nor a MAC
 * under the public key can come up. `iat` counts seconds (RFC 7519, 2).
 */
export async function verifyProof(jws: string | undefined, expected: OwnProof): Promise<Proof<PublicJwk>>;
export async function verifyProof(jws: string | undefined, expected: DbscProof): Promise<Proof<PublicJwk | RsaJwk>>;
export async function verifyProof(jws: string | undefined, expected: OwnProof | DbscProof): Promise<Proof<PublicJwk | RsaJwk>> {
  const { form } = expected;
  if (jws === undefined || jws === '') return bad('proof_missing');
  if (jws.length > MOST_LENGTH || !COMPACT.test(jws)) return bad('proof_malformed');
  const header = jsonObject(jws.slice(0, jws.indexOf('.')));
  if (!header) return bad('proof_malformed');
  if (header['typ'] !== 'dbsc+jwt') return bad('proof_type');
  const { alg } = header;
  if (typeof alg !== 'string' || !ALGORITHMS[form].includes(alg)) return bad('proof_alg');
  // Without a key first: what is wrong is the key then, and not the shape.
  const given = header['jwk'] ?? (form === 'dbsc' ? expected.key : undefined);
  const jwk = given === undefined ? undefined : keyOf(given, alg, form);
  if (!jwk) return bad('proof_key');
  if (!headers[form].safeParse(header).success) return bad('proof_malformed');

  const key = await imported(jwk, alg);
  if (!key) return bad('proof_key');
  const payload = await verified(jws, key, alg);
  if (!payload) return bad('proof_signature');
  const said = jsonObject(payload);
  const fault = said ? claimsFault(said, expected) : 'proof_malformed';
  if (fault) return bad(fault);
  const shown: ShownKey<PublicJwk | RsaJwk> = { jwk, thumbprint: await calculateJwkThumbprint(jwk as JWK), alg: alg as 'ES256' | 'RS256' };
  if (expected.thumbprint !== undefined && !sameSecret(shown.thumbprint, expected.thumbprint)) return { kind: 'bad', fault: 'proof_key_mismatch', shown };
  return { kind: 'good', ...shown };
}

function claimsFault(said: Record<string, unknown>, { form, challenge, origin, now }: OwnProof | DbscProof): ProofFault | undefined {
  const parsed = claims[form].safeParse(said);
  if (!parsed.success) return 'proof_malformed';
  const { jti, aud } = parsed.data;
  if (!sameSecret(jti, challenge)) return 'proof_challenge';
  // By the protocol a browser may name the very address it posts to.
  if (aud !== undefined && aud !== origin && !(form === 'dbsc' && aud.startsWith(`${origin}/`))) return 'proof_audience';
  if (form === 'own' && !(Math.abs((parsed.data as { readonly iat: number }).iat * 1000 - now) <= MOST_SKEW_MS)) return 'proof_skewed';
  return undefined;
}

const bad = (fault: ProofFault): { readonly kind: 'bad'; readonly fault: ProofFault } => ({ kind: 'bad', fault });

/** A key that may sign this algorithm, without anything private; only what belongs to it is kept. */
function keyOf(given: unknown, alg: string, form: 'own' | 'dbsc'): PublicJwk | RsaJwk | undefined {
  if (typeof given !== 'object' || given === null || PRIVATE.some((name) => Object.hasOwn(given, name))) return undefined;
  const { kty, crv, x, y, n, e } = given as Record<string, unknown>;
  if (alg === 'RS256') {
    // 2048 bits at least (RFC 7518, 3.3), and no more than costs little to verify.
    return kty === 'RSA' && isBase64url(n, 256, 512) && isBase64url(e, 1, 4) ? { kty, n, e } : undefined;
  }
  const own = publicJwk.safeParse(form === 'own' ? given : { kty, crv, x, y });
  // One key has one spelling: otherwise it would have several thumbprints.
  return own.success && isBase64url(own.data.x, 32, 32) && isBase64url(own.data.y, 32, 32) ? own.data : undefined;
}

/** Canonical base64url of so many bytes. */
function isBase64url(text: unknown, least: number, most: number): text is string {
  if (typeof text !== 'string' || text.length > 1_000) return false;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length >= least && bytes.length <= most && bytes.toString('base64url') === text;
}

/** Undefined for what is no key, such as a point that does not lie on the curve. */
async function imported(jwk: PublicJwk | RsaJwk, alg: string): Promise<CryptoKey | KeyObject | undefined> {
  try {
    const key = await importJWK(jwk as JWK, alg);
    return key instanceof Uint8Array ? undefined : key;
  } catch {
    return undefined;
  }
}

async function verified(jws: string, key: CryptoKey | KeyObject, alg: string): Promise<Uint8Array | undefined> {
  try {
    return (await compactVerify(jws, key, { algorithms: [alg] })).payload;
  } catch {
    return undefined;
  }
}

/** A JSON object in UTF-8, given as bytes or as base64url. */
function jsonObject(from: string | Uint8Array): Record<string, unknown> | undefined {
  try {
    const bytes = typeof from === 'string' ? Buffer.from(from, 'base64url') : from;
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
