import type { TicketStore } from '../devices/store.ts';
import { Personal } from '../personal.ts';
import type { Vault } from '../vault/vault.ts';
import type { Db } from './database.ts';

/** One-time tickets in PostgreSQL; they arrive hashed, and what they hold is sealed to its ticket. */
export function ticketStore(db: Db, vault: Vault): TicketStore {
  const context = (hash: string, purpose: string): string => `ticket:${purpose}:${hash}`;
  const opened = async (sealed: Uint8Array, hash: string, purpose: string): Promise<Personal<unknown>> =>
    Personal.of(JSON.parse((await vault.open('ticket', sealed, context(hash, purpose))).toString('utf8')) as unknown);
  return {
    async make({ hash, purpose, holds, now, expiresAt }) {
      const sealed = vault.seal('ticket', JSON.stringify(holds.open()), context(hash, purpose));
      await db.insertInto('ticket').values({ hash, purpose, sealed, created_at: now, expires_at: expiresAt, used_at: null }).execute();
    },
    async peek(hash, purpose, now) {
      const row = await db.selectFrom('ticket').select('sealed')
        .where('hash', '=', hash).where('purpose', '=', purpose).where('used_at', 'is', null).where('expires_at', '>', now).executeTakeFirst();
      return row && opened(row.sealed, hash, purpose);
    },
    async take(hash, purpose, now) {
      const row = await db.updateTable('ticket').set({ used_at: now })
        .where('hash', '=', hash).where('purpose', '=', purpose).where('used_at', 'is', null).where('expires_at', '>', now).returning('sealed').executeTakeFirst();
      return row && opened(row.sealed, hash, purpose);
    },
    purge: (now, most) => purgeTickets(db, now, most),
  };
}

/** Delete tickets past their time, used or not, in one bounded batch; gives how many went. */
export async function purgeTickets(db: Db, now: number, most: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('ticket')
    .where('hash', 'in', (eb) => eb.selectFrom('ticket').select('hash').where('expires_at', '<=', now).orderBy('expires_at').limit(most))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
