import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { REPEAT_MS, type RepeatStore } from '../../admin/api/repeat.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';
import { deleteOldest } from '../delete_oldest.ts';

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Answers are sealed: they may tell a secret that is shown once. */
export function repeatStore(db: Db, vault: Pick<Vault, 'seal' | 'open'>): RepeatStore {
  const context = (tokenId: string, keyHash: string): string => `repeat:${tokenId}:${keyHash}`;
  return {
    async begin(tokenId, key, requestHash, now) {
      const keyHash = hashOf(key);
      await db.deleteFrom('api_repeat').where('token_id', '=', tokenId).where('key_hash', '=', keyHash).where('at', '<=', now - REPEAT_MS).execute();
      const mine = await db.insertInto('api_repeat').values({ token_id: tokenId, key_hash: keyHash, request_hash: requestHash, status: null, sealed: null, at: now })
        .onConflict((conflict) => conflict.doNothing()).returning('token_id').executeTakeFirst();
      if (mine) return { kind: 'new' };
      const row = await db.selectFrom('api_repeat').selectAll().where('token_id', '=', tokenId).where('key_hash', '=', keyHash).executeTakeFirst();
      if (!row) return { kind: 'running' };
      if (row.request_hash !== requestHash) return { kind: 'different' };
      if (row.status === null || row.sealed === null) return { kind: 'running' };
      return { kind: 'answered', status: row.status, body: (await vault.open('api_repeat', row.sealed, context(tokenId, keyHash))).toString('utf8') };
    },
    async finish(tokenId, key, status, body) {
      const keyHash = hashOf(key);
      await db.updateTable('api_repeat').set({ status, sealed: vault.seal('api_repeat', body, context(tokenId, keyHash)) })
        .where('token_id', '=', tokenId).where('key_hash', '=', keyHash).execute();
    },
    async forget(tokenId, key) {
      await db.deleteFrom('api_repeat').where('token_id', '=', tokenId).where('key_hash', '=', hashOf(key)).where('status', 'is', null).execute();
    },
  };
}

/** Delete answers that are repeated no more, in one bounded batch; gives how many went. */
export function purgeRepeats(db: Db, now: number, most: number): Promise<number> {
  return deleteOldest(db, 'api_repeat', 'at', sql`at < ${now - REPEAT_MS}`, most);
}
