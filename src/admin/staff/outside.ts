/**
 * Signing in at another OpenID provider: code flow with PKCE, state and nonce, all bound to this browser by one sealed
 * cookie. Roles are read at each sign-in; whoever has none of ours is refused.
 */
import { createHash } from 'node:crypto';
import * as oidc from 'openid-client';
import { z } from 'zod';
import { sameSecret } from '../../constant_time.ts';
import { GatehouseError } from '../../errors.ts';
import { Personal } from '../../personal.ts';
import { ROLES, type Role } from '../permissions.ts';
import type { OutsideConfig } from './config.ts';

/** How long somebody may take at the other provider, milliseconds. */
export const OUTSIDE_MS = 10 * 60_000;
/** Longest wait for the provider, seconds. */
const TIMEOUT_S = 10;
/** How old a sign-in may be that proves somebody anew, seconds. */
const AGAIN_S = 120;

const held = z.strictObject({
  state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string(), until: z.number(),
  /** Hash of the session that is to be proved anew. */
  again: z.string().optional(),
});

/** Somebody as the other provider describes them. */
export interface Arrived {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly email: Personal<string> | undefined;
  /** Empty where the provider gives them none of ours: then they are let in nowhere, and lose what they had. */
  readonly roles: readonly Role[];
  readonly to: string;
  readonly again: string | undefined;
  /** When they proved who they are there, epoch milliseconds; 0 where it does not say, which is fresh for nothing. */
  readonly provedAt: number;
}

export interface Outside {
  /** Where the browser is sent, and what its cookie holds. */
  begin(to: string, again: string | undefined): Promise<{ readonly address: string; readonly cookie: string }>;
  /**
   * Judge what it came back with.
   * @throws GatehouseError `outside_state` 400, `outside_refused` 403, `outside_unreachable` 502
   */
  arrive(query: string, cookie: string | undefined): Promise<Arrived>;
}

export interface OutsideDeps {
  readonly config: OutsideConfig;
  readonly redirectUri: string;
  readonly seal: (text: string) => Buffer;
  readonly open: (sealed: Uint8Array) => Promise<Buffer>;
  readonly now: () => number;
}

export function makeOutside({ config, redirectUri, seal, open, now }: OutsideDeps): Outside {
  let known: Promise<oidc.Configuration> | undefined;
  /** Asked once; a provider that was away is asked again by the next who comes. */
  const provider = (): Promise<oidc.Configuration> => {
    known ??= oidc.discovery(new URL(config.issuer), config.clientId, {}, oidc.ClientSecretBasic(config.clientSecret), {
      timeout: TIMEOUT_S,
      // The token's signature is checked as well, although it comes straight from the provider (OpenID Connect Core 3.1.3.7, 6).
      execute: [oidc.enableNonRepudiationChecks, ...(config.issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [])],
    }).catch((cause: unknown) => {
      known = undefined;
      throw unreachable(cause);
    });
    return known;
  };
  return {
    async begin(to, again) {
      const server = await provider();
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
      const address = oidc.buildAuthorizationUrl(server, {
        redirect_uri: redirectUri, response_type: 'code', scope: 'openid profile email', state, nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
        ...(again === undefined ? {} : { prompt: 'login', max_age: '0' }),
      }).href;
      const cookie = seal(JSON.stringify({ state, nonce, verifier, to, until: now() + OUTSIDE_MS, ...(again === undefined ? {} : { again }) })).toString('base64url');
      return { address, cookie };
    },
    async arrive(query, cookie) {
      const kept = cookie === undefined ? undefined : await open(Buffer.from(cookie, 'base64url')).then((text) => held.parse(JSON.parse(text.toString('utf8'))), () => undefined);
      const given = new URL(`${redirectUri}${query}`);
      if (!kept || kept.until <= now() || !sameSecret(given.searchParams.get('state') ?? '', kept.state)) {
        throw new GatehouseError('outside_state', 400, 'This sign-in was not begun in this browser, or took too long. Begin again from the sign-in page');
      }
      const server = await provider();
      const tokens = await oidc.authorizationCodeGrant(server, given, {
        expectedState: kept.state, expectedNonce: kept.nonce, pkceCodeVerifier: kept.verifier, idTokenExpected: true, ...(kept.again === undefined ? {} : { maxAge: AGAIN_S }),
      }).catch((cause: unknown) => { throw refusal(cause); });
      const claims = tokens.claims();
      if (!claims) throw refusal(new Error('no ID token'));
      const more = server.serverMetadata().userinfo_endpoint === undefined ? {} : await oidc.fetchUserInfo(server, tokens.access_token, claims.sub).catch((cause: unknown) => { throw refusal(cause); });
      // The signed token's word counts before what was fetched.
      const all: Readonly<Record<string, unknown>> = { ...more, ...claims };
      const roles = rolesFrom(all, config);
      return {
        issuer: claims.iss, subject: claims.sub, roles, to: kept.to, again: kept.again, provedAt: typeof claims.auth_time === 'number' ? claims.auth_time * 1000 : 0,
        name: shown(all['name']) ?? shown(all['preferred_username']) ?? 'Somebody without a name',
        email: typeof all['email'] === 'string' && all['email'].length <= 200 ? Personal.of(all['email']) : undefined,
      };
    },
  };
}

/** Roles from a claim: one word or a list of them; words that the map does not have give nothing. Pure. */
export function rolesFrom(claims: Readonly<Record<string, unknown>>, { rolesClaim, roles }: Pick<OutsideConfig, 'rolesClaim' | 'roles'>): readonly Role[] {
  const direct = Object.hasOwn(claims, rolesClaim) ? claims[rolesClaim] : undefined;
  const value = direct ?? rolesClaim.split('.').reduce<unknown>((within, part) =>
    (typeof within === 'object' && within !== null && Object.hasOwn(within, part) ? (within as Record<string, unknown>)[part] : undefined), claims);
  const words: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found = new Set(words.map((word) => (typeof word === 'string' ? roles.get(word) : undefined)));
  return ROLES.filter((role) => found.has(role));
}

/** A name fit to be shown to others. */
function shown(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cf}]/gu, '').trim().slice(0, 80) : '';
  return text === '' ? undefined : text;
}

function unreachable(cause: unknown): GatehouseError {
  return new GatehouseError('outside_unreachable', 502, 'the staff’s OpenID provider does not answer as it should', { cause });
}

/** What did not hold is for the log: the library names no values. */
function refusal(cause: unknown): GatehouseError {
  return new GatehouseError('outside_refused', 403, 'The sign-in at your organisation’s provider did not hold. Begin again from the sign-in page', { cause });
}
