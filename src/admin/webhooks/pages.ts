/** Pages of webhooks: endpoints, one endpoint with its deliveries, one delivery with its tries. */
import { WEBHOOK_EVENTS } from '../../webhooks/events.ts';
import type { AdminPage } from '../page.ts';
import { CHOSEN_EVENTS } from './settings.ts';
import { KEPT_MS, MOST_REPLAYED, type Delivery, type DeliveryDetail, type DeliveryState, type EndpointHealth, type EndpointSecret, type WebhookEndpoint } from './store.ts';
import { outcomeText, stateBadge, statusOf } from './words.ts';

export const WEBHOOKS = '/admin/webhooks';
const TRAIL = { title: 'Webhooks', href: WEBHOOKS };

/** Where an endpoint's own page is. */
export const endpointHref = (id: string): string => `${WEBHOOKS}/${encodeURIComponent(id)}`;
export const deliveryHref = (id: string): string => `${WEBHOOKS}/deliveries/${encodeURIComponent(id)}`;

type Listed = WebhookEndpoint & { readonly health: EndpointHealth };

function shown(endpoint: WebhookEndpoint) {
  return {
    ...endpoint, title: endpoint.description || endpoint.url, href: endpointHref(endpoint.id), status: statusOf(endpoint),
    workflow: endpoint.workflowId ?? '', disabledAt: endpoint.disabledAt ?? 0, failingSince: endpoint.failingSince ?? 0,
  };
}

function health({ delivered, failed, meanMs }: EndpointHealth) {
  return { delivered, failed, total: delivered + failed, meanMs: meanMs ?? '' };
}

export function webhookListPage({ endpoints, mayManage }: { readonly endpoints: readonly Listed[]; readonly mayManage: boolean }): AdminPage {
  return {
    view: 'admin/webhooks/list.njk', title: 'Webhooks', area: 'webhooks', trail: [],
    model: { endpoints: endpoints.map((endpoint) => ({ ...shown(endpoint), health: health(endpoint.health) })), mayManage, newHref: `${WEBHOOKS}/new` },
  };
}

export interface WebhookFormModel {
  /** Undefined: a new one. */
  readonly endpoint: WebhookEndpoint | undefined;
  /** The id that a new one will get; a form that is sent twice makes one endpoint. */
  readonly newId: string;
  readonly workflows: readonly string[];
  /** What was ticked before, shown again; undefined: what is kept, or everything. */
  readonly ticked?: readonly string[] | undefined;
}

export function webhookFormPage({ endpoint, newId, workflows, ticked }: WebhookFormModel): AdminPage {
  const wanted = ticked ?? endpoint?.events ?? CHOSEN_EVENTS;
  return {
    view: 'admin/webhooks/form.njk', title: endpoint ? 'Change the endpoint' : 'Add an endpoint', area: 'webhooks',
    trail: endpoint ? [TRAIL, { title: endpoint.description || endpoint.url, href: endpointHref(endpoint.id) }] : [TRAIL],
    model: {
      action: endpoint ? endpointHref(endpoint.id) : WEBHOOKS, cancel: endpoint ? endpointHref(endpoint.id) : WEBHOOKS, isNew: !endpoint, newId,
      url: endpoint?.url ?? '', description: endpoint?.description ?? '', mode: endpoint?.mode ?? 'test', workflow: endpoint?.workflowId ?? '', withCredential: endpoint?.withCredential ?? false,
      workflows: [{ value: '', text: 'All workflows' }, ...workflows.map((id) => ({ value: id, text: id }))],
      modes: [{ value: 'test', text: 'Test: what happens under test keys' }, { value: 'live', text: 'Live: what happens under live keys' }],
      events: CHOSEN_EVENTS.map((type) => ({ type, text: WEBHOOK_EVENTS[type], on: wanted.includes(type) })),
    },
  };
}

/** The one time a secret is seen. */
export function webhookSecretPage({ id, title, secret, rotated, overlapHours }: { readonly id: string; readonly title: string; readonly secret: string; readonly rotated: boolean; readonly overlapHours: number }): AdminPage {
  return {
    view: 'admin/webhooks/secret.njk', title: rotated ? 'The new secret' : 'The endpoint’s secret', area: 'webhooks', trail: [TRAIL, { title, href: endpointHref(id) }],
    model: { secret, href: endpointHref(id), rotated, overlapHours },
  };
}

export interface WebhookEndpointModel {
  readonly endpoint: Listed & { readonly secrets: readonly EndpointSecret[] };
  readonly deliveries: readonly Delivery[];
  readonly state: DeliveryState | '';
  readonly next: string;
  readonly first: string;
  readonly mayManage: boolean;
  readonly now: number;
}

const OVERLAPS = [
  { value: '24', text: 'for a day' }, { value: '1', text: 'for an hour' }, { value: '168', text: 'for a week' }, { value: '0', text: 'not at all: it leaked' },
];
const STATES = [{ value: '', text: 'All' }, { value: 'waiting', text: 'Waiting' }, { value: 'delivered', text: 'Delivered' }, { value: 'failed', text: 'Failed' }];

export function webhookEndpointPage({ endpoint, deliveries, state, next, first, mayManage, now }: WebhookEndpointModel): AdminPage {
  const href = endpointHref(endpoint.id);
  const current = endpoint.secrets.find(({ expiresAt }) => expiresAt === undefined);
  return {
    view: 'admin/webhooks/endpoint.njk', title: endpoint.description || endpoint.url, area: 'webhooks', trail: [TRAIL],
    model: {
      endpoint: { ...shown(endpoint), events: endpoint.events.map((type) => ({ type, text: WEBHOOK_EVENTS[type] ?? '' })) },
      health: health(endpoint.health), href, mayManage, state, states: STATES, overlaps: OVERLAPS, next, first,
      current: current?.id ?? '', currentAt: current?.createdAt ?? 0, old: endpoint.secrets.flatMap(({ id, expiresAt }) => (expiresAt === undefined ? [] : [{ id, expiresAt }])),
      deliveries: deliveries.map(row), since: new Date(now - 86_400_000).toISOString().slice(0, 10), mostReplayed: MOST_REPLAYED, keptDays: KEPT_MS / 86_400_000,
    },
  };
}

function row(delivery: Delivery) {
  return {
    id: delivery.id, href: deliveryHref(delivery.id), type: delivery.type, eventId: delivery.eventId, createdAt: delivery.createdAt, tries: delivery.tries,
    badge: stateBadge(delivery.state), outcome: outcomeText(delivery.lastStatus, delivery.lastError), nextAt: delivery.nextAt ?? 0, lastAt: delivery.lastAt ?? 0,
    overdue: delivery.state === 'waiting',
  };
}

export function webhookDeliveryPage({ delivery, mayManage }: { readonly delivery: DeliveryDetail; readonly mayManage: boolean }): AdminPage {
  const { endpoint } = delivery;
  return {
    view: 'admin/webhooks/delivery.njk', title: `Delivery of ${delivery.type}`, area: 'webhooks', trail: [TRAIL, { title: endpoint.description || endpoint.url, href: endpointHref(endpoint.id) }],
    model: {
      delivery: row(delivery), body: pretty(delivery.body), endpoint: shown(endpoint), href: deliveryHref(delivery.id),
      journey: delivery.journeyId ?? '', journeyHref: delivery.journeyId === undefined ? '' : `/admin/journeys/${encodeURIComponent(delivery.journeyId)}`,
      log: delivery.log.map((one) => ({ ...one, outcome: outcomeText(one.status, one.error), good: one.error === undefined, answer: one.answer === undefined ? '' : printable(one.answer) })),
      elsewhere: delivery.elsewhere.map((one) => ({ href: deliveryHref(one.id), url: one.url, badge: stateBadge(one.state) })),
      // Waiting ones are tried without a hand.
      mayReplay: mayManage && endpoint.enabled && delivery.state !== 'waiting',
    },
  };
}

export function webhookRemovePage(endpoint: WebhookEndpoint): AdminPage {
  return {
    view: 'admin/webhooks/remove.njk', title: 'Remove the endpoint', area: 'webhooks', trail: [TRAIL, { title: endpoint.description || endpoint.url, href: endpointHref(endpoint.id) }],
    model: { endpoint: shown(endpoint), action: `${endpointHref(endpoint.id)}/remove`, cancel: endpointHref(endpoint.id) },
  };
}

function pretty(body: string): string {
  return JSON.stringify(JSON.parse(body), undefined, 2);
}

/** An answer is anybody's bytes: what is no text is shown as such. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, '\u{fffd}');
}
