import { afterAll, describe, expect, test } from 'vitest';
import { keyRoutes } from '../../../src/admin/keys/routes.ts';
import type { KeyDesk } from '../../../src/admin/keys/store.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { ROLES, mayDo } from '../../../src/admin/permissions.ts';
import { hashClientSecret } from '../../../src/oidc/clients.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { keyDesk } from '../../../src/store/console/keys.ts';
import type { Db } from '../../../src/store/database.ts';
import { storesOn } from '../../store/support.ts';
import { ADMINISTRATOR, startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const AUTHOR: Who = { roles: ['workflow_author'] };
const STALE: Who = { roles: ['workflow_author'], provedAgo: 3_600_000 };
const HOSTILE = `<script>alert(1)</script>"'`;
const SECRET = /<code id="secret">([\w-]{43})<\/code>/;

describeDatabases('the doors to keys', ({ fresh }) => {
  let db: Db;
  let desk: KeyDesk;
  let audit: AuditLog;
  let site: TestConsole;
  ownDatabase(fresh, async (opened) => {
    ({ db } = opened);
    const auditing = { db, vault: (await storesOn(opened)).vault, now: Date.now };
    desk = keyDesk(auditing);
    audit = auditLog(auditing);
    await db.insertInto('workflow').values({ id: 'onboarding', deployed_version: null, created_at: 0 }).execute();
    site = await startConsole(keyRoutes({ keys: desk, workflowIds: async () => ['onboarding'], issuer: 'https://id.example.com' }), audit);
  });
  afterAll(() => site.close());

  const onceOf = (html: string): string => /name="once" value="([\w-]{16})"/.exec(html)?.[1] ?? '';
  const revisionOf = (html: string): string => /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';
  const make = async (more: Record<string, string> = {}): Promise<{ clientId: string; secret: string; form: Record<string, string>; html: string }> => {
    const once = onceOf((await site.get('/admin/keys/new', AUTHOR)).html);
    const form = { once, name: 'App', workflowId: 'onboarding', mode: 'test', redirectUris: 'https://app.example.com/cb', ...more };
    const { html, headers } = await site.post('/admin/keys/new', form, AUTHOR);
    expect(headers.get('cache-control')).toBe('no-store');
    return { clientId: `${form.mode}_${once}`, secret: SECRET.exec(html)?.[1] ?? '', form, html };
  };
  const rowOf = (clientId: string) => db.selectFrom('workflow_key').selectAll().where('client_id', '=', clientId).executeTakeFirst();

  test('a key is made, its secret shown once: not on a reload, not later, in no address, cookie or log', async () => {
    const { clientId, secret, form, html } = await make({ name: HOSTILE });
    expect(secret).not.toBe('');
    expect((await rowOf(clientId))?.secret_hash).toBe(hashClientSecret(secret));
    expect(html).toContain(clientId);
    expect(html).not.toContain('<script>alert');
    const again = await site.post('/admin/keys/new', form, AUTHOR);
    expect(again).toMatchObject({ status: 303, location: `/admin/keys/${clientId}` });
    expect((await rowOf(clientId))?.secret_hash).toBe(hashClientSecret(secret));
    for (const path of ['/admin/keys', `/admin/keys/${clientId}`, `/admin/keys/${clientId}/settings`, `/admin/keys/${clientId}/rotate`]) {
      const seen = await site.get(path, AUTHOR);
      expect(seen.status, path).toBe(200);
      expect(seen.html, path).not.toContain(secret);
      expect(seen.html, path).not.toContain(hashClientSecret(secret));
      expect(JSON.stringify([...seen.headers])).not.toContain(secret);
    }
    expect(site.log()).not.toContain(secret);
    expect(JSON.stringify(await audit.page({}, undefined, 50))).not.toContain(secret);
  });

  test('every fault of a new key is at its field, with what was typed; a workflow that is none is told', async () => {
    const once = onceOf((await site.get('/admin/keys/new', AUTHOR)).html);
    const { status, html } = await site.post('/admin/keys/new', { once, name: '', workflowId: 'onboarding', mode: 'live', redirectUris: 'http://localhost/cb' }, AUTHOR);
    expect(status).toBe(422);
    expect(html).toContain('id="name-error"');
    expect(html).toContain('Line 1 must be https');
    expect(html).toContain('http://localhost/cb');
    expect(onceOf(html)).toBe(once);
    expect((await site.post('/admin/keys/new', { once, name: 'x', workflowId: 'none', mode: 'test', redirectUris: 'https://a.example/' }, AUTHOR)).html).toContain('id="workflowId-error"');
    expect((await site.post('/admin/keys/new', { once: '../../../etc/pass', name: 'x', workflowId: 'onboarding', mode: 'test', redirectUris: 'https://a.example/' }, AUTHOR)).status).toBe(400);
  });

  test('settings are changed by whoever looked at them last, and nothing else of the key', async () => {
    const { clientId } = await make();
    const page = await site.get(`/admin/keys/${clientId}/settings`, AUTHOR);
    const form = { revision: revisionOf(page.html), name: 'Renamed', redirectUris: 'https://app.example.com/cb\nhttps://app.example.com/two', subjectType: 'pairwise', parRequired: 'on', allowedFrom: '192.0.2.0/24', mode: 'live', workflowId: 'other', clientId: 'test_other_one' };
    expect((await site.post(`/admin/keys/${clientId}/settings`, form, AUTHOR)).location).toBe(`/admin/keys/${clientId}`);
    expect(await desk.get(clientId)).toMatchObject({ mode: 'test', workflowId: 'onboarding', revision: 1, settings: { name: 'Renamed', parRequired: true, allowedFrom: ['192.0.2.0/24'], sector: 'app.example.com' } });
    const late = await site.post(`/admin/keys/${clientId}/settings`, { ...form, name: 'Late' }, AUTHOR);
    expect(late.status).toBe(409);
    expect(late.html).toContain('Somebody else changed this key');
    expect(late.html).toContain('value="Late"');
    expect((await desk.get(clientId))?.settings.name).toBe('Renamed');
    expect((await site.post(`/admin/keys/${clientId}/settings`, { ...form, revision: revisionOf(late.html), name: 'Late' }, AUTHOR)).status).toBe(303);
    const wrong = await site.post(`/admin/keys/${clientId}/settings`, { ...form, name: '', redirectUris: 'https://a.example/#x', jwks: '{', backchannelLogoutUri: 'http://10.0.0.1/' }, AUTHOR);
    expect(wrong.status).toBe(422);
    for (const field of ['name', 'redirectUris', 'jwks', 'backchannelLogoutUri']) expect(wrong.html).toContain(`id="${field}-error"`);
  });

  test('a rotation shows its secret once, and a reload makes no other', async () => {
    const { clientId, secret: first } = await make();
    const revision = revisionOf((await site.get(`/admin/keys/${clientId}/rotate`, AUTHOR)).html);
    const answer = await site.post(`/admin/keys/${clientId}/rotate`, { revision, overlap: '3600' }, AUTHOR);
    const secret = SECRET.exec(answer.html)?.[1] ?? '';
    expect(secret).not.toBe(first);
    expect(await rowOf(clientId)).toMatchObject({ secret_hash: hashClientSecret(secret), previous_secret_hash: hashClientSecret(first) });
    expect((await site.post(`/admin/keys/${clientId}/rotate`, { revision, overlap: '3600' }, AUTHOR)).status).toBe(303);
    expect(await rowOf(clientId)).toMatchObject({ secret_hash: hashClientSecret(secret), previous_secret_hash: hashClientSecret(first) });
    expect((await site.post(`/admin/keys/${clientId}/rotate`, { revision: '1', overlap: '99999999' }, AUTHOR)).status).toBe(422);
    expect((await site.get(`/admin/keys/${clientId}`, AUTHOR)).html).toContain('End the old secret now');
    expect((await site.post(`/admin/keys/${clientId}/end-overlap`, {}, AUTHOR)).location).toBe(`/admin/keys/${clientId}`);
    expect(await rowOf(clientId)).toMatchObject({ previous_secret_hash: null });
  });

  test('dangerous things ask for a sign-in of the last minutes', async () => {
    const { clientId } = await make();
    for (const path of ['rotate', 'revoke']) expect((await site.get(`/admin/keys/${clientId}/${path}`, STALE)).location).toMatch(/^\/admin\/again\?to=/);
    for (const path of ['rotate', 'revoke', 'end-overlap']) expect((await site.post(`/admin/keys/${clientId}/${path}`, { overlap: '0', revision: '0' }, STALE)).location).toMatch(/^\/admin\/again\?to=/);
    expect(await rowOf(clientId)).toMatchObject({ revision: 0, revoked_at: null });
  });

  test('a revoked key is shown for the record and can no longer be changed', async () => {
    const { clientId } = await make();
    expect((await site.post(`/admin/keys/${clientId}/revoke`, {}, AUTHOR)).status).toBe(303);
    const { html } = await site.get(`/admin/keys/${clientId}`, AUTHOR);
    expect(html).toContain('Revoked');
    expect(html).not.toContain(`/admin/keys/${clientId}/rotate`);
    for (const path of ['settings', 'rotate', 'revoke']) expect((await site.get(`/admin/keys/${clientId}/${path}`, AUTHOR)).status, path).toBe(409);
    expect((await site.post(`/admin/keys/${clientId}/settings`, { revision: '1', name: 'x', redirectUris: 'https://a.example/' }, AUTHOR)).status).toBe(409);
  });

  test('a page of one key changes no other, and an id that is none finds nothing', async () => {
    const [one, two] = [await make(), await make({ name: 'Two' })];
    const before = await rowOf(two.clientId);
    await site.post(`/admin/keys/${one.clientId}/settings`, { revision: '0', name: 'One', redirectUris: 'https://a.example/', id: two.clientId, client_id: two.clientId }, AUTHOR);
    expect(await rowOf(two.clientId)).toEqual(before);
    for (const id of ['test_nobodys_key', '%00', '..%2f..%2fstaff', `${one.clientId}'--`]) {
      for (const path of ['', '/settings', '/rotate', '/revoke']) expect((await site.get(`/admin/keys/${id}${path}`, AUTHOR)).status, id + path).toBe(404);
      expect((await site.post(`/admin/keys/${id}/revoke`, {}, AUTHOR)).status, id).toBe(404);
    }
  });

  test('the list is filtered by workflow, and a damaged cursor is told', async () => {
    expect((await site.get('/admin/keys?workflow=none', AUTHOR)).html).toContain('No key of this workflow');
    expect((await site.get('/admin/keys?workflow=onboarding', AUTHOR)).html).toContain('App');
    expect((await site.get('/admin/keys?before=x', AUTHOR)).status).toBe(400);
  });

  describe('each role', () => {
    test.each(ROLES)('%s', async (role) => {
      const who: Who = { roles: [role] };
      const { clientId } = await make();
      const reads = mayDo([role], 'key.read');
      const manages = mayDo([role], 'key.manage');
      for (const path of ['/admin/keys', `/admin/keys/${clientId}`]) expect((await site.get(path, who)).status, path).toBe(reads ? 200 : 403);
      for (const path of ['/admin/keys/new', `/admin/keys/${clientId}/settings`, `/admin/keys/${clientId}/rotate`, `/admin/keys/${clientId}/revoke`]) expect((await site.get(path, who)).status, path).toBe(manages ? 200 : 403);
      for (const path of ['settings', 'rotate', 'end-overlap', 'revoke']) {
        const { status } = await site.post(`/admin/keys/${clientId}/${path}`, { revision: '99', overlap: '0', name: 'x', redirectUris: 'https://a.example/' }, who);
        expect(status === 403, path).toBe(!manages);
      }
      expect((await rowOf(clientId))?.revoked_at === null).toBe(!manages);
      if (reads && !manages) expect((await site.get(`/admin/keys/${clientId}`, who)).html).not.toMatch(/\/(?:settings|rotate|revoke)"/);
    });
  });

  test('a form of another site, or without its token, changes nothing', async () => {
    const { clientId } = await make();
    expect((await site.post(`/admin/keys/${clientId}/revoke`, { csrf: 'x' }, ADMINISTRATOR)).status).toBe(403);
    expect((await site.post(`/admin/keys/${clientId}/revoke`, {}, ADMINISTRATOR, { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect(await rowOf(clientId)).toMatchObject({ revoked_at: null });
  });
});
