import { sql, type Kysely } from 'kysely';

/** What vendors answered, added up by the hour by every process; and when a feed was last fetched at somebody's word. */
const STATEMENTS = [
  `CREATE TABLE vendor_health (
    hour bigint NOT NULL,
    capability text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('test', 'live')),
    vendor text NOT NULL,
    ok integer NOT NULL,
    could_not_tell integer NOT NULL,
    timed_out integer NOT NULL,
    broke integer NOT NULL,
    buckets integer[] NOT NULL,
    last_at bigint NOT NULL,
    last_outcome text NOT NULL,
    last_code text,
    last_ms integer NOT NULL,
    PRIMARY KEY (hour, capability, mode, vendor)
  )`,
  `CREATE INDEX vendor_health_last ON vendor_health (capability, mode, vendor, hour DESC)`,
  `CREATE TABLE vendor_health_code (
    hour bigint NOT NULL,
    capability text NOT NULL,
    mode text NOT NULL,
    vendor text NOT NULL,
    outcome text NOT NULL,
    code text NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (hour, capability, mode, vendor, outcome, code)
  )`,
  `CREATE TABLE feed_refresh (
    feed text PRIMARY KEY,
    asked_at bigint NOT NULL
  )`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
