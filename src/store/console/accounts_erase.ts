/**
 * Erasing a person. It is in force the moment it is begun: the account ends, nobody is found by it any more, and the fact
 * that it has to be finished is written down. What is kept then goes in bounded batches, one transaction each, by this
 * process or, where it ended, by housekeeping.
 */
import { sql } from 'kysely';
import type { AccountDesk, ErasurePlan, ErasureRefusal, ErasureResult } from '../../admin/accounts/store.ts';
import type { Actor } from '../../admin/actor.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { accountRow, accountRows, holdsOf, MOST_TRANSACTIONS, passGate, tellOfEnd, toldOf, type AccountDeps, type Told, type Tx } from './accounts_common.ts';
import { appendAudit, audited } from './audit.ts';
import { ERASE_PHASES, type Erased } from './accounts_erase_phases.ts';
import { erasureCounts } from './accounts_erase_plan.ts';
import { dropTickets } from './accounts_erase_tickets.ts';
import { contactCount, contactHashes } from './accounts_kin.ts';

/** What was written by a request that began before the erasure is looked for again this long, milliseconds. */
const LATE_MS = 24 * 3_600_000;
/** Accounts that one round of housekeeping works on. */
const MOST_RESUMED = 10;
/** Batches in one go; a person with more is finished by housekeeping. */
const MOST_BATCHES = 2_000;
const PICTURES = 500;

export function accountErase(deps: AccountDeps): Pick<AccountDesk, 'erasurePlan' | 'erase'> {
  const { db } = deps;
  return {
    async erasurePlan(accountId): Promise<ErasurePlan | undefined> {
      const row = await accountRows(db).where('account.id', '=', accountId).executeTakeFirst();
      if (!row) return undefined;
      const account = accountRow(row);
      const holds = (await holdsOf(db, accountId)).filter(({ released }) => !released);
      return { account, holds, refusals: refusalsOf(account.state, holds.length > 0), ...(await erasureCounts(db, accountId)), contacts: await contactCount(db, accountId) };
    },

    async erase(actor, { accountId, ...why }) {
      const begun = await begin(deps, actor, { accountId, ...why });
      if (begun.kind !== 'erasing') return begun;
      const counts = await finish(deps, accountId, MOST_BATCHES);
      return counts ? { kind: 'erased', counts } : begun;
    },
  };
}

function refusalsOf(state: ReturnType<typeof accountRow>['state'], held: boolean): readonly ErasureRefusal[] {
  if (state === 'merged') return ['merged'];
  if (state === 'erased') return ['erased'];
  return held && state === 'active' ? ['held'] : [];
}

/** Write down that it has to be done, and end the account. Posting twice begins once. */
export function begin(deps: AccountDeps, actor: Actor, { accountId, reason, alsoContacts = false }: Parameters<AccountDesk['erase']>[1]): Promise<ErasureResult> {
  return audited<ErasureResult>(deps, actor, async (tx) => {
    await passGate(tx);
    const row = await accountRows(tx).where('account.id', '=', accountId).executeTakeFirst();
    if (!row) return { result: { kind: 'refused', refusals: ['not_found'] }, fact: undefined };
    const { state } = accountRow(row);
    if (state === 'erased') return { result: { kind: 'already' }, fact: undefined };
    if (state === 'erasing') return { result: { kind: 'erasing' }, fact: undefined };
    const held = (await holdsOf(tx, accountId)).some(({ released }) => !released);
    const refusals = refusalsOf(state, held);
    if (refusals.length > 0) {
      const fact = { action: 'account.erasure_begun', target: { kind: 'account', id: accountId }, details: { refusals }, reason, outcome: 'refused' } as const;
      return { result: { kind: 'refused', refusals }, fact };
    }
    const at = deps.now();
    // Shells that lead here go with it, locked first, as approvals lock them. From here on an approval finds nobody.
    await tx.selectFrom('account').select('id').where('merged_into', '=', accountId).orderBy('id').forUpdate().execute();
    await tx.selectFrom('account').select('id').where('id', '=', accountId).forUpdate().execute();
    const told = await toldOf(tx, accountId);
    const contacts = alsoContacts ? await contactHashes(tx, accountId) : [];
    await tellOfEnd(deps, tx, accountId);
    await tx.updateTable('account').set({ identity_hash: null, sealed: null }).where('merged_into', '=', accountId).execute();
    await tx.updateTable('account').set({ identity_hash: null, sealed: null, erased_at: at }).where('id', '=', accountId).execute();
    await tx.insertInto('account_erasure').values({
      account_id: accountId, actor_kind: actor.kind, actor_id: actor.id, actor_name: actor.name, begun_at: at, told: JSON.stringify(told), counts: '{}', contacts: JSON.stringify(contacts),
    }).execute();
    return { result: { kind: 'erasing' }, fact: { action: 'account.erasure_begun', target: { kind: 'account', id: accountId }, details: { also_contacts: alsoContacts }, reason } };
  });
}

/**
 * Do the next batch of an erasure that was begun; false where nothing is left but to say so. Safe to call from several
 * processes: the erasure's row is locked for the batch.
 */
export function eraseNext(deps: AccountDeps, accountId: string): Promise<boolean> {
  return deps.db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('account_erasure').select('counts').where('account_id', '=', accountId).where('finished_at', 'is', null).forUpdate().executeTakeFirst();
    if (!row) return false;
    for (const phase of ERASE_PHASES) {
      const gone = await phase({ tx, vault: deps.vault, accountId, now: deps.now() });
      if (!gone) continue;
      await tx.updateTable('account_erasure').set({ counts: JSON.stringify(added(row.counts as Erased, gone)) }).where('account_id', '=', accountId).execute();
      return true;
    }
    return false;
  });
}

function added(before: Erased, more: Erased): Erased {
  const sum: Record<string, number> = { ...before };
  for (const [table, rows] of Object.entries(more)) if (rows > 0) sum[table] = (sum[table] ?? 0) + rows;
  return sum;
}

/** Bring an erasure to its end; undefined where some of it has to wait for housekeeping. */
async function finish(deps: AccountDeps, accountId: string, mostBatches: number): Promise<Erased | undefined> {
  let count = 0;
  while (await eraseNext(deps, accountId)) if ((count += 1) >= mostBatches) return undefined;
  if (!(await picturesGone(deps, accountId))) return undefined;
  const tickets = await dropTickets(deps, accountId);
  return conclude(deps, accountId, tickets);
}

/** Pictures in an object store: their clock was set to the beginning of time, so housekeeping's own broom takes them. */
async function picturesGone({ db, images }: AccountDeps, accountId: string): Promise<boolean> {
  const left = () => db.selectFrom('image').innerJoin('journey', 'journey.id', 'image.journey_id').select('image.id').where('journey.account_id', '=', accountId).limit(1).executeTakeFirst();
  while (await left()) {
    try {
      if ((await images.purge(PICTURES)) === 0) return false;
    } catch {
      // The object store does not answer: what was begun stays begun, and housekeeping logs the failure at its own try.
      return false;
    }
  }
  return true;
}

/** Say that it is done, once. */
async function conclude({ db, vault, now }: AccountDeps, accountId: string, tickets: number): Promise<Erased | undefined> {
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('account_erasure').selectAll().where('account_id', '=', accountId).forUpdate().executeTakeFirst();
    if (!row) return undefined;
    if (row.finished_at !== null) return row.counts as Erased;
    const at = now();
    const counts = added(row.counts as Erased, { ticket: tickets });
    await tx.updateTable('account_erasure').set({ finished_at: at, counts: JSON.stringify(counts), told: '[]', contacts: '[]' }).where('account_id', '=', accountId).execute();
    await tell(tx, accountId, everybody(row.told as readonly Told[], await toldOf(tx, accountId)), at);
    const actor = { kind: row.actor_kind, id: row.actor_id, name: row.actor_name };
    await appendAudit(tx, vault, actor, { action: 'account.erased', target: { kind: 'account', id: accountId }, details: { counts } }, at);
    return counts;
  });
}

/** Who was to be told when it began, and of which journeys there were more when it ended. Pure. */
function everybody(before: readonly Told[], now: readonly Told[]): readonly Told[] {
  const of = ({ workflowId, clientId, mode }: Told): string => JSON.stringify([workflowId, clientId, mode]);
  const later = new Map(now.map((one) => [of(one), one]));
  const known = new Set(before.map(of));
  return [
    ...before.map((one) => ({ ...one, transactionIds: [...new Set([...one.transactionIds, ...(later.get(of(one))?.transactionIds ?? [])])].slice(0, MOST_TRANSACTIONS) })),
    ...now.filter((one) => !known.has(of(one))),
  ];
}

async function tell(tx: Tx, accountId: string, told: readonly Told[], at: number): Promise<void> {
  for (const { mode, workflowId, clientId, transactionIds } of told) {
    await queueWebhookEvent(tx, { type: 'account.erased', mode, workflowId, clientId, journeyId: undefined, at, data: { account_id: accountId, transaction_ids: transactionIds } });
  }
}

/** Go on with erasures that a process left behind, and take what came late; gives how many accounts had something left. */
export async function resumeErasures(deps: AccountDeps): Promise<number> {
  const { db, now } = deps;
  const left = await db.selectFrom('account_erasure').select('account_id').where('finished_at', 'is', null).orderBy('begun_at').limit(MOST_RESUMED).execute();
  for (const { account_id: accountId } of left) await finish(deps, accountId, MOST_BATCHES);
  // A request that had read the account before it ended may have written a grant or a passkey since.
  const recent = sql`(SELECT account_id FROM account_erasure WHERE finished_at > ${now() - LATE_MS})`;
  for (const table of ['oidc_record', 'grant_outcome', 'passkey', 'credential', 'device_trust'] as const) {
    await sql`DELETE FROM ${sql.table(table)} WHERE account_id IN ${recent}`.execute(db);
  }
  return left.length;
}
