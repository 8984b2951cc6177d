import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { LIST_EFFECTS, LIST_KINDS, LIST_MODES } from '../../../journey/rules/lists.ts';
import { Personal } from '../../../personal.ts';
import type { ListDesk, ListEntry } from '../../lists/store.ts';
import { MOST_VALUES } from '../../lists/terms.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, moment, pageOf, paging, part, time } from '../shapes.ts';

const entry = z.object({
  id: z.string(), effect: z.enum(LIST_EFFECTS), kind: z.enum(LIST_KINDS), mode: z.enum(LIST_MODES), workflow: z.string().nullable(),
  shown: z.string().describe('The value; masked where it is about a person.'), reason: z.string(), created_at: time, expires_at: time, by: z.string(),
});

function entryView(one: ListEntry) {
  return {
    id: one.id, effect: one.effect, kind: one.kind, mode: one.mode, workflow: one.workflowId ?? null, shown: one.shown, reason: one.reason,
    created_at: iso(one.createdAt), expires_at: iso(one.expiresAt), by: one.by.name,
  };
}

const MOST_FOUND = 100;

/** Block and allow lists. */
export function listApi(lists: ListDesk): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/lists', tag: 'lists', scope: 'list.read', summary: 'List entries, newest first',
      query: z.strictObject({ kind: z.enum(LIST_KINDS).optional(), effect: z.enum(LIST_EFFECTS).optional(), ...paging, before: z.string().regex(/^\d{1,15}$/).optional() }), answer: pageOf(entry),
      async handle({ query: { kind, effect, before, most } }) {
        const entries = await lists.page({ kind, effect }, before === undefined ? undefined : Number(before), most + 1);
        const shown = entries.slice(0, most);
        return { data: shown.map(entryView), next: entries.length > most ? String(shown.at(-1)?.seq) : null };
      },
    }),
    apiRoute({
      method: 'post', path: '/lists/search', reads: true, tag: 'lists', scope: 'list.read', summary: 'Entries that hold a value, and nets that an address lies in',
      body: z.strictObject({ value: z.string().trim().min(1).max(400).describe('Never kept and never in an address.') }), answer: z.object({ data: z.array(entry) }),
      handle: async ({ body }) => ({ data: (await lists.holding(Personal.of(body.value), MOST_FOUND)).map(entryView) }),
    }),
    apiRoute({
      method: 'get', path: '/lists/{id}', tag: 'lists', scope: 'list.read', summary: 'One entry', answer: entry,
      handle: async ({ params }) => entryView(found(await lists.byId(part(params, 'id')), 'entry')),
    }),
    apiRoute({
      method: 'post', path: '/lists', tag: 'lists', scope: 'list.manage', summary: 'Add values under the same terms, all or none', status: 201,
      body: z.strictObject({
        effect: z.enum(LIST_EFFECTS), kind: z.enum(LIST_KINDS), mode: z.enum(LIST_MODES), workflow: z.string().max(100).optional(),
        reason: z.string().max(500), expires_at: moment.optional(), values: z.array(z.string().max(400)).min(1).max(MOST_VALUES),
      }),
      mostBytes: 512 * 1024,
      answer: z.object({ ids: z.array(z.string()) }),
      async handle({ body, actor }) {
        const added = await lists.add(
          actor, { effect: body.effect, kind: body.kind, mode: body.mode, workflowId: body.workflow, reason: body.reason, expiresAt: body.expires_at },
          body.values.map((value) => Personal.of(value)),
        );
        if (added.kind === 'workflow_unknown') throw new GatehouseError('workflow_unknown', 422, 'there is no such workflow');
        if (added.kind === 'faults') throw new GatehouseError('list_values_refused', 422, `nothing was added: ${added.faults.slice(0, 20).map(({ at, fault }) => `values.${at} ${fault}`).join(', ')}`);
        return { ids: added.ids };
      },
    }),
    apiRoute({
      method: 'delete', path: '/lists/{id}', tag: 'lists', scope: 'list.manage', summary: 'Take an entry off', answer: z.object({ removed: z.literal(true) }),
      handle: async ({ params, actor }) => ({ removed: found(await lists.remove(actor, part(params, 'id')), 'entry') }),
    }),
  ];
}
