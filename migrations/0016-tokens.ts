import { sql, type Kysely } from 'kysely';

/** Tokens of the admin API, and the answers that are repeated to a repeated request. */
const STATEMENTS = [
  `CREATE TABLE api_token (
    id text PRIMARY KEY,
    hash text NOT NULL UNIQUE,
    name text NOT NULL,
    hint text NOT NULL,
    scopes jsonb NOT NULL,
    nets jsonb NOT NULL,
    created_by text NOT NULL,
    created_by_id text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint
  )`,
  `CREATE INDEX api_token_created ON api_token (created_at DESC, id DESC)`,
  `CREATE INDEX api_token_creator ON api_token (created_by_id) WHERE revoked_at IS NULL`,
  `CREATE TABLE api_repeat (
    token_id text NOT NULL REFERENCES api_token (id) ON DELETE CASCADE,
    key_hash text NOT NULL,
    request_hash text NOT NULL,
    status integer,
    sealed bytea,
    at bigint NOT NULL,
    PRIMARY KEY (token_id, key_hash)
  )`,
  `CREATE INDEX api_repeat_at ON api_repeat (at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
