/** Failed sign-ins, counted exactly: whoever tries from many processes at once waits in line at the row. */
import { FORGOTTEN_MS, waitAfter } from '../../admin/staff/limits.ts';
import type { TryKey, TryStore } from '../../admin/staff/store.ts';
import type { Db } from '../database.ts';
import type { StaffVault } from './staff_rows.ts';

/** Rows past their time that one try takes away. */
const SWEPT = 50;

export function tryStore(db: Db, vault: Pick<StaffVault, 'keyedHash'>): TryStore {
  const hashed = (keys: readonly TryKey[]) => keys.map(({ key, rule }) => ({ key: vault.keyedHash('staff_try', key.open()), rule })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return {
    begin: (keys, now) => db.transaction().execute(async (tx) => {
      await tx.deleteFrom('staff_try').where('key', 'in', (eb) =>
        eb.selectFrom('staff_try').select('key').where('last_at', '<', now - FORGOTTEN_MS).orderBy('last_at').limit(SWEPT).forUpdate().skipLocked()).execute();
      const rows: { readonly key: string; readonly failures: number; readonly openAt: number; readonly rule: TryKey['rule'] }[] = [];
      // In one order for everybody, so that nobody waits for somebody who waits for them.
      for (const { key, rule } of hashed(keys)) {
        await tx.insertInto('staff_try').values({ key, failures: 0, last_at: now, open_at: 0 }).onConflict((conflict) => conflict.column('key').doNothing()).execute();
        const row = await tx.selectFrom('staff_try').select(['failures', 'last_at', 'open_at']).where('key', '=', key).forUpdate().executeTakeFirstOrThrow();
        rows.push({ key, rule, failures: row.last_at < now - FORGOTTEN_MS ? 0 : row.failures, openAt: row.open_at });
      }
      const wait = Math.max(...rows.map(({ openAt }) => openAt - now), 0);
      if (wait > 0) return wait;
      for (const { key, rule, failures } of rows) {
        await tx.updateTable('staff_try').set({ failures: failures + 1, last_at: now, open_at: now + waitAfter(rule, failures + 1) }).where('key', '=', key).execute();
      }
      return 0;
    }),
    async forget(keys) {
      for (const { key, rule } of hashed(keys)) {
        if (rule.wiped) await db.deleteFrom('staff_try').where('key', '=', key).execute();
        else await db.updateTable('staff_try').set((eb) => ({ failures: eb('failures', '-', 1), open_at: 0 })).where('key', '=', key).where('failures', '>', 0).execute();
      }
    },
  };
}
