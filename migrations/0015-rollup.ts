import { sql, type Kysely } from 'kysely';

/** The overview's roll-up: counts by hour, so that charts never read journeys. */
const STATEMENTS = [
  `CREATE TABLE rollup (
    hour bigint NOT NULL,
    workflow_id text NOT NULL,
    mode text NOT NULL,
    metric text NOT NULL,
    key text NOT NULL,
    count bigint NOT NULL,
    total bigint NOT NULL,
    PRIMARY KEY (hour, workflow_id, mode, metric, key)
  )`,
  `CREATE TABLE rollup_state (
    id text PRIMARY KEY,
    until bigint NOT NULL,
    refreshed_at bigint NOT NULL
  )`,
  `CREATE INDEX journey_decided ON journey (decided_at) WHERE decided_at IS NOT NULL`,
  `CREATE INDEX message_created ON message (created_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
