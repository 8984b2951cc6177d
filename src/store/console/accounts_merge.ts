/** Two accounts of one person become one. The source stays as a shell, by which its person still finds their way. */
import { sql } from 'kysely';
import { mergeRefusals } from '../../admin/accounts/rules.ts';
import type { AccountDesk, AccountRow, MergeResult } from '../../admin/accounts/store.ts';
import type { Db } from '../database.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { accountRow, accountRows, endRecords, holdsOf, passGate, tellOfEnd, toldOf, type AccountDeps, type Tx } from './accounts_common.ts';
import { audited } from './audit.ts';
import { identitiesCompared } from './accounts_merge_identity.ts';
import { carryEntries } from './lists_merged.ts';

export function accountMerge(deps: AccountDeps): Pick<AccountDesk, 'mergePreview' | 'merge'> {
  const { db, vault, now } = deps;
  return {
    async mergePreview(source, target) {
      const [from, into] = [await sideOf(db, source), await sideOf(db, target)];
      const identity = await identitiesCompared(db, vault, source, target);
      return { source: from, target: into, refusals: mergeRefusals(from, into), identity, ...(await counted(db, source, target)) };
    },

    merge: (actor, { source, target, reason, onePerson }) => audited<MergeResult>(deps, actor, async (tx) => {
      await passGate(tx);
      const from = await sideOf(tx, source);
      const shell = await tx.selectFrom('account').select('merged_into').where('id', '=', source).executeTakeFirst();
      if (shell?.merged_into === target) return { result: { kind: 'already' }, fact: undefined };
      const identity = await identitiesCompared(tx, vault, source, target);
      const against = mergeRefusals(from, await sideOf(tx, target));
      const refusals = against.length === 0 && identity.asks && !onePerson ? (['identity_differs'] as const) : against;
      if (refusals.length > 0) {
        const fact = { action: 'account.merged', target: { kind: 'account', id: source }, details: { into: target, refusals }, reason, outcome: 'refused' } as const;
        return { result: { kind: 'refused', refusals }, fact };
      }
      const at = now();
      // Shells of the source first, then both accounts, as approvals lock them.
      await tx.selectFrom('account').select('id').where('merged_into', '=', source).orderBy('id').forNoKeyUpdate().execute();
      await tx.selectFrom('account').select('id').where('id', 'in', [source, target]).orderBy('id').forNoKeyUpdate().execute();
      const told = await toldOf(tx, source);
      const things = await move(tx, source, target);
      await tellOfEnd(deps, tx, source);
      const ended = await endRecords(tx, source);
      // One hop is enough for ever: what led to the source leads to the target.
      await tx.updateTable('account').set({ merged_into: target }).where('merged_into', '=', source).execute();
      await tx.updateTable('account').set({ merged_into: target, merged_at: at, erased_at: at, sealed: null }).where('id', '=', source).execute();
      const moved = { ...things, list_entry: await carryEntries(tx, source, target) };
      const data = { account_id: target, merged_account_id: source };
      for (const { workflowId, clientId, mode, transactionIds } of told) {
        await queueWebhookEvent(tx, { type: 'account.merged', mode, workflowId, clientId, journeyId: undefined, at, data: { ...data, transaction_ids: transactionIds } });
      }
      if (told.length === 0) await queueWebhookEvent(tx, { type: 'account.merged', mode: from?.mode ?? 'test', workflowId: undefined, clientId: undefined, journeyId: undefined, at, data });
      return { result: { kind: 'merged' }, fact: { action: 'account.merged', target: { kind: 'account', id: source }, details: { into: target, moved, ended, identity: { name: identity.name, birthDate: identity.birthDate }, said_one_person: onePerson }, reason } };
    }),
  };
}

/** An account with whether it, or one of its journeys, is on hold. */
async function sideOf(db: Db, id: string): Promise<AccountRow | undefined> {
  const row = await accountRows(db).where('account.id', '=', id).executeTakeFirst();
  if (!row) return undefined;
  const held = (await holdsOf(db, id)).some(({ released }) => !released);
  return { ...accountRow(row), held };
}

async function move(tx: Tx, source: string, target: string): Promise<Readonly<Record<string, number>>> {
  const rows = async (statement: ReturnType<typeof sql>): Promise<number> => Number((await statement.execute(tx)).numAffectedRows ?? 0n);
  // Both are trusted on one device for one workflow: the later expiry wins, and what was taken away on either side stays taken away.
  const shared = await rows(sql`
    UPDATE device_trust AS mine SET
      expires_at = greatest(mine.expires_at, theirs.expires_at),
      revoked_reason = CASE WHEN mine.revoked_at IS NULL OR theirs.revoked_at < mine.revoked_at THEN theirs.revoked_reason ELSE mine.revoked_reason END,
      revoked_at = least(mine.revoked_at, theirs.revoked_at),
      last_used_at = greatest(mine.last_used_at, theirs.last_used_at),
      credential_hash = coalesce(mine.credential_hash, theirs.credential_hash)
    FROM device_trust AS theirs
    WHERE mine.account_id = ${target} AND theirs.account_id = ${source} AND theirs.device_id = mine.device_id AND theirs.workflow_id = mine.workflow_id`);
  await sql`
    DELETE FROM device_trust AS theirs USING device_trust AS mine
    WHERE mine.account_id = ${target} AND theirs.account_id = ${source} AND theirs.device_id = mine.device_id AND theirs.workflow_id = mine.workflow_id`.execute(tx);
  const moved = { shared_trusts: shared } as Record<string, number>;
  for (const table of ['device_trust', 'credential', 'journey', 'passkey', 'incident'] as const) {
    moved[table] = await rows(sql`UPDATE ${sql.table(table)} SET account_id = ${target} WHERE account_id = ${source}`);
  }
  return moved;
}

async function counted(db: Db, source: string, target: string) {
  const { rows: [row] } = await sql<Record<'credentials' | 'journeys' | 'trusts' | 'passkeys' | 'incidents' | 'entries' | 'shared' | 'ends', number>>`SELECT
    (SELECT count(*)::int FROM credential WHERE account_id = ${source}) AS credentials,
    (SELECT count(*)::int FROM journey WHERE account_id = ${source}) AS journeys,
    (SELECT count(*)::int FROM device_trust WHERE account_id = ${source}) AS trusts,
    (SELECT count(*)::int FROM passkey WHERE account_id = ${source}) AS passkeys,
    (SELECT count(*)::int FROM incident WHERE account_id = ${source}) AS incidents,
    (SELECT count(*)::int FROM list_entry WHERE kind = 'identity' AND key = ${source} AND removed_at IS NULL) AS entries,
    (SELECT count(*)::int FROM device_trust AS theirs JOIN device_trust AS mine USING (device_id, workflow_id) WHERE theirs.account_id = ${source} AND mine.account_id = ${target}) AS shared,
    (SELECT count(*)::int FROM oidc_record WHERE account_id = ${source}) + (SELECT count(*)::int FROM grant_outcome WHERE account_id = ${source}) AS ends`.execute(db);
  if (!row) throw new TypeError('a statement of one row gave none');
  const twoNames = await db.selectFrom('credential').select('workflow_id').where('account_id', 'in', [source, target]).groupBy('workflow_id')
    .having(sql<boolean>`count(DISTINCT account_id) = 2`).orderBy('workflow_id').execute();
  const clients = await db.selectFrom('journey').select('client_id').distinct().where('account_id', '=', source).orderBy('client_id').execute();
  const { credentials, journeys, trusts, passkeys, incidents, entries, shared, ends } = row;
  return {
    moves: { credentials, journeys, trusts, passkeys, incidents, entries }, sharedTrusts: shared, ends,
    twoNames: twoNames.map((one) => one.workflow_id), clients: clients.map((one) => one.client_id),
  };
}
