import type { Vault } from '../vault/vault.ts';
import type { SessionStore } from '../vendors/sandbox/document_sessions.ts';
import type { Db } from './database.ts';

/** Longer than any journey lasts. */
const KEPT_MS = 86_400_000;

/** Sessions of the simulated document vendor, shared by all gateway processes; they hold a claimed name, so they are sealed. */
export function sandboxSessions(db: Db, vault: Vault, now: () => number): SessionStore {
  const context = (id: string): string => `sandbox_session:${id}`;
  return {
    async get(id) {
      const row = await db.selectFrom('sandbox_session').select('sealed').where('id', '=', id).where('at', '>', now() - KEPT_MS).executeTakeFirst();
      return row && (await vault.open('sandbox', row.sealed, context(id))).toString('utf8');
    },
    async set(id, value) {
      const row = { sealed: vault.seal('sandbox', value, context(id)), at: now() };
      await db.insertInto('sandbox_session').values({ id, ...row }).onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute();
    },
  };
}

/** Deletes sessions that are over for good, at most so many, and says how many: call again until it is few. */
export async function purgeSandboxSessions(db: Db, now: number, batch: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('sandbox_session')
    .where('id', 'in', (eb) => eb.selectFrom('sandbox_session').select('id').where('at', '<=', now - KEPT_MS).limit(batch))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
