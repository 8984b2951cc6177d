/** Taking away what a person comes back by: trust in devices, passkeys, sessions and grants. */
import { sql } from 'kysely';
import type { AccountDesk } from '../../admin/accounts/store.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { endRecords, type AccountDeps, type Tx } from './accounts_common.ts';
import { audited } from './audit.ts';

export function accountDevices(deps: AccountDeps): Pick<AccountDesk, 'revokeDevices' | 'revokePasskey' | 'endSessions'> {
  const { now } = deps;
  return {
    revokeDevices: (actor, { accountId, deviceId, endGrants, reason }) => audited<number | undefined>(deps, actor, async (tx) => {
      // Whoever changes several trusts of a person holds the account (devices.ts).
      const account = await tx.selectFrom('account').select('id').where('id', '=', accountId).forNoKeyUpdate().executeTakeFirst();
      const known = account && await tx.selectFrom('device_trust').select('id').where('account_id', '=', accountId)
        .$if(deviceId !== undefined, (query) => query.where('device_id', '=', deviceId ?? '')).limit(1).executeTakeFirst();
      if (!account || (deviceId !== undefined && !known)) return { result: undefined, fact: undefined };
      const at = now();
      const ended = await tx.updateTable('device_trust').from('device').whereRef('device.id', '=', 'device_trust.device_id')
        .set({ revoked_at: at, revoked_reason: 'by_operator' })
        .where('account_id', '=', accountId).where('revoked_at', 'is', null)
        .$if(deviceId !== undefined, (query) => query.where('device_id', '=', deviceId ?? ''))
        .returning(['device_trust.device_id', 'device_trust.workflow_id', 'device.mode']).execute();
      for (const trust of ended) {
        await queueWebhookEvent(tx, {
          type: 'device.revoked', mode: trust.mode, workflowId: trust.workflow_id, clientId: undefined, journeyId: undefined, at,
          data: { device_id: trust.device_id, account_id: accountId, reason: 'by_operator' },
        });
      }
      const grants = endGrants ? await endGrantsOf(tx, accountId, deviceId) : 0;
      const details = { device: deviceId ?? 'all', trusts: ended.length, grants };
      return { result: ended.length, fact: ended.length + grants === 0 ? undefined : { action: 'device.revoked', target: { kind: 'account', id: accountId }, details, reason } };
    }),

    revokePasskey: (actor, { accountId, passkeyId, reason }) => audited(deps, actor, async (tx) => {
      const row = await tx.updateTable('passkey').set({ revoked_at: now(), revoked_reason: 'by_operator' })
        .where('id', '=', passkeyId).where('account_id', '=', accountId).where('revoked_at', 'is', null).returning('id').executeTakeFirst();
      if (!row) return { result: false, fact: undefined };
      return { result: true, fact: { action: 'passkey.revoked', target: { kind: 'account', id: accountId }, details: { passkey: passkeyId }, reason } };
    }),

    endSessions: (actor, { accountId, reason }) => audited<number | undefined>(deps, actor, async (tx) => {
      const account = await tx.selectFrom('account').select('id').where('id', '=', accountId).forNoKeyUpdate().executeTakeFirst();
      if (!account) return { result: undefined, fact: undefined };
      const ended = await endRecords(tx, accountId);
      return { result: ended, fact: ended === 0 ? undefined : { action: 'account.signed_out', target: { kind: 'account', id: accountId }, details: { records: ended }, reason } };
    }),
  };
}

/** End what the journeys of a device were granted, or everything that was granted; gives how many grants. */
async function endGrantsOf(tx: Tx, accountId: string, deviceId: string | undefined): Promise<number> {
  const which = deviceId === undefined ? sql`true` : sql`(device_id = ${deviceId} OR journey_id IN (SELECT journey_id FROM journey_device WHERE device_id = ${deviceId}))`;
  const { rows: [row] } = await sql<{ count: number }>`
    WITH theirs AS (
      DELETE FROM grant_outcome WHERE account_id = ${accountId} AND ${which} RETURNING grant_id
    ), tokens AS (
      DELETE FROM oidc_record WHERE model IN ('AccessToken', 'AuthorizationCode', 'RefreshToken') AND grant_id IN (SELECT grant_id FROM theirs)
    ), grants AS (
      DELETE FROM oidc_record WHERE model = 'Grant' AND id_hash IN (SELECT grant_id FROM theirs)
    )
    SELECT count(*)::int AS count FROM theirs`.execute(tx);
  return Number(row?.count ?? 0);
}
