/** The dry run of an erasure: the same rows counted that the real one takes. */
import { sql, type RawBuilder } from 'kysely';
import type { ErasurePlan } from '../../admin/accounts/store.ts';
import type { Db } from '../database.ts';
import { allOf } from './accounts_kin.ts';

type Where = (accountId: string) => RawBuilder<unknown>;

const theirs: Where = (id) => sql`account_id = ${id}`;
const ofJourneys: Where = (id) => sql`journey_id IN (SELECT id FROM journey WHERE id IN (${allOf(id)}) AND erased_at IS NULL)`;
const ownDevices: Where = (id) => sql`id IN (
    SELECT device_id FROM device_trust WHERE account_id = ${id} UNION SELECT device_id FROM journey_device WHERE journey_id IN (${allOf(id)}))
  AND NOT EXISTS (SELECT 1 FROM device_trust WHERE device_id = device.id AND account_id <> ${id})
  AND NOT EXISTS (SELECT 1 FROM journey_device WHERE device_id = device.id AND journey_id NOT IN (${allOf(id)}))`;

/** Tables, and which of their rows go. Tickets and sightings are sealed or hashed by what nobody else can name: they are counted when they go. */
const GOES: readonly (readonly [table: string, where: Where])[] = [
  ['oidc_record', theirs],
  ['grant_outcome', theirs],
  ['device_trust', theirs],
  ['device', ownDevices],
  ['passkey', theirs],
  ['credential', theirs],
  ['evidence', ofJourneys],
  ['journey_person', ofJourneys],
  ['journey_device', ofJourneys],
  ['image', ofJourneys],
  ['link', ofJourneys],
  ['message', ofJourneys],
  ['outbox_message', (id) => sql`id IN (SELECT message.id FROM message WHERE journey_id IN (${allOf(id)}))`],
  ['document_seen', ofJourneys],
  ['face_seen', ofJourneys],
  ['silent_return', ofJourneys],
];

/** What stays, as a shell. */
const STAYS: readonly (readonly [table: string, where: Where])[] = [
  ['account', (id) => sql`id = ${id} OR merged_into = ${id}`],
  ['journey', (id) => sql`id IN (${allOf(id)})`],
  ['journey_event', ofJourneys],
  ['risk_decision', ofJourneys],
  ['consent', ofJourneys],
  ['image_reveal', ofJourneys],
  ['automation_run', ofJourneys],
  ['incident', theirs],
];

export async function erasureCounts(db: Db, accountId: string): Promise<Pick<ErasurePlan, 'goes' | 'stays'>> {
  return { goes: await counts(db, GOES, accountId), stays: await counts(db, STAYS, accountId) };
}

async function counts(db: Db, tables: typeof GOES, accountId: string): Promise<ErasurePlan['goes']> {
  const { rows } = await sql<{ name: string; count: number }>`${sql.join(
    tables.map(([table, where]) => sql`SELECT ${sql.lit(table)}::text AS name, (SELECT count(*)::int FROM ${sql.table(table)} WHERE ${where(accountId)}) AS count`), sql` UNION ALL `)}`.execute(db);
  return rows.map(({ name, count }) => ({ table: name, rows: Number(count) }));
}
