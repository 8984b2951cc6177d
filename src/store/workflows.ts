/** Deployed workflows: versions are written once and never changed, so they are remembered after the first read. */
import { createHash } from 'node:crypto';
import { workflowDefinition, type Workflow } from '../journey/workflow.ts';
import type { WorkflowStore } from '../journey/store.ts';
import type { Db } from './database.ts';

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
    async deploy(id, definition, now) {
      const text = JSON.stringify(definition);
      const hash = createHash('sha256').update(text).digest('hex');
      const version = await db.transaction().execute(async (tx) => {
        await tx.insertInto('workflow').values({ id, deployed_version: null, created_at: now }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
        // The row lock makes deployments of one workflow queue up.
        await tx.selectFrom('workflow').select('id').where('id', '=', id).forUpdate().execute();
        const last = await tx.selectFrom('workflow_version').select(['version', 'definition_hash']).where('workflow_id', '=', id).orderBy('version', 'desc').limit(1).executeTakeFirst();
        const next = last?.definition_hash === hash ? last.version : (last?.version ?? 0) + 1;
        if (next !== last?.version) {
          await tx.insertInto('workflow_version').values({ workflow_id: id, version: next, definition: text, definition_hash: hash, created_at: now }).execute();
        }
        await tx.updateTable('workflow').set({ deployed_version: next }).where('id', '=', id).execute();
        return next;
      });
      const workflow = await read(id, version);
      if (!workflow) throw new Error('a workflow version vanished while it was deployed');
      return workflow;
    },
  };
}
