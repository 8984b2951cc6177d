import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { CHOSEN_EVENTS, readSettings, type EndpointSettings, type SettingsRules } from '../../webhooks/settings.ts';
import { KEPT_MS, MOST_REPLAYED, type Delivery, type WebhookDesk, type WebhookEndpoint } from '../../webhooks/store.ts';
import { randomBytes } from 'node:crypto';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, mode, moment, pageOf, paging, part, refusedFields, time } from '../shapes.ts';

const settings = z.strictObject({
  url: z.string().max(2000), description: z.string().default(''), mode, workflow: z.string().default('').describe('Empty: all.'),
  events: z.array(z.enum(CHOSEN_EVENTS as [string, ...string[]])), with_credential: z.boolean().default(false).describe('Send what the application itself calls the person.'),
});
const endpoint = z.object({
  id: z.string(), url: z.string(), description: z.string(), mode, workflow: z.string().nullable(), events: z.array(z.string()), with_credential: z.boolean(),
  enabled: z.boolean(), disabled_because: z.string().nullable(), created_at: time,
});
const delivery = z.object({
  id: z.string(), event_id: z.string(), type: z.string(), state: z.enum(['waiting', 'delivered', 'failed']), tries: z.number(),
  next_at: time, last_at: time, last_status: z.number().nullable(), last_error: z.string().nullable(), created_at: time,
});

function endpointView(one: WebhookEndpoint) {
  return {
    id: one.id, url: one.url, description: one.description, mode: one.mode, workflow: one.workflowId ?? null, events: one.events, with_credential: one.withCredential,
    enabled: one.enabled, disabled_because: one.disabledBecause ?? null, created_at: iso(one.createdAt),
  };
}

function deliveryView(one: Delivery) {
  return {
    id: one.id, event_id: one.eventId, type: one.type, state: one.state, tries: one.tries, next_at: iso(one.nextAt), last_at: iso(one.lastAt),
    last_status: one.lastStatus ?? null, last_error: one.lastError ?? null, created_at: iso(one.createdAt),
  };
}

/** As long as the console offers. */
const LONGEST_OVERLAP_SECONDS = 7 * 86_400;
const secret = z.object({ id: z.string(), created_at: time, expires_at: time });
const disabled = (): GatehouseError => new GatehouseError('endpoint_disabled', 409, 'the endpoint is disabled: enable it first');

/** Webhook endpoints and what was delivered. */
export function webhookApi(webhooks: WebhookDesk, rules: () => Promise<SettingsRules>): readonly ApiRoute[] {
  const read = async (sent: z.infer<typeof settings>): Promise<EndpointSettings> => {
    const { with_credential: withCredential, ...rest } = sent;
    const judged = readSettings({ ...rest, withCredential }, await rules());
    if (judged.kind === 'faults') throw refusedFields(judged.faults);
    return judged.settings;
  };
  return [
    apiRoute({
      method: 'get', path: '/webhooks', tag: 'webhooks', scope: 'webhook.read', summary: 'All endpoints', answer: z.object({ data: z.array(endpoint) }),
      handle: async () => ({ data: (await webhooks.endpoints()).map(endpointView) }),
    }),
    apiRoute({
      method: 'post', path: '/webhooks', tag: 'webhooks', scope: 'webhook.manage', summary: 'Make an endpoint; its secret is told this once', status: 201,
      body: settings, answer: z.object({ id: z.string(), secret: z.string() }), refusals: { 409: 'There are too many.' },
      async handle({ body, actor }) {
        const id = `ep_${randomBytes(12).toString('base64url')}`;
        const made = await webhooks.create(actor, id, await read(body));
        if (made.kind !== 'created') throw new GatehouseError('too_many_endpoints', 409, 'there are as many endpoints as there can be');
        return { id, secret: made.secret };
      },
    }),
    apiRoute({
      method: 'get', path: '/webhooks/{id}', tag: 'webhooks', scope: 'webhook.read', summary: 'One endpoint, how its last day went, and its secrets without themselves',
      answer: endpoint.extend({ last_day: z.object({ delivered: z.number(), failed: z.number(), mean_ms: z.number().nullable() }), secrets: z.array(secret).describe('The one without an end is the current one.') }),
      async handle({ params }) {
        const one = found(await webhooks.endpoint(part(params, 'id')), 'endpoint');
        return {
          ...endpointView(one), last_day: { delivered: one.health.delivered, failed: one.health.failed, mean_ms: one.health.meanMs ?? null },
          secrets: one.secrets.map(({ id, createdAt, expiresAt }) => ({ id, created_at: iso(createdAt), expires_at: iso(expiresAt) })),
        };
      },
    }),
    apiRoute({
      method: 'put', path: '/webhooks/{id}', tag: 'webhooks', scope: 'webhook.manage', summary: 'Change an endpoint', body: settings, answer: z.object({ changed: z.literal(true) }),
      handle: async ({ params, body, actor }) => ({ changed: found(await webhooks.change(actor, part(params, 'id'), await read(body)), 'endpoint') }),
    }),
    apiRoute({
      method: 'post', path: '/webhooks/{id}/enabled', tag: 'webhooks', scope: 'webhook.manage', summary: 'Enable or disable', body: z.strictObject({ enabled: z.boolean() }), answer: z.object({ enabled: z.boolean() }),
      async handle({ params, body, actor }) {
        found(await webhooks.setEnabled(actor, part(params, 'id'), body.enabled), 'endpoint');
        return { enabled: body.enabled };
      },
    }),
    apiRoute({
      method: 'delete', path: '/webhooks/{id}', tag: 'webhooks', scope: 'webhook.manage', summary: 'Remove an endpoint with its log', answer: z.object({ removed: z.literal(true) }),
      handle: async ({ params, actor }) => ({ removed: found(await webhooks.remove(actor, part(params, 'id')), 'endpoint') }),
    }),
    apiRoute({
      method: 'post', path: '/webhooks/{id}/rotate', tag: 'webhooks', scope: 'webhook.manage', summary: 'A new secret, told this once; the one before signs beside it for so long yet',
      body: z.strictObject({ secret_id: z.string().max(100).describe('The current secret’s id: two who rotate at once make one new secret.'), overlap_seconds: z.number().int().min(0).max(LONGEST_OVERLAP_SECONDS).default(86_400) }),
      answer: z.object({ secret: z.string() }), refusals: { 409: 'That is not its current secret any more.' },
      async handle({ params, body, actor }) {
        const { id } = found(await webhooks.endpoint(part(params, 'id')), 'endpoint');
        const made = await webhooks.rotate(actor, id, body.secret_id, body.overlap_seconds * 1000);
        if (made === undefined) throw new GatehouseError('secret_rotated', 409, 'that is not the current secret of the endpoint any more: look at it again');
        return { secret: made };
      },
    }),
    apiRoute({
      method: 'post', path: '/webhooks/{id}/end-old-secrets', tag: 'webhooks', scope: 'webhook.manage', summary: 'End every secret but the current one now', answer: z.object({ ended: z.number() }),
      async handle({ params, actor }) {
        const { id } = found(await webhooks.endpoint(part(params, 'id')), 'endpoint');
        return { ended: await webhooks.endOldSecrets(actor, id) };
      },
    }),
    apiRoute({
      method: 'post', path: '/webhooks/{id}/test', tag: 'webhooks', scope: 'webhook.manage', summary: 'Send a test to this endpoint', status: 202, answer: z.object({ delivery_id: z.string() }), refusals: { 409: 'It is disabled.' },
      async handle({ params, actor }) {
        const sent = await webhooks.test(actor, part(params, 'id'));
        if (sent.kind === 'queued') return { delivery_id: sent.deliveryId };
        if (sent.kind === 'disabled') throw disabled();
        return found(undefined, 'endpoint');
      },
    }),
    apiRoute({
      method: 'post', path: '/webhooks/{id}/replay-failed', tag: 'webhooks', scope: 'webhook.manage', summary: `Send again what failed and was made since a time, the oldest first, at most ${MOST_REPLAYED}`, status: 202,
      body: z.strictObject({ since: moment }), answer: z.object({ queued: z.number() }), refusals: { 409: 'It is disabled.' },
      async handle({ params, body, actor, now }) {
        const { id } = found(await webhooks.endpoint(part(params, 'id')), 'endpoint');
        const queued = await webhooks.replayFailed(actor, id, Math.max(body.since, now - KEPT_MS));
        if (queued === undefined) throw disabled();
        return { queued };
      },
    }),
    apiRoute({
      method: 'get', path: '/deliveries/{id}', tag: 'webhooks', scope: 'webhook.read', summary: 'One delivery: what is sent, and each try',
      answer: delivery.extend({ endpoint_id: z.string(), transaction_id: z.string().nullable(), body: z.string(), log: z.array(z.object({ number: z.number(), at: time, ms: z.number(), status: z.number().nullable(), error: z.string().nullable(), answer: z.string().nullable() })) }),
      async handle({ params }) {
        const one = found(await webhooks.delivery(part(params, 'id')), 'delivery');
        return {
          ...deliveryView(one), endpoint_id: one.endpointId, transaction_id: one.journeyId ?? null, body: one.body,
          log: one.log.map(({ number, at, ms, status, error, answer }) => ({ number, at: iso(at), ms, status: status ?? null, error: error ?? null, answer: answer ?? null })),
        };
      },
    }),
    apiRoute({
      method: 'get', path: '/webhooks/{id}/deliveries', tag: 'webhooks', scope: 'webhook.read', summary: 'What was delivered, newest first',
      query: z.strictObject({ state: z.enum(['waiting', 'delivered', 'failed']).optional(), ...paging, before: z.string().regex(/^\d{1,15}:[\w-]{1,80}$/).optional() }), answer: pageOf(delivery),
      async handle({ params, query: { state, before, most } }) {
        found(await webhooks.endpoint(part(params, 'id')), 'endpoint');
        const [at, id] = before?.split(':') ?? [];
        const rows = await webhooks.deliveries({ endpointId: part(params, 'id'), state }, at === undefined || id === undefined ? undefined : { createdAt: Number(at), id }, most + 1);
        const shown = rows.slice(0, most);
        const last = shown.at(-1);
        return { data: shown.map(deliveryView), next: rows.length > most && last ? `${last.createdAt}:${last.id}` : null };
      },
    }),
    apiRoute({
      method: 'post', path: '/deliveries/{id}/replay', tag: 'webhooks', scope: 'webhook.manage', summary: 'Send one again, with the same id', status: 202, answer: z.object({ queued: z.literal(true) }), refusals: { 409: 'It waits already, or its endpoint is disabled.' },
      async handle({ params, actor }) {
        const replayed = await webhooks.replay(actor, part(params, 'id'));
        if (replayed === 'not_found') throw new GatehouseError('not_found', 404, 'there is no such delivery');
        if (replayed !== 'queued') throw new GatehouseError(`delivery_${replayed}`, 409, replayed === 'waiting' ? 'the delivery waits for its next try already' : 'the endpoint is disabled');
        return { queued: true };
      },
    }),
  ];
}
