/**
 * Velocity counting over `velocity_event`: one narrow row per event and dimension, keys kept only as keyed hashes. Rows
 * are written by the engine in the transaction of the change they belong to; here they are built, counted and purged.
 */
import { sql, type Insertable } from 'kysely';
import type { VelocityCounts, VelocityQuestion } from '../journey/rules/velocity.ts';
import type { Personal } from '../personal.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** Keyed hash of a value within a dimension: the same value in two dimensions hashes differently. */
export type VelocityHash = (dimension: string, value: string) => Buffer;

/**
 * A journey counts one key at most this often (`piiAttempts` allows ten), so that this many rows per wanted journey are
 * enough to find the wanted number of different ones.
 */
const ROWS_PER_JOURNEY = 10;

/** Rows for the things that a change counts. */
export function velocityRows(
  counts: readonly { readonly dimension: string; readonly key: Personal<string> }[],
  of: { readonly journeyId: string; readonly at: number },
  hash: VelocityHash,
): Insertable<Database['velocity_event']>[] {
  return counts.map(({ dimension, key }) => ({
    dimension,
    key_hash: hash(dimension, key.open()),
    at: of.at,
    journey_id: of.journeyId,
  }));
}

function counting({ rule, dimension, key, since, cap, of }: VelocityQuestion, journeyId: string, hash: VelocityHash) {
  const matching = sql`FROM velocity_event WHERE dimension = ${dimension}
    AND key_hash = ${hash(dimension, key.open())} AND at > ${since}`;
  if (of === 'events') {
    return sql`SELECT ${rule}::text AS rule, (SELECT count(*) FROM (SELECT 1 ${matching} LIMIT ${cap}) AS seen) AS seen`;
  }
  return sql`SELECT ${rule}::text AS rule, (SELECT count(DISTINCT journey_id) FROM (
    SELECT journey_id ${matching} AND journey_id <> ${journeyId} ORDER BY at DESC LIMIT ${cap * ROWS_PER_JOURNEY}
  ) AS seen) AS seen`;
}

/**
 * Counts all rules in one statement. Each part stops at its cap, so that a key under attack costs no more than a quiet
 * one; `UNION ALL` rather than a lateral join, because distributed engines plan the parts with their own constants.
 */
export function velocityCounts(db: Db, hash: VelocityHash): VelocityCounts {
  return {
    async count(questions, journeyId) {
      if (questions.length === 0) return new Map();
      const parts = questions.map((question) => counting(question, journeyId, hash));
      const { rows } = await sql<{ rule: string; seen: number }>`${sql.join(parts, sql` UNION ALL `)}`.execute(db);
      const caps = new Map(questions.map(({ rule, cap }) => [rule, cap]));
      return new Map(rows.map(({ rule, seen }) => [rule, Math.min(Number(seen), caps.get(rule) ?? 0)]));
    },
  };
}

/**
 * Deletes rows older than a time, at most about `batch` of them (rows of the same millisecond go together), and says how
 * many: call again until it is 0.
 *
 * @param before epoch milliseconds
 */
export async function purgeVelocity(db: Db, before: number, batch = 5_000): Promise<number> {
  const { numAffectedRows } = await sql`DELETE FROM velocity_event WHERE at <= (
    SELECT max(at) FROM (SELECT at FROM velocity_event WHERE at < ${before} ORDER BY at LIMIT ${batch}) AS oldest
  )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
