/** Doors to the lists. Values are sent by POST alone, searching included: an address of a page must hold nothing personal. */
import { GatehouseError } from '../../errors.ts';
import { LIST_EFFECTS, LIST_KINDS, type ListEffect, type ListKind } from '../../journey/rules/lists.ts';
import { Personal } from '../../personal.ts';
import type { AdminRoute, Answer, Asked } from '../route.ts';
import { FORM_FIELDS, lineFaults, readLines, readTerms, VALUE_FAULT_TEXTS } from './form.ts';
import { entryPage, listsPage, newEntryPage } from './pages.ts';
import type { Added, ListDesk, ListFilter } from './store.ts';

const PATH = '/admin/lists';
const PAGE = 50;
const MOST_FOUND = 200;
/** A thousand lines of the longest mailboxes, percent-encoded. */
const MOST_BYTES = 512 * 1024;
const ID = /^lst_[\w-]{20}$/;

export function listsRoutes({ lists }: { readonly lists: ListDesk }): readonly AdminRoute[] {
  const formPage = async (asked: Asked, many: boolean, faults: readonly string[] = []) => {
    const kind = LIST_KINDS.find((one) => one === asked.query['kind']) ?? 'address';
    const named = kind === 'device' || kind === 'identity' || kind === 'document';
    const value = asked.query['value'] ?? '';
    return newEntryPage({
      effect: asked.query['effect'] === 'allow' ? 'allow' : 'block', kind, many, lineFaults: faults, workflows: await lists.workflows(),
      value: named && /^[\w-]{1,64}$/.test(value) ? value : '',
    });
  };
  const again = async (asked: Asked, many: boolean, errors: Readonly<Record<string, string>>, faults: readonly string[] = []): Promise<Answer> => ({
    kind: 'page', page: await formPage(asked, many, faults), errors,
    values: Object.fromEntries(FORM_FIELDS.flatMap((name) => (asked.form[name] === undefined ? [] : [[name, asked.form[name]]]))) as Readonly<Record<string, string>>,
  });

  return [
    {
      method: 'get', path: '/lists', action: 'list.read',
      async handle({ query, may, now }) {
        const filter = filterOf(query);
        const before = cursorOf(query['before']);
        const found = await lists.page(filter, before, PAGE + 1);
        const entries = found.slice(0, PAGE);
        const last = entries.at(-1);
        return {
          kind: 'page',
          page: listsPage({
            entries, filter, now, mayManage: may('list.manage'), found: false,
            next: found.length > PAGE && last ? hrefOf(filter, last.seq) : '', first: before === undefined ? '' : hrefOf(filter, undefined),
          }),
        };
      },
    },
    {
      method: 'post', path: '/lists/search', action: 'list.read',
      async handle({ form, may, now }) {
        const value = (form['value'] ?? '').trim();
        const entries = value === '' ? [] : await lists.holding(Personal.of(value), MOST_FOUND);
        return {
          kind: 'page', page: listsPage({ entries, filter: {}, now, mayManage: may('list.manage'), next: '', first: PATH, found: true }),
          values: { value }, errors: value === '' ? { value: 'Enter what to look for.' } : {},
        };
      },
    },
    { method: 'get', path: '/lists/new', action: 'list.manage', handle: async (asked) => ({ kind: 'page', page: await formPage(asked, false) }) },
    {
      method: 'post', path: '/lists', action: 'list.manage',
      async handle(asked) {
        const { terms, errors } = readTerms(asked.form, asked.now);
        const value = (asked.form['value'] ?? '').trim();
        const faults = { ...(value === '' ? { value: 'Enter a value.' } : {}), ...errors };
        if (Object.keys(faults).length > 0) return again(asked, false, faults);
        const added = await lists.add(asked.actor, terms, [Personal.of(value)]);
        const errorsOf = refused(added, ([first]) => ({ value: VALUE_FAULT_TEXTS[first?.fault ?? 'already_listed'] }));
        return errorsOf ? again(asked, false, errorsOf) : { kind: 'go', to: PATH, notice: noticeOf(terms.effect, 1) };
      },
    },
    // Asked before the lines are pasted, so that signing in anew loses none.
    { method: 'get', path: '/lists/many', action: 'list.manage', fresh: true, handle: async (asked) => ({ kind: 'page', page: await formPage(asked, true) }) },
    {
      method: 'post', path: '/lists/many', action: 'list.manage', fresh: true, mostBytes: MOST_BYTES,
      async handle(asked) {
        const { terms, errors } = readTerms(asked.form, asked.now);
        const { lines, error } = readLines(asked.form['values'] ?? '');
        const faults = { ...(error === undefined ? {} : { values: error }), ...errors };
        if (Object.keys(faults).length > 0) return again(asked, true, faults);
        const added = await lists.add(asked.actor, terms, lines.map(({ value }) => value));
        const told = added.kind === 'faults' ? lineFaults(lines, added.faults) : [];
        const errorsOf = refused(added, (found) => ({ values: `${found.length} of ${lines.length} lines cannot be taken. Nothing was added; they are named below.` }));
        return errorsOf ? again(asked, true, errorsOf, told) : { kind: 'go', to: PATH, notice: noticeOf(terms.effect, lines.length) };
      },
    },
    {
      method: 'get', path: '/lists/:id', action: 'list.read',
      async handle({ params, may, now }) {
        const entry = ID.test(params['id'] ?? '') ? await lists.byId(params['id'] ?? '') : undefined;
        if (!entry) throw gone();
        return { kind: 'page', page: entryPage(entry, { now, mayManage: may('list.manage') }) };
      },
    },
    {
      method: 'post', path: '/lists/:id/remove', action: 'list.manage', fresh: true,
      async handle({ params, actor }) {
        const removed = ID.test(params['id'] ?? '') && (await lists.remove(actor, params['id'] ?? ''));
        if (!removed) throw gone();
        return { kind: 'go', to: PATH, notice: 'Taken off the list. Every process goes by it within ten seconds.' };
      },
    },
  ];
}

/** What a refusal says at its field; undefined where the entries were added. */
function refused(added: Added, ofFaults: (faults: Extract<Added, { kind: 'faults' }>['faults']) => Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  if (added.kind === 'added') return undefined;
  return added.kind === 'faults' ? ofFaults(added.faults) : { workflow: 'There is no such workflow any more.' };
}

function noticeOf(effect: ListEffect, count: number): string {
  const what = count === 1 ? 'One entry' : `${count} entries`;
  return `${what} added: ${effect === 'block' ? 'blocked' : 'allowed'} everywhere within ten seconds.`;
}

function gone(): GatehouseError {
  return new GatehouseError('list_entry_unknown', 404, 'There is no such entry, or it was taken off the list.');
}

function filterOf(query: Readonly<Record<string, string>>): ListFilter {
  return { kind: LIST_KINDS.find((kind: ListKind) => kind === query['kind']), effect: LIST_EFFECTS.find((effect) => effect === query['effect']) };
}

function cursorOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function hrefOf({ kind, effect }: ListFilter, before: number | undefined): string {
  const query = new URLSearchParams({ ...(kind ? { kind } : {}), ...(effect ? { effect } : {}), ...(before === undefined ? {} : { before: String(before) }) });
  return query.size === 0 ? PATH : `${PATH}?${query.toString()}`;
}
