/**
 * Journeys of a person that came to nothing. An account has the journeys that were approved for it; of the others those
 * are its person's in which its application named them by a name that is tied to the account. A phone or mailbox alone
 * makes a journey nobody's for certain: such ones are counted, and taken where somebody says so.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Decision } from '../../journey/journey.ts';
import type { Db } from '../database.ts';
import { queueWebhookEvent } from '../webhook_outbox.ts';
import { passGate, type Tx } from './accounts_common.ts';
import { resolveByRoute } from './cases_writing.ts';
import { decisionColumns } from './journeys_index.ts';

const JOURNEYS = 50;

/** Ids of those that an application named the person in. Hashes tell test from live; a name is somebody's in one workflow. */
export function kinOf(accountId: string): RawBuilder<unknown> {
  return sql`SELECT kin.id FROM credential JOIN journey_person ON journey_person.kind = 'credential' AND journey_person.hash = credential.credential_hash
    JOIN journey AS kin ON kin.id = journey_person.journey_id AND kin.workflow_id = credential.workflow_id
    WHERE credential.account_id = ${accountId} AND kin.account_id IS NULL AND kin.erased_at IS NULL`;
}

/** Ids of all of a person's journeys. */
export function allOf(accountId: string): RawBuilder<unknown> {
  return sql`SELECT id FROM journey WHERE account_id = ${accountId} UNION ALL ${kinOf(accountId)}`;
}

/** Kinds and hashes of phones and mailboxes that a person's journeys are found by. */
function contactsOf(accountId: string): RawBuilder<unknown> {
  return sql`SELECT DISTINCT kind, hash FROM journey_person WHERE kind IN ('phone', 'email') AND journey_id IN (${allOf(accountId)})`;
}

/** Ids of journeys of no account that are found by these hashes alone: no name makes them somebody's, and no hold keeps them. */
function sharing(accountId: string, hashes: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`SELECT DISTINCT other.id FROM journey_person JOIN journey AS other ON other.id = journey_person.journey_id
    WHERE (journey_person.kind, journey_person.hash) IN (${hashes})
      AND other.mode = (SELECT mode FROM account WHERE id = ${accountId}) AND other.account_id IS NULL AND other.erased_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM journey_person AS named JOIN credential ON credential.credential_hash = named.hash AND credential.workflow_id = other.workflow_id
        WHERE named.journey_id = other.id AND named.kind = 'credential')
      AND other.id NOT IN (SELECT journey_id FROM held_journey)`;
}

/** How many journeys share a phone or mailbox with a person, and nothing else. */
export async function contactCount(db: Db, accountId: string): Promise<number> {
  const { rows: [row] } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM (${sharing(accountId, contactsOf(accountId))}) AS them`.execute(db);
  return Number(row?.count ?? 0);
}

/** The hashes as they are when an erasure begins. What is taken by one of them must not bring its own along. */
export async function contactHashes(db: Db, accountId: string): Promise<readonly (readonly [kind: string, hash: string])[]> {
  const { rows } = await sql<{ kind: string; hash: string }>`${contactsOf(accountId)}`.execute(db);
  return rows.map(({ kind, hash }) => [kind, hash]);
}

/**
 * Make some of those journeys the account's that is being erased, so that they go with the rest. One that is under way or
 * waits for a person is denied. Holding locks the gate too: what was held before stays as it is.
 */
export async function adoptJourneys({ tx, accountId, now }: { readonly tx: Tx; readonly accountId: string; readonly now: number }): Promise<Readonly<Record<string, number>> | undefined> {
  const chosen = sql`SELECT value ->> 0, value ->> 1 FROM account_erasure, jsonb_array_elements(contacts) WHERE account_id = ${accountId}`;
  const some = tx.selectFrom('journey').select(['id', 'mode', 'workflow_id', 'workflow_version', 'client_id', 'version', 'verdict', 'decided_at'])
    .where(sql<boolean>`id IN (${kinOf(accountId)} UNION ALL ${sharing(accountId, chosen)})`)
    .where('id', 'not in', (held) => held.selectFrom('held_journey').select('journey_id')).orderBy('id').limit(JOURNEYS);
  if ((await some.execute()).length === 0) return undefined;
  await passGate(tx);
  const found = await some.forUpdate().execute();
  for (const row of found) {
    const ends = row.decided_at === null || row.verdict === 'review';
    const decision: Decision = { verdict: 'deny', reasons: [{ code: 'account_erased' }], policy: `${row.workflow_id}@${row.workflow_version}`, at: now };
    await tx.updateTable('journey').set({
      account_id: accountId,
      // Whoever read it before writes nothing into it any more.
      ...(ends ? { version: row.version + 1, lease_until: null, decision: JSON.stringify(decision), decided_at: now, ...decisionColumns(decision) } : {}),
    }).where('id', '=', row.id).execute();
    if (!ends) continue;
    const journey = { id: row.id, mode: row.mode, workflowId: row.workflow_id, clientId: row.client_id };
    if (row.decided_at === null) {
      await queueWebhookEvent(tx, {
        type: 'journey.decided', mode: row.mode, workflowId: row.workflow_id, clientId: row.client_id, journeyId: row.id, at: now,
        data: { transaction_id: row.id, decision: 'deny', policy: decision.policy, reasons: ['account_erased'], decided_at: new Date(now).toISOString() },
      });
    }
    await resolveByRoute(tx, journey, decision, now);
  }
  return {};
}
