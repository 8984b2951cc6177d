import { sql, type Kysely } from 'kysely';

/** Workflow keys in the console: rotation with an overlap, a number against lost updates, lists, and when a key was used. */
const STATEMENTS = [
  `ALTER TABLE workflow_key
    ADD COLUMN revision integer NOT NULL DEFAULT 0,
    ADD COLUMN secret_changed_at bigint,
    ADD COLUMN previous_secret_hash text,
    ADD COLUMN previous_secret_until bigint,
    ADD CONSTRAINT workflow_key_overlap CHECK ((previous_secret_hash IS NULL) = (previous_secret_until IS NULL))`,
  `CREATE INDEX workflow_key_created ON workflow_key (created_at DESC, client_id DESC)`,
  `CREATE INDEX workflow_key_workflow ON workflow_key (workflow_id, created_at DESC, client_id DESC)`,
  // Apart from the key itself, whose row every request reads.
  `CREATE TABLE workflow_key_use (
    client_id text PRIMARY KEY REFERENCES workflow_key (client_id) ON DELETE CASCADE,
    last_used_at bigint,
    previous_used_at bigint
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
