/** The admin API’s doors that take an id, as {@link IdDoor}; `in:` is the body, or the query where there is none. */
import type { IdDoor } from './ids_sweep.ts';

const REASON = { reason: 'asked by the person in ticket 7' };
const SHAPE = [422] as const;

export const ID_API_DOORS: readonly IdDoor[] = [
  { door: 'get /workflows/{id}', ids: { id: 'workflow' } },
  { door: 'put /workflows/{id}/draft', ids: { id: 'workflow' }, sent: { definition: { name: 'x', template: 'x', entry: 'x', nodes: {} }, revision: 1, base: 1 } },
  { door: 'get /workflows/{id}/difference', ids: { id: 'workflow' } },
  { door: 'get /workflows/{id}/versions', ids: { id: 'workflow' } },
  { door: 'get /workflows/{id}/versions/{version}', ids: { id: 'workflow', version: 'version' }, kin: ['version'] },
  { door: 'post /workflows/{id}/draft/rebase', ids: { id: 'workflow' }, sent: { revision: 1, onto: 1 } },
  { door: 'post /workflows/{id}/deploy', ids: { id: 'workflow' }, sent: { revision: 1 } },
  { door: 'delete /workflows/{id}/draft', ids: { id: 'workflow' }, sent: { revision: '1' } },
  { door: 'post /workflows/{id}/roll-back', ids: { id: 'workflow' }, sent: { to: 1, from: 1 } },
  { door: 'post /workflows', ids: { 'in:template': '=user_onboarding' }, sent: { id: 'made', name: 'Made', async_ui_redirect: 'https://app.example.com/done' }, refusals: SHAPE },

  { door: 'post /notices/{id}/dismiss', ids: { id: 'notice' } },
  { door: 'get /cases/{id}', ids: { id: 'case' } },
  { door: 'post /cases/{id}/comments', ids: { id: 'case' }, sent: { text: 'seen' } },
  { door: 'post /cases/{id}/assign', ids: { id: 'case', 'in:staff_id': 'staff' }, sent: { version: 1 }, refusals: SHAPE },
  { door: 'post /cases/{id}/tags', ids: { id: 'case' }, sent: { version: 2, add: ['swept'] } },
  { door: 'post /cases/{id}/ask-again', ids: { id: 'case', 'in:node': 'node' }, sent: { version: 1, code: 'picture_was_poor' }, refusals: [409, 422], idle: true },
  { door: 'post /cases/{id}/decision', ids: { id: 'case' }, sent: { version: 1, verdict: 'approve', code: 'picture_was_poor' } },
  { door: 'post /cases/{id}/link', ids: { id: 'case' }, sent: { version: 1 } },
  { door: 'post /cases/{id}/close', ids: { id: 'incident' }, sent: { version: 1, code: 'looked_at' } },

  { door: 'get /journeys/{id}', ids: { id: 'journey' } },
  { door: 'post /journeys/{id}/reveal', ids: { id: 'journey' }, sent: REASON },
  { door: 'get /journeys/{id}/holds', ids: { id: 'journey' }, refusals: [200] },
  { door: 'post /journeys/{id}/hold', ids: { id: 'journey' }, sent: REASON },
  { door: 'post /holds/{id}/release', ids: { id: 'hold' }, sent: REASON },

  { door: 'get /accounts/{id}', ids: { id: 'account' } },
  { door: 'post /accounts/{id}/reveal', ids: { id: 'account' }, sent: REASON },
  { door: 'post /accounts/{id}/export', ids: { id: 'account' }, sent: REASON },
  { door: 'post /accounts/{id}/revoke-devices', ids: { id: 'account', 'in:device_id': 'device' }, kin: ['id', 'in:device_id'], sent: REASON, refusals: SHAPE },
  { door: 'post /accounts/{id}/revoke-passkey', ids: { id: 'account', 'in:passkey_id': 'passkey' }, kin: ['id', 'in:passkey_id'], sent: REASON, refusals: SHAPE },
  { door: 'post /accounts/{id}/end-sessions', ids: { id: 'account' }, sent: REASON },
  { door: 'post /accounts/{id}/hold', ids: { id: 'account' }, sent: REASON, idle: true },
  { door: 'get /accounts/{id}/merge', ids: { id: 'account', 'in:target': 'target' }, refusals: [200, 422] },
  { door: 'post /accounts/{id}/merge', ids: { id: 'account', 'in:target': 'target' }, kin: ['in:target'], sent: ({ account }) => ({ ...REASON, confirm: account, one_person: true }), refusals: [409, 422], idle: true },
  { door: 'get /accounts/{id}/erasure', ids: { id: 'account' } },
  { door: 'post /accounts/{id}/erasure', ids: { id: 'account', 'in:confirm': 'account' }, kin: ['id', 'in:confirm'], sent: REASON, refusals: SHAPE, idle: true },

  { door: 'post /keys', ids: { 'in:workflow': 'workflow' }, sent: { mode: 'test', name: 'Sweep', redirect_uris: ['https://app.example.com/cb'] }, refusals: SHAPE },
  { door: 'get /keys/{id}', ids: { id: 'key' } },
  { door: 'put /keys/{id}', ids: { id: 'key' }, sent: { name: 'Renamed' } },
  { door: 'post /keys/{id}/rotate', ids: { id: 'key' }, sent: {} },
  { door: 'post /keys/{id}/end-overlap', ids: { id: 'key' } },
  { door: 'delete /keys/{id}', ids: { id: 'key' } },

  { door: 'post /lists', ids: { 'in:workflow': 'workflow' }, sent: { effect: 'block', kind: 'net', mode: 'both', reason: 'scripted sign-ups', values: ['203.0.113.0/24'] }, refusals: SHAPE },
  { door: 'get /lists/{id}', ids: { id: 'list_entry' } },
  { door: 'delete /lists/{id}', ids: { id: 'list_entry' } },
  { door: 'post /feeds/refresh', ids: { 'in:feed': '=tor' }, refusals: SHAPE, idle: true },

  { door: 'get /deliveries/{id}', ids: { id: 'delivery' } },
  { door: 'get /webhooks/{id}', ids: { id: 'endpoint' } },
  { door: 'get /webhooks/{id}/deliveries', ids: { id: 'endpoint' } },
  { door: 'post /webhooks', ids: { 'in:workflow': 'workflow' }, sent: { url: 'https://hooks-3.example/in', mode: 'test', events: ['journey.decided'] }, refusals: SHAPE },
  { door: 'put /webhooks/{id}', ids: { id: 'endpoint', 'in:workflow': 'workflow' }, sent: { url: 'https://hooks-0.example/in', mode: 'test', events: ['journey.decided'] }, refusals: SHAPE },
  { door: 'post /webhooks/{id}/rotate', ids: { id: 'endpoint', 'in:secret_id': 'secret' }, kin: ['id', 'in:secret_id'], refusals: [409, 422] },
  { door: 'post /webhooks/{id}/end-old-secrets', ids: { id: 'endpoint' } },
  { door: 'post /webhooks/{id}/test', ids: { id: 'endpoint' } },
  { door: 'post /webhooks/{id}/replay-failed', ids: { id: 'endpoint' }, sent: { since: '2026-01-01T00:00:00Z' } },
  { door: 'post /deliveries/{id}/replay', ids: { id: 'delivery' } },
  { door: 'post /webhooks/{id}/enabled', ids: { id: 'endpoint' }, sent: { enabled: false } },
  { door: 'delete /webhooks/{id}', ids: { id: 'endpoint' } },
];

/** Doors that take none, or only to narrow what they show: those queries are swept too. */
export const WITHOUT_IDS_API: Readonly<Record<string, readonly string[]>> = {
  'get /overview': ['workflow', 'mode', 'from', 'until'], 'get /journeys': ['workflow', 'key', 'mode', 'decision', 'reason', 'before'], 'get /notices': ['workflow', 'rule', 'before'], 'get /cases': ['workflow', 'tag', 'status', 'before'],
  'get /accounts': ['before'], 'get /workflows': ['after'], 'get /keys': ['workflow', 'before'], 'get /webhooks': [], 'get /lists': ['kind', 'before'], 'get /vendors': ['hours'], 'get /staff': ['before'], 'get /tokens': [],
  'get /audit': ['action', 'actor', 'target_kind', 'target_id', 'before'], 'get /audit/export': [], 'post /audit/verify': [], 'post /journeys/search': [], 'post /accounts/search': [], 'post /lists/search': [],
};
