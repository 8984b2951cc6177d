import { ALLOWED_KINDS, LIST_KINDS, type ListEffect, type ListKind } from '../../journey/rules/lists.ts';
import type { AdminPage } from '../page.ts';
import type { ListEntry, ListFilter } from './store.ts';

const TRAIL = [{ title: 'Lists', href: '/admin/lists' }] as const;

/** Each kind in plain words, and what to type for it. */
export const KIND_TEXTS: Readonly<Record<ListKind, { readonly name: string; readonly value: string }>> = {
  address: { name: 'Address', value: 'an IP address, such as 203.0.113.7' },
  net: { name: 'Net', value: 'a net in CIDR form, such as 203.0.113.0/24' },
  device: { name: 'Device', value: 'the id of a device, from its account’s page' },
  phone: { name: 'Phone', value: 'a number in international form, such as +14075550123' },
  email: { name: 'Email', value: 'a mail address, or a whole domain such as example.com' },
  identity: { name: 'Identity', value: 'the id of an account: the person is kept out, whatever device they come with' },
  document: { name: 'Document', value: 'the transaction id of a journey that showed it' },
};

const KINDS = LIST_KINDS.map((kind) => ({ value: kind, text: KIND_TEXTS[kind].name, hint: KIND_TEXTS[kind].value, allowed: ALLOWED_KINDS.includes(kind) }));

/** What an entry shows in a table. */
function row(entry: ListEntry, now: number) {
  return {
    ...entry, workflowId: entry.workflowId ?? '', expiresAt: entry.expiresAt ?? 0, expired: entry.expiresAt !== undefined && entry.expiresAt <= now,
    kindName: KIND_TEXTS[entry.kind].name, href: `/admin/lists/${entry.id}`,
    about: entry.kind === 'identity' ? `/admin/accounts/${entry.shown}` : entry.kind === 'document' ? `/admin/journeys/${entry.shown}` : '',
  };
}

export interface ListsModel {
  readonly entries: readonly ListEntry[];
  readonly filter: ListFilter;
  readonly next: string;
  readonly first: string;
  readonly mayManage: boolean;
  readonly now: number;
  /** The entries are those that hold a value somebody looked for. */
  readonly found: boolean;
}

export function listsPage({ entries, filter, now, ...model }: ListsModel): AdminPage {
  return {
    view: 'admin/lists/list.njk', title: model.found ? 'Entries that hold it' : 'Lists', area: 'lists', trail: model.found ? TRAIL : [],
    model: { ...model, kinds: KINDS, kind: filter.kind ?? '', effect: filter.effect ?? '', filtered: filter.kind !== undefined || filter.effect !== undefined, entries: entries.map((entry) => row(entry, now)) },
  };
}

export interface NewEntryModel {
  readonly effect: ListEffect;
  readonly kind: ListKind;
  /** Only ids come from elsewhere: nothing personal stands in an address. */
  readonly value: string;
  readonly workflows: readonly string[];
  readonly many: boolean;
  /** Sentences, one for each line that was refused. */
  readonly lineFaults: readonly string[];
}

export function newEntryPage(model: NewEntryModel): AdminPage {
  return {
    view: 'admin/lists/new.njk', title: model.many ? 'Add many entries' : 'Add an entry', area: 'lists', trail: TRAIL,
    model: { ...model, kinds: KINDS, workflows: [{ value: '', text: 'Every workflow' }, ...model.workflows.map((id) => ({ value: id, text: id }))] },
  };
}

export function entryPage(entry: ListEntry, { now, mayManage }: { readonly now: number; readonly mayManage: boolean }): AdminPage {
  const { name } = KIND_TEXTS[entry.kind];
  return {
    view: 'admin/lists/entry.njk', title: `${entry.effect === 'block' ? 'Blocked' : 'Allowed'} ${name.toLowerCase()}`, area: 'lists', trail: TRAIL,
    model: { entry: row(entry, now), mayManage },
  };
}
