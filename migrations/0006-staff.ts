import { sql, type Kysely } from 'kysely';

/**
 * The staff of the console: who may sign in, by what, and where they are signed in. Names of sign-in and second factors
 * are sealed; tokens, recovery codes and limits are known by hashes alone.
 */
const STATEMENTS = [
  `CREATE TABLE staff (
    id text PRIMARY KEY,
    name text NOT NULL,
    email_hash text UNIQUE,
    email bytea,
    external_key text UNIQUE,
    password_hash text,
    totp bytea,
    totp_step bigint NOT NULL DEFAULT 0,
    roles text NOT NULL,
    created_at bigint NOT NULL,
    disabled_at bigint,
    signed_in_at bigint
  )`,
  `CREATE INDEX staff_created ON staff (created_at DESC, id)`,
  `CREATE TABLE staff_passkey (
    id text PRIMARY KEY,
    staff_id text NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    public_key bytea NOT NULL,
    counter bigint NOT NULL,
    transports text NOT NULL,
    label text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint
  )`,
  `CREATE INDEX staff_passkey_staff ON staff_passkey (staff_id)`,
  `CREATE TABLE staff_recovery (
    staff_id text NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    hash text NOT NULL,
    used_at bigint,
    PRIMARY KEY (staff_id, hash)
  )`,
  `CREATE TABLE staff_session (
    hash text PRIMARY KEY,
    id text NOT NULL UNIQUE,
    staff_id text NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    authenticated_at bigint NOT NULL,
    label text NOT NULL
  )`,
  `CREATE INDEX staff_session_staff ON staff_session (staff_id, created_at DESC)`,
  `CREATE INDEX staff_session_expires ON staff_session (expires_at)`,
  `CREATE TABLE staff_invitation (
    hash text PRIMARY KEY,
    id text NOT NULL UNIQUE,
    purpose text NOT NULL CHECK (purpose IN ('setup', 'invite', 'reset')),
    name text NOT NULL,
    roles text NOT NULL,
    staff_id text REFERENCES staff (id) ON DELETE CASCADE,
    made_by text NOT NULL,
    maker_kind text NOT NULL,
    maker_id text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    withdrawn_at bigint
  )`,
  `CREATE INDEX staff_invitation_open ON staff_invitation (expires_at) WHERE used_at IS NULL AND withdrawn_at IS NULL`,
  `CREATE TABLE staff_try (
    key text PRIMARY KEY,
    failures integer NOT NULL,
    last_at bigint NOT NULL,
    open_at bigint NOT NULL
  )`,
  `CREATE INDEX staff_try_last ON staff_try (last_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
