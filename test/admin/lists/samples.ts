import { lineFaults, readLines, VALUE_FAULT_TEXTS } from '../../../src/admin/lists/form.ts';
import { entryPage, listsPage, newEntryPage } from '../../../src/admin/lists/pages.ts';
import type { ListEntry } from '../../../src/admin/lists/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;
const by = { kind: 'staff', id: 's1', name: 'Ada Byron' } as const;
const entry = (facts: Partial<ListEntry>): ListEntry => ({
  id: 'lst_aaaaaaaaaaaaaaaaaaaa', seq: 1, effect: 'block', kind: 'address', mode: 'both', workflowId: undefined, reason: 'Scripted sign-ups on 19 November', expiresAt: undefined,
  shown: '203.0.113.7', createdAt: AT, by, ...facts,
});
const ENTRIES: readonly ListEntry[] = [
  entry({ seq: 9, kind: 'phone', shown: '+1••••••23', reason: HOSTILE, by: { ...by, name: HOSTILE }, workflowId: 'onboarding' }),
  entry({ seq: 8, kind: 'email', shown: '@mail.example', mode: 'live', expiresAt: AT + 86_400_000 }),
  entry({ seq: 7, kind: 'net', shown: '2001:db8:aaaa:bbbb:cccc:dddd::/96', effect: 'allow', mode: 'test' }),
  entry({ seq: 6, kind: 'identity', shown: '4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a11', expiresAt: AT - 86_400_000 }),
  entry({ seq: 5, kind: 'document', shown: '4a0c3f1e-8f1b-4d8e-9d0a-0d5a3d5f0a12' }),
];
const LIST = { filter: {}, next: '', first: '', mayManage: true, now: AT, found: false } as const;
const NEW = { effect: 'block', kind: 'address', value: '', workflows: ['onboarding', HOSTILE], many: false, lineFaults: [] } as const;
const PASTED = `+14075550123\n${HOSTILE}\n\n+14075550123`;

export const SAMPLES: readonly AdminSample[] = [
  { name: 'lists_empty', page: listsPage({ ...LIST, entries: [] }) },
  { name: 'lists_full', page: listsPage({ ...LIST, entries: ENTRIES, next: '/admin/lists?before=5', first: '/admin/lists' }), notice: 'One entry added: blocked everywhere within ten seconds.' },
  { name: 'lists_read_only', page: listsPage({ ...LIST, entries: ENTRIES, mayManage: false }) },
  { name: 'lists_filtered_none', page: listsPage({ ...LIST, entries: [], filter: { kind: 'device', effect: 'allow' } }) },
  { name: 'lists_found', page: listsPage({ ...LIST, entries: ENTRIES.slice(0, 1), found: true, first: '/admin/lists' }), values: { value: HOSTILE } },
  { name: 'lists_found_none', page: listsPage({ ...LIST, entries: [], found: true, first: '/admin/lists' }), values: { value: '' }, errors: { value: 'Enter what to look for.' } },
  { name: 'lists_new', page: newEntryPage(NEW) },
  { name: 'lists_new_faulty', page: newEntryPage({ ...NEW, kind: 'net' }), values: { kind: 'net', value: HOSTILE, reason: 'x', mode: 'live' }, errors: { value: VALUE_FAULT_TEXTS.net, reason: 'Say why in at least 5 characters: somebody will ask.' } },
  { name: 'lists_many', page: newEntryPage({ ...NEW, many: true }) },
  {
    name: 'lists_many_faulty', values: { kind: 'phone', values: PASTED, reason: 'A ring of mule phones' }, errors: { values: '2 of 3 lines cannot be taken. Nothing was added; they are named below.' },
    page: newEntryPage({ ...NEW, many: true, kind: 'phone', lineFaults: lineFaults(readLines(PASTED).lines, [{ at: 1, fault: 'phone' }, { at: 2, fault: 'already_listed' }]) }),
  },
  { name: 'lists_entry', page: entryPage(ENTRIES[0] as ListEntry, { now: AT, mayManage: true }) },
  { name: 'lists_entry_ended', page: entryPage(ENTRIES[3] as ListEntry, { now: AT, mayManage: false }) },
];
