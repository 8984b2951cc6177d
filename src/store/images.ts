/**
 * Pictures of documents and faces: sealed, apart from the rows that refer to them, each with its own retention clock. The
 * sealed bytes stand in the row itself or in an object store; the row comes first and goes last, so that no object is
 * ever forgotten.
 */
import { randomBytes } from 'node:crypto';
import type { ExpressionBuilder } from 'kysely';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import type { ImagePurpose, ImageStore } from '../steps/document_selfie/images.ts';
import type { Vault } from '../vault/vault.ts';
import type { Objects } from '../vendors/s3/client.ts';
import type { Db } from './database.ts';
import type { Database } from './tables.ts';

/** Who looks at a picture, and why; written down before the picture is given. */
export interface Reveal {
  readonly actor: string;
  readonly reason: string;
}

/** What is known of a picture without opening it. Times are epoch milliseconds. */
export interface KeptImage {
  readonly id: string;
  readonly purpose: ImagePurpose;
  /** When it was taken in. */
  readonly createdAt: number;
  readonly deleteAt: number;
  /** Of its sealed box: a few more than the picture has. */
  readonly bytes: number;
}

export interface KeptImages extends ImageStore {
  /** A picture for a human's eyes, the look being put on record first; undefined, and nothing recorded, where there is none. */
  reveal(id: string, by: Reveal): Promise<{ readonly purpose: ImagePurpose; readonly journeyId: string; readonly jpeg: Personal<Uint8Array> } | undefined>;
  /** What is kept of a journey, the oldest first: ids, purposes, times and sizes only. */
  ofJourney(journeyId: string): Promise<readonly KeptImage[]>;
  /**
   * Delete pictures past their time, at most so many of each place; gives how many went.
   * @throws what the object store threw, after everything else was tried
   */
  purge(most: number): Promise<number>;
}

const newId = (): string => randomBytes(16).toString('base64url');

/** @param objects where new pictures' bytes go; undefined: into the database */
export function imageStore(db: Db, vault: Vault, now: () => number, objects: Objects | undefined): KeptImages {
  const context = (id: string): string => `image:${id}`;
  const objectStore = (): Objects => {
    if (objects) return objects;
    throw new GatehouseError('object_store_not_configured', 503, 'a picture is kept in an object store, and none is configured', { visitor: 'unavailable' });
  };
  // Past its time only where a legal hold keeps it, for the eyes of whoever the hold is for.
  const kept = (eb: ExpressionBuilder<Database, 'image'>) => eb.or([eb('delete_at', '>', now()), eb('journey_id', 'in', eb.selectFrom('held_journey').select('journey_id'))]);
  const opened = async (row: { readonly id: string; readonly place: string; readonly sealed: Uint8Array | null }): Promise<Personal<Uint8Array> | undefined> => {
    const box = row.place === 'object' ? await objectStore().get(row.id) : row.sealed;
    return box ? Personal.of<Uint8Array>(await vault.open('image', box, context(row.id))) : undefined;
  };

  return {
    async put({ journeyId, purpose, jpeg, deleteAt }) {
      const id = newId();
      const sealed = vault.seal('image', Buffer.from(jpeg.open()), context(id));
      await db.insertInto('image').values({
        id, journey_id: journeyId, purpose, place: objects ? 'object' : 'database',
        sealed: objects ? null : sealed, bytes: sealed.length, created_at: now(), delete_at: deleteAt,
        // Run again where its connection died under it; the id is nobody else's.
      }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
      await objects?.put(id, sealed);
      return id;
    },
    async get(id) {
      const row = await db.selectFrom('image').select(['id', 'place', 'sealed']).where('id', '=', id).where('delete_at', '>', now()).executeTakeFirst();
      return row && opened(row);
    },
    async reveal(id, { actor, reason }) {
      const row = await db.selectFrom('image').select(['id', 'journey_id', 'purpose', 'place', 'sealed']).where('id', '=', id).where(kept).executeTakeFirst();
      if (!row) return undefined;
      await db.insertInto('image_reveal').values({ id: newId(), image_id: id, journey_id: row.journey_id, actor, reason, at: now() })
        .onConflict((conflict) => conflict.column('id').doNothing()).execute();
      const jpeg = await opened(row);
      return jpeg && { purpose: row.purpose as ImagePurpose, journeyId: row.journey_id, jpeg };
    },
    async ofJourney(journeyId) {
      const rows = await db.selectFrom('image').select(['id', 'purpose', 'created_at', 'delete_at', 'bytes']).where('journey_id', '=', journeyId).where(kept).orderBy('created_at').orderBy('purpose').orderBy('id').execute();
      return rows.map((row) => ({ id: row.id, purpose: row.purpose as ImagePurpose, createdAt: row.created_at, deleteAt: row.delete_at, bytes: row.bytes }));
    },
    async purge(most) {
      // A legal hold stops this clock too.
      const due = (place: 'database' | 'object') => db.selectFrom('image').select('id').where('delete_at', '<=', now()).where('place', '=', place)
        .where('journey_id', 'not in', (held) => held.selectFrom('held_journey').select('journey_id')).orderBy('delete_at').limit(most);
      const { numDeletedRows } = await db.deleteFrom('image').where('id', 'in', due('database')).executeTakeFirst();
      // An object that cannot be dropped keeps its row, and keeps nobody else's picture; it is tried again next time.
      let [gone, failure]: [number, unknown] = [0, undefined];
      for (const { id } of await due('object').execute()) {
        try {
          await objectStore().drop(id);
          await db.deleteFrom('image').where('id', '=', id).execute();
          gone += 1;
        } catch (thrown) {
          failure = thrown;
        }
      }
      // Told once all were tried: whoever keeps house logs it.
      if (failure !== undefined) throw failure;
      return Math.max(Number(numDeletedRows), gone);
    },
  };
}
