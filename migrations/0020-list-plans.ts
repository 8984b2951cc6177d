import { sql, type Kysely } from 'kysely';

/**
 * What the benchmark of the console's lists found missing: refused entries of the audit log, its entries of some days in
 * the order of their time, and the roll-up read without its rows, for all workflows or one.
 */
const STATEMENTS = [
  `CREATE INDEX audit_entry_refused ON audit_entry (seq DESC) WHERE outcome = 'refused'`,
  `DROP INDEX audit_entry_at`,
  `CREATE INDEX audit_entry_at ON audit_entry (at DESC, seq DESC)`,
  `CREATE INDEX rollup_of_mode ON rollup (mode, metric, hour) INCLUDE (workflow_id, key, count, total)`,
  `CREATE INDEX rollup_of_workflow ON rollup (workflow_id, mode, metric, hour) INCLUDE (key, count, total)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
