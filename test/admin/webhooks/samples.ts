import type { AdminSample } from '../../../src/admin/page.ts';
import { webhookDeliveryPage, webhookEndpointPage, webhookFormPage, webhookListPage, webhookRemovePage, webhookSecretPage } from '../../../src/admin/webhooks/pages.ts';
import { CHOSEN_EVENTS } from '../../../src/admin/webhooks/settings.ts';
import type { Delivery, DeliveryDetail, EndpointHealth, EndpointSecret, WebhookEndpoint } from '../../../src/admin/webhooks/store.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;
const HEALTH: EndpointHealth = { delivered: 1_204, failed: 3, meanMs: 87 };
const QUIET: EndpointHealth = { delivered: 0, failed: 0, meanMs: undefined };
const SECRETS: readonly EndpointSecret[] = [{ id: 's2', createdAt: AT, expiresAt: undefined }, { id: 's1', createdAt: AT - 86_400_000, expiresAt: AT + 86_400_000 }];

const ENDPOINT: WebhookEndpoint = {
  id: 'whe_0123456789abcdef01234567', url: 'https://app.example.com/hooks/gatehouse', description: 'Decisions to the shop', mode: 'live', workflowId: undefined, events: CHOSEN_EVENTS,
  withCredential: false, enabled: true, disabledBecause: undefined, disabledAt: undefined, failingSince: undefined, slow: false, createdAt: AT,
};
const NASTY: WebhookEndpoint = {
  ...ENDPOINT, id: 'whe_f', url: `https://app.example.com/${'very-long-part/'.repeat(8)}?q=%3Cscript%3E`, description: HOSTILE, mode: 'test', workflowId: HOSTILE,
  events: ['journey.decided'], withCredential: true, failingSince: AT - 3_600_000,
};
const GONE: WebhookEndpoint = { ...ENDPOINT, id: 'whe_g', description: '', enabled: false, disabledBecause: 'gone', disabledAt: AT };

const DELIVERIES: readonly Delivery[] = [
  { id: 'dlv_3', eventId: 'evt_3', endpointId: ENDPOINT.id, type: 'journey.decided', state: 'waiting', tries: 2, nextAt: AT + 300_000, lastAt: AT, lastStatus: undefined, lastError: 'timed_out', createdAt: AT },
  { id: 'dlv_2', eventId: 'evt_2', endpointId: ENDPOINT.id, type: 'case.resolved', state: 'failed', tries: 10, nextAt: undefined, lastAt: AT, lastStatus: 500, lastError: 'status_500', createdAt: AT - 86_400_000 },
  { id: 'dlv_1', eventId: 'evt_1', endpointId: ENDPOINT.id, type: 'endpoint.test', state: 'delivered', tries: 1, nextAt: undefined, lastAt: AT, lastStatus: 204, lastError: undefined, createdAt: AT - 90_000_000 },
];
const [FIRST = {} as Delivery, SECOND = {} as Delivery] = DELIVERIES;

const DETAIL: DeliveryDetail = {
  ...SECOND, endpoint: NASTY, journeyId: '4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11', body: JSON.stringify({ type: 'case.resolved', timestamp: new Date(AT).toISOString(), data: { note: HOSTILE, mode: 'live' } }),
  log: [
    { number: 3, at: AT, ms: 15_000, status: undefined, error: 'timed_out', answer: undefined },
    { number: 2, at: AT - 300_000, ms: 31, status: 302, error: 'redirect_refused', answer: undefined },
    { number: 1, at: AT - 305_000, ms: 44, status: 500, error: 'status_500', answer: `${HOSTILE}\u0000\u001b[31m\u202e${'x'.repeat(900)}` },
  ],
  elsewhere: [{ id: 'dlv_9', endpointId: 'whe_9', url: `https://other.example.com/${HOSTILE}`, state: 'delivered' }],
};
const page = (endpoint: WebhookEndpoint, facts: Partial<Parameters<typeof webhookEndpointPage>[0]> = {}) =>
  webhookEndpointPage({ endpoint: { ...endpoint, health: HEALTH, secrets: SECRETS }, deliveries: DELIVERIES, state: '', next: `/admin/webhooks/${endpoint.id}?before=1.dlv_1`, first: `/admin/webhooks/${endpoint.id}`, mayManage: true, now: AT, ...facts });

export const SAMPLES: readonly AdminSample[] = [
  { name: 'webhooks_list', page: webhookListPage({ endpoints: [{ ...ENDPOINT, health: HEALTH }, { ...NASTY, health: QUIET }, { ...GONE, health: QUIET }, { ...ENDPOINT, slow: true, health: QUIET }], mayManage: true }) },
  { name: 'webhooks_list_empty', page: webhookListPage({ endpoints: [], mayManage: true }) },
  { name: 'webhooks_list_empty_reader', page: webhookListPage({ endpoints: [], mayManage: false }) },
  { name: 'webhooks_new', page: webhookFormPage({ endpoint: undefined, newId: 'whe_0123456789abcdef01234567', workflows: ['onboarding', HOSTILE] }) },
  {
    name: 'webhooks_new_faults', page: webhookFormPage({ endpoint: undefined, newId: 'whe_0123456789abcdef01234567', workflows: ['onboarding'], ticked: [] }),
    errors: { url: 'Use an https address.', events: 'Choose at least one event.' }, values: { url: HOSTILE, description: HOSTILE, mode: 'live', workflow: '' },
  },
  { name: 'webhooks_edit', page: webhookFormPage({ endpoint: NASTY, newId: '', workflows: ['onboarding', HOSTILE] }) },
  { name: 'webhooks_secret', page: webhookSecretPage({ id: ENDPOINT.id, title: HOSTILE, secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', rotated: false, overlapHours: 0 }) },
  { name: 'webhooks_secret_rotated', page: webhookSecretPage({ id: ENDPOINT.id, title: 'Shop', secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', rotated: true, overlapHours: 24 }) },
  { name: 'webhooks_secret_leaked', page: webhookSecretPage({ id: ENDPOINT.id, title: 'Shop', secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', rotated: true, overlapHours: 0 }) },
  { name: 'webhooks_endpoint', page: page(ENDPOINT), notice: 'The endpoint was changed.' },
  { name: 'webhooks_endpoint_failing', page: page(NASTY), errors: { since: 'Enter a day as year-month-day, such as 2026-11-21.' }, values: { since: HOSTILE } },
  { name: 'webhooks_endpoint_gone', page: page(GONE, { deliveries: [], state: 'failed', next: '', first: '' }) },
  { name: 'webhooks_endpoint_new', page: page({ ...ENDPOINT }, { endpoint: { ...ENDPOINT, health: QUIET, secrets: SECRETS.slice(0, 1) }, deliveries: [], next: '', first: '' }) },
  { name: 'webhooks_endpoint_reader', page: page(ENDPOINT, { mayManage: false }) },
  { name: 'webhooks_delivery', page: webhookDeliveryPage({ delivery: DETAIL, mayManage: true }) },
  { name: 'webhooks_delivery_waiting', page: webhookDeliveryPage({ delivery: { ...DETAIL, ...FIRST, tries: 0, endpoint: GONE, journeyId: undefined, log: [], elsewhere: [] }, mayManage: false }) },
  { name: 'webhooks_remove', page: webhookRemovePage(NASTY) },
];
