/**
 * The statements of a silent return, as texts: they never vary, so they are put together once, and named (`named.ts`),
 * so that PostgreSQL plans them once per connection too.
 */
import { CompiledQuery } from 'kysely';
import type { Db } from './database.ts';
import { PLANNED_ONCE } from './named.ts';

const record = (alias: 's' | 'g' | 't'): string =>
  ['id_hash', 'sealed', 'expires_at', 'consumed_at'].map((column) => `${alias}.${column} AS ${alias}_${column}`).join(', ');
const prefixed = (alias: string, columns: readonly string[]): string => columns.map((column) => `${alias}.${column} AS ${alias}_${column}`).join(', ');

export const CLIENT = prefixed('k', ['client_id', 'workflow_id', 'mode', 'secret_hash', 'previous_secret_hash', 'previous_secret_until', 'metadata']);
export const ACCOUNT = prefixed('a', ['id', 'erased_at']);
/** With the devices that its approval bound: one that merely showed its key while the journey waited is trusted by nobody. */
export const OUTCOME = `${prefixed('o', [
  'journey_id', 'account_id', 'client_id', 'verdict', 'policy', 'reuse_until', 'decided_at', 'credential_hash', 'summary', 'grant_id', 'sealed', 'device_id',
])},
  (SELECT json_agg(j.device_id ORDER BY j.channel) FROM journey_device j WHERE j.journey_id = o.journey_id
    AND EXISTS (SELECT 1 FROM device_trust bound WHERE bound.device_id = j.device_id AND bound.account_id = o.account_id)) AS o_bound_devices`;
/** How the device of the outcome stands. Trust given by any workflow counts: which one was chosen is past, that it was revoked is not. */
export const DEVICE = `${prefixed('d', ['id', 'token_hash', 'previous_hash', 'previous_until', 'hardware'])},
  (SELECT max(t.expires_at) FROM device_trust t WHERE t.device_id = o.device_id AND t.account_id = o.account_id AND t.revoked_at IS NULL) AS d_trusted_until`;

/** $1 model, $2 hash of the id. */
export const FIND = `SELECT id_hash, sealed, expires_at, consumed_at FROM oidc_record WHERE model = $1 AND id_hash = $2 ${PLANNED_ONCE}`;

/** $1 hash of the session's id, $2 client id. Always one row. */
export const FIND_SESSION = `SELECT ${record('s')}, ${record('g')}, ${OUTCOME}, ${DEVICE}, ${ACCOUNT}, ${CLIENT}
  FROM (VALUES (1)) AS one (x)
  LEFT JOIN oidc_record s ON s.model = 'Session' AND s.id_hash = $1
  LEFT JOIN oidc_record g ON g.model = 'Grant' AND g.id_hash = s.links ->> $2::text
  LEFT JOIN grant_outcome o ON o.grant_id = g.id_hash
  LEFT JOIN device d ON d.id = o.device_id
  LEFT JOIN account a ON a.id = s.account_id
  LEFT JOIN workflow_key k ON k.client_id = $2 AND k.revoked_at IS NULL ${PLANNED_ONCE}`;

/** $1 model, $2 hash of the id. Uids of sessions are not unique: the longest-lived one counts. */
export const FIND_GRANTED = `SELECT ${record('t')}, ${record('g')}, ${record('s')}, ${OUTCOME}, ${ACCOUNT}, ${CLIENT}
  FROM oidc_record t
  LEFT JOIN oidc_record g ON g.model = 'Grant' AND g.id_hash = t.grant_id
  LEFT JOIN oidc_record s ON s.model = 'Session' AND s.uid_hash = t.uid_hash
  LEFT JOIN grant_outcome o ON o.grant_id = t.grant_id
  LEFT JOIN account a ON a.id = t.account_id
  LEFT JOIN workflow_key k ON k.client_id = t.client_id AND k.revoked_at IS NULL
  WHERE t.model = $1 AND t.id_hash = $2
  ORDER BY s.expires_at DESC LIMIT 1 ${PLANNED_ONCE}`;

/** The columns of a record in the order of {@link UPSERT}'s parameters. */
export const UPSERT = `INSERT INTO oidc_record (model, id_hash, sealed, grant_id, uid_hash, account_id, client_id, expires_at, links)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb)
  ON CONFLICT (model, id_hash) DO UPDATE SET sealed = excluded.sealed, grant_id = excluded.grant_id,
    uid_hash = excluded.uid_hash, account_id = excluded.account_id, client_id = excluded.client_id,
    links = excluded.links, expires_at = excluded.expires_at ${PLANNED_ONCE}`;

/** $1 to $8 the access token's columns as in {@link UPSERT}, $9 hash of the code's id, $10 now in epoch milliseconds. */
export const REDEEM = `WITH used AS (
    UPDATE oidc_record SET consumed_at = $10
    WHERE model = 'AuthorizationCode' AND id_hash = $9 AND consumed_at IS NULL RETURNING 1 AS one)
  INSERT INTO oidc_record (model, id_hash, sealed, grant_id, uid_hash, account_id, client_id, expires_at)
  SELECT $1::text, $2::text, $3::bytea, $4::text, $5::text, $6::text, $7::text, $8::bigint FROM used
  RETURNING 1 AS one ${PLANNED_ONCE}`;

/** $1 to $9 the record's columns as in {@link UPSERT}, $10 hash of the interaction's id. */
export const CONCLUDE = `WITH ended AS (
    DELETE FROM oidc_record WHERE model = 'Interaction' AND id_hash = $10 RETURNING 1 AS one)
  INSERT INTO oidc_record (model, id_hash, sealed, grant_id, uid_hash, account_id, client_id, expires_at, links)
  SELECT $1::text, $2::text, $3::bytea, $4::text, $5::text, $6::text, $7::text, $8::bigint, $9::jsonb FROM ended
  RETURNING 1 AS one ${PLANNED_ONCE}`;

/** $1 client id. Revoked keys are no clients. */
export const FIND_CLIENT = `SELECT ${CLIENT} FROM workflow_key k WHERE k.client_id = $1 AND k.revoked_at IS NULL ${PLANNED_ONCE}`;

/** Run one of them. */
export async function run<R>(db: Db, text: string, parameters: readonly unknown[]): Promise<readonly R[]> {
  return (await db.executeQuery<R>(CompiledQuery.raw(text, [...parameters]) as CompiledQuery<R>)).rows;
}
