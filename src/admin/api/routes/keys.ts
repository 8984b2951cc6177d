import { z } from 'zod';
import { AUTH_METHODS, type KeySettings } from '../../keys/settings.ts';
import { KeyRefused, LONGEST_OVERLAP, type Key, type KeyDesk, type KeyLine } from '../../keys/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, mode, pageOf, paging, part, refusedFields, time } from '../shapes.ts';

const uris = z.array(z.string().max(2000)).max(50);

/** Settings as the API names them. What is not given stays as it is; null clears. */
const settings = z.strictObject({
  name: z.string(), redirect_uris: uris, post_logout_redirect_uris: uris,
  auth_method: z.enum(AUTH_METHODS), jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())) }).nullable(), jwks_uri: z.string().nullable(),
  pkce: z.enum(['required', 'nonce']), par_required: z.boolean(), dpop_required: z.boolean(), refresh_tokens: z.boolean(),
  id_token_alg: z.enum(['RS256', 'ES256']), subject_type: z.enum(['pairwise', 'public']), sector: z.string().nullable(),
  client_uri: z.string().nullable(), logo_uri: z.string().nullable(), policy_uri: z.string().nullable(), tos_uri: z.string().nullable(),
  deny_as: z.enum(['error', 'token']).nullable(), reuse_seconds: z.number().int().nullable(), review_as: z.enum(['error', 'pending', 'hold']),
  backchannel_logout_uri: z.string().nullable(), backchannel_logout_session: z.boolean(), allowed_from: z.array(z.string()).max(50),
});
type Sent = { readonly [Name in keyof z.infer<typeof settings>]?: z.infer<typeof settings>[Name] | undefined };

/** Field of ours → name in the API. The compiler sees to it that none is forgotten. */
const NAMES: { readonly [Field in keyof KeySettings]: keyof z.infer<typeof settings> } = {
  name: 'name', redirectUris: 'redirect_uris', postLogoutRedirectUris: 'post_logout_redirect_uris', authMethod: 'auth_method', jwks: 'jwks', jwksUri: 'jwks_uri',
  pkce: 'pkce', parRequired: 'par_required', dpopRequired: 'dpop_required', refreshTokens: 'refresh_tokens', idTokenAlg: 'id_token_alg', subjectType: 'subject_type',
  sector: 'sector', clientUri: 'client_uri', logoUri: 'logo_uri', policyUri: 'policy_uri', tosUri: 'tos_uri', denyAs: 'deny_as', reuseSeconds: 'reuse_seconds',
  reviewAs: 'review_as', backchannelLogoutUri: 'backchannel_logout_uri', backchannelLogoutSession: 'backchannel_logout_session', allowedFrom: 'allowed_from',
};

function settingsFrom(sent: Sent): Partial<KeySettings> {
  return Object.fromEntries(Object.entries(NAMES).filter(([, name]) => sent[name] !== undefined).map(([field, name]) => [field, sent[name] ?? undefined])) as Partial<KeySettings>;
}

const line = z.object({
  client_id: z.string(), workflow: z.string(), mode, name: z.string(), created_at: time, revoked_at: time, last_used_at: time, overlap_until: time,
});
const key = line.extend({ revision: z.number(), secret_at: time, settings });

function lineView(one: KeyLine) {
  return {
    client_id: one.clientId, workflow: one.workflowId, mode: one.mode, name: one.name, created_at: iso(one.createdAt), revoked_at: iso(one.revokedAt),
    last_used_at: iso(one.lastUsedAt), overlap_until: iso(one.overlapUntil),
  };
}

function keyView(one: Key) {
  return {
    ...lineView(one), revision: one.revision, secret_at: iso(one.secretAt),
    settings: Object.fromEntries(Object.entries(NAMES).map(([field, name]) => [name, one.settings[field as keyof KeySettings] ?? null])),
  };
}

/** Faults of settings come back by the API's own names. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof KeyRefused)) throw thrown;
    throw refusedFields(Object.fromEntries(Object.entries(thrown.faults).map(([field, text]) => [NAMES[field as keyof KeySettings], text])));
  }
}

/** Workflow keys. A secret is in the answer that made it, and nowhere else. */
export function keyApi(keys: KeyDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/keys', tag: 'keys', scope: 'key.read', summary: 'List keys, newest first',
      query: z.strictObject({ workflow: z.string().max(100).optional(), ...paging }), answer: pageOf(line),
      async handle({ query: { workflow, before, most } }) {
        const page = await keys.list({ workflowId: workflow, before, most });
        return { data: page.keys.map(lineView), next: page.next ?? null };
      },
    }),
    apiRoute({
      method: 'post', path: '/keys', tag: 'keys', scope: 'key.manage', summary: 'Make a key; its secret is told this once', status: 201,
      body: settings.partial().required({ name: true, redirect_uris: true }).extend({ workflow: z.string(), mode, client_id: z.string().optional() }),
      answer: z.object({ client_id: z.string(), client_secret: z.string().nullable() }), refusals: { 409: 'There is a key of this id.' },
      async handle({ body: { workflow, mode: under, client_id, ...sent }, actor }) {
        const made = await named(() => keys.create(actor, { ...settingsFrom(sent), name: sent.name, redirectUris: sent.redirect_uris, workflowId: workflow, mode: under, clientId: client_id }));
        return { client_id: made.clientId, client_secret: made.secret ?? null };
      },
    }),
    apiRoute({
      method: 'get', path: '/keys/{id}', tag: 'keys', scope: 'key.read', summary: 'One key', answer: key,
      handle: async ({ params }) => keyView(found(await keys.get(part(params, 'id')), 'key')),
    }),
    apiRoute({
      method: 'put', path: '/keys/{id}', tag: 'keys', scope: 'key.manage', summary: 'Change settings; those not given stay', answer: key,
      body: settings.partial().extend({ revision: z.number().int().optional().describe('What the change was made on, against lost updates.') }), refusals: { 409: 'It was changed meanwhile, or revoked.' },
      handle: async ({ params, body: { revision, ...sent }, actor }) => keyView(await named(() => keys.update(actor, part(params, 'id'), settingsFrom(sent), revision))),
    }),
    apiRoute({
      method: 'post', path: '/keys/{id}/rotate', tag: 'keys', scope: 'key.manage', summary: 'A new secret; the one before works for so long yet',
      body: z.strictObject({ overlap_seconds: z.number().int().min(0).max(LONGEST_OVERLAP).default(86_400) }), answer: z.object({ client_secret: z.string() }), refusals: { 409: 'It was changed meanwhile, is revoked, or has no secret.' },
      handle: async ({ params, body, actor }) => ({ client_secret: (await keys.rotate(actor, part(params, 'id'), body.overlap_seconds)).secret }),
    }),
    apiRoute({
      method: 'post', path: '/keys/{id}/end-overlap', tag: 'keys', scope: 'key.manage', summary: 'End the secret before the last rotation now', answer: z.object({ ended: z.boolean().describe('False: there was none.') }),
      handle: async ({ params, actor }) => ({ ended: await keys.endOverlap(actor, part(params, 'id')) }),
    }),
    apiRoute({
      method: 'delete', path: '/keys/{id}', tag: 'keys', scope: 'key.manage', summary: 'Revoke for good', answer: z.object({ revoked: z.boolean() }),
      handle: async ({ params, actor }) => ({ revoked: await keys.revoke(actor, part(params, 'id')) }),
    }),
  ];
}
