import type { AdminPage } from '../page.ts';
import { AUDIT_ACTIONS } from './actions.ts';
import type { AuditEntry, AuditFilter } from './audit.ts';
import { thingHref } from './things.ts';

/** What the search form holds, as typed. */
export type AuditSearch = Readonly<Record<'action' | 'actor' | 'kind' | 'target' | 'outcome' | 'from' | 'until', string>>;

export interface AuditListModel {
  readonly entries: readonly AuditEntry[];
  readonly search: AuditSearch;
  /** Path of the page of older entries; empty on the last. */
  readonly next: string;
  /** Path of the newest ones, where this is not already theirs. */
  readonly first: string;
  /** Path of the export of the same filter; empty for those who may not. */
  readonly exportHref: string;
  /** Path of the page that walks the chain. */
  readonly verifyHref: string;
}

export function auditListPage(model: AuditListModel): AdminPage {
  const entries = model.entries.map((entry) => ({
    ...entry,
    reason: entry.reason ?? '',
    actor: { ...entry.actor, address: entry.actor.address ?? '', href: filterHref({ actor: entry.actor.id }) },
    actionHref: filterHref({ action: entry.action }),
    target: { ...entry.target, href: thingHref(entry.target) ?? '', filterHref: filterHref({ kind: entry.target.kind, target: entry.target.id }) },
    details: entry.details === undefined ? '' : JSON.stringify(entry.details, undefined, 1),
  }));
  return { view: 'admin/audit/list.njk', title: 'Audit log', area: 'audit', trail: [], model: { ...model, entries, actions: AUDIT_ACTIONS, filtered: Object.values(model.search).some((value) => value !== '') } };
}

function filterHref(search: Partial<AuditSearch>): string {
  return `/admin/audit?${new URLSearchParams(search).toString()}`;
}

/** How the chain stands, in words. */
export interface AuditVerifyModel {
  readonly whole: boolean;
  readonly entries: number;
  /** What to write down elsewhere, so that a cut end is noticed. */
  readonly head: string;
  /** Where it breaks. */
  readonly seq: number;
  readonly why: string;
}

export function auditVerifyPage(model: AuditVerifyModel): AdminPage {
  return {
    view: 'admin/audit/verify.njk', title: model.whole ? 'The chain is whole' : 'The chain is broken', area: 'audit',
    trail: [{ title: 'Audit log', href: '/admin/audit' }], model: { ...model },
  };
}

/** A filter from what was typed; dates are whole days in UTC, the last one included. Faults by field. Pure. */
export function auditFilter(search: AuditSearch): { readonly filter: AuditFilter; readonly errors: Readonly<Record<string, string>> } {
  const errors: Record<string, string> = {};
  const day = (name: 'from' | 'until'): number | undefined => {
    const text = search[name];
    if (text === '') return undefined;
    const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(at)) errors[name] = 'Enter a day as year-month-day, such as 2026-11-21.';
    return Number.isNaN(at) ? undefined : at;
  };
  const from = day('from');
  const until = day('until');
  const text = (value: string): string | undefined => (value.trim() === '' ? undefined : value.trim());
  const outcome = search.outcome === 'done' || search.outcome === 'refused' ? search.outcome : undefined;
  return {
    filter: {
      action: text(search.action), actorId: text(search.actor), targetKind: text(search.kind), targetId: text(search.target), outcome,
      from, until: until === undefined ? undefined : until + 86_400_000,
    },
    errors,
  };
}
