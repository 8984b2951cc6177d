/** A database with so many journeys that a list which is not read off an index is noticed. */
import { sql } from 'kysely';
import type { Db } from '../../src/store/database.ts';

/** When the newest of them began, epoch milliseconds. */
export const NEWEST = Date.UTC(2026, 10, 20);
/** Between one and the next. */
export const APART_MS = 30_000;
export const PHONE_HASH = 'bench-phone-4711';

const CHUNK = 100_000;

/**
 * Most journeys are of one workflow and end well; some values are rare, and some never meet: reason `rare_reason` is one
 * in ten thousand, workflow `w_small` one in a thousand, `never_of_w_big` occurs often and never in `w_big`.
 */
export async function seedJourneys(db: Db, count: number, say: (done: number) => void = () => undefined): Promise<void> {
  await sql`SET synchronous_commit = off`.execute(db);
  for (let from = 0; from < count; from += CHUNK) {
    const until = Math.min(from + CHUNK, count) - 1;
    await sql`
      INSERT INTO journey (id, interaction_uid, workflow_id, workflow_version, mode, client_id, version, created_at, expires_at, delete_at, extensions, results,
        decision, decided_at, account_id, credential_hash, sealed, lease_until, device_id, verdict, reason, last_step)
      SELECT gen_random_uuid()::text, 'i' || n, workflow, 1, CASE WHEN n % 37 = 0 THEN 'test' ELSE 'live' END, workflow || '_key_' || (n % 3), 7,
        at, at + 1800000, at + 31536000000, 0, '[{"node":"pii_validation","step":"pii_validation","outcome":"match","reasons":[{"code":"record_match"}],"at":1}]'::jsonb,
        CASE WHEN verdict IS NULL THEN NULL ELSE '{"verdict":"approve","reasons":[],"policy":"w@1","at":1}'::jsonb END,
        CASE WHEN verdict IS NULL THEN NULL ELSE at + 60000 END, CASE WHEN verdict = 'approve' THEN 'acc_' || (n % ${Math.max(1, Math.floor(count * 0.4))}::int) END, NULL, decode(repeat(md5(n::text), 24), 'hex'), NULL, NULL,
        verdict,
        CASE WHEN verdict IS NULL THEN NULL WHEN n % 10000 = 7 THEN 'rare_reason' WHEN verdict = 'approve' THEN 'link_confirmed'
          WHEN workflow <> 'w_big' THEN 'never_of_w_big' ELSE (ARRAY['violation', 'journey_expired', 'simChangeDetected', 'wrongNumber'])[1 + n % 4] END,
        CASE WHEN verdict = 'approve' THEN 'sms_link' WHEN verdict IS NULL THEN 'session_risk' ELSE (ARRAY['pii_validation', 'document_selfie', 'kba'])[1 + n % 3] END
      FROM (
        SELECT n, ${NEWEST}::bigint - (${count}::bigint - n) * ${APART_MS}::bigint AS at,
          CASE WHEN n % 1000 = 3 THEN 'w_small' WHEN n % 10 < 7 THEN 'w_big' ELSE 'w_' || (n % 10) END AS workflow,
          CASE WHEN n % 997 = 0 THEN NULL WHEN n % 101 = 0 THEN 'review' WHEN n % 5 = 1 THEN 'deny' ELSE 'approve' END AS verdict
        FROM generate_series(${from}::int, ${until}::int) AS n
      ) AS made`.execute(db);
    say(until + 1);
  }
  // Everybody has a phone; one of them is everywhere.
  await sql`
    INSERT INTO journey_person (kind, hash, created_at, journey_id)
    SELECT 'phone', CASE WHEN right(interaction_uid, 2) = '77' THEN ${PHONE_HASH} ELSE md5(id) END, created_at, id FROM journey`.execute(db);
  await sql`VACUUM ANALYZE journey`.execute(db);
  await sql`VACUUM ANALYZE journey_person`.execute(db);
}
