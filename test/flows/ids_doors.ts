/** The console’s doors that take an id, and those that take none. */
import { type IdDoor } from './ids_sweep.ts';

const REASON = 'asked by the person in ticket 7';
const VERSION = { version: '1' };
const DRAFT = { revision: '1', base: '1' };
/** The page the form stands on comes back with a sentence. */
const PAGE = [422] as const;
/** Back to where it came from, with a sentence. */
const BACK = [303] as const;

const forms = (path: string, ids: IdDoor['ids'], more: Partial<IdDoor> = {}): readonly IdDoor[] => [
  { door: `get ${path}`, ids },
  { door: `post ${path}`, ids, sent: { reason: REASON }, ...more },
];

/** In the order in which each is asked for with right ids in the end: what removes comes last. */
export const ID_DOORS: readonly IdDoor[] = [
  { door: 'get /workflows/new/:template', ids: { template: '=user_onboarding' } },
  { door: 'post /workflows/new/:template', ids: { template: '=user_onboarding' }, sent: { name: 'Made by the sweep', id: 'made', asyncUIRedirect: 'https://app.example.com/done' } },
  { door: 'get /workflows/:id', ids: { id: 'workflow' } },
  { door: 'get /workflows/:id/versions', ids: { id: 'workflow' } },
  { door: 'get /workflows/:id/compare', ids: { id: 'workflow', 'in:a': 'version', 'in:b': 'version' }, kin: ['in:a', 'in:b'] },
  { door: 'get /workflows/:id/versions/:version', ids: { id: 'workflow', version: 'version' }, kin: ['version'] },
  { door: 'get /workflows/:id/versions/:version/export', ids: { id: 'workflow', version: 'version' }, kin: ['version'] },
  { door: 'get /workflows/:id/edit', ids: { id: 'workflow' } },
  // Each of these two is seen to have been done: their revisions follow each other.
  { door: 'post /workflows/:id/edit/routes/add', ids: { id: 'workflow', 'in:step': '=kba' }, sent: { node: 'added', ...DRAFT }, refusals: PAGE, apart: ['node'] },
  { door: 'post /workflows/:id/edit/routes/remove', ids: { id: 'workflow', 'in:node': '=kba' }, sent: { revision: '2', base: '1' }, refusals: PAGE, apart: ['node'] },
  { door: 'post /workflows/:id/edit', ids: { id: 'workflow' }, sent: { name: 'Renamed', ...DRAFT } },
  { door: 'get /workflows/:id/edit/options/:group', ids: { id: 'workflow', group: '=person' } },
  { door: 'post /workflows/:id/edit/options/:group', ids: { id: 'workflow', group: '=person' }, sent: DRAFT },
  { door: 'get /workflows/:id/edit/routes', ids: { id: 'workflow' } },
  { door: 'post /workflows/:id/edit/routes', ids: { id: 'workflow' }, sent: DRAFT },
  { door: 'get /workflows/:id/edit/json', ids: { id: 'workflow' } },
  { door: 'post /workflows/:id/edit/json', ids: { id: 'workflow' }, sent: { json: '{}', ...DRAFT } },
  { door: 'get /workflows/:id/edit/export', ids: { id: 'workflow' } },
  { door: 'get /workflows/:id/edit/review', ids: { id: 'workflow' } },
  { door: 'post /workflows/:id/edit/rebase', ids: { id: 'workflow' }, sent: { revision: '1', onto: '1' } },
  { door: 'post /workflows/:id/deploy', ids: { id: 'workflow' }, sent: { revision: '1', note: '' } },
  { door: 'post /workflows/:id/try', ids: { id: 'workflow' } },
  { door: 'post /workflows/:id/edit/discard', ids: { id: 'workflow' }, sent: { revision: '1' } },
  { door: 'post /workflows/:id/versions/:version/roll-back', ids: { id: 'workflow', version: 'version' }, sent: { from: '1' }, kin: ['version'] },

  { door: 'get /cases/:id', ids: { id: 'case' } },
  { door: 'post /cases/:id/assign', ids: { id: 'case', 'in:to': 'staff' }, sent: VERSION, refusals: PAGE },
  { door: 'post /cases/:id/tags', ids: { id: 'case' }, sent: { version: '2', add: 'swept' } },
  { door: 'post /cases/:id/comments', ids: { id: 'case' }, sent: { comment: 'seen' } },
  { door: 'post /cases/:id/reveal', ids: { id: 'case' }, sent: { reason: REASON } },
  { door: 'post /cases/:id/approve', ids: { id: 'case' }, sent: { ...VERSION, approveCode: 'picture_was_poor' } },
  { door: 'post /cases/:id/deny', ids: { id: 'case' }, sent: { ...VERSION, denyCode: 'face_differs' } },
  { door: 'post /cases/:id/withdraw', ids: { id: 'case' }, sent: VERSION },
  { door: 'post /cases/:id/again', ids: { id: 'case', 'in:node': 'node' }, sent: { ...VERSION, againCode: 'picture_was_poor' }, refusals: PAGE, idle: true },
  { door: 'post /cases/:id/link', ids: { id: 'case' }, sent: VERSION },
  { door: 'post /cases/:id/close', ids: { id: 'incident' }, sent: { ...VERSION, ending: 'looked_at' } },

  { door: 'post /notices/:id/dismiss', ids: { id: 'notice' } },
  { door: 'post /notices/dismiss', ids: { 'in:workflow': 'workflow' }, sent: { rule: 'swept', until: '9000000000000' }, refusals: [303, 400], idle: true },

  { door: 'get /journeys/:id', ids: { id: 'journey' } },
  { door: 'get /journeys/:id/json', ids: { id: 'journey' } },
  ...forms('/journeys/:id/reveal', { id: 'journey' }),
  {
    // The grant names viewer, journey and picture, and is used up by the very try; 410 says nothing else for any of them.
    door: 'post /journeys/:id/pictures/:image', ids: { id: 'journey', image: 'image' }, kin: ['id', 'image'], refusals: [410], spends: ['ticket'],
    anew: async ({ site, who, a }) => ({ grant: /name="grant" value="([^"]+)"/.exec((await site.post(`/admin/journeys/${a.journey}/reveal`, { reason: REASON }, who)).html)?.[1] ?? '' }),
  },

  { door: 'get /setup/:token', ids: { token: '=no-token' }, idle: true },
  { door: 'post /setup/:token', ids: { token: '=no-token' }, sent: { name: 'Mallory', email: 'mallory@example.com', password: 'four words and a lamp', again: 'four words and a lamp' }, idle: true },
  { door: 'get /invitation/:token', ids: { token: '=no-token' }, idle: true },
  { door: 'post /invitation/:token', ids: { token: '=no-token' }, sent: { name: 'Mallory', email: 'mallory@example.com', password: 'four words and a lamp', again: 'four words and a lamp' }, idle: true },
  { door: 'post /me/passkey/remove', ids: { 'in:id': 'my_passkey' }, kin: ['in:id'], refusals: BACK },
  { door: 'post /me/sessions/end', ids: { 'in:id': 'my_session' }, kin: ['in:id'], refusals: BACK },
  { door: 'post /kept/forget', ids: { 'in:form': '=nobodys' }, refusals: BACK, idle: true },
  { door: 'get /staff/:id', ids: { id: 'staff' } },
  { door: 'post /staff/:id/sessions/end', ids: { id: 'staff', 'in:id': 'staff_session' }, kin: ['id', 'in:id'], refusals: BACK },
  { door: 'post /staff/:id/roles', ids: { id: 'staff' }, sent: { role_auditor: 'on' }, refusals: BACK },
  { door: 'post /staff/:id/reset', ids: { id: 'staff' } },
  { door: 'post /staff/:id/disable', ids: { id: 'staff' }, refusals: BACK },
  { door: 'post /staff/:id/enable', ids: { id: 'staff' }, refusals: BACK },
  { door: 'post /staff/invitations/:id/withdraw', ids: { id: 'invitation' }, refusals: BACK },

  { door: 'post /keys/new', ids: { 'in:workflowId': 'workflow' }, sent: { once: 'sweepsweepsweep1', mode: 'test', name: 'Sweep', redirectUris: 'https://app.example.com/cb' }, refusals: PAGE },
  { door: 'get /keys/:id', ids: { id: 'key' } },
  { door: 'get /keys/:id/settings', ids: { id: 'key' } },
  { door: 'post /keys/:id/settings', ids: { id: 'key' }, sent: { revision: '0', name: 'Renamed', redirectUris: 'https://app.example.com/cb' } },
  { door: 'get /keys/:id/rotate', ids: { id: 'key' } },
  { door: 'post /keys/:id/rotate', ids: { id: 'key' }, sent: { revision: '1', overlap: '86400' } },
  { door: 'post /keys/:id/end-overlap', ids: { id: 'key' } },
  { door: 'get /keys/:id/revoke', ids: { id: 'key' } },
  { door: 'post /keys/:id/revoke', ids: { id: 'key' } },

  { door: 'get /accounts/:id', ids: { id: 'account' } },
  ...forms('/accounts/:id/reveal', { id: 'account' }),
  ...forms('/accounts/:id/devices/:device/revoke', { id: 'account', device: 'device' }, { kin: ['id', 'device'] }),
  { door: 'get /accounts/:id/passkeys/revoke', ids: { id: 'account', 'in:passkey': 'passkey' }, kin: ['id', 'in:passkey'] },
  { door: 'post /accounts/:id/passkeys/revoke', ids: { id: 'account', 'in:passkey': 'passkey' }, kin: ['id', 'in:passkey'], sent: { reason: REASON }, refusals: BACK },
  ...forms('/accounts/:id/sign-out', { id: 'account' }),
  ...forms('/accounts/:id/export', { id: 'account' }),
  ...forms('/accounts/:id/hold', { id: 'account' }, { idle: true }),
  { door: 'get /accounts/journey-hold', ids: { 'in:journey': 'journey' }, refusals: [200] },
  { door: 'post /accounts/journey-hold', ids: { 'in:journey': 'journey' }, sent: { reason: REASON }, refusals: PAGE, idle: true },
  ...forms('/accounts/holds/:hold/release', { hold: 'hold' }),
  { door: 'get /accounts/:id/merge', ids: { id: 'account', 'in:target': 'target' }, kin: ['in:target'], refusals: [422, 200] },
  {
    door: 'post /accounts/:id/merge', ids: { id: 'account', 'in:target': 'target' }, kin: ['in:target'], refusals: PAGE, idle: true,
    sent: ({ account }) => ({ reason: REASON, confirm: account.slice(0, 8), one: 'on' }),
  },
  { door: 'get /accounts/:id/erase', ids: { id: 'account' } },
  { door: 'post /accounts/:id/erase', ids: { id: 'account' }, sent: ({ account }) => ({ reason: REASON, confirm: account.slice(0, 8) }) },

  { door: 'get /lists/:id', ids: { id: 'list_entry' } },
  { door: 'post /lists', ids: { 'in:workflow': 'workflow' }, sent: { effect: 'block', kind: 'address', mode: 'both', reason: 'scripted sign-ups', value: '203.0.113.9', expires_on: '' }, refusals: PAGE },
  { door: 'post /lists/many', ids: { 'in:workflow': 'workflow' }, sent: { effect: 'block', kind: 'address', mode: 'both', reason: 'scripted sign-ups', values: '203.0.113.10', expires_on: '' }, refusals: PAGE },
  { door: 'post /lists/:id/remove', ids: { id: 'list_entry' } },
  { door: 'get /tokens/:id/revoke', ids: { id: 'token' } },
  { door: 'post /tokens/:id/revoke', ids: { id: 'token' } },
  { door: 'post /vendors/feeds/refresh', ids: { 'in:feed': '=tor' }, idle: true },

  { door: 'get /webhooks/deliveries/:delivery', ids: { delivery: 'delivery' } },
  { door: 'get /webhooks/:id', ids: { id: 'endpoint' } },
  { door: 'get /webhooks/:id/edit', ids: { id: 'endpoint' } },
  { door: 'post /webhooks', ids: { 'in:workflow': 'workflow' }, sent: { id: `whe_${'0'.repeat(24)}`, url: 'https://hooks-2.example/in', description: '', mode: 'test', 'event.journey.decided': 'on' }, refusals: PAGE },
  { door: 'post /webhooks/:id', ids: { id: 'endpoint', 'in:workflow': 'workflow' }, sent: { url: 'https://hooks-0.example/in', description: 'changed', mode: 'test', 'event.journey.decided': 'on' }, refusals: PAGE },
  { door: 'post /webhooks/:id/rotate', ids: { id: 'endpoint', 'in:current': 'secret' }, kin: ['id', 'in:current'], sent: { overlap: '24' }, refusals: BACK },
  { door: 'post /webhooks/:id/end-old', ids: { id: 'endpoint' } },
  { door: 'post /webhooks/:id/enabled', ids: { id: 'endpoint' }, sent: { enabled: 'no' } },
  { door: 'post /webhooks/:id/test', ids: { id: 'endpoint' } },
  { door: 'post /webhooks/:id/replay', ids: { id: 'endpoint' }, sent: { since: '2026-01-01' } },
  { door: 'post /webhooks/deliveries/:delivery/replay', ids: { delivery: 'delivery' } },
  { door: 'get /webhooks/:id/remove', ids: { id: 'endpoint' } },
  { door: 'post /webhooks/:id/remove', ids: { id: 'endpoint' } },
];

/** Doors that take no id but to narrow what they show, and the names in their queries by which they do. */
export const NARROWED: Readonly<Record<string, readonly string[]>> = {
  'get /workflows': ['after'], 'get /': ['workflow', 'mode', 'span'], 'get /notices': ['workflow', 'rule', 'before'], 'get /cases': ['show', 'who', 'workflow', 'tag', 'mode', 'before'],
  'get /journeys': ['find', 'workflow', 'key', 'mode', 'decision', 'reason', 'step', 'from', 'until', 'before'], 'get /staff': ['after'], 'get /keys': ['workflow', 'before'], 'get /keys/new': ['workflow'],
  'get /accounts': ['before'], 'get /audit': ['action', 'actor', 'kind', 'target', 'outcome', 'from', 'until', 'before'], 'get /lists': ['kind', 'effect', 'before'], 'get /lists/new': ['kind', 'effect', 'value'],
  'get /lists/many': ['kind', 'effect', 'value'], 'get /try/callback': ['code', 'state'], 'get /accounts/:id': ['before'], 'get /webhooks/:id': ['state', 'after'], 'get /workflows/:id/versions': ['before'],
  'get /journeys/:id': ['layer'],
};

/** Doors that take none; what is searched for is looked for in forms of their own (the areas’ tests). */
export const WITHOUT_IDS: readonly string[] = [
  'get /workflows/new', 'get /tokens', 'get /tokens/new', 'post /tokens/new', 'get /journeys/find', 'post /journeys/find', 'get /sign-in', 'post /sign-in', 'get /sign-in/second', 'post /sign-in/second',
  'post /sign-out', 'get /again', 'post /again', 'get /enrol', 'post /enrol', 'get /me', 'post /me/password', 'get /me/totp', 'post /me/totp', 'post /me/totp/remove', 'get /me/passkey', 'post /me/passkey',
  'post /me/recovery', 'get /staff/invite', 'post /staff/invite', 'get /accounts/find', 'post /accounts/find', 'get /audit/export', 'post /audit/verify', 'post /lists/search', 'get /vendors', 'get /webhooks', 'get /webhooks/new', 'get /kept',
];
