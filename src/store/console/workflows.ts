/** Workflows, their drafts and versions in PostgreSQL. Every change is written with its audit entry or not at all. */
import type { Selectable, Transaction } from 'kysely';
import type { AuditFact } from '../../admin/audit/audit.ts';
import { differences } from '../../admin/workflows/differences.ts';
import type { Deployed, Draft, DraftSaved, WorkflowDraftStore, WorkflowSummary } from '../../admin/workflows/store.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../journey/workflow.ts';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';
import { insertVersion } from '../workflows.ts';
import { audited, type Auditing } from './audit.ts';

/** Differences that an audit entry holds; the versions themselves hold all of them. */
const MOST_TOLD = 60;

export function workflowDraftStore(auditing: Auditing): WorkflowDraftStore {
  const { db, now } = auditing;
  const fact = (action: string, id: string, details: AuditFact['details']): AuditFact => ({ action, target: { kind: 'workflow', id }, details });
  return {
    list: (after, most) => summaries(db, (query) => query.orderBy('workflow.id').limit(most).$if(after !== undefined, (q) => q.where('workflow.id', '>', after as string))),
    find: async (id) => (await summaries(db, (query) => query.where('workflow.id', '=', id)))[0],
    async versions(id, before, most) {
      const rows = await db.selectFrom('workflow_version').innerJoin('workflow', 'workflow.id', 'workflow_version.workflow_id')
        .select(['version', 'workflow_version.created_at', 'created_name', 'note', 'deployed_version']).where('workflow_id', '=', id)
        .$if(before !== undefined, (query) => query.where('version', '<', before as number)).orderBy('version', 'desc').limit(most).execute();
      return rows.map((row) => ({ version: row.version, createdAt: row.created_at, createdBy: row.created_name ?? undefined, note: row.note ?? undefined, deployed: row.version === row.deployed_version }));
    },
    version: (id, version) => definitionOf(db, id, version),
    draft: async (id) => draftFrom(await db.selectFrom('workflow_draft').selectAll().where('workflow_id', '=', id).executeTakeFirst()),
    create: (actor, id, definition) => audited(auditing, actor, async (tx) => {
      const made = await tx.insertInto('workflow').values({ id, deployed_version: null, created_at: now() }).onConflict((conflict) => conflict.column('id').doNothing()).returning('id').executeTakeFirst();
      if (!made) return { result: false, fact: undefined };
      await tx.insertInto('workflow_draft').values({
        workflow_id: id, definition: JSON.stringify(definition), base_version: null, revision: 1, created_at: now(), changed_at: now(), changed_by: actor.id, changed_name: actor.name,
      }).execute();
      return { result: true, fact: fact('workflow.created', id, { name: definition.name, template: definition.template }) };
    }),
    saveDraft: (actor, id, { definition, base: seenBase, revision, rebase = false, what }) => audited<DraftSaved>(auditing, actor, async (tx) => {
      const workflow = await locked(tx, id);
      const kept = draftFrom(await tx.selectFrom('workflow_draft').selectAll().where('workflow_id', '=', id).executeTakeFirst());
      // What a new draft begins from has to be what is deployed: else it would undo what was deployed meanwhile.
      const base = kept && !rebase ? kept.base : seenBase;
      const stale = (kept?.revision ?? 0) !== revision || ((!kept || rebase) && (workflow.deployed_version ?? undefined) !== base);
      if (stale) return { result: { kind: 'changed', draft: kept }, fact: undefined };
      const was = kept?.definition ?? (base === undefined ? undefined : await definitionOf(tx, id, base));
      const row = {
        definition: JSON.stringify(definition), base_version: base ?? null, revision: revision + 1, changed_at: now(), changed_by: actor.id, changed_name: actor.name,
      };
      await tx.insertInto('workflow_draft').values({ workflow_id: id, created_at: now(), ...row }).onConflict((conflict) => conflict.column('workflow_id').doUpdateSet(row)).execute();
      const draft: Draft = { workflowId: id, definition, base, revision: revision + 1, changedAt: now(), changedBy: actor.name };
      return { result: { kind: 'saved', draft }, fact: fact('workflow.draft_saved', id, { what, base: base ?? null, revision: revision + 1, ...told(was, definition) }) };
    }),
    discardDraft: (actor, id, revision) => audited(auditing, actor, async (tx) => {
      const workflow = await locked(tx, id);
      const gone = await tx.deleteFrom('workflow_draft').where('workflow_id', '=', id).where('revision', '=', revision).returning('base_version').executeTakeFirst();
      if (!gone) return { result: false, fact: undefined };
      if (workflow.deployed_version === null) await deleteUnused(tx, id);
      return { result: true, fact: fact('workflow.draft_discarded', id, { revision, base: gone.base_version }) };
    }),
    deployDraft: (actor, id, revision, note) => audited<Deployed>(auditing, actor, async (tx) => {
      const workflow = await locked(tx, id);
      const draft = draftFrom(await tx.selectFrom('workflow_draft').selectAll().where('workflow_id', '=', id).executeTakeFirst());
      if (!draft || draft.revision !== revision) return { result: { kind: 'changed' }, fact: undefined };
      const before = workflow.deployed_version ?? undefined;
      if (before !== draft.base) return { result: { kind: 'moved', deployed: before }, fact: undefined };
      const version = await insertVersion(tx, id, draft.definition, { at: now(), by: actor, note });
      await tx.deleteFrom('workflow_draft').where('workflow_id', '=', id).execute();
      const was = before === undefined ? undefined : await definitionOf(tx, id, before);
      return { result: { kind: 'deployed', version }, fact: { ...fact('workflow.deployed', id, { before: before ?? null, version, ...told(was, draft.definition) }), reason: note } };
    }),
    rollBack: (actor, id, to, from) => audited<Deployed>(auditing, actor, async (tx) => {
      const workflow = await locked(tx, id);
      if (workflow.deployed_version !== from) return { result: { kind: 'moved', deployed: workflow.deployed_version ?? undefined }, fact: undefined };
      const [was, is] = [await definitionOf(tx, id, from), await definitionOf(tx, id, to)];
      if (!is) return { result: { kind: 'changed' }, fact: undefined };
      await tx.updateTable('workflow').set({ deployed_version: to, deployed_by: actor.id, deployed_name: actor.name, deployed_at: now() }).where('id', '=', id).execute();
      return { result: { kind: 'deployed', version: to }, fact: fact('workflow.rolled_back', id, { before: from, version: to, ...told(was, is) }) };
    }),
  };
}

/** What an entry says of a change: the first differences, and how many there are. Definitions hold no personal data. */
export function told(before: WorkflowDefinition | undefined, after: WorkflowDefinition): { readonly differences: number; readonly changed: Readonly<Record<string, { readonly before: string; readonly after: string }>> } {
  const all = before === undefined ? [] : differences(before, after);
  return { differences: all.length, changed: Object.fromEntries(all.slice(0, MOST_TOLD).map((one) => [one.path, { before: one.before, after: one.after }])) };
}

/** The row lock makes changes of one workflow queue up. */
async function locked(tx: Transaction<Database>, id: string): Promise<Selectable<Database['workflow']>> {
  const row = await tx.selectFrom('workflow').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
  return row ?? { id, deployed_version: null, deployed_by: null, deployed_name: null, deployed_at: null, created_at: 0 };
}

async function deleteUnused(tx: Transaction<Database>, id: string): Promise<void> {
  await tx.deleteFrom('workflow').where('id', '=', id)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('workflow_key').select('client_id').where('workflow_id', '=', id))))
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('workflow_version').select('version').where('workflow_id', '=', id))))
    .execute();
}

async function definitionOf(db: Db | Transaction<Database>, id: string, version: number): Promise<WorkflowDefinition | undefined> {
  const row = await db.selectFrom('workflow_version').select('definition').where('workflow_id', '=', id).where('version', '=', version).executeTakeFirst();
  return row && workflowDefinition.parse(row.definition);
}

function draftFrom(row: Selectable<Database['workflow_draft']> | undefined): Draft | undefined {
  return row && {
    workflowId: row.workflow_id, definition: workflowDefinition.parse(row.definition), base: row.base_version ?? undefined, revision: row.revision,
    changedAt: row.changed_at, changedBy: row.changed_name,
  };
}

function summaryQuery(db: Db) {
  return db.selectFrom('workflow')
    .leftJoin('workflow_version', (join) => join.onRef('workflow_version.workflow_id', '=', 'workflow.id').onRef('workflow_version.version', '=', 'workflow.deployed_version'))
    .leftJoin('workflow_draft', 'workflow_draft.workflow_id', 'workflow.id')
    .select(['workflow.id', 'deployed_version', 'deployed_at', 'deployed_name', 'workflow_version.created_at as version_at', 'workflow_draft.changed_at', 'workflow_draft.changed_name'])
    .select(['workflow_version.definition as deployed_definition', 'workflow_draft.definition as draft_definition']);
}

async function summaries(db: Db, narrowed: (query: ReturnType<typeof summaryQuery>) => ReturnType<typeof summaryQuery>): Promise<readonly WorkflowSummary[]> {
  const rows = await narrowed(summaryQuery(db)).execute();
  if (rows.length === 0) return [];
  const counts = await db.selectFrom('workflow_key').select(({ fn }) => ['workflow_id', 'mode', fn.countAll<number>().as('count')])
    .where('workflow_id', 'in', rows.map(({ id }) => id)).where('revoked_at', 'is', null).groupBy(['workflow_id', 'mode']).execute();
  const count = (id: string, mode: 'test' | 'live'): number => Number(counts.find((row) => row.workflow_id === id && row.mode === mode)?.count ?? 0);
  return rows.map((row) => {
    const shown = workflowDefinition.safeParse(row.deployed_definition ?? row.draft_definition);
    return {
      id: row.id, name: shown.data?.name ?? row.id, template: shown.data?.template ?? '',
      deployedVersion: row.deployed_version ?? undefined, deployedAt: row.deployed_at ?? row.version_at ?? undefined, deployedBy: row.deployed_name ?? undefined,
      draft: row.changed_at === null || row.changed_name === null ? undefined : { changedAt: row.changed_at, changedBy: row.changed_name },
      keys: { test: count(row.id, 'test'), live: count(row.id, 'live') },
    };
  });
}
