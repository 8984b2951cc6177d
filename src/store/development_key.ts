import type { Db } from './database.ts';

/**
 * Where processes on one database find the development key that the first of them made. Only outside production, and
 * only where no master key is configured: whoever has the database has everything then.
 */
export interface DevelopmentKeyStore {
  /** Keep this key if there is none yet; gives the one that is kept. */
  keep(key: Buffer): Promise<Buffer>;
}

export function developmentKeyStore(db: Db): DevelopmentKeyStore {
  return {
    async keep(key) {
      await db.insertInto('development_key').values({ id: 'master', secret: key }).onConflict((conflict) => conflict.column('id').doNothing()).execute();
      const row = await db.selectFrom('development_key').select('secret').where('id', '=', 'master').executeTakeFirstOrThrow();
      return Buffer.from(row.secret);
    },
  };
}
