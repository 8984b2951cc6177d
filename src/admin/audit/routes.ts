/** Doors to the audit log: look, export, verify. Nothing here changes an entry; there is no way to. */
import { Readable } from 'node:stream';
import type { Actor } from '../actor.ts';
import type { AdminRoute } from '../route.ts';
import type { AuditFilter, AuditLog, ChainVerdict } from './audit.ts';
import { auditFilter, auditListPage, auditVerifyPage, type AuditSearch } from './pages.ts';

const PAGE = 50;
/** Entries that an export reads at a time. */
const STRIDE = 500;
const PATH = '/admin/audit';
const NAMES = ['action', 'actor', 'kind', 'target', 'outcome', 'from', 'until'] as const;

export function auditRoutes({ audit }: { readonly audit: AuditLog }): readonly AdminRoute[] {
  return [
    {
      method: 'get', path: '/audit', action: 'audit.read',
      async handle({ query, may }) {
        const search = searchOf(query);
        const { filter, errors } = auditFilter(search);
        const before = cursorOf(query['before']);
        const found = Object.keys(errors).length > 0 ? [] : await audit.page(filter, before, PAGE + 1);
        const entries = found.slice(0, PAGE);
        const last = entries.at(-1);
        const page = auditListPage({
          entries, search,
          next: found.length > PAGE && last ? hrefOf(search, last.seq) : '',
          first: before === undefined ? '' : hrefOf(search, undefined),
          exportHref: may('audit.export') ? `${PATH}/export${queryOf(search)}` : '',
          verifyHref: `${PATH}/verify`,
        });
        return { kind: 'page', page, errors, values: search };
      },
    },
    {
      method: 'get', path: '/audit/export', action: 'audit.export',
      async handle({ query, actor, now }) {
        const search = searchOf(query);
        const { filter, errors } = auditFilter(search);
        if (Object.keys(errors).length > 0) return { kind: 'go', to: `${PATH}${queryOf(search)}` };
        const body = await exported(audit, actor, filter);
        return { kind: 'file', name: `audit-${new Date(now).toISOString().slice(0, 10)}.jsonl`, type: 'application/x-ndjson', body };
      },
    },
    {
      method: 'post', path: '/audit/verify', action: 'audit.read',
      async handle({ actor }) {
        const found = await verified(audit, actor);
        return {
          kind: 'page',
          page: auditVerifyPage(found.kind === 'whole'
            ? { whole: true, entries: found.entries, head: `${found.headSeq}:${found.headCode}`, seq: 0, why: '' }
            : { whole: false, entries: 0, head: '', seq: found.seq, why: found.why }),
        };
      },
    },
  ];
}

/** Walk the chain, and record that it was walked, and how it stands. */
export async function verified(audit: AuditLog, actor: Actor): Promise<ChainVerdict> {
  const found = await audit.verify();
  await audit.note(actor, {
    action: 'audit.verified', target: { kind: 'audit', id: 'chain' },
    details: found.kind === 'whole' ? { whole: true, head: found.headSeq } : { whole: false, seq: found.seq, why: found.why },
  });
  return found;
}

/**
 * The log as JSON lines, newest first, read in strides so that a long log needs no memory. That it was taken is recorded
 * before the first line leaves.
 */
export async function exported(audit: AuditLog, actor: Actor, filter: AuditFilter): Promise<NodeJS.ReadableStream> {
  await audit.note(actor, { action: 'audit.exported', target: { kind: 'audit', id: 'log' }, details: { ...filter } });
  return Readable.from(lines(audit, filter));
}

async function* lines(audit: AuditLog, filter: AuditFilter): AsyncGenerator<string> {
  let before: number | undefined;
  for (;;) {
    const entries = await audit.page(filter, before, STRIDE);
    for (const entry of entries) yield `${JSON.stringify(entry)}\n`;
    before = entries.at(-1)?.seq;
    if (before === undefined || entries.length < STRIDE) return;
  }
}

function searchOf(query: Readonly<Record<string, string>>): AuditSearch {
  return Object.fromEntries(NAMES.map((name) => [name, (query[name] ?? '').slice(0, 200)])) as AuditSearch;
}

function cursorOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function queryOf(search: AuditSearch): string {
  const kept = new URLSearchParams(Object.entries(search).filter(([, value]) => value !== ''));
  return kept.size === 0 ? '' : `?${kept.toString()}`;
}

function hrefOf(search: AuditSearch, before: number | undefined): string {
  const query = queryOf(search);
  if (before === undefined) return `${PATH}${query}`;
  return `${PATH}${query}${query === '' ? '?' : '&'}before=${before}`;
}
