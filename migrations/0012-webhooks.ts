import { sql, type Kysely } from 'kysely';

/**
 * Webhooks: what happened, whom it is told to, and how every telling went. A secret is sealed, because it signs; of an
 * answer only its beginning is kept, sealed as well, because it is the other side's text.
 */
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
  `CREATE INDEX webhook_event_journey ON webhook_event (journey_id) WHERE journey_id IS NOT NULL`,
  `CREATE TABLE webhook_endpoint (
    id text PRIMARY KEY,
    url text NOT NULL,
    description text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    workflow_id text,
    events jsonb NOT NULL,
    with_credential boolean NOT NULL,
    enabled boolean NOT NULL,
    disabled_because text CHECK (disabled_because IN ('by_staff', 'gone', 'failing')),
    disabled_at bigint,
    failing_since bigint,
    slow boolean NOT NULL DEFAULT false,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE INDEX webhook_endpoint_enabled ON webhook_endpoint (mode) WHERE enabled`,
  `CREATE TABLE webhook_secret (
    id text PRIMARY KEY,
    endpoint_id text NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint
  )`,
  `CREATE INDEX webhook_secret_endpoint ON webhook_secret (endpoint_id)`,
  `CREATE UNIQUE INDEX webhook_secret_current ON webhook_secret (endpoint_id) WHERE expires_at IS NULL`,
  `CREATE TABLE webhook_delivery (
    id text PRIMARY KEY,
    event_id text NOT NULL REFERENCES webhook_event (id) ON DELETE CASCADE,
    endpoint_id text NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    type text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    job_id uuid,
    round integer NOT NULL,
    tries integer NOT NULL,
    next_at bigint,
    last_at bigint,
    last_status integer,
    last_error text,
    created_at bigint NOT NULL,
    UNIQUE (event_id, endpoint_id)
  )`,
  `CREATE INDEX webhook_delivery_log ON webhook_delivery (endpoint_id, created_at DESC, id DESC)`,
  `CREATE INDEX webhook_delivery_state ON webhook_delivery (endpoint_id, state, created_at DESC, id DESC)`,
  `CREATE INDEX webhook_delivery_created ON webhook_delivery (created_at)`,
  `CREATE TABLE webhook_try (
    delivery_id text NOT NULL REFERENCES webhook_delivery (id) ON DELETE CASCADE,
    number integer NOT NULL,
    at bigint NOT NULL,
    ms integer NOT NULL,
    status integer,
    error text,
    answer bytea,
    PRIMARY KEY (delivery_id, number)
  )`,
  `CREATE TABLE webhook_hour (
    endpoint_id text NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
    hour bigint NOT NULL,
    delivered integer NOT NULL,
    failed integer NOT NULL,
    ms bigint NOT NULL,
    PRIMARY KEY (endpoint_id, hour)
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
