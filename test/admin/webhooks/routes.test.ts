import { sql } from 'kysely';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { PERMISSIONS, ROLES, mayDo } from '../../../src/admin/permissions.ts';
import { webhookRoutes } from '../../../src/admin/webhooks/routes.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import type { Webhooks } from '../../../src/store/webhooks.ts';
import { happen, openTestWebhooks } from '../../store/console/webhooks_world.ts';
import { storesOn } from '../../store/support.ts';
import { ADMINISTRATOR, startConsole, type TestConsole } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const AUTHOR = { roles: ['workflow_author'] } as const;
const HOOK = 'https://app.example.com/hook';
const FORM = { url: HOOK, description: 'Shop', mode: 'test', workflow: '', 'event.journey.decided': 'on' };

describeDatabases('webhooks in the console', ({ fresh }) => {
  let opened: OpenedDatabase;
  let webhooks: Webhooks;
  let site: TestConsole;
  ownDatabase(fresh, async (own) => {
    opened = own;
    const { vault } = await storesOn(own);
    webhooks = await openTestWebhooks(own, vault);
    site = await startConsole(webhookRoutes({ desk: webhooks.desk, workflows: async () => ['onboarding'], development: false }), auditLog({ db: own.db, vault, now: Date.now }));
  });
  afterAll(async () => {
    await site.close();
    await webhooks.stop();
  });
  beforeEach(async () => { await sql`DELETE FROM webhook_endpoint`.execute(opened.db); await sql`DELETE FROM webhook_event`.execute(opened.db); });

  const make = async (fields: Readonly<Record<string, string>> = {}) => {
    const { html } = await site.post('/admin/webhooks', { ...FORM, ...fields }, AUTHOR);
    const [endpoint] = await webhooks.desk.endpoints();
    return { html, id: endpoint?.id ?? '', secret: /whsec_[\w+/]{43}=/.exec(html)?.[0] ?? '' };
  };
  const entries = async (action: string) => (await sql<{ entry: string }>`SELECT entry FROM audit_entry WHERE action = ${action} ORDER BY seq DESC`.execute(opened.db)).rows.map(({ entry }) => entry);

  test('an endpoint is made, its secret shown once, and a form that is sent twice makes one', async () => {
    expect((await site.get('/admin/webhooks', AUTHOR)).html).toContain('Nobody is told yet');
    const nonce = /name="id" value="(whe_[0-9a-f]{24})"/.exec((await site.get('/admin/webhooks/new', AUTHOR)).html)?.[1] ?? '';
    const { id, secret } = await make({ id: nonce });
    expect([id, secret]).toEqual([nonce, expect.stringMatching(/^whsec_/)]);
    const again = await site.post('/admin/webhooks', { ...FORM, id: nonce }, AUTHOR);
    expect([again.status, again.location]).toEqual([303, `/admin/webhooks/${id}`]);
    expect(await webhooks.desk.endpoints()).toHaveLength(1);
    const page = await site.get(`/admin/webhooks/${id}`, AUTHOR);
    expect(page.html).toContain(HOOK);
    expect(page.html + site.log() + (await entries('webhook.created')).join('')).not.toContain(secret);
    expect(JSON.parse((await entries('webhook.created'))[0] ?? '')).toMatchObject({ target: { id }, details: { url: HOOK, mode: 'test' } });
  });

  test.each([
    ['an inner address', { url: 'https://10.0.0.7/hook' }, 'inner address'], ['this machine', { url: 'http://localhost:9/' }, 'the machine itself'],
    ['no https', { url: 'http://app.example.com/' }, 'https'], ['a user name', { url: 'https://me:pw@app.example.com/' }, 'password'],
    ['no event', { 'event.journey.decided': '', 'event.nonsense': 'on' }, 'no such event'], ['an unknown workflow', { workflow: 'other' }, 'no such workflow'],
  ])('%s is told at its field, and nothing is made', async (_what, wrong, sentence) => {
    const { status, html } = await site.post('/admin/webhooks', { ...FORM, ...wrong }, AUTHOR);
    expect(status).toBe(422);
    expect(html).toContain(sentence);
    expect(await webhooks.desk.endpoints()).toEqual([]);
  });

  test('is changed with what it was and is on record', async () => {
    const { id } = await make();
    const form = { ...FORM, url: 'https://app.example.com/other?key=hidden-in-query', credential: 'on' };
    expect((await site.post(`/admin/webhooks/${id}`, form, AUTHOR)).status).toBe(303);
    expect(await webhooks.desk.endpoint(id)).toMatchObject({ url: form.url, withCredential: true });
    const [entry = ''] = await entries('webhook.changed');
    expect(JSON.parse(entry)).toMatchObject({ details: { before: { url: HOOK, with_credential: false }, after: { url: 'https://app.example.com/other?…', with_credential: true } } });
    expect(entry).not.toContain('hidden-in-query');
  });

  test('a secret is rotated by who proved themselves just now, once per page', async () => {
    const { id, secret } = await make();
    const current = /name="current" value="([\w-]+)"/.exec((await site.get(`/admin/webhooks/${id}`, AUTHOR)).html)?.[1] ?? '';
    const stale = await site.post(`/admin/webhooks/${id}/rotate`, { current, overlap: '24' }, { ...AUTHOR, provedAgo: 3_600_000 });
    expect([stale.status, stale.location]).toEqual([303, expect.stringContaining('/admin/again')]);
    const rotated = await site.post(`/admin/webhooks/${id}/rotate`, { current, overlap: '24' }, AUTHOR);
    expect(/whsec_[\w+/]{43}=/.exec(rotated.html)?.[0]).not.toBe(secret);
    expect((await site.post(`/admin/webhooks/${id}/rotate`, { current, overlap: '24' }, AUTHOR)).status).toBe(303);
    expect((await webhooks.desk.endpoint(id))?.secrets).toHaveLength(2);
    expect((await site.get(`/admin/webhooks/${id}`, AUTHOR)).html).toContain('signs as well until');
    await site.post(`/admin/webhooks/${id}/end-old`, {}, AUTHOR);
    expect((await webhooks.desk.endpoint(id))?.secrets).toHaveLength(1);
    expect(await entries('webhook.secret_rotated')).toHaveLength(1);
  });

  test('a test is queued for this endpoint alone, and shows what it says', async () => {
    const { id } = await make();
    await make({ url: 'https://other.example.com/' });
    const sent = await site.post(`/admin/webhooks/${id}/test`, {}, AUTHOR);
    const page = await site.get(sent.location ?? '', AUTHOR);
    expect(page.html).toContain('endpoint.test');
    expect((await sql`SELECT 1 FROM webhook_delivery`.execute(opened.db)).rows).toHaveLength(1);
    await site.post(`/admin/webhooks/${id}/enabled`, { enabled: 'no' }, AUTHOR);
    expect((await site.post(`/admin/webhooks/${id}/test`, {}, AUTHOR)).location).toBe(`/admin/webhooks/${id}`);
    expect((await sql`SELECT 1 FROM webhook_delivery`.execute(opened.db)).rows).toHaveLength(1);
  });

  test('deliveries are paged by cursor, filtered, and replayed; what failed is sent again within its bounds', async () => {
    const { id } = await make();
    for (let made = 0; made < 30; made += 1) {
      await sql`INSERT INTO webhook_event (id, type, mode, data, at, fanned_at) VALUES (${`evt_${made}`}, 'journey.decided', 'test', '{}', 1, 1)`.execute(opened.db);
      await sql`INSERT INTO webhook_delivery (id, event_id, endpoint_id, type, state, round, tries, created_at)
        VALUES (${`dlv_${made}`}, ${`evt_${made}`}, ${id}, 'journey.decided', ${made < 5 ? 'failed' : 'delivered'}, 1, 1, ${Date.now() - made * 60_000})`.execute(opened.db);
    }
    const first = await site.get(`/admin/webhooks/${id}`, AUTHOR);
    const next = /href="([^"]+)">Older/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await site.get(next, AUTHOR);
    const ids = (html: string) => [...html.matchAll(/deliveries\/(dlv_\d+)"/g)].map(([, found]) => found);
    expect([ids(first.html).length, ids(second.html).length]).toEqual([25, 5]);
    expect(new Set([...ids(first.html), ...ids(second.html)]).size).toBe(30);
    expect(ids((await site.get(`/admin/webhooks/${id}?state=failed`, AUTHOR)).html)).toEqual(['dlv_0', 'dlv_1', 'dlv_2', 'dlv_3', 'dlv_4']);
    expect((await site.get(`/admin/webhooks/${id}?before=' OR 1=1`, AUTHOR)).status).toBe(200);
    await site.post('/admin/webhooks/deliveries/dlv_0/replay', {}, AUTHOR);
    expect(await webhooks.desk.delivery('dlv_0')).toMatchObject({ state: 'waiting', eventId: 'evt_0' });
    await site.post(`/admin/webhooks/${id}/replay`, { since: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10) }, AUTHOR);
    expect(ids((await site.get(`/admin/webhooks/${id}?state=waiting`, AUTHOR)).html)).toHaveLength(5);
    expect((await site.post(`/admin/webhooks/${id}/replay`, { since: 'yesterday' }, AUTHOR)).status).toBe(422);
    expect(JSON.parse((await entries('webhook.failed_replayed'))[0] ?? '')).toMatchObject({ details: { count: 4 } });
  });

  test('each door is for those of the table, and ids of others lead nowhere', async () => {
    const { id } = await make();
    const routes = webhookRoutes({ desk: webhooks.desk, workflows: async () => [], development: false });
    for (const role of ROLES) {
      for (const route of routes) {
        if (route.method === 'post' || route.action === 'anyone') continue;
        const { status } = await site.get(`/admin${route.path.replace(':id', id).replace(':delivery', 'dlv_none')}`, { roles: [role] });
        expect([role, route.path, status === 403]).toEqual([role, route.path, !mayDo([role], route.action)]);
      }
      if (!mayDo([role], 'webhook.manage')) expect((await site.post(`/admin/webhooks/${id}/enabled`, { enabled: 'no' }, { roles: [role] })).status).toBe(403);
    }
    expect((await webhooks.desk.endpoint(id))?.enabled).toBe(true);
    expect(PERMISSIONS['webhook.manage']).not.toContain('support');
    for (const path of ['whe_none', `${id}'--`, 'deliveries/dlv_none', 'deliveries/..%2f']) expect((await site.get(`/admin/webhooks/${path}`, AUTHOR)).status).toBe(404);
    expect((await site.post('/admin/webhooks/whe_none/remove', {}, AUTHOR)).status).toBe(404);
    expect((await site.post(`/admin/webhooks/${id}/enabled`, { enabled: 'no', csrf: 'wrong' }, AUTHOR)).status).toBe(403);
  });

  test('is removed with everything of its own', async () => {
    const { id } = await make();
    await happen(opened);
    await site.post(`/admin/webhooks/${id}/test`, {}, AUTHOR);
    expect((await site.get(`/admin/webhooks/${id}/remove`, ADMINISTRATOR)).html).toContain('cannot be undone');
    expect((await site.post(`/admin/webhooks/${id}/remove`, {}, ADMINISTRATOR)).location).toBe('/admin/webhooks');
    for (const table of ['webhook_endpoint', 'webhook_secret', 'webhook_delivery']) expect((await sql.raw(`SELECT 1 FROM ${table}`).execute(opened.db)).rows).toEqual([]);
    expect(await entries('webhook.removed')).toHaveLength(1);
  });
});
