/**
 * The record of silent returns: one row for each decision that was used again, however often that was, so that it grows
 * with journeys and not with requests. A device is counted by the rows of its decisions.
 */
import { sql } from 'kysely';
import type { Place } from '../journey/store.ts';
import type { SilentReturns } from '../steps/trusted_device/silent.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import { deleteOldest } from './delete_oldest.ts';
import { PLANNED_ONCE } from './named.ts';
import { run } from './record_statements.ts';
import { placeOf, sightingRow, subjectHash } from './sightings.ts';

/** How long a row stays after its first return, milliseconds; where its decision is still used then, another is begun. */
export const RETURNS_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

interface Row {
  readonly before: number;
  readonly at: number | null;
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly radius_km: number | null;
  readonly network: NonNullable<Place['network']> | null;
}

/**
 * $1 journey, $2 device, $3 now, $4 since, $5 version of the risk policy, $6 country, $7 subject, $8 cookie's hash. A row counts the returns
 * since `window_at`, and begins anew where that is too long ago: cheaper than a row for each, and never more lenient than
 * twice the limit.
 */
const COUNT = `WITH others AS (
    SELECT coalesce(sum(in_window), 0)::int AS seen FROM silent_return WHERE device_id = $2 AND journey_id <> $1 AND window_at > $4),
  last AS (
    SELECT at, country, latitude, longitude, radius_km, network FROM sighting WHERE subject_hash = $7
      AND (network IS NULL OR network = 'access') ORDER BY at DESC LIMIT 1),
  came AS (
    INSERT INTO silent_return AS kept (journey_id, device_id, began_at, last_at, returns, window_at, in_window, policy_version, country, refused)
    VALUES ($1::text, $2::text, $3::bigint, $3::bigint, 1, $3::bigint, 1, $5::int, $6::text, 0)
    ON CONFLICT (journey_id) DO UPDATE SET
      last_at = greatest(kept.last_at, excluded.last_at), returns = kept.returns + 1,
      window_at = CASE WHEN kept.window_at > $4::bigint THEN kept.window_at ELSE excluded.window_at END,
      in_window = CASE WHEN kept.window_at > $4::bigint THEN kept.in_window + 1 ELSE 1 END,
      policy_version = excluded.policy_version, country = excluded.country
    RETURNING in_window),
  used AS (UPDATE device SET token_used_at = $3::bigint WHERE id = $2 AND token_hash = $8 AND token_used_at IS NULL)
  SELECT came.in_window - 1 + others.seen AS before, last.at, last.country, last.latitude, last.longitude, last.radius_km, last.network
  FROM came CROSS JOIN others LEFT JOIN last ON true ${PLANNED_ONCE}`;

export function silentReturns(db: Db, vault: Pick<Vault, 'keyedHash'>): SilentReturns {
  return {
    async count({ mode, journeyId, deviceId, presented, subject, policyVersion, country, now, since }) {
      const [row] = await run<Row>(db, COUNT, [journeyId, deviceId, now, since, policyVersion, country ?? null, subjectHash(vault, mode, subject), presented ?? null]);
      if (!row) throw new TypeError('a statement of one row gave none');
      return { before: Number(row.before), last: row.at === null ? undefined : { place: placeOf(row), at: Number(row.at) } };
    },
    async sighted(mode, subject, place, now) {
      await db.insertInto('sighting').values(sightingRow(vault, mode, { subject, place }, now)).execute();
    },
    async refused(journeyId, code, now) {
      await db.updateTable('silent_return').set((eb) => ({ refused: eb('refused', '+', 1), refusal: code, refused_at: now }))
        .where('journey_id', '=', journeyId).execute();
    },
  };
}

/** Deletes old rows in one bounded batch (those of one millisecond go together), and says how many. A legal hold keeps what it covers. */
export function purgeReturns(db: Db, now: number, most: number): Promise<number> {
  return deleteOldest(db, 'silent_return', 'began_at', sql`began_at < ${now - RETURNS_KEPT_MS} AND journey_id NOT IN (SELECT journey_id FROM held_journey)`, most);
}
