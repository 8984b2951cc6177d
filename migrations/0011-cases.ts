import { sql, type Kysely } from 'kysely';

/**
 * Review by people: a case for each journey that waits for one and for each incident, who works on it, what was said and
 * done. `journey.reviews` holds what people decided about a journey, in order; null where nobody was asked.
 *
 * A case goes with its journey or incident; purges leave both alone while it is not resolved. Whoever waits already gets
 * one here: journeys that were decided `review`, due a day after it as is the default, and incidents that are open.
 */
const STATEMENTS = [
  `ALTER TABLE journey ADD COLUMN reviews jsonb`,

  `CREATE TABLE review_case (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('review', 'incident')),
    status text NOT NULL CHECK (status IN ('open', 'waiting', 'resolved')),
    version integer NOT NULL,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    workflow_id text,
    journey_id text REFERENCES journey (id) ON DELETE CASCADE,
    incident_id text REFERENCES incident (id) ON DELETE CASCADE,
    opened_at bigint NOT NULL,
    due_at bigint NOT NULL,
    resolved_at bigint,
    resolution text,
    assignee_id text,
    assignee_name text,
    four_eyes boolean NOT NULL,
    proposal jsonb,
    CHECK ((kind = 'review') = (journey_id IS NOT NULL)),
    CHECK ((kind = 'incident') = (incident_id IS NOT NULL)),
    CHECK ((status = 'resolved') = (resolved_at IS NOT NULL))
  )`,
  `CREATE UNIQUE INDEX review_case_journey ON review_case (journey_id) WHERE journey_id IS NOT NULL`,
  `CREATE UNIQUE INDEX review_case_incident ON review_case (incident_id) WHERE incident_id IS NOT NULL`,
  `CREATE INDEX review_case_newest ON review_case (opened_at DESC, id DESC)`,
  `CREATE INDEX review_case_status ON review_case (status, opened_at DESC, id DESC)`,
  `CREATE INDEX review_case_assignee ON review_case (assignee_id, opened_at DESC, id DESC) WHERE status <> 'resolved'`,
  `CREATE INDEX review_case_workflow ON review_case (workflow_id, opened_at DESC, id DESC)`,
  `CREATE INDEX review_case_due ON review_case (due_at, id) WHERE status = 'open'`,

  `CREATE TABLE case_tag (
    tag text NOT NULL,
    case_id text NOT NULL REFERENCES review_case (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, case_id)
  )`,
  `CREATE INDEX case_tag_case ON case_tag (case_id)`,

  `CREATE TABLE case_note (
    id text PRIMARY KEY,
    case_id text NOT NULL REFERENCES review_case (id) ON DELETE CASCADE,
    at bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('comment', 'reason')),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    sealed bytea
  )`,
  `CREATE INDEX case_note_case ON case_note (case_id, at)`,

  `CREATE TABLE case_event (
    case_id text NOT NULL REFERENCES review_case (id) ON DELETE CASCADE,
    seq integer NOT NULL,
    at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    action text NOT NULL,
    details jsonb NOT NULL,
    PRIMARY KEY (case_id, seq)
  )`,

  `CREATE TABLE again_link (
    token_hash text PRIMARY KEY,
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    expires_at bigint NOT NULL,
    visit_hash text,
    used_at bigint
  )`,
  `CREATE INDEX again_link_journey ON again_link (journey_id)`,
  `CREATE UNIQUE INDEX again_link_visit ON again_link (visit_hash) WHERE visit_hash IS NOT NULL`,

  `INSERT INTO review_case (id, kind, status, version, mode, workflow_id, journey_id, incident_id, opened_at, due_at, four_eyes)
    SELECT gen_random_uuid()::text, 'review', 'open', 1, mode, workflow_id, id, NULL, decided_at, decided_at + 86400000, false
    FROM journey WHERE verdict = 'review' AND decided_at IS NOT NULL AND erased_at IS NULL`,
  `INSERT INTO review_case (id, kind, status, version, mode, workflow_id, journey_id, incident_id, opened_at, due_at, four_eyes)
    SELECT gen_random_uuid()::text, 'incident', 'open', 1, mode, NULL, NULL, id, at, at + 86400000, false
    FROM incident WHERE status = 'open'`,
  `INSERT INTO case_tag (tag, case_id)
    SELECT DISTINCT coalesce(nullif(left(trim(both '_' from regexp_replace(lower(said.code), '[^a-z0-9_]+', '_', 'g')), 60), ''), 'review'), said.case_id
    FROM (
      SELECT review_case.id AS case_id, given.one ->> 'code' AS code FROM review_case JOIN journey ON journey.id = review_case.journey_id,
        jsonb_array_elements(journey.decision -> 'reasons') AS given (one)
      UNION ALL
      SELECT review_case.id, incident.kind FROM review_case JOIN incident ON incident.id = review_case.incident_id
    ) AS said WHERE said.code IS NOT NULL`,
  `INSERT INTO case_event (case_id, seq, at, actor_kind, actor_id, actor_name, action, details)
    SELECT id, 1, opened_at, 'system', 'gatehouse', 'Gatehouse', 'opened',
      jsonb_build_object('tags', (SELECT coalesce(jsonb_agg(tag ORDER BY tag), '[]'::jsonb) FROM case_tag WHERE case_id = review_case.id))
    FROM review_case`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
