import { sql, type Kysely } from 'kysely';

/** Sessions of the simulated document vendor, so that a journey under a `test` key may change its gateway process. */
const STATEMENTS = [
  `CREATE TABLE sandbox_session (
    id text PRIMARY KEY,
    sealed bytea NOT NULL,
    at bigint NOT NULL
  )`,
  `CREATE INDEX sandbox_session_age ON sandbox_session (at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
