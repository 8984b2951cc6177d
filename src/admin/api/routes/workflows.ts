import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import type { PlacedFault } from '../../workflows/fault_texts.ts';
import type { WorkflowDesk } from '../../workflows/desk.ts';
import { MOST_JSON } from '../../workflows/read_definition.ts';
import type { Deployed, WorkflowDraftStore, WorkflowSummary } from '../../workflows/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { found, iso, pageOf, paging, part, time } from '../shapes.ts';

const definition = z.looseObject({ name: z.string(), template: z.string(), entry: z.string(), nodes: z.record(z.string(), z.unknown()) })
  .describe('A workflow as the console exports it.');
const summary = z.object({ id: z.string(), name: z.string(), template: z.string(), deployed_version: z.number().nullable(), deployed_at: time, deployed_by: z.string().nullable(), draft: z.boolean() });
const faults = z.array(z.object({ place: z.string(), field: z.string(), text: z.string() }));

function summaryView(one: WorkflowSummary) {
  return {
    id: one.id, name: one.name, template: one.template, deployed_version: one.deployedVersion ?? null, deployed_at: iso(one.deployedAt), deployed_by: one.deployedBy ?? null,
    draft: one.draft !== undefined,
  };
}

const changed = (): GatehouseError => new GatehouseError('workflow_changed', 409, 'the draft was changed, deployed or discarded since it was read: read it again');

function refused(all: readonly PlacedFault[]): GatehouseError {
  return new GatehouseError('workflow_refused', 422, all.slice(0, 30).map(({ place, field, text }) => `${place} ${field}: ${text}`).join(' '));
}

function deployedVersion(done: Deployed | { readonly kind: 'faults'; readonly faults: readonly PlacedFault[] }): { readonly version: number } {
  if (done.kind === 'deployed') return { version: done.version };
  if (done.kind === 'faults') throw refused(done.faults);
  if (done.kind === 'moved') throw new GatehouseError('workflow_moved', 409, `another version was deployed meanwhile: ${done.deployed ?? 'none'}`);
  throw changed();
}

/** Workflows: look, draft, compare, deploy, roll back. */
export function workflowApi(desk: WorkflowDesk, store: Pick<WorkflowDraftStore, 'list' | 'versions' | 'version'>): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/workflows', tag: 'workflows', scope: 'workflow.read', summary: 'List workflows, by id',
      query: z.strictObject({ after: z.string().max(60).optional(), most: paging.most }), answer: pageOf(summary),
      async handle({ query: { after, most } }) {
        const rows = await store.list(after, most + 1);
        const shown = rows.slice(0, most);
        return { data: shown.map(summaryView), next: rows.length > most ? shown.at(-1)?.id : null };
      },
    }),
    apiRoute({
      method: 'post', path: '/workflows', tag: 'workflows', scope: 'workflow.edit', summary: 'Make a workflow with a draft from a template', status: 201,
      body: z.strictObject({ id: z.string(), template: z.string(), name: z.string(), async_ui_redirect: z.string().default('') }), answer: z.object({ id: z.string() }), refusals: { 409: 'There is one of this id.' },
      async handle({ body, actor }) {
        const made = await desk.create(actor, { id: body.id, template: body.template, name: body.name, asyncUIRedirect: body.async_ui_redirect });
        if (made.kind === 'faults') throw refused(made.faults);
        if (made.kind === 'taken') throw new GatehouseError('workflow_exists', 409, 'there is a workflow of this id');
        return { id: body.id };
      },
    }),
    apiRoute({
      method: 'get', path: '/workflows/{id}', tag: 'workflows', scope: 'workflow.read', summary: 'A workflow as it is worked on: its draft, or what is deployed',
      answer: summary.extend({ definition, revision: z.number().describe('0: there is no draft.'), base: z.number().nullable(), faults }),
      async handle({ params }) {
        const working = await desk.working(part(params, 'id'));
        return { ...summaryView(working.summary), definition: working.definition, revision: working.revision, base: working.base ?? null, faults: working.faults };
      },
    }),
    apiRoute({
      method: 'put', path: '/workflows/{id}/draft', tag: 'workflows', scope: 'workflow.edit', summary: 'Write the draft', mostBytes: MOST_JSON * 2,
      body: z.strictObject({ definition, revision: z.number().int().min(0), base: z.number().int().nullable() }), answer: z.object({ revision: z.number() }), refusals: { 409: 'It was changed since.' },
      async handle({ params, body, actor }) {
        const id = part(params, 'id');
        await desk.working(id);
        const saved = await desk.save(actor, id, { revision: body.revision, base: body.base ?? undefined }, 'api', body.definition);
        if (saved.kind === 'faults') throw refused(saved.faults);
        if (saved.kind === 'changed') throw changed();
        return { revision: saved.draft.revision };
      },
    }),
    apiRoute({
      method: 'get', path: '/workflows/{id}/difference', tag: 'workflows', scope: 'workflow.read', summary: 'The draft against what is deployed',
      answer: z.object({ revision: z.number(), changes: z.array(z.looseObject({ path: z.string() })), moved: z.boolean().describe('Another version was deployed since the draft was begun: set the draft upon it, or discard it.') }),
      async handle({ params }) {
        const { working, changes, moved } = await desk.review(part(params, 'id'));
        return { revision: working.revision, changes, moved: moved !== undefined };
      },
    }),
    apiRoute({
      method: 'post', path: '/workflows/{id}/draft/rebase', tag: 'workflows', scope: 'workflow.edit', summary: 'Keep the draft although another version was deployed since it was begun',
      body: z.strictObject({ revision: z.number().int(), onto: z.number().int().describe('What is deployed now.') }), answer: z.object({ revision: z.number() }), refusals: { 409: 'The draft, or what is deployed, changed since.' },
      async handle({ params, body, actor }) {
        const saved = await desk.rebase(actor, part(params, 'id'), body.revision, body.onto);
        if (saved.kind === 'saved') return { revision: saved.draft.revision };
        await desk.working(part(params, 'id'));
        throw changed();
      },
    }),
    apiRoute({
      method: 'delete', path: '/workflows/{id}/draft', tag: 'workflows', scope: 'workflow.edit', summary: 'Throw the draft away; a workflow that was never deployed goes with it',
      query: z.strictObject({ revision: z.coerce.number().int().min(1).describe('As it was looked at.') }), answer: z.object({ discarded: z.literal(true) }), refusals: { 409: 'The draft was changed, deployed or discarded since.' },
      async handle({ params, query, actor }) {
        if (await desk.discard(actor, part(params, 'id'), query.revision)) return { discarded: true };
        await desk.working(part(params, 'id'));
        throw changed();
      },
    }),
    apiRoute({
      method: 'post', path: '/workflows/{id}/deploy', tag: 'workflows', scope: 'workflow.deploy', summary: 'Deploy the draft as the next version',
      body: z.strictObject({ revision: z.number().int(), note: z.string().max(500).optional() }), answer: z.object({ version: z.number() }), refusals: { 409: 'The draft, or what is deployed, changed since.' },
      async handle({ params, body, actor }) {
        const id = part(params, 'id');
        await desk.working(id);
        return deployedVersion(await desk.deploy(actor, id, body.revision, body.note));
      },
    }),
    apiRoute({
      method: 'post', path: '/workflows/{id}/roll-back', tag: 'workflows', scope: 'workflow.deploy', summary: 'Deploy an older version again',
      body: z.strictObject({ to: z.number().int(), from: z.number().int().describe('What is deployed now.') }), answer: z.object({ version: z.number() }), refusals: { 409: 'Another version is deployed by now.' },
      handle: async ({ params, body, actor }) => deployedVersion(await desk.rollBack(actor, part(params, 'id'), body.to, body.from)),
    }),
    apiRoute({
      method: 'get', path: '/workflows/{id}/versions', tag: 'workflows', scope: 'workflow.read', summary: 'Deployed versions, newest first',
      query: z.strictObject({ ...paging, before: z.string().regex(/^\d{1,9}$/).optional() }),
      answer: pageOf(z.object({ version: z.number(), created_at: time, created_by: z.string().nullable(), note: z.string().nullable(), deployed: z.boolean() })),
      async handle({ params, query: { before, most } }) {
        const id = part(params, 'id');
        await desk.working(id);
        const rows = await store.versions(id, before === undefined ? undefined : Number(before), most + 1);
        const shown = rows.slice(0, most);
        return {
          data: shown.map((row) => ({ version: row.version, created_at: iso(row.createdAt), created_by: row.createdBy ?? null, note: row.note ?? null, deployed: row.deployed })),
          next: rows.length > most ? String(shown.at(-1)?.version) : null,
        };
      },
    }),
    apiRoute({
      method: 'get', path: '/workflows/{id}/versions/{version}', tag: 'workflows', scope: 'workflow.read', summary: 'One version’s definition', answer: definition,
      async handle({ params }) {
        const version = part(params, 'version');
        return found(/^\d{1,9}$/.test(version) ? await store.version(part(params, 'id'), Number(version)) : undefined, 'version');
      },
    }),
  ];
}
