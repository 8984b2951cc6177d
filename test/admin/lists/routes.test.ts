import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { listsRoutes } from '../../../src/admin/lists/routes.ts';
import { ROLES, type Role } from '../../../src/admin/permissions.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { listDesk } from '../../../src/store/console/lists.ts';
import { dataKeyStore } from '../../../src/store/data_keys.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { openVault } from '../../../src/vault/vault.ts';
import { ADMINISTRATOR, startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const HOSTILE = `<script>alert(1)</script>"'`;
const FORM = { effect: 'block', kind: 'address', value: '203.0.113.7', reason: 'scripted sign-ups', mode: 'both', workflow: '', expires_on: '' };
const NEVER = `lst_${'a'.repeat(20)}`;

describeDatabases('the console’s lists', (database) => {
  let opened: OpenedDatabase;
  let console: TestConsole;
  ownDatabase(database.fresh, async (own) => {
    opened = own;
    const vault = await openVault({ masterKeys: [{ id: 'm', key: randomBytes(32) }], store: dataKeyStore(own.db) });
    const auditing = { db: own.db, vault, now: Date.now };
    console = await startConsole(listsRoutes({ lists: listDesk({ ...auditing, changed: async () => undefined }) }), auditLog(auditing));
  });
  afterAll(() => console.close());
  beforeEach(() => opened.db.deleteFrom('list_entry').execute());
  const add = (form: Readonly<Record<string, string>> = {}, who: Who = ADMINISTRATOR) => console.post('/admin/lists', { ...FORM, ...form }, who);
  const ids = async (): Promise<readonly string[]> => (await opened.db.selectFrom('list_entry').select('id').where('removed_at', 'is', null).orderBy('seq').execute()).map(({ id }) => id);
  const clean = (text: string): string => text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

  it('adds, shows, finds and takes off', async () => {
    const added = await add({ kind: 'phone', value: '+1 407 555 0123', expires_on: '2999-12-31' });
    expect([added.status, added.location]).toEqual([303, '/admin/lists']);
    const list = await console.get('/admin/lists', ADMINISTRATOR);
    expect(clean(list.html)).toMatch(/Phone \+1••••••23 blocked test and live scripted sign-ups end of 2999-12-31 UTC/);
    const found = await console.post('/admin/lists/search', { value: '+14075550123' }, ADMINISTRATOR);
    expect([found.status, found.html.includes('+1••••••23')]).toEqual([200, true]);
    const [id = ''] = await ids();
    expect((await console.get(`/admin/lists/${id}`, ADMINISTRATOR)).html).toContain('Take it off the list');
    expect((await console.post(`/admin/lists/${id}/remove`, {}, ADMINISTRATOR)).location).toBe('/admin/lists');
    expect([(await console.get(`/admin/lists/${id}`, ADMINISTRATOR)).status, (await console.post(`/admin/lists/${id}/remove`, {}, ADMINISTRATOR)).status]).toEqual([404, 404]);
    expect((await console.get('/admin/lists', ADMINISTRATOR)).html).toContain('The lists are empty');
    expect(console.log()).not.toContain('4075550123');
  });

  it.each([
    ['value', { value: 'x' }], ['value', { value: '' }], ['value', { kind: 'net', value: '0.0.0.0/0' }], ['reason', { reason: 'abc' }], ['reason', { reason: 'x'.repeat(501) }], ['kind', { kind: 'none' }],
    ['effect', { effect: 'destroy' }], ['effect', { effect: 'allow', kind: 'document', value: 'x' }], ['mode', { mode: '' }], ['workflow', { workflow: HOSTILE }],
    ['expires_on', { expires_on: '2026-02-30' }], ['expires_on', { expires_on: 'soon' }], ['expires_on', { expires_on: '1999-01-01' }],
  ] as const)('tells at %s what is wrong with %j, and keeps the rest', async (field, form) => {
    const answer = await add(form);
    expect(answer.status).toBe(422);
    expect(answer.html).toContain(`id="${field}-error"`);
    if (!('reason' in form)) expect(answer.html).toContain('scripted sign-ups');
    expect(answer.html).not.toContain('<script>alert');
    expect(await ids()).toEqual([]);
  });

  it('takes many lines, or names those that it cannot take without repeating them', async () => {
    const many = (values: string) => console.post('/admin/lists/many', { ...FORM, kind: 'phone', values }, ADMINISTRATOR);
    const refused = await many(`+14075550123\r\n\r\n+1407${HOSTILE}\n+14075550123\n`);
    expect(refused.status).toBe(422);
    expect(clean(refused.html)).toMatch(/Line 3: This is not a phone number.*Line 4: This is on the list already/);
    expect(await ids()).toEqual([]);
    expect([(await many('\n \n')).status, (await many('+14075550123\n'.repeat(1_001))).status]).toEqual([422, 422]);
    expect((await many(Array.from({ length: 300 }, (_one, at) => `+1407555${1_000 + at}`).join('\n'))).location).toBe('/admin/lists');
    expect(await ids()).toHaveLength(300);
    const first = await console.get('/admin/lists?kind=phone', ADMINISTRATOR);
    const next = /rel="next" href="([^"]+)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(next).toContain('kind=phone');
    expect((await console.get(next, ADMINISTRATOR)).html.match(/<tr>/g)).toHaveLength(51);
    expect((await console.post('/admin/lists/many', { ...FORM, values: 'x'.repeat(600_000) }, ADMINISTRATOR)).status).toBe(413);
  });

  it('renders hostile reasons and values harmless', async () => {
    await add({ reason: HOSTILE });
    const pages = [await console.get('/admin/lists', ADMINISTRATOR), await console.get(`/admin/lists/${(await ids())[0]}`, ADMINISTRATOR), await console.post('/admin/lists/search', { value: HOSTILE }, ADMINISTRATOR)];
    for (const { html, status } of pages) {
      expect(status).toBe(200);
      expect(html).not.toContain('<script>alert');
    }
    expect(pages[0]?.html).toContain('&lt;script&gt;');
  });

  it.each([`/admin/lists?before=${HOSTILE}&kind=${HOSTILE}`, '/admin/lists?before=-1', '/admin/lists?before=99999999999999999999', `/admin/lists/new?kind=identity&value=${encodeURIComponent(HOSTILE)}`, '/admin/lists/new?kind=phone&value=%2B14075550123'])('%s is answered, and repeats nothing', async (path) => {
    const { status, html } = await console.get(path, ADMINISTRATOR);
    expect([status, html.includes('<script>alert'), html.includes('value="+1407')]).toEqual([200, false, false]);
  });

  it('takes the id of an account or device along from another page', async () => {
    const { html } = await console.get('/admin/lists/new?kind=identity&effect=block&value=4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11', ADMINISTRATOR);
    expect(html).toContain('value="4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11"');
    expect(html).toContain('value="identity" selected');
  });

  it.each([`/admin/lists/${NEVER}`, '/admin/lists/..%2F..', `/admin/lists/${encodeURIComponent(HOSTILE)}`, '/admin/lists/lst_'])('%s is nothing', async (path) => {
    expect((await console.get(path, ADMINISTRATOR)).status).toBe(404);
    expect((await console.post(`${path}/remove`, {}, ADMINISTRATOR)).status).toBe(404);
  });

  it.each(ROLES.map((role): readonly [Role, boolean, boolean] => [role, true, role === 'administrator' || role === 'reviewer']))('%s reads: %s, changes: %s', async (role, reads, changes) => {
    const who: Who = { roles: [role] };
    await add();
    const [id = ''] = await ids();
    expect((await console.get('/admin/lists', who)).status).toBe(reads ? 200 : 403);
    expect((await console.get('/admin/lists', who)).html.includes('Add an entry')).toBe(changes);
    expect((await console.get('/admin/lists/new', who)).status).toBe(changes ? 200 : 403);
    expect((await add({ value: '203.0.113.8' }, who)).status).toBe(changes ? 303 : 403);
    expect((await console.post('/admin/lists/many', { ...FORM, values: '203.0.113.9' }, who)).status).toBe(changes ? 303 : 403);
    expect((await console.post(`/admin/lists/${id}/remove`, {}, who)).status).toBe(changes ? 303 : 403);
    expect(await ids()).toHaveLength(changes ? 2 : 1);
  });

  it('changes nothing without the form’s token, from elsewhere, or signed out; and removing asks for a fresh sign-in', async () => {
    await add();
    const [id = ''] = await ids();
    const path = `/admin/lists/${id}/remove`;
    expect((await console.post(path, { csrf: 'forged' }, ADMINISTRATOR)).status).toBe(403);
    expect((await console.post(path, {}, ADMINISTRATOR, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await console.post(path, {}, undefined)).location).toContain('/admin/sign-in');
    expect((await console.post(path, {}, { ...ADMINISTRATOR, provedAgo: 11 * 60_000 })).location).toContain('/admin/again');
    expect((await console.get('/admin/lists/many', { ...ADMINISTRATOR, provedAgo: 11 * 60_000 })).location).toContain('/admin/again');
    expect(await ids()).toEqual([id]);
  });
});
