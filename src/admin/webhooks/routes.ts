/** Doors to webhooks. What a setting must be is judged in `settings.ts`, what becomes of it in the desk. */
import { randomBytes } from 'node:crypto';
import { GatehouseError } from '../../errors.ts';
import type { AdminRoute, Answer, Asked } from '../route.ts';
import {
  WEBHOOKS, deliveryHref, endpointHref, webhookDeliveryPage, webhookEndpointPage, webhookFormPage, webhookListPage, webhookRemovePage, webhookSecretPage,
} from './pages.ts';
import { readSettings, type TypedSettings } from './settings.ts';
import { KEPT_MS, MOST_ENDPOINTS, type DeliveryCursor, type DeliveryState, type WebhookDesk } from './store.ts';

export interface WebhookRoutesDeps {
  readonly desk: WebhookDesk;
  /** Ids of the workflows there are. */
  readonly workflows: () => Promise<readonly string[]>;
  /** Whether test endpoints on this machine are accepted. */
  readonly development: boolean;
}

const PAGE = 25;
const HOUR_MS = 3_600_000;
const OVERLAP_HOURS: readonly string[] = ['0', '1', '24', '168'];

export function webhookRoutes({ desk, workflows, development }: WebhookRoutesDeps): readonly AdminRoute[] {
  const found = async ({ params }: Asked) => {
    const endpoint = await desk.endpoint(params['id'] ?? '');
    if (!endpoint) throw new GatehouseError('not_found', 404, 'There is no such endpoint. It may have been removed.');
    return endpoint;
  };
  /** The form again with its faults, or what it says. */
  const read = async (asked: Asked, endpoint: Awaited<ReturnType<typeof found>> | undefined, newId: string) => {
    const typed = typedOf(asked.form);
    const ids = await workflows();
    const outcome = readSettings(typed, { development, workflows: ids });
    if (outcome.kind === 'read') return { settings: outcome.settings };
    const page = webhookFormPage({ endpoint, newId, workflows: ids, ticked: typed.events });
    return { answer: { kind: 'page', page: withChecks(page, typed), errors: outcome.faults, values: asked.form } satisfies Answer };
  };
  const back = (id: string, notice: string): Answer => ({ kind: 'go', to: endpointHref(id), notice });
  return [
    {
      method: 'get', path: '/webhooks', action: 'webhook.read',
      handle: async ({ may }) => ({ kind: 'page', page: webhookListPage({ endpoints: await desk.endpoints(), mayManage: may('webhook.manage') }) }),
    },
    {
      method: 'get', path: '/webhooks/new', action: 'webhook.manage', fresh: true,
      handle: async () => ({ kind: 'page', page: webhookFormPage({ endpoint: undefined, newId: newEndpointId(), workflows: await workflows() }) }),
    },
    {
      method: 'post', path: '/webhooks', action: 'webhook.manage', fresh: true,
      async handle(asked) {
        const id = /^whe_[0-9a-f]{24}$/.test(asked.form['id'] ?? '') ? asked.form['id'] ?? '' : newEndpointId();
        const { settings, answer } = await read(asked, undefined, id);
        if (!settings) return answer;
        const made = await desk.create(asked.actor, id, settings);
        if (made.kind === 'exists') return back(id, 'This endpoint was made already. Its secret was shown once; rotate it if it was lost.');
        if (made.kind === 'too_many') throw new GatehouseError('too_many_endpoints', 409, `There are ${MOST_ENDPOINTS} endpoints already. Remove one that is no longer used.`);
        return { kind: 'page', page: webhookSecretPage({ id, title: settings.description || settings.url, secret: made.secret, rotated: false, overlapHours: 0 }) };
      },
    },
    {
      method: 'get', path: '/webhooks/deliveries/:delivery', action: 'webhook.read',
      async handle({ params, may }) {
        const delivery = await desk.delivery(params['delivery'] ?? '');
        if (!delivery) throw new GatehouseError('not_found', 404, 'There is no such delivery. They are kept for 30 days.');
        return { kind: 'page', page: webhookDeliveryPage({ delivery, mayManage: may('webhook.manage') }) };
      },
    },
    {
      method: 'post', path: '/webhooks/deliveries/:delivery/replay', action: 'webhook.manage',
      async handle({ params, actor }) {
        const id = params['delivery'] ?? '';
        const replayed = await desk.replay(actor, id);
        if (replayed === 'not_found') throw new GatehouseError('not_found', 404, 'There is no such delivery. They are kept for 30 days.');
        return { kind: 'go', to: deliveryHref(id), notice: REPLAYED[replayed] };
      },
    },
    {
      method: 'get', path: '/webhooks/:id', action: 'webhook.read',
      async handle(asked) {
        const endpoint = await found(asked);
        const state = stateOf(asked.query['state']);
        const cursor = cursorOf(asked.query['before']);
        const rows = await desk.deliveries({ endpointId: endpoint.id, state }, cursor, PAGE + 1);
        const last = rows.length > PAGE ? rows[PAGE - 1] : undefined;
        const href = endpointHref(endpoint.id);
        const query = (before?: DeliveryCursor): string => {
          const parts = new URLSearchParams({ ...(state === undefined ? {} : { state }), ...(before ? { before: `${before.createdAt}.${before.id}` } : {}) }).toString();
          return parts === '' ? href : `${href}?${parts}`;
        };
        return {
          kind: 'page',
          page: webhookEndpointPage({
            endpoint, deliveries: rows.slice(0, PAGE), state: state ?? '', next: last ? query(last) : '', first: cursor ? query() : '',
            mayManage: asked.may('webhook.manage'), now: asked.now,
          }),
          values: { state: state ?? '' },
        };
      },
    },
    {
      method: 'get', path: '/webhooks/:id/edit', action: 'webhook.manage', fresh: true,
      handle: async (asked) => ({ kind: 'page', page: webhookFormPage({ endpoint: await found(asked), newId: '', workflows: await workflows() }) }),
    },
    {
      method: 'post', path: '/webhooks/:id', action: 'webhook.manage', fresh: true,
      async handle(asked) {
        const endpoint = await found(asked);
        const { settings, answer } = await read(asked, endpoint, '');
        if (!settings) return answer;
        await desk.change(asked.actor, endpoint.id, settings);
        return back(endpoint.id, 'The endpoint was changed.');
      },
    },
    {
      method: 'post', path: '/webhooks/:id/test', action: 'webhook.manage',
      async handle(asked) {
        const { id } = await found(asked);
        const sent = await desk.test(asked.actor, id);
        if (sent.kind !== 'queued') return back(id, 'The endpoint is disabled. Enable it first.');
        return { kind: 'go', to: deliveryHref(sent.deliveryId), notice: 'A test is on its way. Load this page again in a few seconds to see what came of it.' };
      },
    },
    {
      method: 'post', path: '/webhooks/:id/enabled', action: 'webhook.manage',
      async handle(asked) {
        const { id } = await found(asked);
        const enabled = asked.form['enabled'] === 'yes';
        await desk.setEnabled(asked.actor, id, enabled);
        return back(id, enabled ? 'The endpoint is enabled.' : 'The endpoint is disabled. Nothing is sent to it any more.');
      },
    },
    {
      method: 'post', path: '/webhooks/:id/rotate', action: 'webhook.manage', fresh: true,
      async handle(asked) {
        const endpoint = await found(asked);
        const hours = OVERLAP_HOURS.includes(asked.form['overlap'] ?? '') ? Number(asked.form['overlap']) : 24;
        const secret = await desk.rotate(asked.actor, endpoint.id, asked.form['current'] ?? '', hours * HOUR_MS);
        if (secret === undefined) return back(endpoint.id, 'The secret was rotated already, and was shown once. Rotate again if it was lost.');
        return { kind: 'page', page: webhookSecretPage({ id: endpoint.id, title: endpoint.description || endpoint.url, secret, rotated: true, overlapHours: hours }) };
      },
    },
    {
      method: 'post', path: '/webhooks/:id/end-old', action: 'webhook.manage', fresh: true,
      async handle(asked) {
        const { id } = await found(asked);
        await desk.endOldSecrets(asked.actor, id);
        return back(id, 'Only the current secret signs now.');
      },
    },
    {
      method: 'post', path: '/webhooks/:id/replay', action: 'webhook.manage',
      async handle(asked) {
        const endpoint = await found(asked);
        const since = /^\d{4}-\d{2}-\d{2}$/.test(asked.form['since'] ?? '') ? Date.parse(`${asked.form['since']}T00:00:00Z`) : Number.NaN;
        if (Number.isNaN(since)) {
          const deliveries = await desk.deliveries({ endpointId: endpoint.id }, undefined, PAGE);
          return {
            kind: 'page', page: webhookEndpointPage({ endpoint, deliveries, state: '', next: '', first: '', mayManage: true, now: asked.now }),
            errors: { since: 'Enter a day as year-month-day, such as 2026-11-21.' }, values: asked.form,
          };
        }
        const count = await desk.replayFailed(asked.actor, endpoint.id, Math.max(since, asked.now - KEPT_MS));
        if (count === undefined) return back(endpoint.id, 'The endpoint is disabled. Enable it first.');
        return back(endpoint.id, count === 0 ? 'Nothing failed since then.' : `${count} ${count === 1 ? 'delivery is' : 'deliveries are'} sent again.`);
      },
    },
    {
      method: 'get', path: '/webhooks/:id/remove', action: 'webhook.manage', fresh: true,
      handle: async (asked) => ({ kind: 'page', page: webhookRemovePage(await found(asked)) }),
    },
    {
      method: 'post', path: '/webhooks/:id/remove', action: 'webhook.manage', fresh: true,
      async handle(asked) {
        const { id } = await found(asked);
        await desk.remove(asked.actor, id);
        return { kind: 'go', to: WEBHOOKS, notice: 'The endpoint was removed, with its secrets and its log.' };
      },
    },
  ];
}

const REPLAYED = {
  queued: 'It is sent again, with the same id. Load this page again in a few seconds to see what came of it.',
  waiting: 'It is waiting for its next try already.',
  disabled: 'The endpoint is disabled. Enable it first.',
} as const;

/** Ids that no two endpoints get. */
export function newEndpointId(): string {
  return `whe_${randomBytes(12).toString('hex')}`;
}

function typedOf(form: Asked['form']): TypedSettings {
  return {
    url: form['url'] ?? '', description: form['description'] ?? '', mode: form['mode'] ?? '', workflow: form['workflow'] ?? '',
    events: Object.keys(form).filter((name) => name.startsWith('event.')).map((name) => name.slice('event.'.length)), withCredential: form['credential'] === 'on',
  };
}

/** What was ticked cannot be told from the values alone: an empty box sends nothing. */
function withChecks(page: ReturnType<typeof webhookFormPage>, typed: TypedSettings): ReturnType<typeof webhookFormPage> {
  return { ...page, model: { ...page.model, withCredential: typed.withCredential } };
}

function stateOf(text: string | undefined): DeliveryState | undefined {
  return text === 'waiting' || text === 'delivered' || text === 'failed' ? text : undefined;
}

/** Where a page begins; undefined for the newest, and for whatever is no cursor. */
function cursorOf(text: string | undefined): DeliveryCursor | undefined {
  const parts = /^(\d{1,15})\.(dlv_[\w-]{1,40})$/.exec(text ?? '');
  return parts ? { createdAt: Number(parts[1]), id: parts[2] ?? '' } : undefined;
}
