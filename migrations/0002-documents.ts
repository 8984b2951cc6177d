import { sql, type Kysely } from 'kysely';

/**
 * Documents and faces: pictures apart from the rows that refer to them, who looked at one, which documents and faces
 * were seen before.
 *
 * A picture's row may hold it (`sealed`) or say that an object store does. Both are sealed by the gateway. `delete_at` is
 * the picture's own retention clock; the row goes after the object is gone, so that none is forgotten.
 */
const STATEMENTS = [
  `CREATE TABLE image (
    id text PRIMARY KEY,
    journey_id text NOT NULL,
    purpose text NOT NULL,
    place text NOT NULL CHECK (place IN ('database', 'object')),
    sealed bytea,
    bytes integer NOT NULL,
    created_at bigint NOT NULL,
    delete_at bigint NOT NULL
  )`,
  `CREATE INDEX image_deletion ON image (delete_at)`,
  `CREATE INDEX image_journey ON image (journey_id)`,
  `CREATE TABLE image_reveal (
    id text PRIMARY KEY,
    image_id text NOT NULL,
    journey_id text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    at bigint NOT NULL
  )`,
  `CREATE INDEX image_reveal_journey ON image_reveal (journey_id, at)`,
  `CREATE TABLE document_seen (
    document_hash text NOT NULL,
    person_hash text NOT NULL,
    journey_id text NOT NULL,
    at bigint NOT NULL,
    delete_at bigint NOT NULL,
    PRIMARY KEY (document_hash, person_hash)
  )`,
  `CREATE INDEX document_seen_deletion ON document_seen (delete_at)`,
  `CREATE TABLE face_seen (
    id text PRIMARY KEY,
    scope text NOT NULL,
    person_hash text NOT NULL,
    journey_id text NOT NULL,
    sealed bytea NOT NULL,
    at bigint NOT NULL,
    delete_at bigint NOT NULL
  )`,
  `CREATE INDEX face_seen_recent ON face_seen (scope, at DESC)`,
  `CREATE INDEX face_seen_deletion ON face_seen (delete_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
