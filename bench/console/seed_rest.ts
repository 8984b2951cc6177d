/** Everything else that grows, in proportion to the journeys: accounts, cases, the audit log, deliveries, lists, the roll-up. */
import { sql } from 'kysely';
import type { Db } from '../../src/store/database.ts';
import { APART_MS, NEWEST } from './seed.ts';

const HOUR_MS = 3_600_000;

/** How many there are for so many journeys. */
export function amounts(journeys: number): Readonly<Record<'accounts' | 'cases' | 'audit' | 'deliveries' | 'entries' | 'rollupHours', number>> {
  return { accounts: Math.floor(journeys * 0.4), cases: Math.floor(journeys / 20), audit: journeys, deliveries: journeys, entries: Math.floor(journeys / 10), rollupHours: Math.min(9600, Math.floor(journeys / 20)) };
}

/** Of the account that {@link seedJourneys} ties the n-th journey to where it was approved. */
export const accountId = (n: number): string => `acc_${n}`;
/** Nine deliveries in ten are this endpoint's. */
export const BIG_ENDPOINT = 'whe_big';

/** The rest, on a database that has its journeys. What is rare and what is common is told in each statement. */
export async function seedRest(db: Db, journeys: number, say: (what: string) => void = () => undefined): Promise<void> {
  const { accounts, cases, audit, deliveries, entries, rollupHours } = amounts(journeys);
  const steps: readonly (readonly [string, string])[] = [
    ['workflows and keys', `
      WITH flows AS (INSERT INTO workflow (id, deployed_version, created_at) SELECT 'w_' || n, 1, ${NEWEST} - n FROM generate_series(0, 99) AS n RETURNING id)
      SELECT count(*) FROM flows`],
    ['', `INSERT INTO workflow_version (workflow_id, version, definition, definition_hash, created_at) SELECT 'w_' || n, version, '{}', 'h', ${NEWEST} FROM generate_series(0, 99) AS n, generate_series(1, 20) AS version`],
    ['', `INSERT INTO workflow_key (client_id, workflow_id, mode, secret_hash, metadata, created_at) SELECT 'test_' || n, 'w_' || (n % 100), 'test', 'h', '{"client_id":"x","redirect_uris":[]}', ${NEWEST} - n * 1000 FROM generate_series(1, 2000) AS n`],
    ['accounts', `
      INSERT INTO account (id, identity_hash, sealed, created_at, erased_at, mode)
      SELECT 'acc_' || n, md5('identity' || n), NULL, ${NEWEST}::bigint - (${accounts}::bigint - n) * ${Math.round(APART_MS * 2.5)}, NULL, CASE WHEN n % 37 = 0 THEN 'test' ELSE 'live' END
      FROM generate_series(0, ${accounts - 1}) AS n`],
    ['', `INSERT INTO credential (workflow_id, credential_hash, account_id, created_at) SELECT 'w_big', md5('credential' || n), 'acc_' || n, ${NEWEST} - n FROM generate_series(0, ${accounts - 1}) AS n`],
    ['', `
      INSERT INTO account_erasure (account_id, actor_kind, actor_id, actor_name, begun_at, finished_at, told, counts, contacts)
      SELECT 'acc_' || n, 'staff', 's', 'S', ${NEWEST} - n, ${NEWEST} - n + 1, '[]', '{}', '[]' FROM generate_series(0, ${accounts - 1}, 100) AS n`],
    ['', `INSERT INTO legal_hold (id, kind, subject_id, reason, placed_by, placed_at) SELECT 'hold_' || n, 'account', 'acc_' || n, 'asked', 'S', ${NEWEST} - n FROM generate_series(0, ${accounts - 1}, 500) AS n`],
    // One in twenty-five is open, one in a hundred waits for its person; two tags each, of which one is rare.
    ['cases', `
      INSERT INTO review_case (id, kind, status, version, mode, workflow_id, journey_id, incident_id, opened_at, due_at, resolved_at, resolution, assignee_id, assignee_name, four_eyes)
      SELECT 'case_' || n, 'review', status, 1, mode, workflow_id, id, NULL, created_at, created_at + 86400000, CASE WHEN status = 'resolved' THEN created_at + 1 END,
        CASE WHEN status = 'resolved' THEN 'reviewed_approve' END, CASE WHEN status <> 'resolved' AND n % 3 = 0 THEN 'staff_' || (n % 7) END, CASE WHEN status <> 'resolved' AND n % 3 = 0 THEN 'S' END, n % 10 = 0
      FROM (
        SELECT id, mode, workflow_id, created_at, n, CASE WHEN n % 25 = 0 THEN 'open' WHEN n % 100 = 1 THEN 'waiting' ELSE 'resolved' END AS status
        FROM (SELECT id, mode, workflow_id, created_at, row_number() OVER (ORDER BY interaction_uid) AS n FROM journey WHERE right(interaction_uid, 1) = '3' LIMIT ${cases}) AS picked
      ) AS made`],
    ['', `INSERT INTO case_tag (tag, case_id) SELECT CASE WHEN right(id, 3) = '777' THEN 'rare_tag' ELSE 'face_differs' END, id FROM review_case UNION ALL SELECT 'tag_' || right(id, 1), id FROM review_case`],
    ['the audit log', `
      INSERT INTO audit_entry (seq, at, actor_kind, actor_id, action, target_kind, target_id, outcome, entry, code)
      SELECT n, at, 'staff', actor, action, kind, target, outcome,
        json_build_object('seq', n, 'at', at, 'actor', json_build_object('kind', 'staff', 'id', actor, 'name', 'Somebody'), 'action', action, 'target', json_build_object('kind', kind, 'id', target), 'details', json_build_object('by', 'phone', 'found', 1), 'outcome', outcome)::text, md5(n::text)
      FROM (
        SELECT n, ${NEWEST}::bigint - (${audit}::bigint - n) * 20000 AS at, 'staff_' || (n % 20) AS actor,
          CASE WHEN n % 10000 = 7 THEN 'key.created' WHEN n % 100 < 50 THEN 'journey.revealed' WHEN n % 100 < 90 THEN 'journey.searched' ELSE 'case.commented' END AS action,
          CASE WHEN n % 3 = 0 THEN 'journey' ELSE 'account' END AS kind, 'acc_' || (n % ${accounts}) AS target, CASE WHEN n % 5000 = 11 THEN 'refused' ELSE 'done' END AS outcome
        FROM generate_series(1, ${audit}) AS n
      ) AS made`],
    ['', `UPDATE audit_head SET seq = ${audit}, code = md5(${audit}::text)`],
    ['webhook deliveries', `
      INSERT INTO webhook_endpoint (id, url, description, mode, events, with_credential, enabled, slow, created_at, updated_at)
      SELECT CASE WHEN n = 0 THEN '${BIG_ENDPOINT}' ELSE 'whe_' || n END, 'https://hooks.example/', '', 'live', '[]', false, true, false, ${NEWEST}, ${NEWEST} FROM generate_series(0, 19) AS n`],
    ['', `INSERT INTO webhook_event (id, type, mode, data, at, fanned_at) SELECT 'evt_' || n, 'journey.decided', 'live', '{}', ${NEWEST}::bigint - (${deliveries}::bigint - n) * 2000, ${NEWEST} FROM generate_series(1, ${deliveries}) AS n`],
    // Nine in ten go to one endpoint; one in fifty failed, and of that endpoint next to none waits.
    ['', `
      INSERT INTO webhook_delivery (id, event_id, endpoint_id, type, state, round, tries, next_at, last_at, last_status, last_error, created_at)
      SELECT 'dlv_' || n, 'evt_' || n, CASE WHEN n % 10 > 0 THEN '${BIG_ENDPOINT}' ELSE 'whe_' || (1 + n / 10 % 19) END, 'journey.decided',
        CASE WHEN n % 99991 = 3 THEN 'waiting' WHEN n % 50 = 9 THEN 'failed' ELSE 'delivered' END, 1, 1, NULL, ${NEWEST}, 200, NULL, ${NEWEST}::bigint - (${deliveries}::bigint - n) * 2000
      FROM generate_series(1, ${deliveries}) AS n`],
    ['', `INSERT INTO webhook_hour (endpoint_id, hour, delivered, failed, ms) SELECT id, ${NEWEST} - hour * ${HOUR_MS}::bigint, 10, 1, 100 FROM webhook_endpoint, generate_series(0, 47) AS hour`],
    // Addresses mostly; one in two hundred allows, one in ten was taken off.
    ['list entries', `
      INSERT INTO list_entry (id, seq, version, effect, kind, key, mode, reason, created_at, actor_kind, actor_id, actor_name, removed_at)
      SELECT 'lst_' || lpad(n::text, 20, '0'), n, n, CASE WHEN n % 200 = 0 THEN 'allow' ELSE 'block' END, CASE WHEN n % 50 = 1 THEN 'net' WHEN n % 1000 = 2 THEN 'device' ELSE 'address' END,
        'key-' || n, 'both', 'scripted sign-ups', ${NEWEST} - n, 'staff', 's', 'S', CASE WHEN n % 10 = 5 THEN ${NEWEST} END
      FROM generate_series(1, ${entries}) AS n`],
    ['the roll-up', `
      INSERT INTO rollup (hour, workflow_id, mode, metric, key, count, total)
      SELECT ${NEWEST} - hour * ${HOUR_MS}::bigint, 'w_' || flow, mode, metric, 'key_' || key, 10, 100
      FROM generate_series(0, ${rollupHours - 1}) AS hour, generate_series(0, 1) AS flow, unnest(ARRAY['test', 'live']) AS mode, unnest(ARRAY['decided', 'step', 'reason', 'message']) AS metric, generate_series(1, 6) AS key`],
    ['staff and tokens', `
      INSERT INTO staff (id, name, roles, created_at) SELECT 'staff_' || n, 'Somebody ' || n, 'reviewer', ${NEWEST} - n * 1000 FROM generate_series(0, 499) AS n`],
    ['', `
      INSERT INTO api_token (id, hash, name, hint, scopes, nets, created_by, created_by_id, created_at, expires_at)
      SELECT 'tok_' || n, md5(n::text), 'robot', 'abcd', '[]', '[]', 'S', 'staff_' || (n % 20), ${NEWEST} - n * 1000, ${NEWEST} FROM generate_series(1, 1000) AS n`],
  ];
  for (const [what, statement] of steps) {
    if (what !== '') say(what);
    await sql.raw(statement).execute(db);
  }
  for (const table of ['workflow', 'workflow_version', 'workflow_key', 'account', 'credential', 'account_erasure', 'legal_hold', 'review_case', 'case_tag', 'audit_entry', 'webhook_endpoint', 'webhook_event', 'webhook_delivery', 'webhook_hour', 'list_entry', 'rollup', 'staff', 'api_token']) {
    await sql.raw(`VACUUM ANALYZE ${table}`).execute(db);
  }
}
