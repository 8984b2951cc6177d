/**
 * What goes when a person is erased, in the order it goes: each phase takes one bounded batch in the transaction it is
 * given, and says what it took; undefined where it finds nothing. Done twice they find nothing, so an erasure that was
 * broken off goes on where it was.
 */
import { createHash } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import { subjectHash } from '../sightings.ts';
import { eraseJourneyCases, eraseReportCases } from './accounts_cases.ts';
import type { Tx } from './accounts_common.ts';
import { adoptJourneys } from './accounts_kin.ts';
import { openingSubjects } from './accounts_openings.ts';

/** Rows that went, by table. */
export type Erased = Readonly<Record<string, number>>;

interface Batch {
  readonly tx: Tx;
  readonly vault: Pick<Vault, 'open' | 'seal' | 'keyedHash'>;
  readonly accountId: string;
  readonly now: number;
}

const RECORDS = 500;
const DEVICES = 50;
const JOURNEYS = 10;
/** What stands in place of words that somebody wrote about a person. */
export const ERASED_TEXT = '[erased]';
/** A journey's last answers may be recorded a little after it expired, milliseconds. */
const SLACK_MS = 3_600_000;

export const ERASE_PHASES: readonly ((batch: Batch) => Promise<Erased | undefined>)[] = [adoptJourneys, eraseRecords, eraseDevices, eraseAccountRows, eraseJourneys];

/** Sign-ins first: nothing of the person goes out while the rest goes. */
async function eraseRecords({ tx, accountId }: Batch): Promise<Erased | undefined> {
  return some({
    oidc_record: await rows(tx, sql`DELETE FROM oidc_record WHERE (model, id_hash) IN (SELECT model, id_hash FROM oidc_record WHERE account_id = ${accountId} LIMIT ${RECORDS})`),
    grant_outcome: await rows(tx, sql`DELETE FROM grant_outcome WHERE grant_id IN (SELECT grant_id FROM grant_outcome WHERE account_id = ${accountId} LIMIT ${RECORDS})`),
  });
}

/** Trust ends, and a device that is nobody else's goes with its keys and cookies. Before journeys, which name devices too. */
async function eraseDevices({ tx, accountId }: Batch): Promise<Erased | undefined> {
  const found = await sql<{ id: string }>`
    SELECT device_id AS id FROM device_trust WHERE account_id = ${accountId}
    UNION
    SELECT journey_device.device_id FROM journey_device JOIN journey ON journey.id = journey_id WHERE account_id = ${accountId}
    ORDER BY id LIMIT ${DEVICES}`.execute(tx);
  if (found.rows.length === 0) return undefined;
  const ids = sql.join(found.rows.map(({ id }) => id));
  // Trust first, so that it is counted: what is left goes with its device.
  const gone = {
    device_trust: await rows(tx, sql`DELETE FROM device_trust WHERE account_id = ${accountId} AND device_id IN (${ids})`),
    journey_device: await rows(tx, sql`DELETE FROM journey_device WHERE device_id IN (${ids}) AND journey_id IN (SELECT id FROM journey WHERE account_id = ${accountId})`),
  };
  const device = await rows(tx, sql`
    DELETE FROM device WHERE id IN (${ids})
      AND NOT EXISTS (SELECT 1 FROM device_trust WHERE device_id = device.id)
      AND NOT EXISTS (SELECT 1 FROM journey_device WHERE device_id = device.id)`);
  return { ...gone, device };
}

/** What stands beside the account itself. Reports stay as their kind and time. */
async function eraseAccountRows({ tx, vault, accountId }: Batch): Promise<Erased | undefined> {
  const subjects = (['live', 'test'] as const).map((mode) => subjectHash(vault, mode, Personal.of(accountId)));
  return some({
    passkey: await rows(tx, sql`DELETE FROM passkey WHERE account_id = ${accountId}`),
    credential: await rows(tx, sql`DELETE FROM credential WHERE account_id = ${accountId}`),
    sighting: await rows(tx, sql`DELETE FROM sighting WHERE subject_hash IN (${sql.join(subjects)})`),
    case_note: await eraseReportCases(tx, accountId),
    incident_details: await rows(tx, sql`UPDATE incident SET details = '{}'::jsonb, device_id = NULL WHERE account_id = ${accountId} AND (details <> '{}'::jsonb OR device_id IS NOT NULL)`),
  });
}

/** A few journeys: everything personal goes, the decision with its reasons, times and policy stays. */
async function eraseJourneys({ tx, vault, accountId, now }: Batch): Promise<Erased | undefined> {
  const found = await tx.selectFrom('journey').select(['id', 'mode', 'workflow_id', 'sealed', 'interaction_uid', 'created_at', 'expires_at', 'decided_at'])
    .where('account_id', '=', accountId).where('erased_at', 'is', null).orderBy('created_at', 'desc').orderBy('id', 'desc').limit(JOURNEYS).forUpdate().execute();
  if (found.length === 0) return undefined;
  const ids = sql.join(found.map(({ id }) => id));
  const named = await openingSubjects(vault, found);
  const interactions = found.map(({ interaction_uid: uid }) => createHash('sha256').update(`Interaction:${uid}`).digest('base64url'));
  // Velocity rows are found by their times: they have no index by journey, which every request would pay for.
  const from = Math.min(...found.map((row) => row.created_at));
  const until = Math.max(...found.map((row) => Math.max(row.expires_at, row.decided_at ?? 0))) + SLACK_MS;
  const gone: Record<string, number> = {
    evidence: await rows(tx, sql`DELETE FROM evidence WHERE journey_id IN (${ids})`),
    journey_person: await rows(tx, sql`DELETE FROM journey_person WHERE journey_id IN (${ids})`),
    journey_device: await rows(tx, sql`DELETE FROM journey_device WHERE journey_id IN (${ids})`),
    link: await rows(tx, sql`DELETE FROM link WHERE journey_id IN (${ids})`),
    outbox_message: await rows(tx, sql`DELETE FROM outbox_message WHERE id IN (SELECT id FROM message WHERE journey_id IN (${ids}))`),
    message: await rows(tx, sql`DELETE FROM message WHERE journey_id IN (${ids})`),
    velocity_event: await rows(tx, sql`DELETE FROM velocity_event WHERE at >= ${from} AND at <= ${until} AND journey_id IN (${ids})`),
    document_seen: await rows(tx, sql`DELETE FROM document_seen WHERE journey_id IN (${ids})`),
    face_seen: await rows(tx, sql`DELETE FROM face_seen WHERE journey_id IN (${ids})`),
    silent_return: await rows(tx, sql`DELETE FROM silent_return WHERE journey_id IN (${ids})`),
    sighting: named.length === 0 ? 0 : await rows(tx, sql`DELETE FROM sighting WHERE subject_hash IN (${sql.join(named)})`),
    oidc_record: await rows(tx, sql`DELETE FROM oidc_record WHERE model = 'Interaction' AND id_hash IN (${sql.join(interactions)})`),
    grant_outcome: await rows(tx, sql`DELETE FROM grant_outcome WHERE account_id = ${accountId} AND journey_id IN (${ids})`),
    image_reveal_reason: await rows(tx, sql`UPDATE image_reveal SET reason = ${ERASED_TEXT} WHERE journey_id IN (${ids}) AND reason <> ${ERASED_TEXT}`),
    image: await rows(tx, sql`DELETE FROM image WHERE journey_id IN (${ids}) AND place = 'database'`)
      // The row goes after the object, so that none is forgotten.
      + await rows(tx, sql`UPDATE image SET delete_at = 0 WHERE journey_id IN (${ids}) AND place = 'object'`),
    // What endpoints answered is the other side's text, and may name the person.
    webhook_try: await rows(tx, sql`UPDATE webhook_try SET answer = NULL WHERE answer IS NOT NULL AND delivery_id IN (
      SELECT webhook_delivery.id FROM webhook_delivery JOIN webhook_event ON webhook_event.id = event_id WHERE webhook_event.journey_id IN (${ids}))`),
    case_note: await eraseJourneyCases(tx, found.map(({ id }) => id)),
    journey: found.length,
  };
  const consents = await tx.selectFrom('consent').select(['journey_id', 'seq']).where('journey_id', 'in', found.map(({ id }) => id)).execute();
  for (const { journey_id: journeyId, seq } of consents) {
    // That it was given, to which text and when, stays; from which address, does not.
    await tx.updateTable('consent').set({ sealed: vault.seal('consent', '{}', `consent:${journeyId}:${seq}`) }).where('journey_id', '=', journeyId).where('seq', '=', seq).execute();
  }
  for (const { id } of found) {
    const sealed = vault.seal('journey', JSON.stringify({ states: {}, opening: { clientName: '', locale: 'en' } }), `journey:${id}`);
    await tx.updateTable('journey').set({ sealed, credential_hash: null, device_id: null, erased_at: now }).where('id', '=', id).execute();
  }
  return { ...gone, consent_proof: consents.length };
}

async function rows(tx: Tx, statement: RawBuilder<unknown>): Promise<number> {
  return Number((await statement.execute(tx)).numAffectedRows ?? 0n);
}

/** Undefined where none of it was there. Pure. */
function some(counts: Erased): Erased | undefined {
  return Object.values(counts).some((count) => count > 0) ? counts : undefined;
}
