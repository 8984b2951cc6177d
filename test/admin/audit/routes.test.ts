import { afterAll, describe, expect, test } from 'vitest';
import { auditRoutes } from '../../../src/admin/audit/routes.ts';
import type { AuditEntry, AuditLog } from '../../../src/admin/audit/audit.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { storesOn } from '../../store/support.ts';
import { ADMINISTRATOR, startConsole, type TestConsole, type Who } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const AUDITOR: Who = { roles: ['auditor'] };
const HOSTILE = `<img src=x onerror=alert(1)>`;

describeDatabases('the doors of the audit log', ({ fresh }) => {
  let audit: AuditLog;
  let site: TestConsole;
  ownDatabase(fresh, async (opened) => {
    audit = auditLog({ db: opened.db, vault: (await storesOn(opened)).vault, now: Date.now });
    for (let index = 1; index <= 60; index += 1) {
      await audit.note({ kind: 'staff', id: 's', name: HOSTILE }, { action: index % 2 ? 'a.odd' : 'a.even', target: { kind: 'thing', id: `t${index}` }, reason: index === 60 ? HOSTILE : undefined });
    }
    site = await startConsole(auditRoutes({ audit }), audit);
  });
  afterAll(() => site.close());

  test('fifty at a time, and the rest behind a link', async () => {
    const first = await site.get('/admin/audit', AUDITOR);
    expect(first.status).toBe(200);
    expect(first.html.match(/>t\d+<\/code>/g)).toHaveLength(50);
    const next = /rel="next" href="([^"]+)"/.exec(first.html)?.[1];
    expect(next).toBe('/admin/audit?before=11');
    const rest = await site.get(next as string, AUDITOR);
    expect(rest.html.match(/>t\d+<\/code>/g)).toHaveLength(10);
    expect(rest.html).not.toContain('rel="next"');
  });

  test('what somebody wrote is shown as text', async () => {
    const { html } = await site.get('/admin/audit', AUDITOR);
    expect(html).not.toContain(HOSTILE);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('a day that is none is told at its field, and nothing is shown', async () => {
    const { status, html } = await site.get('/admin/audit?from=yesterday', AUDITOR);
    expect(status).toBe(422);
    expect(html).toContain('year-month-day');
    expect(html).not.toMatch(/>t\d+<\/code>/);
  });

  test('the export is whole, filtered, a download, and on record before it', async () => {
    const { headers, body } = await site.get('/admin/audit/export?action=a.odd', AUDITOR);
    const lines = body.toString('utf8').trim().split('\n').map((line) => JSON.parse(line) as AuditEntry);
    expect(lines).toHaveLength(30);
    expect(lines.every(({ action }) => action === 'a.odd')).toBe(true);
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="audit-/);
    expect((await audit.page({ action: 'audit.exported' }, undefined, 5))[0]).toMatchObject({ details: { action: 'a.odd' }, actor: { kind: 'staff' } });
  });

  test('who may not, gets nothing, and the try is on record', async () => {
    for (const path of ['/admin/audit', '/admin/audit/export']) {
      const { status, html } = await site.get(path, { roles: ['support'] });
      expect(status).toBe(403);
      expect(html).not.toMatch(/>t\d+<\/code>/);
    }
    expect((await audit.page({ outcome: 'refused' }, undefined, 5)).length).toBe(2);
    expect((await site.get('/admin/audit', undefined)).location).toBe('/admin/sign-in?to=%2Fadmin%2Faudit');
  });

  test('the walk over the chain is a POST of our own pages, and says where to look', async () => {
    const { status, html } = await site.post('/admin/audit/verify', {}, AUDITOR);
    expect(status).toBe(200);
    expect(html).toMatch(/<pre>\d+:[\w-]+<\/pre>/);
    expect((await site.post('/admin/audit/verify', { csrf: 'x' }, AUDITOR)).status).toBe(403);
    expect((await site.post('/admin/audit/verify', {}, AUDITOR, { origin: 'https://elsewhere.example' })).status).toBe(403);
  });
});

describe('the guard of every door', () => {
  test('nobody is sent out of the console, a repeated query is refused, an unknown page is one', async () => {
    const notes: unknown[] = [];
    const site = await startConsole([], { note: async (_actor, fact) => void notes.push(fact) });
    const missing = await site.get('/admin/none', ADMINISTRATOR);
    expect(missing.status).toBe(404);
    expect(missing.html).toContain('There is no such page');
    expect(missing.headers.get('cache-control')).toBe('no-store');
    expect(missing.headers.get('content-security-policy')).toContain("script-src 'self'");
    await site.close();
  });
});
