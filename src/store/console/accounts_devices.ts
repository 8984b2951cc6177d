/** Taking away what a person comes back by: trust in devices, passkeys, sessions and grants. */
import type { AccountDesk } from '../../admin/accounts/store.ts';
import { endGrants } from '../ended_grants.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { endRecords, tellOfEnd, type AccountDeps } from './accounts_common.ts';
import { audited } from './audit.ts';

export function accountDevices(deps: AccountDeps): Pick<AccountDesk, 'revokeDevices' | 'revokePasskey' | 'endSessions'> {
  const { now } = deps;
  return {
    revokeDevices: (actor, { accountId, deviceId, endGrants: alsoGrants, reason }) => audited<number | undefined>(deps, actor, async (tx) => {
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
      if (alsoGrants) await tellOfEnd(deps, tx, accountId, deviceId);
      const { grants, sessions } = alsoGrants ? await endGrants(tx, accountId, deviceId) : { grants: 0, sessions: 0 };
      const details = { device: deviceId ?? 'all', trusts: ended.length, grants, sessions };
      return { result: ended.length, fact: ended.length + grants + sessions === 0 ? undefined : { action: 'device.revoked', target: { kind: 'account', id: accountId }, details, reason } };
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
      await tellOfEnd(deps, tx, accountId);
      const ended = await endRecords(tx, accountId);
      return { result: ended, fact: ended === 0 ? undefined : { action: 'account.signed_out', target: { kind: 'account', id: accountId }, details: { records: ended }, reason } };
    }),
  };
}
