/**
 * Access tokens for the operator's APIs: client_credentials with `private_key_jwt` (RFC 7523 section 2.2), kept until
 * shortly before they end, one request at a time per scope.
 */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { broke, readJson } from '../answer.ts';
import { fetchLimited } from '../fetch_limited.ts';
import type { CamaraConfig } from './config.ts';

export type TokenResult =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'broke'; readonly code: string };

export interface TokenSource {
  /** A token for one scope; waits no longer than the signal allows. */
  get(scope: string, signal: AbortSignal): Promise<TokenResult>;
  /** Forget a token that was refused, unless another one took its place meanwhile. */
  forget(scope: string, token: string): void;
}

/** Seconds an assertion lives; the CAMARA profile allows 300. */
const ASSERTION_SECONDS = 60;
/** Renewed this long before the end, or at half of a short life; milliseconds. */
const RENEW_BEFORE_MS = 30_000;

const tokenReply = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/),
  token_type: z.string().regex(/^bearer$/i),
  // Recommended but not required by RFC 6749 section 5.1; without it the token is used for a minute.
  expires_in: z.number().positive().default(60),
});

interface Kept {
  readonly token: string;
  readonly until: number;
}

/** @param clock epoch milliseconds */
export function tokenSource(config: CamaraConfig, clock: () => number): TokenSource {
  const kept = new Map<string, Kept>();
  const underway = new Map<string, Promise<TokenResult>>();

  const request = async (scope: string): Promise<TokenResult> => {
    // Its own time limit, because several questions may be waiting for the one token.
    const signal = AbortSignal.timeout(config.timeoutMs);
    const reply = await fetchLimited(
      {
        url: config.tokenEndpoint,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: config.clientId,
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await clientAssertion(config, clock()),
          scope: `${config.purpose} ${scope}`,
        }).toString(),
      },
      signal,
    );
    if (reply.kind !== 'reply') return reply;
    // 4xx is the operator refusing us (invalid_client, invalid_scope); the rest is the operator failing.
    if (reply.status !== 200) return broke(reply.status < 500 ? 'token_refused' : 'token_unavailable');
    const body = readJson(reply.body, tokenReply);
    if (body === undefined) return broke('token_malformed');
    const life = body.expires_in * 1000;
    kept.set(scope, { token: body.access_token, until: clock() + life - Math.min(RENEW_BEFORE_MS, life / 2) });
    return { kind: 'token', token: body.access_token };
  };

  return {
    async get(scope, signal) {
      const have = kept.get(scope);
      if (have !== undefined && clock() < have.until) return { kind: 'token', token: have.token };
      let pending = underway.get(scope);
      if (pending === undefined) {
        pending = request(scope).finally(() => underway.delete(scope));
        underway.set(scope, pending);
      }
      return Promise.race([pending, timeout(signal)]);
    },
    forget(scope, token) {
      if (kept.get(scope)?.token === token) kept.delete(scope);
    },
  };
}

/** The signed statement that we are the client (RFC 7523 section 3). `now` is epoch milliseconds. */
export async function clientAssertion(config: CamaraConfig, now: number): Promise<string> {
  const issued = Math.floor(now / 1000);
  const { algorithm, keyId, key } = config.key;
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(config.clientId)
    .setSubject(config.clientId)
    .setAudience(config.audience)
    .setJti(randomUUID())
    .setIssuedAt(issued)
    .setExpirationTime(issued + ASSERTION_SECONDS)
    .sign(key);
}

function timeout(signal: AbortSignal): Promise<{ readonly kind: 'timed_out' }> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve({ kind: 'timed_out' });
    signal.addEventListener('abort', () => resolve({ kind: 'timed_out' }), { once: true });
  });
}
