/** Reviewed configuration, deployed whole or not at all: workflows and keys in one transaction, with an entry for each. */
import type { Actor } from '../../admin/actor.ts';
import type { AuditFact } from '../../admin/audit/audit.ts';
import type { KeySettings } from '../../admin/keys/settings.ts';
import { GatehouseError } from '../../errors.ts';
import type { Mode } from '../../journey/journey.ts';
import { workflowDefinition, type WorkflowDefinition } from '../../journey/workflow.ts';
import { insertVersion } from '../workflows.ts';
import { appendAudit, type Auditing } from './audit.ts';
import { createKey, updateKey } from './keys.ts';
import { told } from './workflows.ts';

export interface WantedWorkflow {
  readonly id: string;
  readonly definition: WorkflowDefinition;
  /** What was deployed when the difference was made; undefined: nothing. */
  readonly base: number | undefined;
}

export interface WantedKey {
  readonly clientId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly settings: Partial<KeySettings> & Pick<KeySettings, 'name' | 'redirectUris'>;
  /** Of the key that the difference was made with; undefined: it is new. */
  readonly revision: number | undefined;
}

export interface Applied {
  readonly versions: readonly { readonly id: string; readonly version: number }[];
  /** Of new keys that have one; told this once. */
  readonly secrets: readonly { readonly clientId: string; readonly secret: string }[];
}

/**
 * Deploy and write all of it, or nothing.
 * @throws GatehouseError `apply_moved` 409 where a workflow was deployed since; what the keys throw, see KeyDesk
 */
export async function applyWanted({ db, vault, now }: Auditing, actor: Actor, wanted: { readonly workflows: readonly WantedWorkflow[]; readonly keys: readonly WantedKey[] }): Promise<Applied> {
  return db.transaction().execute(async (tx) => {
    const at = now();
    const facts: AuditFact[] = [];
    const versions: { id: string; version: number }[] = [];
    const secrets: { clientId: string; secret: string }[] = [];
    // In one order, so that two that run at once do not wait for each other.
    for (const { id, definition, base } of wanted.workflows.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await tx.insertInto('workflow').values({ id, deployed_version: null, created_at: at }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
      const row = await tx.selectFrom('workflow').select('deployed_version').where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
      if ((row.deployed_version ?? undefined) !== base) throw new GatehouseError('apply_moved', 409, `somebody else deployed the workflow ${id} meanwhile; nothing was changed`);
      const was = base === undefined ? undefined : await tx.selectFrom('workflow_version').select('definition').where('workflow_id', '=', id).where('version', '=', base).executeTakeFirst();
      const version = await insertVersion(tx, id, definition, { at, by: actor });
      versions.push({ id, version });
      facts.push({ action: 'workflow.deployed', target: { kind: 'workflow', id }, details: { before: base ?? null, version, ...told(was && workflowDefinition.parse(was.definition), definition) } });
    }
    for (const { clientId, workflowId, mode, settings, revision } of wanted.keys.toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1))) {
      if (revision === undefined) {
        const made = await createKey(tx, { ...settings, clientId, workflowId, mode }, at);
        if (made.fact) facts.push(made.fact);
        if (made.result.secret !== undefined) secrets.push({ clientId, secret: made.result.secret });
      } else {
        const { fact } = await updateKey(tx, clientId, settings, at, revision);
        if (fact) facts.push(fact);
      }
    }
    for (const fact of facts) await appendAudit(tx, vault, actor, fact, at);
    return { versions, secrets };
  });
}
