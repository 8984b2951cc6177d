/** Ending what was granted to somebody, by whoever may: the operator, or the person who reports a device. */
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { Database } from './tables.ts';

/** Of one device: what it was bound to in its journey, and what a journey that showed its key was granted. All without one. */
export function grantsOf(accountId: string, deviceId: string | undefined): RawBuilder<boolean> {
  const which = deviceId === undefined ? sql`true` : sql`(device_id = ${deviceId} OR journey_id IN (SELECT journey_id FROM journey_device WHERE device_id = ${deviceId}))`;
  return sql<boolean>`(account_id = ${accountId} AND ${which})`;
}

/**
 * Delete the grants with every token of them, and the sessions that hold one: without a device, every session of the
 * account. Gives how many grants and sessions. What a request that is under way writes afterwards hangs on a grant that is
 * gone, and is refused.
 */
export async function endGrants(tx: Transaction<Database>, accountId: string, deviceId: string | undefined): Promise<{ readonly grants: number; readonly sessions: number }> {
  const holding = deviceId === undefined ? sql`true` : sql`EXISTS (SELECT 1 FROM jsonb_each_text(links) AS held (client, grant_hash) JOIN theirs ON theirs.grant_id = held.grant_hash)`;
  const { rows: [row] } = await sql<{ grants: number; sessions: number }>`
    WITH theirs AS (
      DELETE FROM grant_outcome WHERE ${grantsOf(accountId, deviceId)} RETURNING grant_id
    ), tokens AS (
      DELETE FROM oidc_record WHERE model IN ('AccessToken', 'AuthorizationCode', 'RefreshToken') AND grant_id IN (SELECT grant_id FROM theirs)
    ), grants AS (
      DELETE FROM oidc_record WHERE model = 'Grant' AND id_hash IN (SELECT grant_id FROM theirs)
    ), sessions AS (
      DELETE FROM oidc_record WHERE model = 'Session' AND account_id = ${accountId} AND ${holding} RETURNING id_hash
    )
    SELECT (SELECT count(*)::int FROM theirs) AS grants, (SELECT count(*)::int FROM sessions) AS sessions`.execute(tx);
  return { grants: Number(row?.grants ?? 0), sessions: Number(row?.sessions ?? 0) };
}
