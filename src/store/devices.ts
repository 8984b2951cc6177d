/** Trusted devices in PostgreSQL: a row per key and mode, a row per person it is trusted for. Races are settled by statements. */
import { sql, type Selectable } from 'kysely';
import type { DeviceStore, RevokeReason, TokenStanding } from '../devices/store.ts';
import { OVERLAP_MS } from '../devices/token.ts';
import { GatehouseError } from '../errors.ts';
import type { Db } from './database.ts';
import { deviceOf, trustOf, TRUST_COLUMNS } from './device_rows.ts';
import type { Database } from './tables.ts';

/** Requests of one page come together; whoever asks again after so long did not get the answer. Milliseconds. */
const AGAIN_MS = 5_000;
/** A device stays so long after its last trust ended and it was last seen, so that refusing it can say why. */
const KEPT_MS = 30 * 86_400_000;
/** SHA-256, hex. */
const HASH = /^[0-9a-f]{64}$/;

export function deviceStore(db: Db): DeviceStore {
  return {
    async byToken(tokenHash, mode, now) {
      const rows = await db
        .selectFrom('device')
        .leftJoin('device_trust', 'device_trust.device_id', 'device.id')
        .leftJoin('account', 'account.id', 'device_trust.account_id')
        .selectAll('device')
        .leftJoin('device_token as spent', (join) => join.onRef('spent.device_id', '=', 'device.id').on('spent.hash', '=', tokenHash))
        .select(TRUST_COLUMNS)
        .select('spent.good_until as spent_until')
        .where('device.mode', '=', mode)
        .where((eb) => eb.or([
          eb('device.token_hash', '=', tokenHash),
          eb('device.previous_hash', '=', tokenHash),
          eb('device.id', '=', eb.selectFrom('device_token').select('device_id').where('hash', '=', tokenHash)),
        ]))
        .execute();
      const [row] = rows;
      if (!row) return undefined;
      if (row.token_hash === tokenHash && row.token_used_at === null) {
        await db.updateTable('device').set({ token_used_at: now }).where('id', '=', row.id).where('token_hash', '=', tokenHash).where('token_used_at', 'is', null).execute();
      }
      return { device: deviceOf(row), token: standingOf(row, tokenHash, now), trusts: rows.flatMap((one) => trustOf(one) ?? []) };
    },

    async issue({ journeyId, channel, fresh, presented, now }) {
      if (!HASH.test(fresh)) throw new GatehouseError('token_not_hashed', 500, 'a device cookie must be hashed before it is stored');
      const came = presented ?? null;
      // The rows of the journey and of its device are locked first: of parallel callers each sees what the one before it did.
      // Kept beside the fresh one is what the browser may still hold: the one it came with, or, of a browser that came with
      // neither, one that nobody came with yet. All others are spent; who comes with one of those has a copy.
      const { rows } = await sql<{ given: boolean }>`
        WITH mine AS (
          SELECT device_id, issued_at FROM journey_device WHERE journey_id = ${journeyId} AND channel = ${channel} FOR UPDATE
        ), held AS (
          SELECT device.id, device.token_hash AS current, device.token_used_at IS NULL AS unused, device.previous_hash AS previous,
            device.previous_until > ${now}::bigint AS overlapping, device.previous_until, mine.issued_at
          FROM device JOIN mine ON device.id = mine.device_id FOR UPDATE OF device
        ), exchange AS (
          SELECT *, CASE
              WHEN current = ${came}::text THEN current
              WHEN previous = ${came}::text THEN CASE WHEN unused THEN previous END
              WHEN unused THEN current
            END AS kept
          FROM held
          WHERE current IS DISTINCT FROM ${fresh}
            AND (issued_at IS NULL OR (issued_at <= ${now - AGAIN_MS}::bigint AND current IS DISTINCT FROM ${came}::text))
            -- Tabs that were loaded together.
            AND NOT coalesce(previous = ${came}::text AND overlapping, false)
            AND NOT EXISTS (SELECT 1 FROM device_token WHERE hash = ${came}::text AND device_id = held.id AND good_until > ${now}::bigint)
            -- The last one is on its way to one of them. Only for the journey it went to it counts as lost so soon, and once.
            AND NOT coalesce(unused AND current IS DISTINCT FROM ${came}::text AND overlapping AND (issued_at IS NULL OR previous IS NOT NULL), false)
        ), given AS (
          UPDATE device SET previous_hash = kept, previous_until = ${now + OVERLAP_MS}::bigint,
            token_hash = ${fresh}, token_used_at = NULL, last_seen_at = greatest(last_seen_at, ${now}::bigint)
          FROM exchange WHERE device.id = exchange.id
          RETURNING device.id
        ), spent AS (
          INSERT INTO device_token (hash, device_id, good_until)
          SELECT hash, id, until FROM exchange CROSS JOIN LATERAL (VALUES (current, ${now}::bigint), (previous, previous_until)) AS gone (hash, until)
          WHERE hash IS NOT NULL AND hash IS DISTINCT FROM kept
        ), noted AS (
          UPDATE journey_device SET issued_at = ${now}::bigint
          WHERE journey_id = ${journeyId} AND channel = ${channel} AND device_id IN (SELECT id FROM given)
        )
        SELECT EXISTS (SELECT 1 FROM given)
          -- Run again after its answer was lost on the way: it was given.
          OR EXISTS (SELECT 1 FROM held WHERE current = ${fresh}) AS given`.execute(db);
      return rows[0]?.given === true;
    },

    async seen({ deviceId, trustId, now, fingerprint, collectorVersion, country, simCheckedAt }) {
      await db
        // The device first, as binding locks them.
        .with('came', (cte) => cte
          .updateTable('device')
          .set((eb) => ({
            last_seen_at: eb.fn<number>('greatest', ['last_seen_at', eb.val(now)]),
            ...(fingerprint === undefined ? {} : { fingerprint: JSON.stringify(fingerprint) }),
            ...(collectorVersion === undefined ? {} : { collector_version: collectorVersion }),
            ...(country === undefined ? {} : { last_country: country }),
          }))
          .where('id', '=', deviceId)
          .returning('id'))
        .updateTable('device_trust')
        .from('came')
        .set((eb) => ({
          last_used_at: eb.fn<number>('greatest', ['last_used_at', eb.val(now)]),
          ...(simCheckedAt === undefined ? {} : { sim_checked_at: simCheckedAt }),
        }))
        .where('device_trust.id', '=', trustId)
        .whereRef('device_trust.device_id', '=', 'came.id')
        .execute();
    },

    async ofAccount(accountId) {
      const rows = await db
        .selectFrom('device')
        .innerJoin('device_trust', 'device_trust.device_id', 'device.id')
        .innerJoin('account', 'account.id', 'device_trust.account_id')
        .selectAll('device')
        .select(TRUST_COLUMNS)
        .where('device_trust.account_id', '=', accountId)
        .orderBy('device_trust.last_used_at', 'desc')
        .orderBy('device_trust.id')
        .execute();
      return rows.flatMap((row) => {
        const trust = trustOf(row);
        return trust ? [{ device: deviceOf(row), trust }] : [];
      });
    },

    async revoke({ accountId, deviceId, reason, now }) {
      const { numUpdatedRows } = await db
        // Whoever changes several trusts of a person holds the account: nobody waits for somebody who waits for them.
        .with('holder', (cte) => cte.selectFrom('account').select('id').where('id', '=', accountId).forNoKeyUpdate())
        .updateTable('device_trust')
        .from('holder')
        .set({ revoked_at: now, revoked_reason: reason })
        .whereRef('device_trust.account_id', '=', 'holder.id')
        .where('revoked_at', 'is', null)
        .$if(deviceId !== undefined, (query) => query.where('device_id', '=', deviceId ?? ''))
        .executeTakeFirstOrThrow();
      return Number(numUpdatedRows);
    },

    async bindHardware(deviceId, key) {
      await db.updateTable('device').set({ hardware: key === undefined ? null : JSON.stringify(key) }).where('id', '=', deviceId).execute();
    },

    async byHardwareSession(sessionId) {
      const row = await db.selectFrom('device').selectAll().where(sql<string>`hardware ->> 'sessionId'`, '=', sessionId).where('hardware', 'is not', null).executeTakeFirst();
      return row && deviceOf(row);
    },

    async byThumbprint(thumbprint, mode) {
      const row = await db.selectFrom('device').selectAll().where('mode', '=', mode).where('thumbprint', '=', thumbprint).executeTakeFirst();
      return row && deviceOf(row);
    },

    purge: (now, most) => purgeDevices(db, now, most),
  };
}

type Cookies = Pick<Selectable<Database['device']>, 'token_hash' | 'token_used_at' | 'previous_hash' | 'previous_until'> & { readonly spent_until: number | null };

/** Pure. */
function standingOf(row: Cookies, presented: string, now: number): TokenStanding {
  if (row.token_hash === presented) return 'current';
  const isPrevious = row.previous_hash === presented;
  if (now < ((isPrevious ? row.previous_until : row.spent_until) ?? 0)) return 'previous';
  return isPrevious && row.token_used_at === null ? 'lost' : 'replayed';
}

/** Delete devices that nobody trusts and nobody came with for long, in one bounded batch; gives how many went. */
export async function purgeDevices(db: Db, now: number, most: number): Promise<number> {
  const before = now - KEPT_MS;
  const { numAffectedRows } = await sql`
    DELETE FROM device
    -- Looked at again under the row's lock: a device that is bound meanwhile was seen just now.
    WHERE last_seen_at < ${before}
      AND id IN (
        SELECT old.id FROM device AS old
        WHERE old.last_seen_at < ${before}
          AND NOT EXISTS (SELECT 1 FROM device_trust WHERE device_id = old.id AND least(revoked_at, expires_at) >= ${before})
          -- A legal hold on somebody keeps their devices.
          AND NOT EXISTS (SELECT 1 FROM device_trust JOIN legal_hold ON kind = 'account' AND subject_id = account_id AND released_at IS NULL WHERE device_id = old.id)
          AND NOT EXISTS (SELECT 1 FROM journey_device WHERE device_id = old.id AND journey_id IN (SELECT journey_id FROM held_journey))
        ORDER BY old.last_seen_at LIMIT ${most}
      )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/**
 * End all that lets a person come back, devices and passkeys, as erasing an account does. Trust that has ended stays as it
 * ended. To be called in the transaction that changes the account, whose row it holds.
 */
export async function revokeAllOfAccount(tx: Db, accountId: string, reason: RevokeReason, now: number): Promise<void> {
  await tx.selectFrom('account').select('id').where('id', '=', accountId).forNoKeyUpdate().execute();
  const end = { revoked_at: now, revoked_reason: reason };
  await tx.updateTable('device_trust').set(end).where('account_id', '=', accountId).where('revoked_at', 'is', null).execute();
  await tx.updateTable('passkey').set(end).where('account_id', '=', accountId).where('revoked_at', 'is', null).execute();
}
