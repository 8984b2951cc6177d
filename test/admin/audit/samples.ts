import type { AuditEntry } from '../../../src/admin/audit/audit.ts';
import { auditListPage, auditVerifyPage, type AuditSearch } from '../../../src/admin/audit/pages.ts';
import type { AdminSample } from '../../../src/admin/page.ts';

const NONE: AuditSearch = { action: '', actor: '', kind: '', target: '', outcome: '', from: '', until: '' };
const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;

const ENTRIES: readonly AuditEntry[] = [
  { seq: 3, at: AT, actor: { kind: 'staff', id: 's1', name: HOSTILE, address: '192.0.2.7' }, action: 'permission.refused', target: { kind: 'door', id: 'post /staff/:id' }, details: { action: 'staff.manage' }, outcome: 'refused', code: 'c' },
  { seq: 2, at: AT - 60_000, actor: { kind: 'staff', id: 's1', name: 'Ada Byron', address: '192.0.2.7' }, action: 'journey.revealed', target: { kind: 'journey', id: '4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11' }, reason: HOSTILE, outcome: 'done', code: 'b' },
  { seq: 1, at: AT - 120_000, actor: { kind: 'system', id: 'gatehouse', name: 'Gatehouse' }, action: 'webhook.disabled', target: { kind: 'webhook_endpoint', id: 'ep_1' }, details: { failures: 10 }, outcome: 'done', code: 'a' },
];

export const SAMPLES: readonly AdminSample[] = [
  { name: 'audit_list', page: auditListPage({ entries: ENTRIES, search: NONE, next: '/admin/audit?before=1', first: '/admin/audit', exportHref: '/admin/audit/export', verifyHref: '/admin/audit/verify' }) },
  { name: 'audit_list_empty', page: auditListPage({ entries: [], search: { ...NONE, action: 'none', from: '2026' }, next: '', first: '', exportHref: '', verifyHref: '/admin/audit/verify' }), errors: { from: 'Enter a day as year-month-day, such as 2026-11-21.' }, values: { ...NONE, from: '2026' } },
  { name: 'audit_whole', page: auditVerifyPage({ whole: true, entries: 3, head: '3:Zm9vYmFy', seq: 0, why: '' }) },
  { name: 'audit_broken', page: auditVerifyPage({ whole: false, entries: 0, head: '', seq: 2, why: 'missing' }) },
];
