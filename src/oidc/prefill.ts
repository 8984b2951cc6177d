/**
 * The identity that an application supplies for its user (`identity_binding`): a `login_hint` that is a JWT signed by the
 * client's own key, perhaps encrypted to this server (RFC 7515, 7516, 7519), or the parameter `prefill` of a pushed
 * request (RFC 9126), which an authenticated client made. A plain `login_hint` is none of this.
 *
 * What cannot be believed is refused with a code that names the fault, never the data.
 */
import { compactDecrypt, createLocalJWKSet, decodeProtectedHeader, errors as joseErrors, importJWK, jwtVerify, type JWK, type JWTPayload } from 'jose';
import { z } from 'zod';
import type { Prefill } from '../journey/journey.ts';
import { Personal } from '../personal.ts';
import { clientKeysAt } from './client_keys.ts';

/** Codes of a refused prefill; stable. */
export type PrefillFault =
  | 'prefill_too_large'
  | 'prefill_malformed'
  | 'prefill_not_signed'
  | 'prefill_algorithm'
  | 'prefill_no_client_key'
  | 'prefill_signature'
  | 'prefill_undecipherable'
  | 'prefill_issuer'
  | 'prefill_audience'
  | 'prefill_expired'
  | 'prefill_lifetime'
  | 'prefill_no_id'
  | 'prefill_replayed'
  | 'prefill_claims'
  | 'prefill_not_pushed';

/** What the application said. */
export interface Supplied {
  readonly identity: Personal<Prefill>;
  /** The application's own name for its user. */
  readonly credential: Personal<string> | undefined;
  /** Single use, until then (epoch seconds): of a token that can be carried elsewhere. A pushed request is used once anyway. */
  readonly once: { readonly id: string; readonly until: number } | undefined;
}

export type PrefillRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'supplied'; readonly supplied: Supplied }
  | { readonly kind: 'refused'; readonly fault: PrefillFault };

/** Who asks, and what they may be believed by. */
export interface PrefillClient {
  readonly clientId: string;
  /** The client's registered public keys, or where they are. */
  readonly jwks: { readonly keys: readonly JWK[] } | undefined;
  readonly jwksUri: string | undefined;
}

export interface PrefillServer {
  readonly issuer: string;
  /** Private keys of this server; those with `use: enc` open what was encrypted to it. */
  readonly keys: readonly JWK[];
  /** Epoch milliseconds. */
  readonly now: number;
}

const LONGEST = 8 * 1024;
/** Seconds a token may live: it travels through a browser. */
const LONGEST_LIFE = 600;
const CLOCK_SKEW = 60;
const SIGNED_BY = ['RS256', 'PS256', 'ES256', 'EdDSA'];
export const ENCRYPTION_ALG = 'ECDH-ES';
const CONTENT_ENC = 'A256GCM';

/** The key is not in the set, or the set cannot be had, or is none (generic where it is not even JSON). */
const NO_KEY: readonly string[] = [joseErrors.JWKSNoMatchingKey.code, joseErrors.JWKSTimeout.code, joseErrors.JWKSInvalid.code, joseErrors.JOSEError.code];

const text = (longest: number) => z.string().trim().min(1).max(longest).regex(/^[^\p{Cc}\p{Cs}\p{Cn}\p{Bidi_Control}<>{}]*$/u);
/** OIDC Core 5.1 names; whatever else is in there is not looked at. */
const standardClaims = z.object({
  given_name: text(100).optional(),
  family_name: text(100).optional(),
  birthdate: z.iso.date().optional(),
  phone_number: z.string().regex(/^\+[1-9]\d{6,14}$/).optional(),
  email: z.email().max(254).optional(),
  address: z.object({
    street_address: text(200).optional(),
    locality: text(100).optional(),
    region: text(100).optional(),
    postal_code: text(20).optional(),
    country: z.string().regex(/^[A-Z]{2}$/).optional(),
  }).optional(),
  /** The application's own name for its user. */
  sub: text(320).optional(),
});

/** Whether a `login_hint` is meant to be a prefill: a compact JWS or JWE, which no name for a user looks like. */
export function isPrefillHint(hint: string): boolean {
  if (!/^[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*){2}((\.[A-Za-z0-9_-]*){2})?$/.test(hint)) return false;
  try {
    return typeof (decodeProtectedHeader(hint) as { alg?: unknown }).alg === 'string';
  } catch {
    return false;
  }
}

/** Whether a request supplies an identity, good or bad. */
export function suppliesIdentity({ prefill, login_hint: hint }: Readonly<Record<string, unknown>>): boolean {
  return (typeof prefill === 'string' && prefill !== '') || (typeof hint === 'string' && isPrefillHint(hint));
}

/**
 * Read what a request supplies. The remote key set of a client is fetched where that is how it registered; everything else
 * is computing.
 *
 * @param params of a request that the library accepted: `prefill` is among them only where {@link prefillFault} let it in
 */
export async function readPrefill(params: Readonly<Record<string, unknown>>, client: PrefillClient, server: PrefillServer): Promise<PrefillRead> {
  const { prefill, login_hint: hint } = params;
  const credential = typeof hint === 'string' && hint !== '' && !isPrefillHint(hint) ? hint : undefined;
  if (typeof prefill === 'string' && prefill !== '') return fromJson(prefill, credential);
  if (typeof hint !== 'string' || !isPrefillHint(hint)) return { kind: 'none' };
  if (hint.length > LONGEST) return refused('prefill_too_large');
  return fromToken(hint, client, server);
}

/**
 * What is wrong with the parameter `prefill`; undefined where nothing is. It is taken from a pushed request alone, whose
 * client authenticated itself: anybody can write an address for a browser to open.
 */
export function prefillFault(prefill: string, by: { readonly pushed: boolean; readonly authenticated: boolean }): PrefillFault | undefined {
  if (!by.pushed || !by.authenticated) return 'prefill_not_pushed';
  const read = fromJson(prefill, undefined);
  return read.kind === 'refused' ? read.fault : undefined;
}

function fromJson(json: string, credential: string | undefined): PrefillRead {
  if (json.length > LONGEST) return refused('prefill_too_large');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return refused('prefill_malformed');
  }
  return fromClaims(value, credential, undefined);
}

async function fromToken(token: string, client: PrefillClient, server: PrefillServer): Promise<PrefillRead> {
  let inner = token;
  if (token.split('.').length === 5) {
    const opened = await decrypt(token, server);
    if (typeof opened !== 'string') return opened;
    inner = opened;
  }
  // Encrypting takes no secret of the client's: claims that nobody signed are believed of nobody.
  if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(inner)) return refused('prefill_not_signed');
  return fromSigned(inner, client, server);
}

async function decrypt(token: string, { keys }: PrefillServer): Promise<string | PrefillRead> {
  const header = headerOf(token);
  if (header?.['alg'] !== ENCRYPTION_ALG || header['enc'] !== CONTENT_ENC || header['zip'] !== undefined) return refused('prefill_algorithm');
  const ours = keys.filter(({ use, kid }) => use === 'enc' && (header['kid'] === undefined || header['kid'] === kid));
  for (const key of ours) {
    try {
      const { plaintext } = await compactDecrypt(token, await importJWK(key, ENCRYPTION_ALG), { keyManagementAlgorithms: [ENCRYPTION_ALG], contentEncryptionAlgorithms: [CONTENT_ENC] });
      return new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
    } catch {
      // Another of our keys may open it; what none opens is refused below.
    }
  }
  return refused('prefill_undecipherable');
}

async function fromSigned(token: string, client: PrefillClient, server: PrefillServer): Promise<PrefillRead> {
  const header = headerOf(token);
  // Client secrets are stored hashed, so no HS*; and never a key that the token brings along.
  if (header === undefined || !SIGNED_BY.includes(String(header['alg'])) || header['jwk'] !== undefined || header['jku'] !== undefined || header['x5u'] !== undefined) {
    return refused('prefill_algorithm');
  }
  const keys = client.jwks
    ? createLocalJWKSet({ keys: client.jwks.keys.map(({ d: _d, ...key }) => key) as JWK[] })
    : client.jwksUri === undefined ? undefined : clientKeysAt(client.jwksUri, { local: isDevelopment(server) });
  if (!keys) return refused('prefill_no_client_key');
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(token, keys, {
      algorithms: SIGNED_BY, issuer: client.clientId, audience: server.issuer, clockTolerance: CLOCK_SKEW, requiredClaims: ['exp', 'iat', 'jti'], currentDate: new Date(server.now),
    }));
  } catch (thrown) {
    return refused(faultOf(thrown));
  }
  const { exp, jti } = payload;
  if (exp === undefined || exp > server.now / 1000 + LONGEST_LIFE + CLOCK_SKEW) return refused('prefill_lifetime');
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 200) return refused('prefill_no_id');
  return fromClaims(payload, undefined, { id: jti, until: exp + CLOCK_SKEW });
}

/** In production the issuer is https; configuration sees to that. */
function isDevelopment({ issuer }: PrefillServer): boolean {
  return issuer.startsWith('http:');
}

/** The codes of jose's refusals. */
function faultOf(thrown: unknown): PrefillFault {
  if (thrown instanceof joseErrors.JWTExpired) return 'prefill_expired';
  if (thrown instanceof joseErrors.JWTClaimValidationFailed) {
    const by: Readonly<Record<string, PrefillFault>> = { iss: 'prefill_issuer', aud: 'prefill_audience', exp: 'prefill_lifetime', iat: 'prefill_lifetime', nbf: 'prefill_lifetime', jti: 'prefill_no_id' };
    return by[thrown.claim] ?? 'prefill_claims';
  }
  if (NO_KEY.includes((thrown as { code?: string }).code ?? '')) return 'prefill_no_client_key';
  return thrown instanceof joseErrors.JWSSignatureVerificationFailed ? 'prefill_signature' : 'prefill_malformed';
}

function headerOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return decodeProtectedHeader(token) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function fromClaims(value: unknown, named: string | undefined, once: Supplied['once']): PrefillRead {
  const read = standardClaims.safeParse(value);
  if (!read.success) return refused('prefill_claims');
  const { given_name: givenName, family_name: familyName, birthdate: birthDate, phone_number: phone, email, address, sub } = read.data;
  const fields: Prefill = {
    ...(givenName === undefined ? {} : { givenName }),
    ...(familyName === undefined ? {} : { familyName }),
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
    ...(address?.street_address === undefined ? {} : { street: address.street_address }),
    ...(address?.locality === undefined ? {} : { city: address.locality }),
    ...(address?.region === undefined ? {} : { region: address.region }),
    ...(address?.postal_code === undefined ? {} : { postalCode: address.postal_code }),
    ...(address?.country === undefined ? {} : { country: address.country }),
  };
  // Somebody has to be named: an address alone is nobody.
  if (fields.givenName === undefined || fields.familyName === undefined) return refused('prefill_claims');
  const credential = sub ?? named;
  return { kind: 'supplied', supplied: { identity: Personal.of(fields), credential: credential === undefined ? undefined : Personal.of(credential), once } };
}

function refused(fault: PrefillFault): PrefillRead {
  return { kind: 'refused', fault };
}
