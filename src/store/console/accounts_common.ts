/** What the files of accounts share: what they need, how an account stands, and the gate that rare changes pass one by one. */
import { sql, type Transaction } from 'kysely';
import type { AccountRow, AccountState, Hold } from '../../admin/accounts/store.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import type { KeptImages } from '../images.ts';
import type { LogoutJobs } from '../logouts.ts';
import type { Database } from '../tables.ts';
import { allOf } from './accounts_kin.ts';

export interface AccountDeps {
  readonly db: Db;
  readonly vault: Vault;
  readonly images: Pick<KeptImages, 'purge' | 'reveal' | 'ofJourney'>;
  /** Where applications wait to be told that somebody was signed out; absent where nobody is told. */
  readonly logouts?: Pick<LogoutJobs, 'sendEnd'>;
  readonly now: () => number;
}

export type Tx = Transaction<Database>;

/**
 * Lock the one row that merging, erasing and holding lock before anything else. They are rare, and of two at once the
 * second sees what the first did. Approvals never take it: they lock a shell, then the account it leads to, as is done here.
 */
export async function passGate(tx: Tx): Promise<void> {
  await tx.selectFrom('account_gate').select('id').forUpdate().execute();
}

/** Columns that {@link accountRow} reads. */
export function accountRows(db: Db) {
  return db
    .selectFrom('account')
    .leftJoin('account_erasure', 'account_erasure.account_id', 'account.id')
    .select([
      'account.id', 'account.mode', 'account.created_at', 'account.erased_at', 'account.merged_into', 'account.merged_at',
      'account_erasure.begun_at', 'account_erasure.finished_at', 'account_erasure.counts',
    ])
    .select(sql<boolean>`EXISTS (SELECT 1 FROM legal_hold WHERE kind = 'account' AND subject_id = account.id AND released_at IS NULL)`.as('held'));
}

interface Columns {
  readonly id: string;
  readonly mode: 'test' | 'live' | null;
  readonly created_at: number;
  readonly erased_at: number | null;
  readonly merged_into: string | null;
  readonly begun_at: number | null;
  readonly finished_at: number | null;
  readonly held: boolean;
}

/** Pure. */
export function accountRow(row: Columns): AccountRow {
  return { id: row.id, mode: row.mode ?? undefined, state: stateOf(row), held: row.held, createdAt: row.created_at };
}

function stateOf({ merged_into: mergedInto, erased_at: erasedAt, begun_at: begunAt, finished_at: finishedAt }: Columns): AccountState {
  if (mergedInto !== null) return 'merged';
  if (erasedAt === null) return 'active';
  return begunAt !== null && finishedAt === null ? 'erasing' : 'erased';
}

/** Holds on an account, and those in force on its journeys. Newest first. */
export async function holdsOf(db: Db, accountId: string): Promise<readonly Hold[]> {
  const own = await db.selectFrom('legal_hold').selectAll().where('kind', '=', 'account').where('subject_id', '=', accountId).orderBy('placed_at', 'desc').orderBy('id').execute();
  const theirs = await db.selectFrom('legal_hold').selectAll('legal_hold')
    .where('legal_hold.kind', '=', 'journey').where('legal_hold.released_at', 'is', null).where(sql<boolean>`subject_id IN (${allOf(accountId)})`)
    .orderBy('placed_at', 'desc').orderBy('legal_hold.id').execute();
  return [...own, ...theirs].map(holdOf);
}

/** Pure. */
export function holdOf(row: Database['legal_hold']): Hold {
  return {
    id: row.id, kind: row.kind, subjectId: row.subject_id, reason: row.reason, placedBy: row.placed_by, placedAt: row.placed_at,
    released: row.released_at === null ? undefined : { by: row.released_by ?? '', at: row.released_at, reason: row.released_reason ?? '' },
  };
}

/** Where something is told: a workflow and a key, with the transactions by which its application knows the person. */
export interface Told {
  readonly workflowId: string;
  readonly clientId: string;
  readonly mode: 'test' | 'live';
  readonly transactionIds: readonly string[];
}

/** Transactions told in one event; whoever had more knows the person by any of them. */
export const MOST_TRANSACTIONS = 100;

/** Everybody who has to be told what becomes of an account. */
export async function toldOf(tx: Tx, accountId: string): Promise<readonly Told[]> {
  const { rows } = await sql<{ workflow_id: string; client_id: string; mode: 'test' | 'live'; ids: readonly string[] }>`
    SELECT workflow_id, client_id, mode, json_agg(id ORDER BY created_at DESC) FILTER (WHERE nr <= ${MOST_TRANSACTIONS}) AS ids FROM (
      SELECT workflow_id, client_id, mode, id, created_at, row_number() OVER (PARTITION BY workflow_id, client_id, mode ORDER BY created_at DESC) AS nr
      FROM journey WHERE account_id = ${accountId}
    ) AS theirs GROUP BY workflow_id, client_id, mode ORDER BY workflow_id, client_id`.execute(tx);
  return rows.map((row) => ({ workflowId: row.workflow_id, clientId: row.client_id, mode: row.mode, transactionIds: row.ids }));
}

/**
 * Have applications told that what they were granted ends, by one device or at all. To be called before it is deleted. What
 * is told is written down in this transaction, and told once it is in force.
 */
export async function tellOfEnd({ logouts }: AccountDeps, tx: Tx, accountId: string, deviceId?: string): Promise<void> {
  await logouts?.sendEnd(tx, accountId, deviceId);
}

/** Delete every grant, session and token of an account; gives how many rows went. */
export async function endRecords(tx: Tx, accountId: string): Promise<number> {
  const records = await tx.deleteFrom('oidc_record').where('account_id', '=', accountId).executeTakeFirst();
  const outcomes = await tx.deleteFrom('grant_outcome').where('account_id', '=', accountId).executeTakeFirst();
  return Number(records.numDeletedRows + outcomes.numDeletedRows);
}
