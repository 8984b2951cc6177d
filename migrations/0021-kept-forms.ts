import { sql, type Kysely } from 'kysely';

/** Forms of the console that came when their sign-in had ended: sealed, for some minutes, until their author signs in again. */
const STATEMENTS = [
  `CREATE TABLE staff_kept_form (
    hash text PRIMARY KEY,
    staff_id text NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    sealed bytea NOT NULL,
    kept_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    taken_until bigint
  )`,
  `CREATE INDEX staff_kept_form_staff ON staff_kept_form (staff_id, kept_at DESC, hash)`,
  `CREATE INDEX staff_kept_form_expires ON staff_kept_form (expires_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
