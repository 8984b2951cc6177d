import { sql, type Kysely } from 'kysely';

/**
 * Accounts in the console: shells of merged and erased accounts, how far an erasure has come, legal holds, and the
 * indexes by which a person's records are found.
 *
 * `account_gate` is one row that merging, erasing and holding lock first, so that of two at once one sees the other.
 * `held_journey` names every journey that a hold covers, of a held account also those that were not approved but in which
 * its application named the person; every purge leaves those alone. `legal_hold_subject` names whom
 * sightings of a held account are of: they know neither journey nor account.
 */
const STATEMENTS = [
  `ALTER TABLE account ADD COLUMN mode text CHECK (mode IN ('test', 'live'))`,
  `ALTER TABLE account ADD COLUMN merged_into text`,
  `ALTER TABLE account ADD COLUMN merged_at bigint`,
  `UPDATE account SET mode = (SELECT journey.mode FROM journey WHERE journey.account_id = account.id LIMIT 1)`,
  `CREATE INDEX account_newest ON account (created_at DESC, id DESC)`,
  `CREATE INDEX account_merged ON account (merged_into) WHERE merged_into IS NOT NULL`,
  `CREATE TABLE account_gate (id text PRIMARY KEY)`,
  `INSERT INTO account_gate (id) VALUES ('gate')`,

  `ALTER TABLE journey ADD COLUMN erased_at bigint`,
  `DROP INDEX journey_account`,
  `CREATE INDEX journey_account ON journey (account_id, created_at DESC, id DESC) WHERE account_id IS NOT NULL`,
  `CREATE INDEX credential_by_hash ON credential (credential_hash)`,
  `CREATE INDEX document_seen_journey ON document_seen (journey_id)`,
  `CREATE INDEX face_seen_journey ON face_seen (journey_id)`,
  `CREATE INDEX message_journey ON message (journey_id)`,
  `CREATE INDEX link_journey ON link (journey_id)`,

  `CREATE TABLE account_erasure (
    account_id text PRIMARY KEY REFERENCES account (id),
    actor_kind text NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    begun_at bigint NOT NULL,
    finished_at bigint,
    told jsonb NOT NULL,
    counts jsonb NOT NULL,
    contacts jsonb NOT NULL
  )`,
  `CREATE INDEX account_erasure_running ON account_erasure (begun_at) WHERE finished_at IS NULL`,
  `CREATE INDEX account_erasure_finished ON account_erasure (finished_at) WHERE finished_at IS NOT NULL`,

  `CREATE TABLE legal_hold (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('account', 'journey')),
    subject_id text NOT NULL,
    reason text NOT NULL,
    placed_by text NOT NULL,
    placed_at bigint NOT NULL,
    released_by text,
    released_reason text,
    released_at bigint
  )`,
  `CREATE UNIQUE INDEX legal_hold_active ON legal_hold (kind, subject_id) WHERE released_at IS NULL`,
  `CREATE INDEX legal_hold_subject_history ON legal_hold (kind, subject_id, placed_at DESC)`,
  `CREATE TABLE legal_hold_subject (
    subject_hash text NOT NULL,
    hold_id text NOT NULL REFERENCES legal_hold (id) ON DELETE CASCADE,
    PRIMARY KEY (subject_hash, hold_id)
  )`,
  `CREATE VIEW held_journey AS
    SELECT subject_id AS journey_id FROM legal_hold WHERE released_at IS NULL AND kind = 'journey'
    UNION
    SELECT journey.id FROM legal_hold JOIN journey ON journey.account_id = legal_hold.subject_id
      WHERE legal_hold.released_at IS NULL AND legal_hold.kind = 'account'
    UNION
    SELECT journey.id FROM legal_hold JOIN credential ON credential.account_id = legal_hold.subject_id
      JOIN journey_person ON journey_person.kind = 'credential' AND journey_person.hash = credential.credential_hash
      JOIN journey ON journey.id = journey_person.journey_id AND journey.workflow_id = credential.workflow_id
      WHERE legal_hold.released_at IS NULL AND legal_hold.kind = 'account' AND journey.account_id IS NULL`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
