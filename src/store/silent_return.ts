/** What a silent return counts and is judged by, in one statement: rows are inserted and earlier ones counted together. */
import type { Place } from '../journey/store.ts';
import type { SilentCounts } from '../steps/trusted_device/silent.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import { PLANNED_ONCE } from './named.ts';
import { run } from './record_statements.ts';
import { placeOf, subjectHash } from './sightings.ts';
import type { VelocityHash } from './velocity.ts';

/** Within this time a sighting at the same place tells nothing new and is not written, milliseconds. */
const SIGHTING_PAUSE_MS = 10 * 60_000;

interface Row {
  readonly counted: readonly number[];
  readonly at: number | null;
  readonly country: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly radius_km: number | null;
  readonly network: NonNullable<Place['network']> | null;
}

export function silentCounts(db: Db, vault: Pick<Vault, 'keyedHash'>, velocityHash: VelocityHash): SilentCounts {
  const texts = new Map<string, string>();
  return {
    async judgeAndCount({ now, mode, journeyId, counts, questions, subject, place }) {
      const shape = `${counts.length}/${questions.length}`;
      const text = texts.get(shape) ?? statement(counts.length, questions.length);
      texts.set(shape, text);
      const [row] = await run<Row>(db, text, [
        subjectHash(vault, mode, subject), now, place !== undefined, place?.country ?? null, place?.latitude ?? null, place?.longitude ?? null,
        place?.radiusKm ?? null, place?.network ?? null, now - SIGHTING_PAUSE_MS, journeyId,
        ...counts.flatMap(({ dimension, key }) => [dimension, velocityHash(dimension, key.open())]),
        ...questions.flatMap(({ dimension, key, since, cap }) => [dimension, velocityHash(dimension, key.open()), since, cap]),
      ]);
      if (!row) throw new TypeError('a statement of one row gave none');
      return { counted: new Map(questions.map(({ rule }, at) => [rule, Number(row.counted[at])])), last: row.at === null ? undefined : { place: placeOf(row), at: Number(row.at) } };
    },
  };
}

/** A statement sees the tables as they were before it began, so what it inserts is not among what it counts. */
function statement(counts: number, questions: number): string {
  const events = Array.from({ length: counts }, (_, at) => `($${11 + 2 * at}::text, $${12 + 2 * at}::bytea, $2::bigint, $10::text)`);
  const first = 11 + 2 * counts;
  const asked = Array.from({ length: questions }, (_, at) => {
    const [dimension, key, since, cap] = [0, 1, 2, 3].map((offset) => `$${first + 4 * at + offset}`);
    return `(SELECT count(*)::int FROM (SELECT 1 FROM velocity_event WHERE dimension = ${dimension}::text AND key_hash = ${key}::bytea AND at > ${since}::bigint LIMIT ${cap}::int) AS seen)`;
  });
  return `WITH last AS (
      SELECT at, country, latitude, longitude, radius_km, network FROM sighting WHERE subject_hash = $1
        AND (network IS NULL OR network = 'access') ORDER BY at DESC LIMIT 1),
    noted AS (
      INSERT INTO sighting (subject_hash, at, country, latitude, longitude, radius_km, network)
      SELECT $1::text, $2::bigint, $4::text, $5::float8, $6::float8, $7::float8, $8::text WHERE $3::boolean AND NOT EXISTS (
        SELECT 1 FROM sighting WHERE subject_hash = $1 AND at > $9::bigint AND country IS NOT DISTINCT FROM $4::text AND latitude IS NOT DISTINCT FROM $5::float8
          AND longitude IS NOT DISTINCT FROM $6::float8 AND network IS NOT DISTINCT FROM $8::text))${counts === 0 ? '' : `,
    counted AS (INSERT INTO velocity_event (dimension, key_hash, at, journey_id) VALUES ${events.join(', ')})`}
    SELECT ARRAY[${asked.join(', ')}]::int[] AS counted, last.at, last.country, last.latitude, last.longitude, last.radius_km, last.network
    FROM (VALUES (1)) AS one (x) LEFT JOIN last ON true ${PLANNED_ONCE}`;
}
