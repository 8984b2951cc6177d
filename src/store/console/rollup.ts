/**
 * Counts by hour. The last hours are counted anew each time, whole and in one transaction, so that counting twice, late
 * commits and a crash in between end in the same numbers; older hours stay as they were counted.
 */
import { sql } from 'kysely';
import { METRICS, TIME_BUCKETS, type DecisionsAt, type Metric, type OverviewDesk, type OverviewQuestion } from '../../admin/overview/store.ts';
import type { Db } from '../database.ts';

export const HOUR_MS = 3_600_000;
/** Hours before the present one that are counted again: messages are reported late, and commits are. */
const AGAIN = 3;
/** Hours that one run catches up on, so that a long stop does not make one long run. */
const MOST_HOURS = 72;
/** No process counts if another did within this time, milliseconds. */
const PAUSE_MS = 50_000;

const hourOf = (at: number): number => Math.floor(at / HOUR_MS) * HOUR_MS;

/**
 * Count what is new.
 * @returns the hours counted; 0 where another process was at it
 */
export async function refreshRollup(db: Db, now: number): Promise<number> {
  await db.insertInto('rollup_state').values({ id: 'hours', until: 0, refreshed_at: 0 }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
  const claimed = await db.updateTable('rollup_state').set({ refreshed_at: now }).where('id', '=', 'hours').where('refreshed_at', '<=', now - PAUSE_MS)
    .returning('until').executeTakeFirst();
  if (!claimed) return 0;
  const first = claimed.until === 0 ? await earliest(db, now) : hourOf(Math.min(claimed.until, now)) - AGAIN * HOUR_MS;
  const last = Math.min(hourOf(now), first + (MOST_HOURS - 1) * HOUR_MS);
  let hours = 0;
  for (let hour = first; hour <= last; hour += HOUR_MS) {
    await countHour(db, hour);
    hours += 1;
  }
  await db.updateTable('rollup_state').set({ until: last === hourOf(now) ? now : last + HOUR_MS }).where('id', '=', 'hours').execute();
  return hours;
}

async function earliest(db: Db, now: number): Promise<number> {
  const row = await db.selectFrom('journey').select('created_at').orderBy('created_at').limit(1).executeTakeFirst();
  return hourOf(Math.min(row?.created_at ?? now, now));
}

async function countHour(db: Db, hour: number): Promise<void> {
  const end = hour + HOUR_MS;
  const bucket = sql.join(TIME_BUCKETS.map((seconds) => sql`WHEN decided_at - created_at < ${seconds * 1000}::bigint THEN ${String(seconds)}`), sql` `);
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('rollup').where('hour', '=', hour).execute();
    await sql`
      WITH decided AS (
        SELECT workflow_id, mode, created_at, decided_at, results, decision FROM journey WHERE decided_at >= ${hour} AND decided_at < ${end}
      ), counted AS (
        SELECT workflow_id, mode, 'started' AS metric, '' AS key, 0::bigint AS took FROM journey WHERE created_at >= ${hour} AND created_at < ${end}
        UNION ALL SELECT workflow_id, mode, 'decided', decision ->> 'verdict', decided_at - created_at FROM decided
        UNION ALL SELECT workflow_id, mode, 'time', CASE ${bucket} ELSE 'more' END, 0 FROM decided WHERE decision ->> 'verdict' = 'approve'
        UNION ALL SELECT workflow_id, mode, 'reason', coalesce(decision -> 'reasons' -> 0 ->> 'code', 'none'), 0 FROM decided WHERE decision ->> 'verdict' = 'deny'
        UNION ALL SELECT workflow_id, mode, 'drop', coalesce(decision -> 'reasons' -> 0 -> 'detail' ->> 'node', 'unknown'), 0 FROM decided
          WHERE decision -> 'reasons' -> 0 ->> 'code' IN ('journey_expired', 'cancelled_by_person')
        UNION ALL SELECT workflow_id, mode, 'step', (one ->> 'step') || ':' || (one ->> 'outcome'), 0 FROM decided, jsonb_array_elements(results) AS one
        UNION ALL SELECT journey.workflow_id, journey.mode, 'message', message.status, 0 FROM message JOIN journey ON journey.id = message.journey_id
          WHERE message.created_at >= ${hour} AND message.created_at < ${end}
      )
      INSERT INTO rollup (hour, workflow_id, mode, metric, key, count, total)
      SELECT ${hour}::bigint, workflow_id, mode, metric, coalesce(key, 'unknown'), count(*), sum(took) FROM counted GROUP BY workflow_id, mode, metric, coalesce(key, 'unknown')`.execute(tx);
  });
}

export function overviewDesk(db: Db): OverviewDesk {
  const chosen = ({ from, until, workflowId, mode }: OverviewQuestion) => {
    const query = db.selectFrom('rollup').where('hour', '>=', from).where('hour', '<', until).where('mode', '=', mode);
    return workflowId === undefined ? query : query.where('workflow_id', '=', workflowId);
  };
  return {
    async counts(question) {
      // Each metric is named, so that the indexes that begin with it are walked for their hours alone.
      const rows = await chosen(question).where('metric', 'in', [...METRICS]).select(({ fn }) => ['metric', 'key', fn.sum<number>('count').as('count'), fn.sum<number>('total').as('total')])
        .groupBy(['metric', 'key']).orderBy('metric').orderBy('key').execute();
      return rows.map((row) => ({ metric: row.metric as Metric, key: row.key, count: Number(row.count), total: Number(row.total) }));
    },
    async decisions(question, stretchMs) {
      // Cut in here: the stretches of a chart begin where its question does.
      const rows = await chosen(question).select(({ fn }) => ['hour', 'key', fn.sum<number>('count').as('count')])
        .where('metric', '=', 'decided').groupBy(['hour', 'key']).execute();
      const found = new Map<number, { approve: number; deny: number; review: number }>();
      for (const { hour, key, count } of rows) {
        const at = question.from + Math.floor((hour - question.from) / stretchMs) * stretchMs;
        const sums = found.get(at) ?? { approve: 0, deny: 0, review: 0 };
        if (key === 'approve' || key === 'deny' || key === 'review') sums[key] += Number(count);
        found.set(at, sums);
      }
      return [...found].map(([at, sums]): DecisionsAt => ({ at, ...sums })).toSorted((a, b) => a.at - b.at);
    },
    async countedUntil() {
      const row = await db.selectFrom('rollup_state').select('until').where('id', '=', 'hours').executeTakeFirst();
      return row && row.until > 0 ? row.until : undefined;
    },
  };
}
