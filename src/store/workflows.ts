/** Deployed workflows: versions are written once and never changed, so they are remembered after the first read. */
import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { SYSTEM } from '../admin/actor.ts';
import { workflowDefinition, type Workflow } from '../journey/workflow.ts';
import type { Deployer, WorkflowStore } from '../journey/store.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

export function workflowStore(db: Db): WorkflowStore {
  const remembered = new Map<string, Workflow>();

  const read = async (id: string, version: number): Promise<Workflow | undefined> => {
    const key = `${id}@${version}`;
    const known = remembered.get(key);
    if (known) return known;
    const row = await db.selectFrom('workflow_version').select('definition').where('workflow_id', '=', id).where('version', '=', version).executeTakeFirst();
    if (!row) return undefined;
    const workflow: Workflow = { id, version, definition: workflowDefinition.parse(row.definition) };
    remembered.set(key, workflow);
    return workflow;
  };

  const deployed = async (id: string): Promise<Workflow | undefined> => {
    const row = await db.selectFrom('workflow').select('deployed_version').where('id', '=', id).executeTakeFirst();
    return row?.deployed_version === null || row === undefined ? undefined : read(id, row.deployed_version);
  };

  return {
    version: read,
    deployed,
    async deploy(id, definition, now, { by = SYSTEM, onlyOver } = {}) {
      const version = await db.transaction().execute(async (tx) => {
        await tx.insertInto('workflow').values({ id, deployed_version: null, created_at: now }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
        // The row lock makes deployments of one workflow queue up.
        const row = await tx.selectFrom('workflow').select(['deployed_version', 'deployed_by']).where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
        // What was deployed before it was kept who did it was deployed by the gateway's own start.
        if (onlyOver && row.deployed_version !== null && row.deployed_by !== null && !onlyOver.includes(row.deployed_by)) return row.deployed_version;
        return insertVersion(tx, id, definition, { at: now, by });
      });
      const workflow = await read(id, version);
      if (!workflow) throw new Error('a workflow version vanished while it was deployed');
      return workflow;
    },
  };
}

/**
 * Write a definition as the next version and deploy it, in a transaction that holds the workflow's row; the last version
 * over again makes no new one. Gives the version.
 */
export async function insertVersion(
  tx: Transaction<Database>, id: string, definition: Workflow['definition'],
  { at, by, note }: { readonly at: number; readonly by: Deployer; readonly note?: string | undefined },
): Promise<number> {
  const text = JSON.stringify(definition);
  const hash = createHash('sha256').update(text).digest('hex');
  const last = await tx.selectFrom('workflow_version').select(['version', 'definition_hash']).where('workflow_id', '=', id).orderBy('version', 'desc').limit(1).executeTakeFirst();
  const version = last?.definition_hash === hash ? last.version : (last?.version ?? 0) + 1;
  if (version !== last?.version) {
    await tx.insertInto('workflow_version').values({
      workflow_id: id, version, definition: text, definition_hash: hash, created_at: at, created_by: by.id, created_name: by.name, note: note ?? null,
    }).execute();
  }
  await tx.updateTable('workflow').set({ deployed_version: version, deployed_by: by.id, deployed_name: by.name, deployed_at: at }).where('id', '=', id).execute();
  return version;
}
