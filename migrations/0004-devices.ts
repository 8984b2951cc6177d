import { sql, type Kysely } from 'kysely';

/**
 * Devices and coming back, and what a session's risk is judged by: browsers and phones with their keys, whom they are
 * trusted for, passkeys, one-time tickets, reports for operators; recorded risk decisions and policy versions, feeds
 * shared by every process, places seen, and the other side of a velocity count.
 */
const STATEMENTS = [
  `CREATE TABLE device (
    id text PRIMARY KEY,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    kind text NOT NULL CHECK (kind IN ('desktop', 'phone')),
    thumbprint text NOT NULL,
    jwk jsonb NOT NULL,
    token_hash text UNIQUE,
    token_used_at bigint,
    previous_hash text,
    previous_until bigint,
    fingerprint jsonb,
    collector_version integer,
    hardware jsonb,
    label text,
    last_country text,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    UNIQUE (mode, thumbprint)
  )`,
  `CREATE INDEX device_previous ON device (previous_hash) WHERE previous_hash IS NOT NULL`,
  `CREATE INDEX device_last_seen ON device (last_seen_at)`,
  `CREATE TABLE device_token (
    hash text PRIMARY KEY,
    device_id text NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    good_until bigint NOT NULL
  )`,
  `CREATE INDEX device_token_device ON device_token (device_id)`,
  `CREATE INDEX device_hardware ON device ((hardware ->> 'sessionId')) WHERE hardware IS NOT NULL`,
  `CREATE TABLE device_trust (
    id text PRIMARY KEY,
    device_id text NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    account_id text NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    workflow_id text NOT NULL,
    credential_hash text,
    journey_id text NOT NULL,
    acr text NOT NULL,
    reason text NOT NULL,
    granted_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    sim_checked_at bigint,
    revoked_at bigint,
    revoked_reason text,
    UNIQUE (device_id, account_id, workflow_id)
  )`,
  `CREATE INDEX device_trust_account ON device_trust (account_id)`,
  `CREATE INDEX device_trust_expiry ON device_trust (expires_at)`,
  `CREATE TABLE journey_device (
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('browser', 'phone')),
    device_id text NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    issued_at bigint,
    PRIMARY KEY (journey_id, channel)
  )`,
  `CREATE INDEX journey_device_device ON journey_device (device_id)`,
  `CREATE TABLE passkey (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    workflow_id text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    credential_hash text,
    user_handle text NOT NULL,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    transports jsonb NOT NULL,
    device_type text NOT NULL,
    backed_up boolean NOT NULL,
    label text,
    journey_id text NOT NULL,
    acr text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint,
    revoked_at bigint,
    revoked_reason text
  )`,
  `CREATE INDEX passkey_account ON passkey (account_id)`,
  `CREATE TABLE ticket (
    hash text PRIMARY KEY,
    purpose text NOT NULL,
    sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint
  )`,
  `CREATE INDEX ticket_expiry ON ticket (expires_at)`,
  `CREATE TABLE incident (
    id text PRIMARY KEY,
    mode text NOT NULL,
    kind text NOT NULL,
    account_id text,
    device_id text,
    journey_id text,
    details jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'closed')),
    at bigint NOT NULL
  )`,
  `CREATE INDEX incident_open ON incident (status, at DESC)`,
  `CREATE INDEX incident_account ON incident (account_id)`,
  `CREATE TABLE risk_decision (
    journey_id text NOT NULL REFERENCES journey (id) ON DELETE CASCADE,
    seq bigint NOT NULL,
    workflow_id text NOT NULL,
    mode text NOT NULL,
    node text NOT NULL,
    policy_version integer NOT NULL,
    outcome text NOT NULL,
    score integer NOT NULL,
    record jsonb NOT NULL,
    shadow_version integer,
    shadow_outcome text,
    shadow jsonb,
    at bigint NOT NULL,
    PRIMARY KEY (journey_id, seq)
  )`,
  `CREATE INDEX risk_decision_workflow ON risk_decision (workflow_id, at DESC)`,
  `CREATE TABLE risk_policy (
    workflow_id text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'shadow', 'active', 'retired')),
    definition jsonb NOT NULL,
    note text,
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    PRIMARY KEY (workflow_id, version)
  )`,
  `CREATE UNIQUE INDEX risk_policy_active ON risk_policy (workflow_id) WHERE status = 'active'`,
  `CREATE UNIQUE INDEX risk_policy_shadow ON risk_policy (workflow_id) WHERE status = 'shadow'`,
  `CREATE TABLE risk_feed (
    id text PRIMARY KEY,
    kind text NOT NULL,
    etag text,
    last_modified text,
    attempted_at bigint,
    fetched_at bigint,
    sha256 text,
    entries integer,
    fault text,
    body bytea
  )`,
  `CREATE TABLE sighting (
    subject_hash text NOT NULL,
    at bigint NOT NULL,
    country text,
    latitude double precision,
    longitude double precision,
    radius_km double precision,
    network text
  )`,
  `CREATE INDEX sighting_latest ON sighting (subject_hash, at DESC)`,
  `CREATE INDEX sighting_age ON sighting (at)`,
  `CREATE TABLE silent_return (
    journey_id text PRIMARY KEY,
    device_id text NOT NULL,
    began_at bigint NOT NULL,
    last_at bigint NOT NULL,
    returns bigint NOT NULL,
    window_at bigint NOT NULL,
    in_window integer NOT NULL,
    policy_version integer NOT NULL,
    country text,
    refused bigint NOT NULL,
    refusal text,
    refused_at bigint
  )`,
  `CREATE INDEX silent_return_device ON silent_return (device_id)`,
  `CREATE INDEX silent_return_age ON silent_return (began_at)`,
  `ALTER TABLE velocity_event ADD COLUMN peer_hash bytea`,
  `CREATE INDEX velocity_peers ON velocity_event (dimension, key_hash, at DESC) INCLUDE (journey_id, peer_hash)`,
  `DROP INDEX velocity_lookup`,
  `ALTER TABLE grant_outcome ADD COLUMN device_id text`,
  `ALTER TABLE journey ADD COLUMN device_id text`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
