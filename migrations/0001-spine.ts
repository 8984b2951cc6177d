import { sql, type Kysely } from 'kysely';

/**
 * The spine: keys, workflows and their keys, journeys with their timeline, consents, links and messages, accounts,
 * the OIDC server's records and velocity.
 *
 * Primary keys are random, never sequences, so that they spread over a distributed engine. Columns named `sealed` hold
 * AES-256-GCM boxes (src/vault); columns named `*_hash` hold keyed hashes. Times that rules read are epoch
 * milliseconds in `bigint`: the process's clock is the one clock, and both drivers hand them over alike.
 */
const STATEMENTS = [
  `CREATE TABLE data_key (
    id text PRIMARY KEY,
    purpose text NOT NULL,
    master_key_id text NOT NULL,
    wrapped bytea NOT NULL,
    created_at bigint NOT NULL,
    retired_at bigint
  )`,
  `CREATE UNIQUE INDEX data_key_current ON data_key (purpose) WHERE retired_at IS NULL`,

  `CREATE TABLE development_key (
    id text PRIMARY KEY,
    secret bytea NOT NULL
  )`,

  `CREATE TABLE signing_key (
    kid text PRIMARY KEY,
    alg text NOT NULL,
    state text NOT NULL CHECK (state IN ('next', 'current', 'previous')),
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    promoted_at bigint,
    remove_at bigint
  )`,
  `CREATE UNIQUE INDEX signing_key_one ON signing_key (alg, state) WHERE state IN ('next', 'current')`,

  `CREATE TABLE workflow (
    id text PRIMARY KEY,
    deployed_version integer,
    created_at bigint NOT NULL
  )`,
  `CREATE TABLE workflow_version (
    workflow_id text NOT NULL REFERENCES workflow (id),
    version integer NOT NULL,
    definition jsonb NOT NULL,
    definition_hash text NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (workflow_id, version)
  )`,
  `CREATE TABLE workflow_key (
    client_id text PRIMARY KEY,
    workflow_id text NOT NULL REFERENCES workflow (id),
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    secret_hash text NOT NULL,
    metadata jsonb NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint
  )`,

  `CREATE TABLE account (
    id text PRIMARY KEY,
    identity_hash text UNIQUE,
    sealed bytea,
    created_at bigint NOT NULL,
    erased_at bigint
  )`,
  `CREATE TABLE credential (
    workflow_id text NOT NULL,
    credential_hash text NOT NULL,
    account_id text NOT NULL REFERENCES account (id),
    created_at bigint NOT NULL,
    PRIMARY KEY (workflow_id, credential_hash)
  )`,
  `CREATE INDEX credential_account ON credential (account_id)`,

  `CREATE TABLE journey (
    id text PRIMARY KEY,
    interaction_uid text NOT NULL UNIQUE,
    workflow_id text NOT NULL,
    workflow_version integer NOT NULL,
    mode text NOT NULL,
    client_id text NOT NULL,
    version integer NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    delete_at bigint NOT NULL,
    extensions integer NOT NULL,
    results jsonb NOT NULL,
    decision jsonb,
    decided_at bigint,
    account_id text,
    credential_hash text,
    sealed bytea NOT NULL,
    lease_until bigint
  )`,
  `CREATE INDEX journey_created ON journey (created_at)`,
  `CREATE INDEX journey_deletion ON journey (delete_at)`,
  `CREATE INDEX journey_overdue ON journey (expires_at) WHERE decided_at IS NULL`,
  `CREATE INDEX journey_account ON journey (account_id) WHERE account_id IS NOT NULL`,
  `CREATE TABLE evidence (
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    seq integer NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    node text NOT NULL,
    simulated boolean NOT NULL,
    sealed bytea NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (journey_id, seq)
  )`,
  `CREATE TABLE journey_event (
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    seq integer NOT NULL,
    at bigint NOT NULL,
    node text,
    layer text NOT NULL,
    name text NOT NULL,
    outcome text NOT NULL,
    reason text,
    details jsonb,
    PRIMARY KEY (journey_id, seq)
  )`,
  `CREATE TABLE consent (
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    seq integer NOT NULL,
    node text NOT NULL,
    purpose text NOT NULL,
    text_hash text NOT NULL,
    locale text NOT NULL,
    method text NOT NULL,
    sealed bytea NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (journey_id, seq)
  )`,
  `CREATE TABLE consent_text (
    text_hash text PRIMARY KEY,
    body text NOT NULL,
    first_seen_at bigint NOT NULL
  )`,
  `CREATE TABLE link (
    token_hash text PRIMARY KEY,
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    node text NOT NULL,
    expires_at bigint NOT NULL
  )`,
  `CREATE TABLE message (
    id text PRIMARY KEY,
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    attempt integer NOT NULL,
    status text NOT NULL,
    rank integer NOT NULL,
    provider text,
    provider_message_id text,
    code text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
  )`,
  `CREATE INDEX message_provider ON message (provider, provider_message_id) WHERE provider_message_id IS NOT NULL`,
  `CREATE TABLE outbox_message (
    id text PRIMARY KEY,
    sealed bytea NOT NULL,
    sent_at bigint NOT NULL
  )`,
  `CREATE INDEX outbox_sent ON outbox_message (sent_at)`,

  `CREATE TABLE oidc_record (
    model text NOT NULL,
    id_hash text NOT NULL,
    sealed bytea NOT NULL,
    grant_id text,
    uid_hash text,
    account_id text,
    client_id text,
    links jsonb,
    expires_at bigint,
    consumed_at bigint,
    PRIMARY KEY (model, id_hash)
  )`,
  `CREATE INDEX oidc_record_expiry ON oidc_record (expires_at)`,
  `CREATE INDEX oidc_record_grant ON oidc_record (model, grant_id) WHERE grant_id IS NOT NULL`,
  `CREATE INDEX oidc_record_session ON oidc_record (uid_hash) WHERE model = 'Session'`,
  `CREATE INDEX oidc_record_account ON oidc_record (account_id) WHERE account_id IS NOT NULL`,
  `CREATE TABLE grant_outcome (
    grant_id text PRIMARY KEY,
    journey_id text NOT NULL,
    account_id text NOT NULL,
    client_id text NOT NULL,
    verdict text NOT NULL,
    policy text NOT NULL,
    reuse_until bigint NOT NULL,
    decided_at bigint NOT NULL,
    credential_hash text,
    summary jsonb NOT NULL,
    sealed bytea,
    created_at bigint NOT NULL
  )`,
  `CREATE INDEX grant_outcome_account ON grant_outcome (account_id)`,
  `CREATE INDEX grant_outcome_created ON grant_outcome (created_at)`,

  `CREATE TABLE velocity_event (
    dimension text NOT NULL,
    key_hash bytea NOT NULL,
    at bigint NOT NULL,
    journey_id text NOT NULL
  )`,
  `CREATE INDEX velocity_lookup ON velocity_event (dimension, key_hash, at DESC)`,
  `CREATE INDEX velocity_age ON velocity_event (at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
