import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { CHOSEN_EVENTS, readSettings, type EndpointSettings, type SettingsRules } from '../../webhooks/settings.ts';
import type { Delivery, WebhookDesk, WebhookEndpoint } from '../../webhooks/store.ts';
import { randomBytes } from 'node:crypto';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, mode, pageOf, paging, part, refusedFields, time } from '../shapes.ts';

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
