/** Finding accounts and showing one, without anything personal but on a reveal. */
import { sql } from 'kysely';
import { isId, phoneOf } from '../../admin/accounts/rules.ts';
import type { AccountDesk, AccountDevice, AccountSearchKind, AccountView } from '../../admin/accounts/store.ts';
import { Personal } from '../../personal.ts';
import type { Db } from '../database.ts';
import { accountRow, accountRows, holdsOf, type AccountDeps } from './accounts_common.ts';
import { openingNames } from './accounts_openings.ts';
import { auditLog, audited } from './audit.ts';
import { caseRows } from './accounts_cases.ts';
import { credentialHashes, emailHash, phoneHash } from './journeys_index.ts';

/** Of one search: enough to tell that there are several. */
const MOST_FOUND = 50;
/** Journeys that a search by phone or email looks at, newest first. */
const MOST_LOOKED = 1_000;
const JOURNEYS_SHOWN = 25;
const INCIDENTS_SHOWN = 50;
/** Characters of a hash that tell two apart without being any use elsewhere. */
const PREFIX = 10;

export function accountRead(deps: AccountDeps): Pick<AccountDesk, 'page' | 'search' | 'find' | 'reveal'> {
  const { db, vault } = deps;
  return {
    async page(before, most) {
      const from = readCursor(before);
      const rows = await accountRows(db)
        .$if(from !== undefined, (query) => query.where((eb) => eb(eb.refTuple('account.created_at', 'account.id'), '<', eb.tuple(from?.at ?? 0, from?.id ?? ''))))
        .orderBy('account.created_at', 'desc').orderBy('account.id', 'desc').limit(most + 1).execute();
      const last = rows.length > most ? rows[most - 1] : undefined;
      return { rows: rows.slice(0, most).map(accountRow), next: last && cursorOf(last.created_at, last.id) };
    },

    async search(actor, kind, value) {
      const ids = await idsBy(deps, kind, value.open().trim());
      const rows = ids.length === 0 ? [] : await accountRows(db).where('account.id', 'in', [...ids]).orderBy('account.created_at', 'desc').orderBy('account.id', 'desc').execute();
      // Before anything is told: whoever walks through people by their phones is seen to.
      await auditLog(deps).note(actor, { action: 'account.searched', target: { kind: 'person', id: kind }, details: { by: kind, found: rows.length } });
      return rows.map(accountRow);
    },

    find: (id, before) => viewOf(db, id, before),

    async reveal(actor, accountId, reason) {
      // On record before anything is opened, and also where opening then fails.
      const account = await audited(deps, actor, async (tx) => {
        const row = await tx.selectFrom('account').select(['id', 'sealed', 'erased_at']).where('id', '=', accountId).executeTakeFirst();
        return { result: row, fact: row && { action: 'account.revealed', target: { kind: 'account', id: accountId }, reason } };
      });
      if (!account || account.erased_at !== null) return undefined;
      const credentials = await db.selectFrom('credential').select(['workflow_id', 'credential_hash']).where('account_id', '=', accountId).orderBy('created_at').execute();
      const names = await credentialNames(deps, accountId);
      const profile = account.sealed === null ? {} : JSON.parse((await vault.open('account', account.sealed, `account:${accountId}`)).toString('utf8')) as unknown;
      return {
        credentials: credentials.map((row) => ({ workflowId: row.workflow_id, hashPrefix: row.credential_hash.slice(0, PREFIX), name: names.get(row.credential_hash) })),
        profile: Personal.of(fieldsOf(profile)),
      };
    },
  };
}

/** What a profile says, flat: names and values as text. Pure. */
function fieldsOf(profile: unknown): readonly (readonly [string, string])[] {
  if (typeof profile !== 'object' || profile === null) return [];
  return Object.entries(profile).flatMap(([name, value]) => {
    if (value === '' || value === null || value === undefined) return [];
    return [[name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const];
  });
}

async function idsBy({ db, vault }: AccountDeps, kind: AccountSearchKind, text: string): Promise<readonly string[]> {
  switch (kind) {
    case 'id':
      return isId(text) ? [text] : [];
    case 'transaction': {
      const row = isId(text) ? await db.selectFrom('journey').select('account_id').where('id', '=', text).executeTakeFirst() : undefined;
      return row?.account_id ? [row.account_id] : [];
    }
    case 'credential': {
      const rows = await db.selectFrom('credential').select('account_id').distinct().where('credential_hash', 'in', [...credentialHashes(vault, text)]).limit(MOST_FOUND).execute();
      return rows.map((row) => row.account_id);
    }
    case 'phone': {
      const phone = phoneOf(text);
      return phone === undefined ? [] : byPerson(db, 'phone', phoneHash(vault, phone));
    }
    case 'email':
      return byPerson(db, 'email', emailHash(vault, text));
  }
}

async function byPerson(db: Db, kind: 'phone' | 'email', hash: string): Promise<readonly string[]> {
  const { rows } = await sql<{ account_id: string }>`
    SELECT DISTINCT account_id FROM (
      SELECT journey_id FROM journey_person WHERE kind = ${kind} AND hash = ${hash} ORDER BY created_at DESC LIMIT ${MOST_LOOKED}
    ) AS newest JOIN journey ON journey.id = newest.journey_id
    WHERE account_id IS NOT NULL LIMIT ${MOST_FOUND}`.execute(db);
  return rows.map((row) => row.account_id);
}

async function viewOf(db: Db, id: string, before: string | undefined): Promise<AccountView | undefined> {
  const row = await accountRows(db).where('account.id', '=', id).executeTakeFirst();
  if (!row) return undefined;
  const from = readCursor(before);
  const [mergedFrom, holds, credentials, journeys, devices, passkeys, grants, records, incidents, cases] = await Promise.all([
    db.selectFrom('account').select(['id', 'merged_at']).where('merged_into', '=', id).orderBy('merged_at').execute(),
    holdsOf(db, id),
    db.selectFrom('credential').select(['workflow_id', 'credential_hash', 'created_at']).where('account_id', '=', id).orderBy('created_at').orderBy('credential_hash').execute(),
    db.selectFrom('journey').select(['id', 'workflow_id', 'workflow_version', 'client_id', 'verdict', 'created_at', 'erased_at']).where('account_id', '=', id)
      .$if(from !== undefined, (query) => query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(from?.at ?? 0, from?.id ?? ''))))
      .orderBy('created_at', 'desc').orderBy('id', 'desc').limit(JOURNEYS_SHOWN + 1).execute(),
    devicesOf(db, id),
    db.selectFrom('passkey').select(['id', 'workflow_id', 'label', 'created_at', 'last_used_at', 'revoked_at', 'revoked_reason']).where('account_id', '=', id).orderBy('created_at', 'desc').orderBy('id').execute(),
    db.selectFrom('grant_outcome').select(['client_id', 'policy', 'decided_at', 'reuse_until']).where('account_id', '=', id).orderBy('decided_at', 'desc').orderBy('client_id').limit(INCIDENTS_SHOWN).execute(),
    db.selectFrom('oidc_record').select(['model', sql<number>`count(*)::int`.as('count')]).where('account_id', '=', id).groupBy('model').orderBy('model').execute(),
    db.selectFrom('incident').select(['id', 'kind', 'status', 'at', 'journey_id']).where('account_id', '=', id).orderBy('at', 'desc').orderBy('id').limit(INCIDENTS_SHOWN).execute(),
    caseRows(db, id),
  ]);
  const last = journeys.length > JOURNEYS_SHOWN ? journeys[JOURNEYS_SHOWN - 1] : undefined;
  const counts = row.counts as Readonly<Record<string, number>> | null;
  return {
    ...accountRow(row),
    mergedInto: row.merged_into ?? undefined,
    mergedAt: row.merged_at ?? undefined,
    mergedFrom: mergedFrom.map((shell) => ({ id: shell.id, at: shell.merged_at ?? 0 })),
    erasure: row.begun_at === null ? undefined : { begunAt: row.begun_at, finishedAt: row.finished_at ?? undefined, counts: counts ?? {} },
    holds,
    credentials: credentials.map((one) => ({ workflowId: one.workflow_id, hashPrefix: one.credential_hash.slice(0, PREFIX), createdAt: one.created_at })),
    journeys: journeys.slice(0, JOURNEYS_SHOWN).map((journey) => ({
      id: journey.id, workflow: `${journey.workflow_id}@${journey.workflow_version}`, clientId: journey.client_id,
      verdict: (journey.verdict ?? undefined) as 'approve' | 'deny' | 'review' | undefined, createdAt: journey.created_at, erased: journey.erased_at !== null,
    })),
    olderJourneys: last && cursorOf(last.created_at, last.id),
    devices,
    passkeys: passkeys.map((key) => ({
      id: key.id, workflowId: key.workflow_id, label: key.label ?? undefined, createdAt: key.created_at, lastUsedAt: key.last_used_at ?? undefined,
      revoked: key.revoked_at === null ? undefined : { at: key.revoked_at, reason: key.revoked_reason ?? 'unknown' },
    })),
    grants: grants.map((grant) => ({ clientId: grant.client_id, policy: grant.policy, decidedAt: grant.decided_at, reuseUntil: grant.reuse_until })),
    records: Object.fromEntries(records.map(({ model, count }) => [model, Number(count)])),
    incidents: incidents.map((one) => ({ id: one.id, kind: one.kind, status: one.status, at: one.at, journeyId: one.journey_id ?? undefined })),
    cases,
  };
}

async function devicesOf(db: Db, accountId: string): Promise<readonly AccountDevice[]> {
  const rows = await db.selectFrom('device_trust').innerJoin('device', 'device.id', 'device_trust.device_id')
    .selectAll('device_trust').select(['device.kind', 'device.label', 'device.last_country', 'device.last_seen_at'])
    .where('account_id', '=', accountId).orderBy('device_trust.last_used_at', 'desc').orderBy('device_trust.id').execute();
  return [...Map.groupBy(rows, (row) => row.device_id)].flatMap(([id, trusts]) => {
    const [first] = trusts;
    return first ? [{
      id, kind: first.kind, label: first.label ?? undefined, lastCountry: first.last_country ?? undefined, lastSeenAt: first.last_seen_at,
      trusts: trusts.map((trust) => ({
        workflowId: trust.workflow_id, acr: trust.acr, reason: trust.reason, journeyId: trust.journey_id, grantedAt: trust.granted_at,
        expiresAt: trust.expires_at, lastUsedAt: trust.last_used_at,
        revoked: trust.revoked_at === null ? undefined : { at: trust.revoked_at, reason: trust.revoked_reason ?? 'unknown' },
      })),
    }] : [];
  });
}

/** The application's names behind hashes, from the journeys that were opened with them. */
export async function credentialNames({ db, vault }: AccountDeps, accountId: string): Promise<ReadonlyMap<string, Personal<string>>> {
  const rows = await db.selectFrom('journey').select(['id', 'mode', 'workflow_id', 'sealed', 'credential_hash']).where('account_id', '=', accountId)
    .where('credential_hash', 'is not', null).distinctOn('credential_hash').orderBy('credential_hash').orderBy('created_at', 'desc').execute();
  const names = await openingNames(vault, rows);
  return new Map(rows.flatMap((row) => {
    const name = names.get(row.id);
    return name && row.credential_hash !== null ? [[row.credential_hash, name] as const] : [];
  }));
}

function cursorOf(at: number, id: string): string {
  return Buffer.from(JSON.stringify([at, id])).toString('base64url');
}

function readCursor(cursor: string | undefined): { readonly at: number; readonly id: string } | undefined {
  if (cursor === undefined || !/^[\w-]{4,200}$/.test(cursor)) return undefined;
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as readonly unknown[];
    return typeof at === 'number' && Number.isSafeInteger(at) && typeof id === 'string' && isId(id) ? { at, id } : undefined;
  } catch {
    return undefined;
  }
}
