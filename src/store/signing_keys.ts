/** Signing keys in table `signing_key`. Its unique index allows one `next` and one `current` per algorithm. */
import type { SigningKeyRow, SigningKeyStore } from '../oidc/keys.ts';
import type { Db } from './database.ts';

/** The server's signing keys in the database. */
export function signingKeyStore(db: Db): SigningKeyStore {
  return {
    async all() {
      const rows = await db.selectFrom('signing_key').selectAll().orderBy('created_at').execute();
      return rows.map((row) => ({
        kid: row.kid,
        alg: row.alg,
        state: row.state,
        sealed: Buffer.from(row.sealed),
        createdAt: row.created_at,
        removeAt: row.remove_at,
      }));
    },

    async addIfMissing(row) {
      await db
        .insertInto('signing_key')
        .values(columns(row))
        .onConflict((conflict) => conflict.columns(['alg', 'state']).where('state', 'in', ['next', 'current']).doNothing())
        .execute();
    },

    async promote({ current, next, row, now, removeAt }) {
      return db.transaction().execute(async (tx) => {
        const demoted = await tx
          .updateTable('signing_key')
          .set({ state: 'previous', remove_at: removeAt })
          .where('kid', '=', current)
          .where('state', '=', 'current')
          .executeTakeFirst();
        if (demoted.numUpdatedRows !== 1n) return false;
        // Whoever demoted the current key holds its row lock: nobody else can move this algorithm's keys meanwhile.
        await tx
          .updateTable('signing_key')
          .set({ state: 'current', promoted_at: now })
          .where('kid', '=', next)
          .where('state', '=', 'next')
          .execute();
        await tx.insertInto('signing_key').values(columns(row)).execute();
        return true;
      });
    },

    async removeExpired(now) {
      await db.deleteFrom('signing_key').where('state', '=', 'previous').where('remove_at', '<=', now).execute();
    },
  };
}

function columns(row: SigningKeyRow) {
  return {
    kid: row.kid,
    alg: row.alg,
    state: row.state,
    sealed: row.sealed,
    created_at: row.createdAt,
    promoted_at: row.state === 'current' ? row.createdAt : null,
    remove_at: row.removeAt,
  };
}
