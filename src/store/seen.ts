/** Documents and faces that came before, kept as keyed hashes and sealed templates. */
import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Journey, Mode } from '../journey/journey.ts';
import type { Recording } from '../journey/store.ts';
import type { SeenBefore } from '../steps/document_selfie/images.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** Faces that one look compares with: the newest of the workflow. */
const MOST_FACES = 2_000;

const documentHash = (vault: Vault, mode: Mode, document: string): string => vault.keyedHash(`document_seen:${mode}`, document);
const personHash = (vault: Vault, mode: Mode, person: string): string => vault.keyedHash(`person_seen:${mode}`, person);
/** Whose faces are compared: this workflow's, under keys of this mode. */
const faceScope = ({ mode, workflowId }: Pick<Journey, 'mode' | 'workflowId'>): string => `${mode}:${workflowId}`;

export function seenBefore(db: Db, vault: Vault, now: () => number): SeenBefore {
  return {
    async otherPersons(mode, document, person) {
      const { others } = await db
        .selectFrom('document_seen')
        .select((eb) => eb.fn.countAll<string | number>().as('others'))
        .where('document_hash', '=', documentHash(vault, mode, document.open()))
        .where('person_hash', '<>', personHash(vault, mode, person.open()))
        .where('delete_at', '>', now())
        .executeTakeFirstOrThrow();
      return Number(others);
    },
    async nearestFace(journey, template, person) {
      const rows = await db
        .selectFrom('face_seen')
        .select(['id', 'sealed'])
        .where('scope', '=', faceScope(journey))
        .where('person_hash', '<>', personHash(vault, journey.mode, person.open()))
        .where('delete_at', '>', now())
        .orderBy('at', 'desc')
        .limit(MOST_FACES)
        .execute();
      const wanted = template.open();
      let nearest: number | undefined;
      for (const { id, sealed } of rows) {
        const known = JSON.parse((await vault.open('face', sealed, `face:${id}`)).toString('utf8')) as readonly number[];
        const distance = Math.hypot(...known.map((value, index) => value - (wanted[index] ?? 0)));
        if (nearest === undefined || distance < nearest) nearest = distance;
      }
      return nearest;
    },
  };
}

/** Write down what a change saw, in its transaction; it is forgotten together with the journey. */
export async function writeSeen(tx: Transaction<Database>, vault: Vault, journey: Pick<Journey, 'id' | 'mode' | 'workflowId'>, recording: Recording): Promise<void> {
  const { documentSeen, faceSeen, now } = recording;
  if (!documentSeen && !faceSeen) return;
  const { delete_at: deleteAt } = await tx.selectFrom('journey').select('delete_at').where('id', '=', journey.id).executeTakeFirstOrThrow();
  if (documentSeen) {
    await tx.insertInto('document_seen').values({
      document_hash: documentHash(vault, journey.mode, documentSeen.document.open()),
      person_hash: personHash(vault, journey.mode, documentSeen.person.open()),
      journey_id: journey.id, at: now, delete_at: deleteAt,
    }).onConflict((conflict) => conflict.columns(['document_hash', 'person_hash']).doUpdateSet({ at: now, delete_at: deleteAt, journey_id: journey.id })).execute();
  }
  if (faceSeen) {
    const id = randomBytes(16).toString('base64url');
    await tx.insertInto('face_seen').values({
      id, scope: faceScope(journey), person_hash: personHash(vault, journey.mode, faceSeen.person.open()), journey_id: journey.id,
      sealed: vault.seal('face', JSON.stringify(faceSeen.template.open()), `face:${id}`), at: now, delete_at: deleteAt,
    }).execute();
  }
}

/** Forget what is past its time, in one bounded batch; gives how much went. A legal hold keeps what it covers. */
export async function purgeSeen(db: Db, now: number, most: number): Promise<number> {
  const documents = await db.deleteFrom('document_seen')
    .where((eb) => eb(eb.refTuple('document_hash', 'person_hash'), 'in', eb.selectFrom('document_seen').select(['document_hash', 'person_hash']).where('delete_at', '<', now)
      .where('journey_id', 'not in', (held) => held.selectFrom('held_journey').select('journey_id')).limit(most).$asTuple('document_hash', 'person_hash')))
    .executeTakeFirst();
  const faces = await db.deleteFrom('face_seen')
    .where('id', 'in', (eb) => eb.selectFrom('face_seen').select('id').where('delete_at', '<', now)
      .where('journey_id', 'not in', (held) => held.selectFrom('held_journey').select('journey_id')).limit(most))
    .executeTakeFirst();
  return Math.max(Number(documents.numDeletedRows), Number(faces.numDeletedRows));
}
