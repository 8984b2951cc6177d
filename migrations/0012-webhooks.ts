import { sql, type Kysely } from 'kysely';

/** Webhooks: what happened, to be told to whoever asked. */
const STATEMENTS = [
  `CREATE TABLE webhook_event (
    id text PRIMARY KEY,
    type text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    workflow_id text,
    client_id text,
    journey_id text,
    data jsonb NOT NULL,
    at bigint NOT NULL,
    fanned_at bigint
  )`,
  `CREATE INDEX webhook_event_waiting ON webhook_event (at) WHERE fanned_at IS NULL`,
  `CREATE INDEX webhook_event_at ON webhook_event (at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
