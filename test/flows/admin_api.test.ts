/** The admin API over HTTP on a whole gateway: a token made in the console, and what it can do with each area. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS, type Action } from '../../src/admin/permissions.ts';
import { NOT_FOR_TOKENS } from '../../src/admin/tokens/store.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
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
    expect(await ask('DELETE', `/keys/${id}`)).toMatchObject({ status: 200, json: { revoked: true } });
    expect(await ask('POST', `/keys/${id}/rotate`, { overlap_seconds: 60 })).toMatchObject({ status: 409 });
  });

  it('keeps lists and webhooks', async () => {
    const added = await ask('POST', '/lists', { effect: 'block', kind: 'net', mode: 'both', reason: 'scripted sign-ups', values: ['203.0.113.0/24', '198.51.100.7/32'] });
    expect(added.status).toBe(201);
    const ids = added.json['ids'] as string[];
    expect((await ask('GET', '/lists?most=1')).json).toMatchObject({ data: [{ kind: 'net', effect: 'block', by: 'robot' }] });
    expect(await ask('POST', '/lists', { effect: 'block', kind: 'net', mode: 'both', reason: 'too much', values: ['0.0.0.0/0'] })).toMatchObject({ status: 422, json: { code: 'list_values_refused' } });
    expect((await ask('DELETE', `/lists/${ids[0] ?? ''}`)).json).toEqual({ removed: true });
    expect((await ask('DELETE', `/lists/${ids[0] ?? ''}`)).status).toBe(404);

    const endpoint = { url: 'https://hooks.example/in', mode: 'test', events: ['journey.decided'] };
    const made = await ask('POST', '/webhooks', endpoint);
    expect(made).toMatchObject({ status: 201, json: { secret: expect.stringMatching(/^whsec_/) as string } });
    const id = String(made.json['id']);
    expect(await ask('POST', '/webhooks', { ...endpoint, url: 'http://hooks.example/in' })).toMatchObject({ status: 422, json: { title: expect.stringContaining('url') as string } });
    expect((await ask('PUT', `/webhooks/${id}`, { ...endpoint, description: 'changed' })).json).toEqual({ changed: true });
    expect((await ask('POST', `/webhooks/${id}/enabled`, { enabled: false })).json).toEqual({ enabled: false });
    expect((await ask('GET', '/webhooks')).json).toMatchObject({ data: [{ id, enabled: false, description: 'changed' }] });
    expect((await ask('GET', `/webhooks/${id}/deliveries`)).json).toEqual({ data: [], next: null });
    expect((await ask('GET', '/webhooks/nobody/deliveries')).status).toBe(404);
    expect((await ask('DELETE', `/webhooks/${id}`)).json).toEqual({ removed: true });
  });

  it('finds a person’s journey and account, and gives personal data for a reason alone', async () => {
    const { tokens } = await approve(scene, { login_hint: 'member-4711' });
    const transaction = String(tokens.claims()?.['transaction_id']);
    const personal = ['Roshell', 'Brunswick', '34743', '4075550123', 'member-4711'];
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
    expect((await ask('GET', '/accounts')).json).toMatchObject({ data: [{ state: expect.stringMatching(/^eras/) as string }], next: null });
    expect((await ask('GET', '/accounts/nobody')).status).toBe(404);
    expect((await ask('POST', '/accounts/nobody/erasure', { reason: 'they asked for it', confirm: 'nobody' })).status).toBe(404);
    expect((await ask('POST', '/accounts/nobody/erasure', { reason: 'they asked for it', confirm: 'other' })).json['code']).toBe('not_confirmed');
    expect((await ask('GET', '/cases')).json).toEqual({ data: [], next: null });
    expect((await ask('POST', '/cases/nobody/decision', { version: 1, verdict: 'approve', code: 'false_alarm' })).status).toBe(404);
  });

  it('is described whole, and every door asks for its own scope', async () => {
    const described = JSON.parse(await (await fetch(`${gateway.origin}/admin/api/v1/openapi.json`)).text()) as { openapi: string; paths: Record<string, Record<string, Operation>> };
    expect(described.openapi).toBe('3.1.0');
    const doors = Object.entries(described.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
    expect(doors.length).toBeGreaterThan(40);
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
