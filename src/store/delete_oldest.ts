import { sql, type RawBuilder } from 'kysely';
import type { Db } from './database.ts';

/**
 * Delete the oldest of the rows that `which` names, in one bounded batch, and say how many went. Rows of one millisecond
 * go together, so that a table without a key of its own can be purged by its time alone.
 *
 * @param column a time, epoch milliseconds, with an index
 */
export async function deleteOldest(db: Db, table: string, column: string, which: RawBuilder<unknown>, most: number): Promise<number> {
  const at = sql.ref(column);
  const { numAffectedRows } = await sql`DELETE FROM ${sql.table(table)} WHERE ${which} AND ${at} <= (
    SELECT max(at) FROM (SELECT ${at} AS at FROM ${sql.table(table)} WHERE ${which} ORDER BY ${at} LIMIT ${most}) AS oldest
  )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
