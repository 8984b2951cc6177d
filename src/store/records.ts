/**
 * The OIDC server's records in table `oidc_record`. Ids are stored as hashes, so that a leaked table redeems
 * nothing, and payloads are sealed to their row. What belongs together is read together: a returning browser costs one
 * statement, a token another.
 */
import { hash as digest } from 'node:crypto';
import { sql } from 'kysely';
import { Personal } from '../personal.ts';
import {
  LONGEST_GRANT,
  type AccountRow,
  type ClientRow,
  type GrantOutcome,
  type OutcomeDevice,
  type OutcomeSummary,
  type Payload,
  type RecordStore,
  type SessionReads,
  type TokenReads,
} from '../oidc/records.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import { ACCOUNT, CONCLUDE, DEVICE, FIND, FIND_CLIENT, FIND_GRANTED, FIND_SESSION, OUTCOME, REDEEM, UPSERT, run } from './record_statements.ts';

/** Rows per statement when many go at once, so that no statement holds its locks for long. */
const BATCH = 500;
/** Expired records stay readable this long, like the library's own clock tolerance, milliseconds. */
const TOLERANCE = 15_000;

/** Columns of one record under a prefix; null where a LEFT JOIN found none. */
interface RecordColumns {
  readonly id_hash: string;
  readonly sealed: Uint8Array;
  readonly expires_at: number | null;
  readonly consumed_at: number | null;
}
type Joined<P extends string> = { readonly [K in keyof RecordColumns as `${P}_${K}`]: RecordColumns[K] | null };

interface ClientColumns {
  readonly k_client_id: string | null;
  readonly k_workflow_id: string | null;
  readonly k_mode: 'test' | 'live' | null;
  readonly k_secret_hash: string | null;
  readonly k_previous_secret_hash: string | null;
  readonly k_previous_secret_until: number | null;
  readonly k_metadata: unknown;
}
interface AccountColumns {
  readonly a_id: string | null;
  readonly a_erased_at: number | null;
}
interface OutcomeColumns {
  readonly o_journey_id: string | null;
  readonly o_account_id: string | null;
  readonly o_client_id: string | null;
  readonly o_verdict: GrantOutcome['verdict'] | null;
  readonly o_policy: string | null;
  readonly o_reuse_until: number | null;
  readonly o_decided_at: number | null;
  readonly o_credential_hash: string | null;
  readonly o_summary: unknown;
  readonly o_grant_id: string | null;
  readonly o_sealed: Uint8Array | null;
  readonly o_device_id: string | null;
  readonly o_bound_devices: readonly string[] | null;
}
interface DeviceColumns {
  readonly d_id: string | null;
  readonly d_token_hash: string | null;
  readonly d_previous_hash: string | null;
  readonly d_previous_until: number | null;
  readonly d_trusted_until: number | null;
  readonly d_hardware: unknown;
}

/** `now` in epoch milliseconds. */
export function recordStore(db: Db, vault: Vault, now: () => number = Date.now): RecordStore {
  // Plain SHA-256: the ids are 256 random bits, which no table of guesses reaches, so a key would add only its cost.
  const idHash = (model: string, id: string): string => digest('sha256', `${model}:${id}`, 'base64url');
  const uidHash = (uid: string): string => digest('sha256', `uid:${uid}`, 'base64url');

  const unseal = async (model: string, columns: RecordColumns): Promise<Payload | undefined> => {
    if (columns.expires_at !== null && columns.expires_at + TOLERANCE <= now()) return undefined;
    const json = await vault.open('oidc_record', columns.sealed, `${model}:${columns.id_hash}`);
    const payload = JSON.parse(json.toString('utf8')) as Payload;
    return columns.consumed_at === null ? payload : { ...payload, consumed: Math.floor(columns.consumed_at / 1000) };
  };

  const joined = async <P extends 's' | 'g' | 't'>(model: string, prefix: P, row: Joined<P>): Promise<Payload | undefined> => {
    const columns = row as unknown as Record<string, unknown>;
    const hash = columns[`${prefix}_id_hash`];
    if (typeof hash !== 'string') return undefined;
    return unseal(model, {
      id_hash: hash,
      sealed: columns[`${prefix}_sealed`] as Uint8Array,
      expires_at: columns[`${prefix}_expires_at`] as number | null,
      consumed_at: columns[`${prefix}_consumed_at`] as number | null,
    });
  };

  const outcomeRow = (grantId: string | undefined, row: OutcomeColumns, device?: DeviceColumns): GrantOutcome | undefined => {
    if (grantId === undefined || row.o_journey_id === null || row.o_verdict === null) return undefined;
    const { o_grant_id: hash, o_sealed: sealed } = row;
    return {
      grantId,
      journeyId: row.o_journey_id,
      accountId: row.o_account_id ?? '',
      clientId: row.o_client_id ?? '',
      verdict: row.o_verdict,
      policy: row.o_policy ?? '',
      reuseUntil: Number(row.o_reuse_until),
      decidedAt: Number(row.o_decided_at),
      credentialHash: row.o_credential_hash ?? undefined,
      summary: row.o_summary as OutcomeSummary,
      deviceId: row.o_device_id ?? undefined,
      boundDevices: row.o_bound_devices ?? [],
      device: device && deviceRow(device),
      profile: async () => {
        if (sealed === null) return undefined;
        const json = await vault.open('account', sealed, `grant_outcome:${hash ?? ''}`);
        return Personal.of<unknown>(JSON.parse(json.toString('utf8')));
      },
    };
  };

  const write = (model: string, id: string, payload: Payload, ttl: number | undefined) => {
    const hash = idHash(model, id);
    const { consumed: _kept, ...kept } = payload;
    const uid = text(model === 'Session' ? payload['uid'] : payload['sessionUid']);
    const grantId = text(payload['grantId']);
    return {
      model,
      id_hash: hash,
      sealed: vault.seal('oidc_record', JSON.stringify(kept), `${model}:${hash}`),
      grant_id: grantId === undefined ? null : idHash('Grant', grantId),
      uid_hash: uid === undefined ? null : uidHash(uid),
      account_id: text(payload['accountId']) ?? null,
      client_id: text(payload['clientId']) ?? null,
      links: model === 'Session' ? grantLinks(payload, (grant) => idHash('Grant', grant)) : null,
      expires_at: ttl === undefined ? null : now() + ttl * 1000,
    };
  };

  return {
    async find(model, id) {
      const [row] = await run<RecordColumns>(db, FIND, [model, idHash(model, id)]);
      return row && unseal(model, row);
    },

    async findSessionByUid(uid) {
      const { rows } = await sql<RecordColumns>`
        SELECT id_hash, sealed, expires_at, consumed_at FROM oidc_record
        WHERE model = 'Session' AND uid_hash = ${uidHash(uid)}
        ORDER BY expires_at DESC LIMIT 1`.execute(db);
      return rows[0] && unseal('Session', rows[0]);
    },

    async findSession(id, clientId): Promise<SessionReads> {
      const [row] = await run<Joined<'s'> & Joined<'g'> & OutcomeColumns & DeviceColumns & AccountColumns & ClientColumns>(
        db, FIND_SESSION, [idHash('Session', id), clientId],
      );
      if (!row) return { session: undefined, grant: undefined, outcome: undefined, account: undefined, client: undefined };
      const grant = await joined('Grant', 'g', row);
      return {
        session: await joined('Session', 's', row),
        grant,
        outcome: outcomeRow(text(grant?.['jti']), row, row),
        account: accountRow(row),
        client: clientRow(row),
      };
    },

    async findGranted(model, id): Promise<TokenReads> {
      const [row] = await run<Joined<'t'> & Joined<'g'> & Joined<'s'> & OutcomeColumns & AccountColumns & ClientColumns>(
        db, FIND_GRANTED, [model, idHash(model, id)],
      );
      const token = row && (await joined(model, 't', row));
      if (!token) {
        return { token: undefined, grant: undefined, session: undefined, outcome: undefined, account: undefined, client: undefined };
      }
      return {
        token,
        grant: await joined('Grant', 'g', row),
        session: await joined('Session', 's', row),
        outcome: outcomeRow(text(token['grantId']), row),
        account: accountRow(row),
        client: clientRow(row),
      };
    },

    async upsert(model, id, payload, ttl) {
      const row = write(model, id, payload, ttl);
      await run(db, UPSERT, [...columnsOf(row), row.links]);
    },

    async update(model, id, payload, ttl) {
      const row = write(model, id, payload, ttl);
      const { rows } = await sql`
        UPDATE oidc_record SET sealed = ${row.sealed}, grant_id = ${row.grant_id}, uid_hash = ${row.uid_hash},
          account_id = ${row.account_id}, client_id = ${row.client_id}, links = ${row.links}::jsonb, expires_at = ${row.expires_at}
        WHERE model = ${model} AND id_hash = ${row.id_hash}
        RETURNING 1 AS one`.execute(db);
      return rows.length === 1;
    },

    async conclude(interaction, model, id, payload, ttl) {
      const row = write(model, id, payload, ttl);
      const rows = await run(db, CONCLUDE, [...columnsOf(row), row.links, idHash('Interaction', interaction)]);
      return rows.length === 1;
    },

    async insertOnce(model, id, payload, ttl) {
      const row = write(model, id, payload, ttl);
      // A leftover that has expired but is not yet swept does not count as a replay.
      const { rows } = await sql`
        INSERT INTO oidc_record (model, id_hash, sealed, expires_at)
        VALUES (${row.model}, ${row.id_hash}, ${row.sealed}, ${row.expires_at})
        ON CONFLICT (model, id_hash) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at
          WHERE oidc_record.expires_at + ${TOLERANCE}::bigint <= ${now()}::bigint
        RETURNING 1 AS one`.execute(db);
      return rows.length === 1;
    },

    async consume(model, id) {
      const { rows } = await sql`
        UPDATE oidc_record SET consumed_at = ${now()}
        WHERE model = ${model} AND id_hash = ${idHash(model, id)} AND consumed_at IS NULL
        RETURNING 1 AS one`.execute(db);
      return rows.length === 1;
    },

    async redeem(code, token, payload, ttl) {
      const row = write('AccessToken', token, payload, ttl);
      const rows = await run(db, REDEEM, [...columnsOf(row), idHash('AuthorizationCode', code), now()]);
      return rows.length === 1;
    },

    async destroy(model, id) {
      const hash = idHash(model, id);
      const outcomes = model === 'Grant' ? sql`, outcome AS (DELETE FROM grant_outcome WHERE grant_id = ${hash})` : sql``;
      const { rows } = await sql`
        WITH gone AS (DELETE FROM oidc_record WHERE model = ${model} AND id_hash = ${hash} RETURNING 1 AS one)${outcomes}
        SELECT one FROM gone`.execute(db);
      return rows.length === 1;
    },

    async revokeByGrantId(model, grantId) {
      const hash = idHash('Grant', grantId);
      for (;;) {
        const { rows } = await sql`
          DELETE FROM oidc_record WHERE model = ${model} AND id_hash IN (
            SELECT id_hash FROM oidc_record WHERE model = ${model} AND grant_id = ${hash} LIMIT ${sql.lit(BATCH)})
          RETURNING 1 AS one`.execute(db);
        if (rows.length < BATCH) return;
      }
    },

    async client(clientId) {
      const [row] = await run<ClientColumns>(db, FIND_CLIENT, [clientId]);
      return row && clientRow(row);
    },

    async account(accountId) {
      const { rows } = await sql<AccountColumns>`SELECT ${sql.raw(ACCOUNT)} FROM account a WHERE a.id = ${accountId}`.execute(db);
      return rows[0] && accountRow(rows[0]);
    },

    async outcome(grantId) {
      const { rows } = await sql<OutcomeColumns & DeviceColumns>`
        SELECT ${sql.raw(OUTCOME)}, ${sql.raw(DEVICE)} FROM grant_outcome o LEFT JOIN device d ON d.id = o.device_id
        WHERE o.grant_id = ${idHash('Grant', grantId)}`.execute(db);
      return rows[0] && outcomeRow(grantId, rows[0], rows[0]);
    },

    async saveOutcome(outcome) {
      const hash = idHash('Grant', outcome.grantId);
      const sealed = outcome.profile ? vault.seal('account', JSON.stringify(outcome.profile.open()), `grant_outcome:${hash}`) : null;
      await sql`
        INSERT INTO grant_outcome (grant_id, journey_id, account_id, client_id, verdict, policy, reuse_until,
          decided_at, credential_hash, summary, sealed, created_at, device_id)
        VALUES (${hash}, ${outcome.journeyId}, ${outcome.accountId}, ${outcome.clientId},
          ${outcome.verdict}, ${outcome.policy}, ${outcome.reuseUntil}, ${outcome.decidedAt},
          ${outcome.credentialHash ?? null}, ${JSON.stringify(outcome.summary)}::jsonb, ${sealed}, ${now()}, ${outcome.deviceId ?? null})
        ON CONFLICT (grant_id) DO NOTHING`.execute(db);
    },

    async sweep() {
      const before = now() - TOLERANCE;
      // An outcome is saved before its Grant: where a crash came between, no Grant takes it along when it goes.
      const orphaned = before - LONGEST_GRANT * 1000;
      for (;;) {
        const { rows } = await sql`
          DELETE FROM grant_outcome WHERE grant_id IN (
            SELECT grant_id FROM grant_outcome WHERE created_at < ${orphaned} ORDER BY created_at LIMIT ${sql.lit(BATCH)})
          RETURNING 1 AS one`.execute(db);
        if (rows.length < BATCH) break;
      }
      for (let total = 0; ; ) {
        const { rows } = await sql<{ readonly count: number }>`
          WITH doomed AS (
            SELECT model, id_hash FROM oidc_record WHERE expires_at < ${before} ORDER BY expires_at LIMIT ${sql.lit(BATCH)}),
          gone AS (
            DELETE FROM oidc_record r USING doomed d WHERE r.model = d.model AND r.id_hash = d.id_hash
            AND r.expires_at < ${before} RETURNING r.model, r.id_hash),
          outcomes AS (
            DELETE FROM grant_outcome o USING gone g WHERE g.model = 'Grant' AND o.grant_id = g.id_hash)
          SELECT count(*)::int AS count FROM gone`.execute(db);
        const count = Number(rows[0]?.count ?? 0);
        total += count;
        if (count < BATCH) return total;
      }
    },
  };
}

/** The columns of a record as {@link UPSERT} and {@link REDEEM} take them. */
function columnsOf(row: {
  readonly model: string; readonly id_hash: string; readonly sealed: Buffer; readonly grant_id: string | null;
  readonly uid_hash: string | null; readonly account_id: string | null; readonly client_id: string | null; readonly expires_at: number | null;
}): readonly unknown[] {
  return [row.model, row.id_hash, row.sealed, row.grant_id, row.uid_hash, row.account_id, row.client_id, row.expires_at];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Which Grant each client has in a session, hashed, so that a returning browser's Grant can be joined. */
function grantLinks(payload: Payload, hash: (grantId: string) => string): string | null {
  const links: Record<string, string> = {};
  const authorizations = payload['authorizations'];
  if (typeof authorizations !== 'object' || authorizations === null) return null;
  for (const [clientId, authorization] of Object.entries(authorizations as Record<string, { grantId?: unknown }>)) {
    const grantId = text(authorization.grantId);
    if (grantId !== undefined) links[clientId] = hash(grantId);
  }
  return JSON.stringify(links);
}

function accountRow({ a_id: id, a_erased_at: erasedAt }: AccountColumns): AccountRow | undefined {
  return id === null ? undefined : { id, erased: erasedAt !== null };
}

function deviceRow(row: DeviceColumns): OutcomeDevice | undefined {
  if (row.d_id === null) return undefined;
  return {
    tokenHash: row.d_token_hash ?? undefined,
    previousHash: row.d_previous_hash ?? undefined,
    previousUntil: row.d_previous_until === null ? undefined : Number(row.d_previous_until),
    trustedUntil: row.d_trusted_until === null ? undefined : Number(row.d_trusted_until),
    hardware: (row.d_hardware ?? undefined) as OutcomeDevice['hardware'],
  };
}

function clientRow(row: ClientColumns): ClientRow | undefined {
  if (row.k_client_id === null || row.k_workflow_id === null || row.k_mode === null || row.k_secret_hash === null) return undefined;
  return {
    clientId: row.k_client_id,
    workflowId: row.k_workflow_id,
    mode: row.k_mode,
    secretHash: row.k_secret_hash,
    ...(row.k_previous_secret_hash === null || row.k_previous_secret_until === null
      ? {}
      : { previousSecret: { hash: row.k_previous_secret_hash, until: Number(row.k_previous_secret_until) } }),
    metadata: row.k_metadata,
  };
}
