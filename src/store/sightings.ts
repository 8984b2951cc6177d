/** Where people were seen: whoever it was is kept as a keyed hash, and no address is kept at all. */
import { sql, type Insertable, type Transaction } from 'kysely';
import type { Mode } from '../journey/journey.ts';
import type { SeenPlace } from '../journey/rules/travel.ts';
import type { Place, Sighting } from '../journey/store.ts';
import type { Personal } from '../personal.ts';
import type { LastSightings } from '../steps/session_risk/gather.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import { deleteOldest } from './delete_oldest.ts';
import type { Database } from './tables.ts';

/** How long a sighting is kept, milliseconds: nobody is on the way for longer. */
export const SIGHTING_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Whom a sighting is of, as it is stored: test traffic apart. */
export function subjectHash(vault: Pick<Vault, 'keyedHash'>, mode: Mode, subject: Personal<string>): string {
  return vault.keyedHash(`sighting:${mode}`, subject.open());
}

/** A sighting as a row. */
export function sightingRow(vault: Pick<Vault, 'keyedHash'>, mode: Mode, { subject, place }: Sighting, now: number): Insertable<Database['sighting']> {
  return {
    subject_hash: subjectHash(vault, mode, subject),
    at: now,
    country: place.country ?? null,
    latitude: place.latitude ?? null,
    longitude: place.longitude ?? null,
    radius_km: place.radiusKm ?? null,
    network: place.network ?? null,
  };
}

/** The place of a row. */
export function placeOf(row: Omit<Insertable<Database['sighting']>, 'subject_hash' | 'at'>): Place {
  return {
    ...(row.country ? { country: row.country } : {}),
    ...(typeof row.latitude === 'number' ? { latitude: row.latitude } : {}),
    ...(typeof row.longitude === 'number' ? { longitude: row.longitude } : {}),
    ...(typeof row.radius_km === 'number' ? { radiusKm: row.radius_km } : {}),
    ...(row.network ? { network: row.network as NonNullable<Place['network']> } : {}),
  };
}

export function lastSightings(db: Db, vault: Pick<Vault, 'keyedHash'>): LastSightings {
  return {
    async last(mode, subject): Promise<SeenPlace | undefined> {
      const row = await db
        .selectFrom('sighting')
        .selectAll()
        .where('subject_hash', '=', subjectHash(vault, mode, subject))
        // A detour by a network that hides where people are must not hide where they were.
        .where((eb) => eb.or([eb('network', 'is', null), eb('network', '=', 'access')]))
        .orderBy('at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && { place: placeOf(row), at: row.at };
    },
  };
}

/** Write down what a change saw, in its transaction. */
export async function writeSightings(
  tx: Transaction<Database>, vault: Pick<Vault, 'keyedHash'>, mode: Mode, sightings: readonly Sighting[], now: number,
): Promise<void> {
  if (sightings.length === 0) return;
  await tx.insertInto('sighting').values(sightings.map((one) => sightingRow(vault, mode, one, now))).execute();
}

/** Deletes old sightings in one bounded batch (those of one millisecond go together), and says how many. A legal hold keeps what it covers. */
export function purgeSightings(db: Db, now: number, most: number): Promise<number> {
  return deleteOldest(db, 'sighting', 'at', sql`at < ${now - SIGHTING_KEPT_MS} AND subject_hash NOT IN (SELECT subject_hash FROM legal_hold_subject)`, most);
}
