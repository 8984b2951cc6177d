import { sql, type Kysely } from 'kysely';

/**
 * Finding journeys: what they came to as columns, and by whom they can be found. `journey_newest` holds everything that
 * lists can be narrowed by, so that any combination is answered by walking it without touching the rows; the others
 * find what is rare at once. People are found by keyed hashes. Of earlier journeys there is one already, the application's
 * name for its user where an approval was tied to it; phones and emails cannot be computed here.
 */
const STATEMENTS = [
  `ALTER TABLE journey ADD COLUMN verdict text`,
  `ALTER TABLE journey ADD COLUMN reason text`,
  `ALTER TABLE journey ADD COLUMN last_step text`,
  `UPDATE journey SET verdict = decision ->> 'verdict', reason = decision -> 'reasons' -> 0 ->> 'code', last_step = results -> -1 ->> 'step'`,
  `CREATE INDEX journey_newest ON journey (created_at DESC, id DESC) INCLUDE (workflow_id, client_id, mode, verdict, reason, last_step)`,
  `DROP INDEX journey_created`,
  `CREATE INDEX journey_of_workflow ON journey (workflow_id, created_at DESC, id DESC)`,
  `CREATE INDEX journey_of_key ON journey (client_id, created_at DESC, id DESC)`,
  `CREATE INDEX journey_of_verdict ON journey (verdict, created_at DESC, id DESC)`,
  `CREATE INDEX journey_of_reason ON journey (reason, created_at DESC, id DESC) WHERE reason IS NOT NULL`,
  `CREATE INDEX journey_of_step ON journey (last_step, created_at DESC, id DESC)`,
  `CREATE TABLE journey_person (
    kind text NOT NULL CHECK (kind IN ('phone', 'email', 'credential')),
    hash text NOT NULL,
    created_at bigint NOT NULL,
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, hash, created_at, journey_id)
  )`,
  `CREATE INDEX journey_person_journey ON journey_person (journey_id)`,
  `INSERT INTO journey_person (kind, hash, created_at, journey_id)
    SELECT 'credential', credential_hash, created_at, id FROM journey WHERE credential_hash IS NOT NULL`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
