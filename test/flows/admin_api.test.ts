/** The admin API over HTTP on a whole gateway: a token made in the console, and what it can do with each area. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from '../../src/admin/permissions.ts';
import { ACTION_TEXTS } from '../../src/admin/permissions_texts.ts';
import { NOT_FOR_TOKENS } from '../../src/admin/tokens/store.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { incidentStore } from '../../src/store/incidents.ts';
import type { TestGateway } from '../support/gateway.ts';
import { signInAsAdministrator, type StaffBrowser } from '../support/staff.ts';
import { approve, setScene, type Scene } from './scene.ts';

interface Operation { readonly parameters: readonly { readonly name: string; readonly in: string }[]; readonly description: string; readonly requestBody?: unknown; readonly responses: Readonly<Record<string, unknown>> }

let scene: Scene;
let gateway: TestGateway;
let browser: StaffBrowser;
let all: string;

beforeAll(async () => {
  scene = await setScene();
  gateway = scene.gateway;
  const link = await gateway.gatehouse.adminSetup();
  if (link === undefined) throw new Error('there is an administrator already');
  browser = (await signInAsAdministrator(gateway.origin, link)).browser;
  all = await tokenFor(ACTIONS.filter((action) => !NOT_FOR_TOKENS.includes(action)));
});
afterAll(() => scene?.close());

async function tokenFor(scopes: readonly Action[]): Promise<string> {
  const made = await browser.submit('/admin/tokens/new', { name: 'robot', days: '1', nets: '', ...Object.fromEntries(scopes.map((scope) => [`scope.${scope}`, 'on'])) });
  const token = /gha_[\w-]{43}/.exec(made.html)?.[0];
  if (token === undefined) throw new Error(`no token: ${made.page.text}`);
  return token;
}

/** An answer that comes in pieces. */
async function raw(path: string): Promise<{ readonly status: number; readonly text: string; readonly type: string | null }> {
  const response = await fetch(`${gateway.origin}/admin/api/v1${path}`, { headers: { authorization: `Bearer ${all}` } });
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') };
}

async function ask(method: string, path: string, body?: unknown, token = all) {
  const response = await fetch(`${gateway.origin}/admin/api/v1${path}`, {
    method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: JSON.parse(text) as Record<string, unknown>, text };
}

describe('the admin API', () => {
  it('adds a workflow, deploys it, makes a key for it, and rolls nothing back that is not there', async () => {
    expect(await ask('POST', '/workflows', { id: 'bank', template: 'user_onboarding', name: 'Bank', async_ui_redirect: 'https://app.example/done' })).toMatchObject({ status: 201 });
    expect(await ask('POST', '/workflows', { id: 'bank', template: 'user_onboarding', name: 'Bank', async_ui_redirect: 'https://app.example/done' })).toMatchObject({ status: 409, json: { code: 'workflow_exists' } });
    expect(await ask('POST', '/workflows', { id: 'bad', template: 'user_onboarding', name: 'Bad', async_ui_redirect: 'http://app.example/' })).toMatchObject({ status: 422, json: { code: 'workflow_refused' } });
    const { json: working } = await ask('GET', '/workflows/bank');
    expect(working).toMatchObject({ id: 'bank', revision: 1, deployed_version: null, faults: [] });
    const definition = { ...(working['definition'] as object), name: 'Bank of the API' };
    expect(await ask('PUT', '/workflows/bank/draft', { definition: { ...definition, entry: 7 }, revision: 1, base: null })).toMatchObject({ status: 422 });
    expect(await ask('PUT', '/workflows/bank/draft', { definition, revision: 1, base: null })).toMatchObject({ status: 200, json: { revision: 2 } });
    expect(await ask('PUT', '/workflows/bank/draft', { definition, revision: 1, base: null })).toMatchObject({ status: 409, json: { code: 'workflow_changed' } });
    const { json: difference } = await ask('GET', '/workflows/bank/difference');
    expect((difference['changes'] as { path: string }[]).map(({ path }) => path)).toContain('name');
    expect(await ask('POST', '/workflows/bank/deploy', { revision: 2, note: 'by the API' })).toMatchObject({ status: 200, json: { version: 1 } });
    expect((await ask('GET', '/workflows/bank/versions')).json['data']).toMatchObject([{ version: 1, note: 'by the API', created_by: 'robot', deployed: true }]);
    expect(await ask('POST', '/workflows/bank/roll-back', { to: 9, from: 1 })).toMatchObject({ status: 404 });
    expect((await ask('GET', '/workflows?most=1')).json).toMatchObject({ data: [{ id: 'bank' }], next: 'bank' });

    const made = await ask('POST', '/keys', { workflow: 'bank', mode: 'test', name: 'App', redirect_uris: ['https://app.example/cb'] });
    expect(made).toMatchObject({ status: 201, json: { client_secret: expect.stringMatching(/^[\w-]{43}$/) as string } });
    const id = String(made.json['client_id']);
    const shown = await ask('GET', `/keys/${id}`);
    expect(shown.json).toMatchObject({ workflow: 'bank', settings: { redirect_uris: ['https://app.example/cb'], review_as: 'error' } });
    expect(shown.text).not.toContain(String(made.json['client_secret']));
    expect(await ask('PUT', `/keys/${id}`, { redirect_uris: ['http://elsewhere.example/cb'] })).toMatchObject({ status: 422, json: { title: expect.stringContaining('redirect_uris') as string } });
    expect(await ask('PUT', `/keys/${id}`, { review_as: 'pending', reuse_seconds: 60 })).toMatchObject({ status: 200, json: { settings: { review_as: 'pending', reuse_seconds: 60 } } });
    expect((await ask('PUT', `/keys/${id}`, { reuse_seconds: null })).json).toMatchObject({ settings: { reuse_seconds: null } });
    expect((await ask('POST', `/keys/${id}/rotate`, { overlap_seconds: 60 })).json['client_secret']).not.toBe(made.json['client_secret']);
    expect((await ask('GET', `/keys/${id}`)).json['overlap_until']).not.toBeNull();
    expect((await ask('POST', `/keys/${id}/end-overlap`)).json).toEqual({ ended: true });
    expect((await ask('POST', `/keys/${id}/end-overlap`)).json).toEqual({ ended: false });
    expect((await ask('GET', `/keys/${id}`)).json['overlap_until']).toBeNull();
    expect((await ask('POST', '/keys/test_nobodys/end-overlap')).status).toBe(404);
    expect(await ask('DELETE', `/keys/${id}`)).toMatchObject({ status: 200, json: { revoked: true } });
    expect(await ask('POST', `/keys/${id}/rotate`, { overlap_seconds: 60 })).toMatchObject({ status: 409 });
  });

  it('sets a draft upon what was deployed meanwhile, and throws drafts away', async () => {
    await ask('POST', '/workflows', { id: 'shop', template: 'user_onboarding', name: 'Shop', async_ui_redirect: 'https://app.example/done' });
    await ask('POST', '/workflows/shop/deploy', { revision: 1 });
    const { json: first } = await ask('GET', '/workflows/shop');
    expect(first).toMatchObject({ draft: false, base: 1 });
    const named = (name: string) => ({ definition: { ...(first['definition'] as object), name }, revision: 0, base: 1 });
    const one = Number((await ask('PUT', '/workflows/shop/draft', named('Shop 2'))).json['revision']);
    await ask('POST', '/workflows/shop/deploy', { revision: one });
    const two = Number((await ask('PUT', '/workflows/shop/draft', { ...named('Shop 3'), base: 2 })).json['revision']);
    await ask('POST', '/workflows/shop/roll-back', { to: 1, from: 2 });
    expect((await ask('GET', '/workflows/shop/difference')).json['moved']).toBe(true);
    expect((await ask('POST', '/workflows/shop/deploy', { revision: two })).json['code']).toBe('workflow_moved');
    const { deployed_version: now } = (await ask('GET', '/workflows/shop')).json;
    expect(await ask('POST', '/workflows/shop/draft/rebase', { revision: two, onto: Number(now) - 1 })).toMatchObject({ status: 409, json: { code: 'workflow_changed' } });
    const rebased = await ask('POST', '/workflows/shop/draft/rebase', { revision: two, onto: now });
    expect(rebased.status).toBe(200);
    expect((await ask('GET', '/workflows/shop/difference')).json).toMatchObject({ moved: false, revision: rebased.json['revision'] });
    expect((await ask('DELETE', `/workflows/shop/draft?revision=${two}`)).status).toBe(409);
    expect((await ask('DELETE', `/workflows/shop/draft?revision=${String(rebased.json['revision'])}`)).json).toEqual({ discarded: true });
    expect((await ask('GET', '/workflows/shop')).json).toMatchObject({ draft: false, deployed_version: now });
    expect((await ask('DELETE', '/workflows/nobodys/draft?revision=1')).status).toBe(404);
    expect((await ask('POST', '/workflows/nobodys/draft/rebase', { revision: 1, onto: 1 })).status).toBe(404);
  });

  it('keeps lists and webhooks', async () => {
    const added = await ask('POST', '/lists', { effect: 'block', kind: 'net', mode: 'both', reason: 'scripted sign-ups', values: ['203.0.113.0/24', '198.51.100.7/32'] });
    expect(added.status).toBe(201);
    const ids = added.json['ids'] as string[];
    expect((await ask('GET', '/lists?most=1')).json).toMatchObject({ data: [{ kind: 'net', effect: 'block', by: 'robot' }] });
    expect(await ask('POST', '/lists', { effect: 'block', kind: 'net', mode: 'both', reason: 'too much', values: ['0.0.0.0/0'] })).toMatchObject({ status: 422, json: { code: 'list_values_refused' } });
    expect((await ask('GET', `/lists/${ids[0] ?? ''}`)).json).toMatchObject({ id: ids[0], reason: 'scripted sign-ups' });
    expect((await ask('POST', '/lists/search', { value: '203.0.113.9' })).json).toMatchObject({ data: [{ kind: 'net', shown: '203.0.113.0/24' }] });
    expect((await ask('POST', '/lists/search', { value: '192.0.2.1' })).json).toEqual({ data: [] });
    expect((await ask('DELETE', `/lists/${ids[0] ?? ''}`)).json).toEqual({ removed: true });
    expect((await ask('DELETE', `/lists/${ids[0] ?? ''}`)).status).toBe(404);

    const endpoint = { url: 'https://hooks.example/in', mode: 'test', events: ['journey.decided'] };
    const made = await ask('POST', '/webhooks', endpoint);
    expect(made).toMatchObject({ status: 201, json: { secret: expect.stringMatching(/^whsec_/) as string } });
    const id = String(made.json['id']);
    expect(await ask('POST', '/webhooks', { ...endpoint, url: 'http://hooks.example/in' })).toMatchObject({ status: 422, json: { title: expect.stringContaining('url') as string } });
    expect((await ask('PUT', `/webhooks/${id}`, { ...endpoint, description: 'changed' })).json).toEqual({ changed: true });
    const secretOf = async () => (await ask('GET', `/webhooks/${id}`)).json['secrets'] as { id: string; expires_at: string | null }[];
    const [old] = await secretOf();
    const rotated = await ask('POST', `/webhooks/${id}/rotate`, { secret_id: old?.id, overlap_seconds: 3600 });
    expect(rotated.json['secret']).toMatch(/^whsec_/);
    expect(rotated.json['secret']).not.toBe(made.json['secret']);
    expect(await ask('POST', `/webhooks/${id}/rotate`, { secret_id: old?.id })).toMatchObject({ status: 409, json: { code: 'secret_rotated' } });
    expect((await ask('GET', `/webhooks/${id}`)).text).not.toContain(String(rotated.json['secret']));
    expect((await secretOf()).filter(({ expires_at: end }) => end === null)).toHaveLength(1);
    expect((await ask('POST', `/webhooks/${id}/end-old-secrets`)).json).toEqual({ ended: 1 });
    expect((await secretOf()).map(({ id: one }) => one)).not.toContain(old?.id);
    const sent = await ask('POST', `/webhooks/${id}/test`);
    expect(sent.status).toBe(202);
    expect((await ask('GET', `/deliveries/${String(sent.json['delivery_id'])}`)).json).toMatchObject({ type: 'endpoint.test', endpoint_id: id, body: expect.stringContaining('endpoint.test') as string });
    expect((await ask('GET', `/webhooks/${id}/deliveries`)).json).toMatchObject({ data: [{ id: sent.json['delivery_id'] }] });
    expect(await ask('POST', `/webhooks/${id}/replay-failed`, { since: new Date(0).toISOString() })).toMatchObject({ status: 202, json: { queued: expect.any(Number) as number } });
    expect((await ask('POST', `/webhooks/${id}/replay-failed`, { since: 'yesterday' })).status).toBe(422);
    expect((await ask('POST', `/webhooks/${id}/enabled`, { enabled: false })).json).toEqual({ enabled: false });
    expect((await ask('POST', `/webhooks/${id}/test`)).json['code']).toBe('endpoint_disabled');
    expect((await ask('POST', `/webhooks/${id}/replay-failed`, { since: new Date(0).toISOString() })).json['code']).toBe('endpoint_disabled');
    for (const path of ['rotate', 'end-old-secrets', 'test', 'replay-failed']) {
      const body = { rotate: { secret_id: 'x' }, 'replay-failed': { since: new Date(0).toISOString() } }[path];
      expect((await ask('POST', `/webhooks/nobody/${path}`, body)).status, path).toBe(404);
    }
    expect((await ask('GET', '/webhooks')).json).toMatchObject({ data: [{ id, enabled: false, description: 'changed' }] });
    expect((await ask('GET', '/webhooks/nobody/deliveries')).status).toBe(404);
    expect((await ask('DELETE', `/webhooks/${id}`)).json).toEqual({ removed: true });
  });

  it('finds a person’s journey and account, and gives personal data for a reason alone', async () => {
    const { tokens } = await approve(scene, { login_hint: 'member-4711' });
    const transaction = String(tokens.claims()?.['transaction_id']);
    const personal = ['Roshell', 'Brunswick', 'Kissimmee', '4075550123', 'member-4711'];
    const { json, text } = await ask('GET', '/journeys?most=1&decision=approve');
    expect(json).toMatchObject({ data: [{ transaction_id: transaction, mode: 'test', decision: 'approve' }], next: null });
    const one = await ask('GET', `/journeys/${transaction}`);
    expect(one.json).toMatchObject({ transaction_id: transaction, simulated: true, decision: { verdict: 'approve' } });
    for (const value of personal) expect(text + one.text).not.toContain(value);

    for (const [kind, value] of [['phone', '+14075550123'], ['credential', 'member-4711']]) {
      expect((await ask('POST', '/journeys/search', { kind, value })).json, kind).toMatchObject({ data: [{ transaction_id: transaction }] });
      expect((await ask('POST', '/accounts/search', { kind, value })).json, kind).toMatchObject({ data: [{ state: 'active', mode: 'test' }] });
    }
    expect((await ask('POST', '/journeys/search', { kind: 'phone', value: '+14075550199' })).json).toMatchObject({ data: [] });
    expect((await ask('POST', `/journeys/${transaction}/reveal`, { reason: 'short' })).status).toBe(422);
    expect((await ask('GET', '/audit?action=journey.revealed')).json).toMatchObject({ data: [] });
    const revealed = await ask('POST', `/journeys/${transaction}/reveal`, { reason: 'the person called us' });
    expect(revealed.text).toContain('Roshell');
    expect((await ask('GET', '/audit?action=journey.revealed')).json).toMatchObject({ data: [{ actor: { kind: 'token' }, reason: 'the person called us', target: { id: transaction } }] });

    const account = String(one.json['account_id']);
    const found = await ask('GET', `/accounts/${account}`);
    expect(found.json).toMatchObject({ id: account, state: 'active', journeys: [{ id: transaction }] });
    for (const value of personal) expect(found.text).not.toContain(value);

    const because = { reason: 'the person asked for it' };
    expect((await ask('POST', `/accounts/${account}/reveal`, { reason: 'short' })).status).toBe(422);
    const known = await ask('POST', `/accounts/${account}/reveal`, because);
    expect(known.text).toContain('Roshell');
    expect(known.json).toMatchObject({ credentials: [{ name: 'member-4711' }] });
    expect((await ask('GET', '/audit?action=account.revealed')).json).toMatchObject({ data: [{ actor: { name: 'robot' }, reason: because.reason, target: { id: account } }] });
    const whole = await ask('POST', `/accounts/${account}/export`, because);
    expect(whole).toMatchObject({ status: 200, json: { format: 'gatehouse-person-1', account: { id: account }, journeys: [{ transaction_id: transaction }] } });
    expect(whole.text).toContain('Roshell');
    expect((await ask('GET', '/audit?action=account.exported')).json).toMatchObject({ data: [{ actor: { kind: 'token' }, reason: because.reason, details: { pictures: false } }] });
    expect((await ask('POST', '/accounts/nobody/export', because)).status).toBe(404);
    expect((await ask('POST', '/accounts/nobody/reveal', because)).status).toBe(404);

    expect((await ask('POST', `/journeys/${transaction}/hold`, because)).status).toBe(201);
    const { json: holds } = await ask('GET', `/journeys/${transaction}/holds`);
    expect(holds).toMatchObject({ data: [{ kind: 'journey', subject: transaction, released_at: null }] });
    expect((await ask('POST', `/holds/${(holds as { data: { id: string }[] }).data[0]?.id ?? ''}/release`, because)).json).toEqual({ released: true });
    expect((await ask('POST', '/journeys/nobodys/hold', because)).status).toBe(404);

    await scene.db.insertInto('passkey').values({
      id: 'pk-1', account_id: account, workflow_id: 'bank', mode: 'test', credential_hash: null, user_handle: 'h', public_key: Buffer.of(1), counter: 0, transports: '[]', device_type: 'singleDevice',
      backed_up: false, label: null, journey_id: transaction, acr: 'x', created_at: Date.now(), last_used_at: null, revoked_at: null, revoked_reason: null,
    }).execute();
    expect((await ask('GET', `/accounts/${account}`)).json).toMatchObject({ passkeys: [{ id: 'pk-1', revoked_at: null }] });
    expect((await ask('POST', `/accounts/${account}/revoke-passkey`, { passkey_id: 'pk-1', ...because })).json).toEqual({ revoked: true });
    expect((await ask('POST', `/accounts/${account}/revoke-passkey`, { passkey_id: 'pk-1', ...because })).status).toBe(404);

    await scene.db.insertInto('account').values({ id: 'another', identity_hash: null, sealed: null, created_at: Date.now(), erased_at: null, mode: 'test', merged_into: null, merged_at: null }).execute();
    const merging = { target: account, confirm: 'another', ...because };
    const preview = await ask('GET', `/accounts/another/merge?target=${account}`);
    expect(preview.json).toMatchObject({ refusals: [], identity: { name: 'unknown', asks: true }, moves: { journeys: 0 }, ends: 0 });
    expect((await ask('GET', `/accounts/nobody/merge?target=${account}`)).status).toBe(404);
    expect((await ask('POST', '/accounts/another/merge', { ...merging, confirm: account })).json['code']).toBe('not_confirmed');
    expect(await ask('POST', '/accounts/another/merge', merging)).toMatchObject({ status: 409, json: { code: 'merge_identity_differs' } });
    expect((await ask('GET', '/accounts/another')).json).toMatchObject({ state: 'active', merged_into: null });
    expect(await ask('POST', `/accounts/${account}/merge`, { ...merging, confirm: account })).toMatchObject({ status: 409, json: { code: 'merge_same_account' } });
    expect((await ask('POST', '/accounts/nobody/merge', { ...merging, confirm: 'nobody' })).status).toBe(404);
    expect((await ask('POST', '/accounts/another/merge', { ...merging, one_person: true })).json).toEqual({ result: 'merged' });
    expect((await ask('POST', '/accounts/another/merge', { ...merging, one_person: true })).json).toEqual({ result: 'already' });
    expect((await ask('GET', '/accounts/another')).json).toMatchObject({ state: 'merged', merged_into: account });
    expect((await ask('GET', '/audit?action=account.merged&outcome=refused')).json).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ actor: expect.objectContaining({ kind: 'token' }) as unknown, target: { kind: 'account', id: 'another' } })]) as unknown });

    const held = await ask('POST', `/accounts/${account}/hold`, { reason: 'asked for by the court' });
    expect(held.status).toBe(201);
    expect((await ask('GET', `/accounts/${account}/erasure`)).json).toMatchObject({ refusals: ['held'] });
    expect((await ask('POST', `/accounts/${account}/erasure`, { reason: 'they asked for it', confirm: account })).json['code']).toBe('account_held');
    expect((await ask('POST', `/holds/${String(held.json['hold_id'])}/release`, { reason: 'the court is done' })).json).toEqual({ released: true });
    expect((await ask('POST', `/accounts/${account}/revoke-devices`, { reason: 'the phone was lost' })).json).toEqual({ ended: 0 });
    expect((await ask('POST', `/accounts/${account}/erasure`, { reason: 'they asked for it', confirm: account })).json['state']).toMatch(/^eras/);
    expect((await ask('POST', '/journeys/search', { kind: 'phone', value: '+14075550123' })).json).toMatchObject({ data: [] });
    expect((await ask('POST', `/journeys/${transaction}/reveal`, { reason: 'the person called us' })).text).not.toContain('Roshell');
  });

  it('reads the audit log and the overview, and erases nobody who is not there', async () => {
    const { json } = await ask('GET', '/audit?action=key.created&most=1');
    expect(json).toMatchObject({ data: [{ actor: { kind: 'token', name: 'robot' }, outcome: 'done' }] });
    const now = Date.now();
    expect((await ask('GET', `/overview?mode=test&from=${new Date(now - 86_400_000).toISOString()}&until=${new Date(now).toISOString()}`)).json).toMatchObject({ data: [] });
    expect((await ask('GET', '/overview?mode=test&from=yesterday&until=today')).status).toBe(422);
    expect((await ask('GET', '/accounts')).json).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ state: expect.stringMatching(/^eras/) as string })]) as unknown, next: null });
    expect((await ask('GET', '/accounts/nobody')).status).toBe(404);
    expect((await ask('POST', '/accounts/nobody/erasure', { reason: 'they asked for it', confirm: 'nobody' })).status).toBe(404);
    expect((await ask('POST', '/accounts/nobody/erasure', { reason: 'they asked for it', confirm: 'other' })).json['code']).toBe('not_confirmed');
    expect((await ask('GET', '/cases')).json).toEqual({ data: [], next: null });
    expect((await ask('POST', '/cases/nobody/decision', { version: 1, verdict: 'approve', code: 'false_alarm' })).status).toBe(404);
  });

  it('exports the audit log as lines and walks its chain, both on record', async () => {
    const { status, text, type } = await raw('/audit/export?action=token.created');
    expect([status, type]).toEqual([200, 'application/x-ndjson']);
    const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line) as { action: string; code: string });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every(({ action, code }) => action === 'token.created' && code !== '')).toBe(true);
    expect((await ask('GET', '/audit?action=audit.exported')).json).toMatchObject({ data: [{ actor: { kind: 'token', name: 'robot' }, details: { action: 'token.created' } }] });
    expect((await ask('POST', '/audit/verify')).json).toMatchObject({ whole: true, broken_at: null });
    expect((await ask('GET', '/audit?action=audit.verified')).json).toMatchObject({ data: [{ actor: { kind: 'token' } }] });
  });

  it('lists the staff and the tokens without what is theirs alone, and vendors and feeds', async () => {
    const staff = await ask('GET', '/staff');
    expect(staff.json).toMatchObject({ data: [{ roles: ['administrator'], active: true, external: false }], next: null });
    expect(staff.text).not.toContain('@');
    expect((await ask('GET', '/staff?before=nobody')).status).toBe(422);
    const tokens = await ask('GET', '/tokens');
    expect(tokens.json).toMatchObject({ data: expect.arrayContaining([expect.objectContaining({ name: 'robot', hint: all.slice(-4), revoked_at: null })]) as unknown });
    expect(tokens.text).not.toContain(all);
    const { json: vendors } = await ask('GET', '/vendors?hours=2');
    expect(vendors).toMatchObject({ configured: expect.arrayContaining([{ capability: 'documentVendor', mode: 'live', vendor: null }]) as unknown, feeds: expect.any(Array) as unknown });
    expect((await ask('GET', '/vendors?hours=0')).status).toBe(422);
    expect((await ask('POST', '/feeds/refresh', { feed: 'nobodys' })).status).toBe(404);
    expect(await ask('POST', '/feeds/refresh', {})).toMatchObject({ status: 202, json: { result: 'nothing_to_fetch' } });
  });

  it('closes an incident once', async () => {
    await incidentStore(scene.db, Date.now).open({ kind: 'device_reported', mode: 'test', accountId: undefined, deviceId: undefined, journeyId: undefined, details: {}, at: Date.now() });
    const { json: queue } = await ask('GET', '/cases?status=open');
    const [one] = queue['data'] as { id: string; kind: string; version: number }[];
    expect(one).toMatchObject({ kind: 'incident' });
    const close = (body: object) => ask('POST', `/cases/${one?.id ?? ''}/close`, body);
    expect((await close({ version: one?.version, code: 'because' })).status).toBe(422);
    expect((await close({ version: Number(one?.version) + 1, code: 'looked_at' })).status).toBe(409);
    expect(await close({ version: one?.version, code: 'looked_at' })).toMatchObject({ status: 200, json: { version: Number(one?.version) + 1 } });
    expect((await close({ version: Number(one?.version) + 1, code: 'looked_at' })).status).toBe(409);
    expect((await ask('GET', `/cases/${one?.id ?? ''}`)).json).toMatchObject({ status: 'resolved', resolution: 'incident_looked_at' });
    expect((await ask('POST', '/cases/nobody/close', { version: 1, code: 'acted' })).status).toBe(404);
  });

  it('offers tokens the scopes that open a door, and no others, each with a sentence', async () => {
    const described = await (await fetch(`${gateway.origin}/admin/api/v1/openapi.json`)).text();
    const asked = new Set([...described.matchAll(/Scope: `([\w.]+)`/g)].map(([, scope]) => scope));
    const { html } = await browser.get('/admin/tokens/new');
    const offered = [...html.matchAll(/name="scope\.([\w.]+)"/g)].map(([, scope]) => scope as Action);
    expect(offered.toSorted()).toEqual([...asked].toSorted());
    expect(new Set(offered).size).toBe(offered.length);
    expect(offered.filter((scope) => NOT_FOR_TOKENS.includes(scope))).toEqual([]);
    for (const scope of offered) expect(html.replaceAll('&#39;', '’'), scope).toContain(ACTION_TEXTS[scope]);
  });

  it('is described whole, and every door asks for its own scope', async () => {
    const described = JSON.parse(await (await fetch(`${gateway.origin}/admin/api/v1/openapi.json`)).text()) as { openapi: string; paths: Record<string, Record<string, Operation>> };
    expect(described.openapi).toBe('3.1.0');
    const doors = Object.entries(described.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
    expect(doors.length).toBe(75);
    const narrow = await tokenFor(['overview.read']);
    const wrong: string[] = [];
    for (const { path, method, operation } of doors) {
      const scope = /Scope: `([\w.]+)`/.exec(operation.description)?.[1];
      for (const name of path.matchAll(/\{(\w+)\}/g)) if (!operation.parameters.some((one) => one.in === 'path' && one.name === name[1])) wrong.push(`${path} lacks ${name[1] ?? ''}`);
      if (scope === 'overview.read') continue;
      const { status, json } = await ask(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x1'), operation.requestBody === undefined ? undefined : {}, narrow);
      if (status !== 403 || json['code'] !== 'insufficient_scope') wrong.push(`${method} ${path}: ${status}`);
    }
    expect(wrong).toEqual([]);
    expect(Object.keys(TEMPLATES).length).toBeGreaterThan(3);
  });
});
