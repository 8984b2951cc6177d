/** What waits for somebody: asked at every look at the overview, so each count comes from an index or a small table. */
import { sql } from 'kysely';
import type { Attention } from '../../admin/overview/store.ts';
import type { Db } from '../database.ts';

/** Counted up to here; more is "many". */
const MOST = 1_000;

export async function attention(db: Db, now: number): Promise<Attention> {
  const { rows } = await sql<{ overdue: number; endpoints: number; feeds: number; live: boolean; notices: Attention['notices'] }>`
    SELECT (SELECT count(*)::int FROM (SELECT 1 FROM review_case WHERE status = 'open' AND due_at < ${now} LIMIT ${MOST}) AS late) AS overdue,
      (SELECT count(*)::int FROM webhook_endpoint WHERE disabled_because IN ('gone', 'failing')) AS endpoints,
      (SELECT count(*)::int FROM risk_feed WHERE fault IS NOT NULL) AS feeds,
      EXISTS (SELECT 1 FROM workflow_key WHERE mode = 'live' AND revoked_at IS NULL) AS live,
      (SELECT coalesce(json_agg(json_build_object('workflowId', workflow_id, 'rule', rule, 'count', count) ORDER BY last DESC, workflow_id, rule), '[]'::json) FROM (
        SELECT workflow_id, rule, count(*)::int AS count, max(at) AS last FROM (
          SELECT workflow_id, rule, at FROM automation_run WHERE notify AND dismissed_at IS NULL ORDER BY at DESC, id DESC LIMIT ${MOST}) AS newest
        GROUP BY workflow_id, rule) AS by_rule) AS notices`.execute(db);
  const [row] = rows;
  return { overdueCases: row?.overdue ?? 0, disabledEndpoints: row?.endpoints ?? 0, faultyFeeds: row?.feeds ?? 0, liveKeys: row?.live ?? false, notices: row?.notices ?? [] };
}

/** Ids of all workflows, for filters. */
export async function workflowIds(db: Db): Promise<readonly string[]> {
  return (await db.selectFrom('workflow').select('id').orderBy('id').execute()).map(({ id }) => id);
}
