/** What waits for somebody: asked at every look at the overview, so each count comes from an index or a small table. */
import { sql } from 'kysely';
import type { Attention } from '../../admin/overview/store.ts';
import type { Db } from '../database.ts';

/** Counted up to here; more is "many". */
const MOST = 1_000;

export async function attention(db: Db, now: number): Promise<Attention> {
  const { rows } = await sql<{ overdue: number; endpoints: number; feeds: number; live: boolean }>`
    SELECT (SELECT count(*)::int FROM (SELECT 1 FROM review_case WHERE status = 'open' AND due_at < ${now} LIMIT ${MOST}) AS late) AS overdue,
      (SELECT count(*)::int FROM webhook_endpoint WHERE disabled_because IN ('gone', 'failing')) AS endpoints,
      (SELECT count(*)::int FROM risk_feed WHERE fault IS NOT NULL) AS feeds,
      EXISTS (SELECT 1 FROM workflow_key WHERE mode = 'live' AND revoked_at IS NULL) AS live`.execute(db);
  const [row] = rows;
  return { overdueCases: row?.overdue ?? 0, disabledEndpoints: row?.endpoints ?? 0, faultyFeeds: row?.feeds ?? 0, liveKeys: row?.live ?? false };
}

/** Ids of all workflows, for filters. */
export async function workflowIds(db: Db): Promise<readonly string[]> {
  return (await db.selectFrom('workflow').select('id').orderBy('id').execute()).map(({ id }) => id);
}
