/** Data keys in table `data_key`. Races are settled by its unique index: one current key per purpose. */
import { GatehouseError } from '../errors.ts';
import type { DataKeyRow, DataKeyStore } from '../vault/data_keys.ts';
import type { Db } from './database.ts';

interface Row {
  readonly id: string;
  readonly purpose: string;
  readonly master_key_id: string;
  readonly wrapped: Uint8Array;
  readonly created_at: number;
  readonly retired_at: number | null;
}

function read(row: Row): DataKeyRow {
  return {
    id: row.id,
    purpose: row.purpose,
    masterKeyId: row.master_key_id,
    wrapped: Buffer.from(row.wrapped),
    createdAt: row.created_at,
    retiredAt: row.retired_at,
  };
}

function write(row: DataKeyRow): Row {
  return {
    id: row.id,
    purpose: row.purpose,
    master_key_id: row.masterKeyId,
    wrapped: row.wrapped,
    created_at: row.createdAt,
    retired_at: row.retiredAt,
  };
}

/** The vault's keys in the database. */
export function dataKeyStore(db: Db): DataKeyStore {
  return {
    async all() {
      return (await db.selectFrom('data_key').selectAll().orderBy('created_at').execute()).map(read);
    },

    async byId(id) {
      const row = await db.selectFrom('data_key').selectAll().where('id', '=', id).executeTakeFirst();
      return row && read(row);
    },

    async createFirst(row) {
      await db
        .insertInto('data_key')
        .values(write(row))
        .onConflict((conflict) => conflict.column('purpose').where('retired_at', 'is', null).doNothing())
        .execute();
      const winner = await db
        .selectFrom('data_key')
        .selectAll()
        .where('purpose', '=', row.purpose)
        .where('retired_at', 'is', null)
        .executeTakeFirst();
      if (!winner) throw new GatehouseError('data_key_missing', 500, `no current data key for ${row.purpose} after adding one`);
      return read(winner);
    },

    async replace(current, row) {
      return db.transaction().execute(async (tx) => {
        const retired = await tx
          .updateTable('data_key')
          .set({ retired_at: row.createdAt })
          .where('id', '=', current)
          .where('purpose', '=', row.purpose)
          .where('retired_at', 'is', null)
          .executeTakeFirst();
        if (retired.numUpdatedRows !== 1n) return false;
        await tx.insertInto('data_key').values(write(row)).execute();
        return true;
      });
    },

    async rewrap(id, from, masterKeyId, wrapped) {
      const updated = await db
        .updateTable('data_key')
        .set({ master_key_id: masterKeyId, wrapped })
        .where('id', '=', id)
        .where('master_key_id', '=', from)
        .executeTakeFirst();
      return updated.numUpdatedRows === 1n;
    },
  };
}
