import { sql, type Kysely } from 'kysely';

/**
 * The operator's own lists. `key` is what an entry is found by: an address, net or id in its one spelling, a keyed hash
 * for what is personal. Every change takes the next number of `list_clock`, whose row lock makes numbers appear in the
 * order of their commits, so that a reader who saw one has seen all before it. Removed rows stay a while to be heard of.
 */
const STATEMENTS = [
  `CREATE TABLE list_clock (
    id text PRIMARY KEY,
    version bigint NOT NULL
  )`,
  `INSERT INTO list_clock (id, version) VALUES ('lists', 0)`,
  `CREATE TABLE list_entry (
    id text PRIMARY KEY,
    seq bigint NOT NULL,
    version bigint NOT NULL,
    effect text NOT NULL CHECK (effect IN ('block', 'allow')),
    kind text NOT NULL CHECK (kind IN ('address', 'net', 'device', 'phone', 'email', 'identity', 'document')),
    key text NOT NULL,
    also_keys text,
    about text,
    sealed bytea,
    mode text NOT NULL CHECK (mode IN ('both', 'test', 'live')),
    workflow_id text,
    reason text NOT NULL,
    expires_at bigint,
    created_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    removed_at bigint
  )`,
  `CREATE UNIQUE INDEX list_entry_version ON list_entry (version)`,
  `CREATE INDEX list_entry_seq ON list_entry (seq DESC) WHERE removed_at IS NULL`,
  `CREATE INDEX list_entry_kind ON list_entry (kind, seq DESC) WHERE removed_at IS NULL`,
  `CREATE INDEX list_entry_effect ON list_entry (effect, seq DESC) WHERE removed_at IS NULL`,
  `CREATE INDEX list_entry_both ON list_entry (kind, effect, seq DESC) WHERE removed_at IS NULL`,
  `CREATE INDEX list_entry_key ON list_entry (kind, key)`,
  `CREATE INDEX list_entry_expires ON list_entry (expires_at) WHERE removed_at IS NULL`,
  `CREATE INDEX list_entry_removed ON list_entry (removed_at) WHERE removed_at IS NOT NULL`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
