/**
 * Velocity counting over `velocity_event`: one narrow row per event and dimension, keys kept only as keyed hashes. Rows
 * are written by the engine in the transaction of the change they belong to; here they are built, counted and purged.
 */
import { sql, type Insertable, type RawBuilder } from 'kysely';
import { LONG_DIMENSIONS, VELOCITY_RULES, longWindowMs, storedDimension, type VelocityCounts, type VelocityQuestion } from '../journey/rules/velocity.ts';
import type { Personal } from '../personal.ts';
import type { Db } from './database.ts';
import { deleteOldest } from './delete_oldest.ts';
import type { Database } from './tables.ts';

/** Keyed hash of a value within a dimension: the same value in two dimensions hashes differently. */
export type VelocityHash = (dimension: string, value: string) => Buffer;

/**
 * A journey counts one key at most this often (`piiAttempts` allows ten), so that this many rows per wanted journey are
 * enough to find the wanted number of different ones.
 */
const ROWS_PER_JOURNEY = 10;

/**
 * As {@link ROWS_PER_JOURNEY}, for different peers and for failures: so many rows for each that is wanted, and so many more,
 * for a few wanted ones must not be pushed out of sight by what was taken back.
 */
const ROWS_PER_PEER = 20;
const ROWS_BESIDES = 200;

/** Rows for the things that a change counts. */
export function velocityRows(
  counts: readonly { readonly dimension: string; readonly key: Personal<string>; readonly peer?: Personal<string> }[],
  of: { readonly journeyId: string; readonly at: number },
  hash: VelocityHash,
): Insertable<Database['velocity_event']>[] {
  return counts.map(({ dimension, key, peer }) => ({
    dimension,
    key_hash: hash(dimension, key.open()),
    at: of.at,
    journey_id: of.journeyId,
    // Only ever compared under one key, so it needs no hash of its own kind beyond the dimension's.
    peer_hash: peer === undefined ? null : hash(`${dimension}:peer`, peer.open()),
  }));
}

function counting({ rule, dimension, key, since, cap, of }: VelocityQuestion, journeyId: string, hash: VelocityHash) {
  const matching = sql`FROM velocity_event WHERE dimension = ${dimension}
    AND key_hash = ${hash(dimension, key.open())} AND at > ${since}`;
  if (of === 'events') {
    return sql`SELECT ${rule}::text AS rule, (SELECT count(*) FROM (SELECT 1 ${matching} LIMIT ${cap}) AS seen) AS seen`;
  }
  if (of === 'peers') {
    return sql`SELECT ${rule}::text AS rule, (SELECT count(DISTINCT peer_hash) FROM (
      SELECT DISTINCT ON (journey_id) peer_hash FROM (
        SELECT journey_id, peer_hash, at ${matching} ORDER BY at DESC LIMIT ${cap * ROWS_PER_PEER + ROWS_BESIDES}
      ) AS newest ORDER BY journey_id, at DESC, peer_hash NULLS FIRST
    ) AS seen) AS seen`;
  }
  if (of === 'failures') {
    return sql`SELECT ${rule}::text AS rule, (SELECT greatest(0, count(*) FILTER (WHERE peer_hash IS NULL) - count(peer_hash)
      - (count(*) FILTER (WHERE journey_id = ${journeyId} AND peer_hash IS NULL) > count(*) FILTER (WHERE journey_id = ${journeyId} AND peer_hash IS NOT NULL))::int
    ) FROM (SELECT journey_id, peer_hash ${matching} ORDER BY at DESC LIMIT ${cap * ROWS_PER_PEER + ROWS_BESIDES}) AS newest) AS seen`;
  }
  return sql`SELECT ${rule}::text AS rule, (SELECT count(DISTINCT journey_id) FROM (
    SELECT journey_id ${matching} AND journey_id <> ${journeyId} ORDER BY at DESC LIMIT ${cap * ROWS_PER_JOURNEY}
  ) AS seen) AS seen`;
}

/**
 * The counts as one query of columns `rule` and `seen`, to be run or built into a larger statement; `seen` may be above
 * the cap. There must be at least one question.
 */
export function velocityQuery(questions: readonly VelocityQuestion[], journeyId: string, hash: VelocityHash): RawBuilder<{ rule: string; seen: number }> {
  return sql<{ rule: string; seen: number }>`${sql.join(questions.map((question) => counting(question, journeyId, hash)), sql` UNION ALL `)}`;
}

/**
 * Counts all rules in one statement. Each part stops at its cap, so that a key under attack costs no more than a quiet
 * one; `UNION ALL` rather than a lateral join, because distributed engines plan the parts with their own constants.
 */
export function velocityCounts(db: Db, hash: VelocityHash): VelocityCounts {
  return {
    async count(questions, journeyId) {
      if (questions.length === 0) return new Map();
      const { rows } = await velocityQuery(questions, journeyId, hash).execute(db);
      const caps = new Map(questions.map(({ rule, cap }) => [rule, cap]));
      return new Map(rows.map(({ rule, seen }) => [rule, Math.min(Number(seen), caps.get(rule) ?? 0)]));
    },
  };
}

/** How far back upkeep looks for rows to delete that lie among others which are kept for longer, milliseconds. */
const SLICE_MS = 7 * 24 * 60 * 60 * 1000;

/** A legal hold keeps what its journeys counted. */
const NOT_HELD = sql`journey_id NOT IN (SELECT journey_id FROM held_journey)`;

/** Dimensions as they are stored that are kept for longer. */
const SPARED = LONG_DIMENSIONS.flatMap((dimension) => [storedDimension('live', dimension), storedDimension('test', dimension)]);

/**
 * Deletes rows older than a time, at most about `batch` of them (rows of the same millisecond go together), and says how
 * many: call again until it is 0. Rows of {@link LONG_DIMENSIONS} stay for `longWindowMs(VELOCITY_RULES)` in any case:
 * the others are looked for in the slice that just became too old, so that a year of spared rows is not read each time,
 * and what a long standstill left in front of it goes when the spared do.
 *
 * @param before epoch milliseconds
 * @param now epoch milliseconds, for the long ones; without it nothing is spared
 */
export async function purgeVelocity(db: Db, before: number, batch = 5_000, now?: number): Promise<number> {
  const long = now === undefined ? before : Math.min(before, now - longWindowMs(VELOCITY_RULES));
  const oldest = await deleteOldest(db, 'velocity_event', 'at', sql`at < ${long} AND ${NOT_HELD}`, batch);
  if (now === undefined || oldest >= batch) return oldest;
  return oldest + (await deleteOldest(db, 'velocity_event', 'at', sql`at < ${before} AND at >= ${before - SLICE_MS} AND dimension NOT IN (${sql.join(SPARED)}) AND ${NOT_HELD}`, batch));
}
