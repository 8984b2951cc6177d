import { sql, type Kysely } from 'kysely';

/**
 * The audit log: entries are only ever inserted, each chained to the one before it. `entry` is the text that the code
 * covers; the other columns repeat parts of it for searching.
 */
const STATEMENTS = [
  `CREATE TABLE audit_entry (
    seq bigint PRIMARY KEY,
    at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
    entry text NOT NULL,
    code text NOT NULL
  )`,
  `CREATE INDEX audit_entry_action ON audit_entry (action, seq DESC)`,
  `CREATE INDEX audit_entry_actor ON audit_entry (actor_id, seq DESC)`,
  `CREATE INDEX audit_entry_target ON audit_entry (target_kind, target_id, seq DESC)`,
  `CREATE INDEX audit_entry_at ON audit_entry (at)`,
  `CREATE TABLE audit_head (
    id text PRIMARY KEY,
    seq bigint NOT NULL,
    code text NOT NULL
  )`,
  `INSERT INTO audit_head (id, seq, code) VALUES ('head', 0, '')`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
