import type { Mode } from '../journey/journey.ts';
import type { Db } from './database.ts';

/** A workflow key as kept: the secret only as its hash. */
export interface WorkflowKey {
  readonly clientId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly secretHash: string;
  readonly metadata: unknown;
}

export interface WorkflowKeyStore {
  find(clientId: string): Promise<WorkflowKey | undefined>;
  /** Create the key, or replace what may change of it; the workflow and mode of a key never do. */
  save(key: WorkflowKey, now: number): Promise<void>;
}

export function workflowKeyStore(db: Db): WorkflowKeyStore {
  return {
    async find(clientId) {
      const row = await db.selectFrom('workflow_key').selectAll().where('client_id', '=', clientId).where('revoked_at', 'is', null).executeTakeFirst();
      return row && { clientId: row.client_id, workflowId: row.workflow_id, mode: row.mode, secretHash: row.secret_hash, metadata: row.metadata };
    },
    async save({ clientId, workflowId, mode, secretHash, metadata }, now) {
      const text = JSON.stringify(metadata);
      await db
        .insertInto('workflow_key')
        .values({ client_id: clientId, workflow_id: workflowId, mode, secret_hash: secretHash, metadata: text, created_at: now, revoked_at: null })
        // Only where something is different: whoever looks at the key in the console is not told of a change that was none.
        .onConflict((conflict) => conflict.column('client_id')
          .doUpdateSet(({ eb, ref }) => ({ secret_hash: secretHash, metadata: text, revision: eb(ref('workflow_key.revision'), '+', 1) }))
          .where(({ or, eb, ref }) => or([eb(ref('workflow_key.secret_hash'), '!=', secretHash), eb(ref('workflow_key.metadata'), '!=', ref('excluded.metadata'))])))
        .execute();
    },
  };
}
