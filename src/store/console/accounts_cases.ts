/** Cases about somebody's journeys and reports, as far as accounts show and erase them. */
import { sql } from 'kysely';
import type { AccountView } from '../../admin/accounts/store.ts';
import type { Db } from '../database.ts';
import type { Tx } from './accounts_common.ts';

const MOST = 50;

/** Newest first, a bounded number. */
export async function caseRows(db: Db, accountId: string): Promise<AccountView['cases']> {
  const { rows } = await sql<{ id: string; status: string; opened_at: number; journey_id: string | null }>`
    SELECT review_case.id, review_case.status, review_case.opened_at, review_case.journey_id
    FROM review_case WHERE id IN (
      -- Two questions, each with its index: one with OR reads every case there is.
      SELECT id FROM review_case WHERE journey_id IN (SELECT id FROM journey WHERE account_id = ${accountId})
      UNION ALL SELECT id FROM review_case WHERE incident_id IN (SELECT id FROM incident WHERE account_id = ${accountId})
    )
    ORDER BY opened_at DESC, id DESC LIMIT ${MOST}`.execute(db);
  return rows.map((row) => ({ id: row.id, status: row.status, at: row.opened_at, journeyId: row.journey_id ?? undefined }));
}

/** Forget what reviewers wrote about these journeys, and the links by which a person was to go on; gives how many rows were touched. */
export async function eraseJourneyCases(tx: Tx, journeyIds: readonly string[]): Promise<number> {
  const ids = sql.join(journeyIds);
  const notes = await sql`UPDATE case_note SET sealed = NULL WHERE sealed IS NOT NULL AND case_id IN (SELECT id FROM review_case WHERE journey_id IN (${ids}))`.execute(tx);
  const links = await sql`DELETE FROM again_link WHERE journey_id IN (${ids})`.execute(tx);
  return Number(notes.numAffectedRows ?? 0n) + Number(links.numAffectedRows ?? 0n);
}

/** The same of cases about what was reported of an account. */
export async function eraseReportCases(tx: Tx, accountId: string): Promise<number> {
  const notes = await sql`UPDATE case_note SET sealed = NULL WHERE sealed IS NOT NULL
    AND case_id IN (SELECT review_case.id FROM review_case JOIN incident ON incident.id = incident_id WHERE account_id = ${accountId})`.execute(tx);
  return Number(notes.numAffectedRows ?? 0n);
}
