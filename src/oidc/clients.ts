/**
 * Workflow keys as OIDC clients. The library accepts more than RFC 9700 does, so a policy of our own stands before it:
 * exact redirect URIs over https, plain http only for `test` keys on the same machine, no symmetric token signatures.
 *
 * Secrets are 256-bit random values of which only the SHA-256 is stored; a slow hash would add nothing to that. What
 * the library holds as `client_secret` is this hash, and the comparison is replaced (see `provider.ts`).
 */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ClientMetadata } from 'oidc-provider';
import { sameSecret } from '../constant_time.ts';
import { GatehouseError } from '../errors.ts';
import type { Mode } from '../journey/journey.ts';
import { MOST_NETS, netProblem } from './allowed_from.ts';
import type { ClientRow } from './records.ts';
import { redirectUriProblem } from './redirect_uris.ts';

export { redirectUriProblem } from './redirect_uris.ts';
export { netProblem } from './allowed_from.ts';

/** Longest that an earlier verification can be reused, seconds: as long as of a workflow. */
export const LONGEST_REUSE = 15_552_000;

/** What `workflow_key.metadata` holds, in the names of OIDC registration. */
export const storedClient = z.strictObject({
  client_name: z.string().min(1).max(120),
  redirect_uris: z.array(z.string()).min(1),
  post_logout_redirect_uris: z.array(z.string()).default([]),
  grant_types: z.array(z.enum(['authorization_code', 'refresh_token'])).default(['authorization_code']),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
    .default('client_secret_basic'),
  id_token_signed_response_alg: z.enum(['RS256', 'ES256']).default('RS256'),
  subject_type: z.enum(['pairwise', 'public']).default('pairwise'),
  /**
   * What pairwise subjects are computed for (OIDC Core 8.1). Set it when a key is made ({@link newClient} does), so that
   * redirect URIs may come and go without changing anybody's `sub`.
   */
  sector: z.string().min(1).max(255).optional(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1) }).optional(),
  jwks_uri: z.url({ protocol: /^https$/ }).optional(),
  scope: z.string().optional(),
  default_acr_values: z.array(z.string()).optional(),
  default_max_age: z.number().int().nonnegative().optional(),
  require_auth_time: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  client_uri: z.url({ protocol: /^https$/ }).optional(),
  logo_uri: z.url({ protocol: /^https$/ }).optional(),
  policy_uri: z.url({ protocol: /^https$/ }).optional(),
  tos_uri: z.url({ protocol: /^https$/ }).optional(),
  /** OIDC Back-Channel Logout 1.0: told by a signed token when somebody signs out. */
  backchannel_logout_uri: z.string().optional(),
  backchannel_logout_session_required: z.boolean().optional(),
  /** `nonce`: a confidential client may prove with a nonce instead that the code is its own (RFC 9700 section 2.1.1). */
  pkce: z.enum(['required', 'nonce']).default('required'),
  /** Addresses and nets it may authenticate from; empty: from anywhere. */
  allowed_from: z.array(z.string()).max(MOST_NETS).default([]),
  /** How a denial goes out; the workflow says where the key does not. */
  deny_as: z.enum(['error', 'token']).optional(),
  /** For how long a decision counts as recent, seconds; the workflow says where the key does not. */
  reuse_seconds: z.number().int().min(0).max(LONGEST_REUSE).optional(),
  /** How a decision that waits for a person goes out. */
  review_as: z.enum(['error', 'pending', 'hold']).default('error'),
});
export type StoredClient = z.infer<typeof storedClient>;
export type StoredClientSource = z.input<typeof storedClient>;

/** Metadata of ours that the library carries along. */
export const EXTRA_CLIENT_METADATA = [
  'gatehouse_workflow', 'gatehouse_mode', 'gatehouse_sector', 'gatehouse_previous_secret', 'gatehouse_allowed_from', 'gatehouse_pkce',
  'gatehouse_deny_as', 'gatehouse_reuse_seconds', 'gatehouse_review_as',
] as const;

/**
 * Check metadata before it is stored: fills in defaults and the pairwise sector.
 * @throws GatehouseError `client_metadata_invalid` naming every fault
 */
export function newClient(source: StoredClientSource, mode: Mode): StoredClient {
  const parsed = storedClient.safeParse(source);
  if (!parsed.success) throw new GatehouseError('client_metadata_invalid', 400, z.prettifyError(parsed.error));
  const faults = uriFaults(parsed.data, mode);
  if (faults.length > 0) throw new GatehouseError('client_metadata_invalid', 400, faults.join('; '));
  return { ...parsed.data, sector: sectorOf(parsed.data) };
}

function uriFaults(client: StoredClient, mode: Mode): readonly string[] {
  const told = client.backchannel_logout_uri;
  const uris = [...client.redirect_uris, ...client.post_logout_redirect_uris, ...(told === undefined ? [] : [told])].flatMap((uri) => {
    const problem = redirectUriProblem(uri, mode);
    return problem === undefined ? [] : [`${uri} ${problem}`];
  });
  const nets = client.allowed_from.flatMap((net) => {
    const problem = netProblem(net);
    return problem === undefined ? [] : [`${net} ${problem}`];
  });
  // A client without a secret has nothing but PKCE to show that a code is its own.
  const open = client.pkce === 'nonce' && client.token_endpoint_auth_method === 'none' ? ['a public client must use PKCE'] : [];
  return [...uris, ...nets, ...open];
}

function sectorOf(client: StoredClient): string {
  return client.sector ?? new URL(client.redirect_uris[0] as string).host;
}

/**
 * A workflow key as the library wants it.
 * @throws GatehouseError `client_metadata_invalid` where the stored metadata breaks the policy: nothing is let through
 */
export function clientMetadata(row: ClientRow): ClientMetadata {
  const client = newClient(row.metadata as StoredClientSource, row.mode);
  const { sector, jwks, pkce, allowed_from: allowedFrom, deny_as: denyAs, reuse_seconds: reuseSeconds, review_as: reviewAs, ...metadata } = client;
  const secret = client.token_endpoint_auth_method.startsWith('client_secret');
  return {
    ...metadata,
    ...(jwks ? { jwks: jwks as NonNullable<ClientMetadata['jwks']> } : {}),
    client_id: row.clientId,
    ...(secret ? { client_secret: row.secretHash } : {}),
    application_type: 'web',
    response_types: ['code'],
    // The library wants this where redirect URIs are on several hosts; it is never fetched, `gatehouse_sector` counts.
    ...(client.subject_type === 'pairwise' ? { sector_identifier_uri: 'https://sector.invalid/' } : {}),
    gatehouse_workflow: row.workflowId,
    gatehouse_mode: row.mode,
    gatehouse_sector: sector,
    gatehouse_pkce: pkce,
    gatehouse_allowed_from: allowedFrom,
    gatehouse_review_as: reviewAs,
    ...(row.previousSecret && secret ? { gatehouse_previous_secret: row.previousSecret } : {}),
    ...(denyAs === undefined ? {} : { gatehouse_deny_as: denyAs }),
    ...(reuseSeconds === undefined ? {} : { gatehouse_reuse_seconds: reuseSeconds }),
  };
}

/** A new client secret: 256 random bits. Shown once, never stored. */
export function newClientSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a client secret: SHA-256, hex. */
export function hashClientSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Whether a presented secret is the one behind a stored hash, in constant time. */
export function clientSecretMatches(presented: string, storedHash: string): boolean {
  return sameSecret(hashClientSecret(presented), storedHash);
}

/**
 * Which of a key's secrets was presented, if any. Both are compared whatever comes of the first, so that the time taken
 * tells nothing. The one before a rotation counts until the overlap ends, that moment excluded.
 *
 * @param now epoch milliseconds
 */
export function secretPresented(
  presented: string, stored: { readonly current: string | undefined; readonly previous: { readonly hash: string; readonly until: number } | undefined }, now: number,
): 'current' | 'previous' | undefined {
  const hash = hashClientSecret(presented);
  const current = sameSecret(hash, stored.current ?? NO_HASH);
  const previous = sameSecret(hash, stored.previous?.hash ?? NO_HASH);
  if (current && stored.current !== undefined) return 'current';
  return previous && stored.previous !== undefined && now < stored.previous.until ? 'previous' : undefined;
}

/** As long as a hash, and of nothing. */
const NO_HASH = '0'.repeat(64);
