/**
 * Versions of risk policies. One of a workflow may be active and one in the shadow, which unique indexes hold true; what
 * was once written stays, with its standing. Running gateways see a change within a few seconds.
 */
import type { Selectable, Transaction } from 'kysely';
import { GatehouseError } from '../errors.ts';
import { checkTransition, riskPolicyDocument, type CurrentPolicies, type PolicyStatus, type PolicyVersion } from '../journey/rules/risk_policy.ts';
import { workflowDefinition, type RiskPolicy } from '../journey/workflow.ts';
import { readPolicyDocument } from '../steps/session_risk/policy_document.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** For how long a process goes by what it read, milliseconds. */
const REMEMBERED_MS = 5_000;

/** A version as it stands in the table; without a document where it does not have its shape (any more). */
export type ListedPolicy = Omit<PolicyVersion, 'document'> & { readonly document: PolicyVersion['document'] | undefined };

export interface RiskPolicyStore extends CurrentPolicies {
  /** Every version, of one workflow or of all, newest first. */
  list(workflowId?: string): Promise<readonly ListedPolicy[]>;
  version(workflowId: string, version: number): Promise<PolicyVersion | undefined>;
  /** Keep a new version, which must fit with what the deployed workflow says. @throws GatehouseError `risk_policy_invalid` */
  draft(workflowId: string, document: unknown, note: string | undefined, now: number): Promise<PolicyVersion>;
  /**
   * Give a version another standing. The one that had it goes: an active one is retired, one in the shadow is a draft again.
   * One that cannot be read can only be put away.
   *
   * @throws GatehouseError `risk_policy_unknown`, `risk_policy_transition`, `risk_policy_unreadable`
   */
  become(workflowId: string, version: number, status: PolicyStatus, now: number): Promise<ListedPolicy>;
}

/** What becomes of the version that stands where another is to stand. */
const GIVES_WAY: Readonly<Partial<Record<PolicyStatus, PolicyStatus>>> = { active: 'retired', shadow: 'draft' };

function listedOf(row: Selectable<Database['risk_policy']>): ListedPolicy {
  return {
    workflowId: row.workflow_id, version: row.version, status: row.status, document: riskPolicyDocument.safeParse(row.definition).data,
    note: row.note ?? undefined, createdAt: row.created_at, changedAt: row.changed_at,
  };
}

/** Fails closed: to go on without it would be to go on by other rules than the operator's. */
function readable(listed: ListedPolicy): PolicyVersion {
  const { document, workflowId, version } = listed;
  if (!document) throw new GatehouseError('risk_policy_unreadable', 500, `risk policy ${workflowId} version ${version} does not have its shape`);
  return { ...listed, document };
}

/** @param shadowLeftOut told of a version in the shadow that cannot be read: it is left out, for it enforces nothing */
export function riskPolicyStore(db: Db, now: () => number, shadowLeftOut: (of: { readonly workflowId: string; readonly version: number }) => void = () => undefined): RiskPolicyStore {
  const remembered = new Map<string, { readonly until: number; readonly policies: ReturnType<CurrentPolicies['of']> }>();

  const read = async (workflowId: string): Promise<Awaited<ReturnType<CurrentPolicies['of']>>> => {
    const rows = await db.selectFrom('risk_policy').selectAll().where('workflow_id', '=', workflowId).where('status', 'in', ['active', 'shadow']).execute();
    const versions = rows.map(listedOf);
    const active = versions.find(({ status }) => status === 'active');
    const shadow = versions.find(({ status }) => status === 'shadow');
    if (shadow && !shadow.document) shadowLeftOut({ workflowId, version: shadow.version });
    return { active: active && readable(active), shadow: shadow?.document ? readable(shadow) : undefined };
  };

  /** What the deployed workflow says itself; a workflow that was never deployed says nothing yet. */
  const ownOf = async (tx: Transaction<Database>, workflowId: string): Promise<RiskPolicy | undefined> => {
    const row = await tx.selectFrom('workflow_version').innerJoin('workflow', (join) => join
      .onRef('workflow.id', '=', 'workflow_version.workflow_id').onRef('workflow.deployed_version', '=', 'workflow_version.version'))
      .select('definition').where('workflow_id', '=', workflowId).executeTakeFirst();
    return row && workflowDefinition.parse(row.definition).options.risk;
  };

  const locked = <T>(workflowId: string, run: (tx: Transaction<Database>) => Promise<T>): Promise<T> =>
    db.transaction().execute(async (tx) => {
      // The row lock makes changes of one workflow's policies queue up.
      const workflow = await tx.selectFrom('workflow').select('id').where('id', '=', workflowId).forUpdate().executeTakeFirst();
      if (!workflow) throw new GatehouseError('workflow_unknown', 404, 'there is no workflow of that name');
      return run(tx);
    });

  return {
    of(workflowId) {
      const known = remembered.get(workflowId);
      if (known && known.until > now()) return known.policies;
      const policies = read(workflowId);
      remembered.set(workflowId, { until: now() + REMEMBERED_MS, policies });
      // A failure is not remembered: the next one asks again.
      policies.catch(() => remembered.delete(workflowId));
      return policies;
    },
    async list(workflowId) {
      let query = db.selectFrom('risk_policy').selectAll();
      if (workflowId !== undefined) query = query.where('workflow_id', '=', workflowId);
      return (await query.orderBy('workflow_id').orderBy('version', 'desc').execute()).map(listedOf);
    },
    async version(workflowId, version) {
      const row = await db.selectFrom('risk_policy').selectAll().where('workflow_id', '=', workflowId).where('version', '=', version).executeTakeFirst();
      return row && readable(listedOf(row));
    },
    draft(workflowId, document, note, at) {
      return locked(workflowId, async (tx) => {
        const definition = readPolicyDocument(document, await ownOf(tx, workflowId));
        const last = await tx.selectFrom('risk_policy').select('version').where('workflow_id', '=', workflowId).orderBy('version', 'desc').limit(1).executeTakeFirst();
        return readable(listedOf(await tx.insertInto('risk_policy').values({
          workflow_id: workflowId, version: (last?.version ?? 0) + 1, status: 'draft', definition: JSON.stringify(definition), note: note ?? null, created_at: at, changed_at: at,
        }).returningAll().executeTakeFirstOrThrow()));
      });
    },
    async become(workflowId, version, status, at) {
      const changed = await locked(workflowId, async (tx) => {
        const row = await tx.selectFrom('risk_policy').selectAll().where('workflow_id', '=', workflowId).where('version', '=', version).executeTakeFirst();
        if (!row) throw new GatehouseError('risk_policy_unknown', 404, `workflow ${workflowId} has no risk policy of version ${version}`);
        checkTransition(row.status, status);
        // Before it stands, not after: what cannot be read would stop every session.
        if (status === 'active' || status === 'shadow') readable(listedOf(row));
        const makesWay = GIVES_WAY[status];
        if (makesWay) await tx.updateTable('risk_policy').set({ status: makesWay, changed_at: at }).where('workflow_id', '=', workflowId).where('status', '=', status).execute();
        return tx.updateTable('risk_policy').set({ status, changed_at: at }).where('workflow_id', '=', workflowId).where('version', '=', version).returningAll().executeTakeFirstOrThrow();
      });
      remembered.delete(workflowId);
      return listedOf(changed);
    },
  };
}
