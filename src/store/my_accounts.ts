import { sql } from 'kysely';
import type { Mode } from '../journey/journey.ts';
import type { Db } from './database.ts';
import { endGrants } from './ended_grants.ts';
import type { LogoutJobs } from './logouts.ts';

/** What a person's own page, and the command about devices, ask about accounts and applications. Without `logouts` nobody is told of an end. */
export function myAccounts(db: Db, logouts?: Pick<LogoutJobs, 'sendEnd'>) {
  return {
    /** An account by its id or by that of one of its journeys; where it was verified last says its mode and workflow. */
    async find(id: string): Promise<{ readonly accountId: string; readonly mode: Mode; readonly workflowId: string; readonly erased: boolean } | undefined> {
      const named = await db.selectFrom('journey').select('account_id').where('id', '=', id).executeTakeFirst();
      const accountId = named?.account_id ?? id;
      const account = await db.selectFrom('account').select('erased_at').where('id', '=', accountId).executeTakeFirst();
      if (!account) return undefined;
      // Journeys are deleted before trust ends, and trust may be off: whichever still knows.
      const journey = await db.selectFrom('journey').select(['mode', 'workflow_id']).where('account_id', '=', accountId).orderBy('created_at', 'desc').limit(1).executeTakeFirst();
      const trust = journey ?? await db.selectFrom('device_trust').innerJoin('device', 'device.id', 'device_trust.device_id')
        .select(['device.mode', 'device_trust.workflow_id']).where('device_trust.account_id', '=', accountId).orderBy('device_trust.granted_at', 'desc').limit(1).executeTakeFirst();
      const last = trust ?? await db.selectFrom('passkey').select(['mode', 'workflow_id']).where('account_id', '=', accountId).orderBy('created_at', 'desc').limit(1).executeTakeFirst();
      return last && { accountId, mode: last.mode, workflowId: last.workflow_id, erased: account.erased_at !== null };
    },

    /** False for one that was erased, or never was. */
    async alive(accountId: string): Promise<boolean> {
      const row = await db.selectFrom('account').select('id').where('id', '=', accountId).where('erased_at', 'is', null).executeTakeFirst();
      return row !== undefined;
    },

    /**
     * End what a reported device left open for whoever held it: passkeys added in its journeys, and what those journeys were
     * granted, with every token and the sessions that hold it; applications that listen are told. Its own trust is ended by
     * whoever calls this. Doing it twice changes nothing, and tells nobody again.
     */
    async endWaysIn({ accountId, deviceId, now }: { readonly accountId: string; readonly deviceId: string; readonly now: number }): Promise<void> {
      await db.transaction().execute(async (tx) => {
        await tx.selectFrom('account').select('id').where('id', '=', accountId).forNoKeyUpdate().execute();
        await sql`
          UPDATE passkey SET revoked_at = ${now}, revoked_reason = 'reported'
          WHERE account_id = ${accountId} AND revoked_at IS NULL
            AND journey_id IN (SELECT journey_id FROM journey_device WHERE device_id = ${deviceId})`.execute(tx);
        await logouts?.sendEnd(tx, accountId, deviceId);
        await endGrants(tx, accountId, deviceId);
      });
    },

    /** Names of the applications whose keys lead to these workflows; the workflow's own name where none has a name. */
    async applications(workflowIds: readonly string[], mode: Mode): Promise<ReadonlyMap<string, readonly string[]>> {
      if (workflowIds.length === 0) return new Map();
      const keys = await db.selectFrom('workflow_key').select(['workflow_id', 'metadata'])
        .where('workflow_id', 'in', [...workflowIds]).where('mode', '=', mode).where('revoked_at', 'is', null).orderBy('created_at').execute();
      const names = Map.groupBy(keys, (key) => key.workflow_id);
      return new Map(workflowIds.map((id) => {
        const own = (names.get(id) ?? []).flatMap(({ metadata }) => (metadata as { readonly client_name?: string }).client_name ?? []);
        return [id, own.length > 0 ? [...new Set(own)] : [id]];
      }));
    },
  };
}
