/** Which applications have to be told that a person was signed out, by what they were granted. */
import { sql, type Transaction } from 'kysely';
import type { Mode } from '../journey/journey.ts';
import type { Logout } from '../oidc/logouts.ts';
import { Personal } from '../personal.ts';
import type { Vault } from '../vault/vault.ts';
import { grantsOf } from './ended_grants.ts';
import type { JobsLogger } from './jobs.ts';
import type { Database } from './tables.ts';

/** Grants of one person that are looked through, the newest first. */
const MOST_GRANTS = 1_000;
/** Sessions and refresh tokens of one person that are looked through for the names of their sessions. */
const MOST_RECORDS = 200;

/** Which of an account's grants are meant; all without any of it. */
export interface WhichGrants {
  readonly deviceId?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly workflowId?: string | undefined;
  /** Whether a grant is meant, by what its decision tells of the person. */
  readonly telling?: ((profile: Personal<unknown> | undefined) => boolean) | undefined;
}

/** What telling needs: to open what is sealed, and where to say that it could not. */
export interface TellingDeps {
  readonly vault: Pick<Vault, 'open'>;
  readonly logger: JobsLogger;
}

interface Listening {
  readonly grant_id: string;
  readonly sealed: Uint8Array | null;
  readonly client_id: string;
  readonly by_session: boolean;
}

/**
 * Who has to be told that what an account was granted ends. To be called before it is deleted, in the same transaction. A
 * key that asks for the session's name (`backchannel_logout_session_required`) is told of each that a session or refresh
 * token still knows; others are told of the person once, which ends all their sessions there (section 2.4: `sub` without
 * `sid`). Keys that were revoked or name no address are nobody.
 *
 * An end must not depend on its telling: of a session that cannot be opened an application is told by the person alone, and a
 * decision that cannot be opened counts as one that is meant. Both are logged, `logout_unreadable`.
 */
export async function logoutsOf(tx: Transaction<Database>, deps: TellingDeps, accountId: string, { deviceId, mode, workflowId, telling }: WhichGrants = {}): Promise<readonly Logout[]> {
  const { rows } = await sql<Listening>`
    SELECT theirs.grant_id, theirs.sealed, k.client_id, coalesce((k.metadata ->> 'backchannel_logout_session_required')::boolean, false) AS by_session
    FROM (SELECT grant_id, client_id, sealed, decided_at FROM grant_outcome WHERE ${grantsOf(accountId, deviceId)} AND verdict = 'approve') AS theirs
    JOIN workflow_key k ON k.client_id = theirs.client_id AND k.revoked_at IS NULL AND k.metadata ->> 'backchannel_logout_uri' IS NOT NULL
      AND k.mode = coalesce(${mode ?? null}::text, k.mode) AND k.workflow_id = coalesce(${workflowId ?? null}::text, k.workflow_id)
    ORDER BY theirs.decided_at DESC, theirs.grant_id LIMIT ${MOST_GRANTS}`.execute(tx);
  const meant: Listening[] = [];
  for (const row of rows) if (!telling || (await isMeant(deps, row, telling))) meant.push(row);
  const names = meant.some(({ by_session: bySession }) => bySession) ? await sessionNames(tx, deps, accountId) : [];
  const told = new Map<string, Logout>();
  for (const { client_id: clientId, by_session: bySession, grant_id: grant } of meant) {
    const sids = bySession ? names.filter((name) => name.clientId === clientId && name.grant === grant).map(({ sid }) => sid) : [undefined];
    for (const sid of sids) told.set(JSON.stringify([clientId, sid ?? null]), { clientId, accountId, sid });
  }
  return [...told.values()];
}

async function isMeant({ vault, logger }: TellingDeps, row: Listening, telling: NonNullable<WhichGrants['telling']>): Promise<boolean> {
  try {
    return telling(await profileOf(vault, row));
  } catch (thrown) {
    unreadable(logger, 'grant_outcome', thrown);
    return true;
  }
}

function unreadable(logger: JobsLogger, what: string, thrown: unknown): void {
  logger.warn({ event: 'logout_unreadable', what, error: thrown instanceof Error ? thrown.name : 'unknown' }, 'what an application is told of an end by could not be opened; it is told all the same, of the person');
}

async function profileOf(vault: Pick<Vault, 'open'>, { grant_id: grantId, sealed }: Listening): Promise<Personal<unknown> | undefined> {
  return sealed === null ? undefined : Personal.of(JSON.parse((await vault.open('account', sealed, `grant_outcome:${grantId}`)).toString('utf8')) as unknown);
}

interface SessionName {
  readonly clientId: string;
  /** As `grant_outcome` is found by. */
  readonly grant: string;
  /** Undefined where the record that knows it cannot be opened. */
  readonly sid: string | undefined;
}

/** What applications call the sessions of an account, from the sessions themselves and from refresh tokens that outlived theirs. */
async function sessionNames(tx: Transaction<Database>, { vault, logger }: TellingDeps, accountId: string): Promise<readonly SessionName[]> {
  const rows = await tx.selectFrom('oidc_record').select(['model', 'id_hash', 'sealed', 'grant_id', 'client_id', 'links'])
    .where('account_id', '=', accountId).where('model', 'in', ['Session', 'RefreshToken']).orderBy('expires_at', 'desc').orderBy('id_hash').limit(MOST_RECORDS).execute();
  const names: SessionName[] = [];
  for (const row of rows) {
    const payload = await payloadOf(vault, row).catch((thrown: unknown) => unreadable(logger, row.model, thrown));
    const links = row.model === 'Session' ? Object.entries((row.links ?? {}) as Record<string, string>) : [[row.client_id ?? '', row.grant_id ?? ''] as const];
    for (const [clientId, grant] of links) {
      if (!payload) {
        names.push({ clientId, grant, sid: undefined });
        continue;
      }
      const sid = row.model === 'Session' ? payload.authorizations?.[clientId]?.sid : payload.sid;
      if (typeof sid === 'string') names.push({ clientId, grant, sid });
    }
  }
  return names;
}

interface SessionPayload {
  readonly sid?: unknown;
  readonly authorizations?: Readonly<Record<string, { readonly sid?: unknown }>>;
}

async function payloadOf(vault: Pick<Vault, 'open'>, { model, id_hash: idHash, sealed }: { readonly model: string; readonly id_hash: string; readonly sealed: Uint8Array }): Promise<SessionPayload> {
  return JSON.parse((await vault.open('oidc_record', sealed, `${model}:${idHash}`)).toString('utf8')) as SessionPayload;
}
