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
import type { ClientRow } from './records.ts';

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
});
export type StoredClient = z.infer<typeof storedClient>;
export type StoredClientSource = z.input<typeof storedClient>;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Metadata of ours that the library carries along. */
export const EXTRA_CLIENT_METADATA = ['gatehouse_workflow', 'gatehouse_mode', 'gatehouse_sector'] as const;

/** What is wrong with a redirect URI for a key of this mode; undefined where nothing is. */
export function redirectUriProblem(uri: string, mode: Mode): string | undefined {
  const url = URL.parse(uri);
  if (!url) return 'is not an absolute URL';
  if (uri.includes('#')) return 'has a fragment (RFC 6749 section 3.1.2)';
  if (url.username !== '' || url.password !== '') return 'has a user name or password';
  if (uri.includes('*')) return 'has a wildcard: redirect URIs are compared exactly (RFC 9700 section 4.1.3)';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && mode === 'test' && LOOPBACK.has(url.hostname)) return undefined;
  return mode === 'test' ? 'must be https, or http on localhost' : 'must be https';
}

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
  return [...client.redirect_uris, ...client.post_logout_redirect_uris].flatMap((uri) => {
    const problem = redirectUriProblem(uri, mode);
    return problem === undefined ? [] : [`${uri} ${problem}`];
  });
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
  const { sector, jwks, ...metadata } = client;
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
