import { sql, type Kysely } from 'kysely';

/**
 * Automation: which rules ran for which journey, each once; the notices that they left; cases for looking afterwards,
 * beside the one of a review; and events that are for one endpoint alone.
 *
 * The checks of cases that go were named by PostgreSQL: that of the kind, and the first two of the table.
 */
const STATEMENTS = [
  `ALTER TABLE review_case DROP CONSTRAINT review_case_kind_check`,
  `ALTER TABLE review_case DROP CONSTRAINT review_case_check`,
  `ALTER TABLE review_case DROP CONSTRAINT review_case_check1`,
  `ALTER TABLE review_case ADD CONSTRAINT review_case_kind CHECK (kind IN ('review', 'incident', 'follow_up'))`,
  `ALTER TABLE review_case ADD CONSTRAINT review_case_about_journey CHECK ((kind IN ('review', 'follow_up')) = (journey_id IS NOT NULL))`,
  `ALTER TABLE review_case ADD CONSTRAINT review_case_about_incident CHECK ((kind = 'incident') = (incident_id IS NOT NULL))`,
  `DROP INDEX review_case_journey`,
  `CREATE UNIQUE INDEX review_case_journey ON review_case (journey_id, kind) WHERE journey_id IS NOT NULL`,

  `CREATE TABLE automation_run (
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    rule text NOT NULL,
    id text NOT NULL UNIQUE,
    workflow_id text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    verdict text NOT NULL,
    at bigint NOT NULL,
    case_id text REFERENCES review_case (id) ON DELETE SET NULL,
    notify boolean NOT NULL,
    dismissed_at bigint,
    PRIMARY KEY (journey_id, rule)
  )`,
  `CREATE INDEX automation_run_notices ON automation_run (at DESC, id DESC) WHERE notify AND dismissed_at IS NULL`,
  `CREATE INDEX automation_run_notices_rule ON automation_run (workflow_id, rule, at DESC, id DESC) WHERE notify AND dismissed_at IS NULL`,
  `CREATE INDEX automation_run_case ON automation_run (case_id) WHERE case_id IS NOT NULL`,

  `ALTER TABLE webhook_event ADD COLUMN endpoint_id text`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
