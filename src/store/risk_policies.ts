/**
 * Versions of risk policies. One of a workflow may be active and one in the shadow, which unique indexes hold true; what
 * was once written stays, with its standing. Running gateways see a change within a few seconds.
 */
import type { Selectable, Transaction } from 'kysely';
import { GatehouseError } from '../errors.ts';
import { parseNet } from '../feeds/address.ts';
import { checkTransition, riskPolicyDocument, type CurrentPolicies, type PolicyStatus, type PolicyVersion, type RiskPolicyDocument } from '../journey/rules/risk_policy.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** For how long a process goes by what it read, milliseconds. */
const REMEMBERED_MS = 5_000;

export interface RiskPolicyStore extends CurrentPolicies {
  /** Every version, of one workflow or of all, newest first. */
  list(workflowId?: string): Promise<readonly PolicyVersion[]>;
  version(workflowId: string, version: number): Promise<PolicyVersion | undefined>;
  /** Keep a new version. @throws GatehouseError `risk_policy_invalid` */
  draft(workflowId: string, document: unknown, note: string | undefined, now: number): Promise<PolicyVersion>;
  /**
   * Give a version another standing. The one that had it goes: an active one is retired, one in the shadow is a draft again.
   *
   * @throws GatehouseError `risk_policy_unknown`, `risk_policy_transition`
   */
  become(workflowId: string, version: number, status: PolicyStatus, now: number): Promise<PolicyVersion>;
}

/** What becomes of the version that stands where another is to stand. */
const GIVES_WAY: Readonly<Partial<Record<PolicyStatus, PolicyStatus>>> = { active: 'retired', shadow: 'draft' };

function versionOf(row: Selectable<Database['risk_policy']>): PolicyVersion {
  const parsed = riskPolicyDocument.safeParse(row.definition);
  // Fails closed: to go on without it would be to go on by other rules than the operator's.
  if (!parsed.success) throw new GatehouseError('risk_policy_unreadable', 500, `risk policy ${row.workflow_id} version ${row.version} does not have its shape`);
  return {
    workflowId: row.workflow_id, version: row.version, status: row.status, document: parsed.data,
    note: row.note ?? undefined, createdAt: row.created_at, changedAt: row.changed_at,
  };
}

/**
 * Read a document, naming everything that is wrong with it.
 *
 * @throws GatehouseError `risk_policy_invalid`
 */
export function readPolicyDocument(document: unknown): RiskPolicyDocument {
  const parsed = riskPolicyDocument.safeParse(document);
  const faults = parsed.success
    ? (['allowedNets', 'deniedNets'] as const).flatMap((list) => (parsed.data[list] ?? []).flatMap((net, at) => (parseNet(net) ? [] : [`${list}.${at}: no address or net`])))
    : parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'document'}: ${message}`);
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new GatehouseError('risk_policy_invalid', 400, `the risk policy cannot be used: ${faults.join('; ')}`);
}

export function riskPolicyStore(db: Db, now: () => number): RiskPolicyStore {
  const remembered = new Map<string, { readonly until: number; readonly policies: ReturnType<CurrentPolicies['of']> }>();

  const read = async (workflowId: string): Promise<Awaited<ReturnType<CurrentPolicies['of']>>> => {
    const rows = await db.selectFrom('risk_policy').selectAll().where('workflow_id', '=', workflowId).where('status', 'in', ['active', 'shadow']).execute();
    const versions = rows.map(versionOf);
    return { active: versions.find(({ status }) => status === 'active'), shadow: versions.find(({ status }) => status === 'shadow') };
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
      return (await query.orderBy('workflow_id').orderBy('version', 'desc').execute()).map(versionOf);
    },
    async version(workflowId, version) {
      const row = await db.selectFrom('risk_policy').selectAll().where('workflow_id', '=', workflowId).where('version', '=', version).executeTakeFirst();
      return row && versionOf(row);
    },
    draft(workflowId, document, note, at) {
      const definition = readPolicyDocument(document);
      return locked(workflowId, async (tx) => {
        const last = await tx.selectFrom('risk_policy').select('version').where('workflow_id', '=', workflowId).orderBy('version', 'desc').limit(1).executeTakeFirst();
        return versionOf(await tx.insertInto('risk_policy').values({
          workflow_id: workflowId, version: (last?.version ?? 0) + 1, status: 'draft', definition: JSON.stringify(definition), note: note ?? null, created_at: at, changed_at: at,
        }).returningAll().executeTakeFirstOrThrow());
      });
    },
    async become(workflowId, version, status, at) {
      const changed = await locked(workflowId, async (tx) => {
        const row = await tx.selectFrom('risk_policy').select('status').where('workflow_id', '=', workflowId).where('version', '=', version).executeTakeFirst();
        if (!row) throw new GatehouseError('risk_policy_unknown', 404, `workflow ${workflowId} has no risk policy of version ${version}`);
        checkTransition(row.status, status);
        const makesWay = GIVES_WAY[status];
        if (makesWay) await tx.updateTable('risk_policy').set({ status: makesWay, changed_at: at }).where('workflow_id', '=', workflowId).where('status', '=', status).execute();
        return tx.updateTable('risk_policy').set({ status, changed_at: at }).where('workflow_id', '=', workflowId).where('version', '=', version).returningAll().executeTakeFirstOrThrow();
      });
      remembered.delete(workflowId);
      return versionOf(changed);
    },
  };
}
