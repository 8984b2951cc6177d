import { afterAll, expect, test } from 'vitest';
import { ACTIONS } from '../../../src/admin/permissions.ts';
import { tokenRoutes } from '../../../src/admin/tokens/routes.ts';
import { TOKEN_PATTERN, type TokenDesk } from '../../../src/admin/tokens/store.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { parseNet } from '../../../src/feeds/address.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { tokenDesk } from '../../../src/store/console/tokens.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { NOW, storesOn } from '../../store/support.ts';
import { ADMINISTRATOR, startConsole, type TestConsole } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

describeDatabases('API tokens in the console', ({ fresh }) => {
  let opened: OpenedDatabase;
  let tokens: TokenDesk;
  let audit: AuditLog;
  let site: TestConsole;
  let now = NOW;
  ownDatabase(fresh, async (own) => {
    opened = own;
    const auditing = { db: own.db, vault: (await storesOn(own)).vault, now: () => now };
    audit = auditLog(auditing);
    tokens = tokenDesk(auditing);
    site = await startConsole(tokenRoutes({ tokens, scopes: ACTIONS.filter((action) => action !== 'feed.refresh'), isNet: (text) => parseNet(text) !== undefined, apiHref: '/x' }), audit, () => now);
  });
  afterAll(() => site.close());
  const form = { name: 'export', days: '30', nets: '203.0.113.0/24\n2001:db8::/32', 'scope.journey.read': 'on' };
  const make = async (fields: Record<string, string> = {}) => {
    const { html } = await site.post('/admin/tokens/new', { ...form, ...fields }, ADMINISTRATOR);
    return /gha_[\w-]{43}/.exec(html)?.[0] ?? '';
  };

  test('one is made, shown once, kept as a hash, and on record without itself', async () => {
    const token = await make();
    expect(token).toMatch(TOKEN_PATTERN);
    expect(await tokens.use(token)).toMatchObject({ name: 'export', scopes: ['journey.read'], nets: ['203.0.113.0/24', '2001:db8::/32'], expiresAt: NOW + 30 * 86_400_000 });
    expect((await site.get('/admin/tokens', ADMINISTRATOR)).html).not.toContain(token);
    const rows = JSON.stringify([await opened.db.selectFrom('api_token').selectAll().execute(), await audit.page({}, undefined, 10)]);
    expect(rows).not.toContain(token);
    expect((await audit.page({ action: 'token.created' }, undefined, 1))[0]).toMatchObject({ details: { name: 'export', scopes: ['journey.read'] } });
    expect(site.log()).not.toContain(token);
  });

  test.each([
    ['no name', { name: ' ' }, 'Give it a name'],
    ['no scope', { 'scope.journey.read': '' }, 'at least one thing'],
    ['a scope that tokens cannot have', { 'scope.journey.read': '', 'scope.staff.manage': 'on' }, 'at least one thing'],
    ['a scope that opens no door', { 'scope.journey.read': '', 'scope.feed.refresh': 'on' }, 'at least one thing'],
    ['no days', { days: '0' }, 'from 1 to 1095'],
    ['days without end', { days: '99999' }, 'from 1 to 1095'],
    ['a net that is none', { nets: 'everywhere' }, 'These are no addresses or nets: everywhere.'],
  ])('%s is told, and nothing is made', async (_what, wrong, sentence) => {
    const before = (await tokens.list()).length;
    const { status, html } = await site.post('/admin/tokens/new', { ...form, ...wrong }, ADMINISTRATOR);
    expect(status).toBe(422);
    expect(html).toContain(sentence);
    expect((await tokens.list()).length).toBe(before);
  });

  test('a revoked, an expired, a changed and an unknown one are nobody’s', async () => {
    const token = await make({ days: '1' });
    const { id } = (await tokens.use(token)) as { id: string };
    expect(await tokens.use(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
    expect(await tokens.use(`${token}x`)).toBeUndefined();
    now += 86_400_000;
    expect(await tokens.use(token)).toBeUndefined();
    now -= 1;
    expect(await tokens.use(token)).toBeDefined();
    const revoked = await site.post(`/admin/tokens/${id}/revoke`, {}, ADMINISTRATOR);
    expect(revoked.location).toBe('/admin/tokens');
    expect(await tokens.use(token)).toBeUndefined();
    expect((await site.post(`/admin/tokens/${id}/revoke`, {}, ADMINISTRATOR)).status).toBe(404);
    expect((await audit.page({ action: 'token.revoked' }, undefined, 5))).toHaveLength(1);
  });

  test('a stale sign-in makes none', async () => {
    const { status, location } = await site.post('/admin/tokens/new', form, { ...ADMINISTRATOR, provedAgo: 11 * 60_000 });
    expect([status, location]).toEqual([303, '/admin/again?to=%2Fadmin%2Ftokens%2Fnew']);
  });
});
