/** Forms of the console that wait for their author: sealed each to its row and its person, some for each person. */
import type { ExpressionBuilder } from 'kysely';
import { z } from 'zod';
import { MOST_KEPT, TAKEN_MS, type KeptForm, type KeptFormStore, type Waiting } from '../../admin/kept.ts';
import { Personal } from '../../personal.ts';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';
import type { StaffVault } from './staff_rows.ts';

const shape = z.strictObject({ door: z.string(), from: z.string(), fields: z.record(z.string(), z.string()) });

/** Not taken, or taken by a process that did not live to say what became of it. */
const untaken = (now: number) => (eb: ExpressionBuilder<Database, 'staff_kept_form'>) => eb.or([eb('taken_until', 'is', null), eb('taken_until', '<=', now)]);

const context = (hash: string, staffId: string): string => `staff_kept_form:${hash}:${staffId}`;

export function keptFormStore(db: Db, vault: Pick<StaffVault, 'seal' | 'open'>): KeptFormStore {
  const waiting = async (staffId: string, row: { readonly hash: string; readonly sealed: Uint8Array; readonly expires_at: number }): Promise<Waiting> => {
    const form: KeptForm = shape.parse(JSON.parse((await vault.open('ticket', row.sealed, context(row.hash, staffId))).toString('utf8')));
    return { hash: row.hash, form: Personal.of(form), expiresAt: row.expires_at };
  };
  return {
    add: ({ hash, staffId, form, now, expiresAt }) => db.transaction().execute(async (tx) => {
      // Locked, so that of two at once neither counts without the other.
      const member = await tx.selectFrom('staff').select('id').where('id', '=', staffId).where('disabled_at', 'is', null).forUpdate().executeTakeFirst();
      if (!member) return false;
      const sealed = vault.seal('ticket', JSON.stringify(form.open()), context(hash, staffId));
      await tx.insertInto('staff_kept_form').values({ hash, staff_id: staffId, sealed, kept_at: now, expires_at: expiresAt, taken_until: null }).execute();
      // Of others alone: among several of one moment it is not this one that goes.
      await tx.deleteFrom('staff_kept_form').where('hash', 'in', (eb) =>
        eb.selectFrom('staff_kept_form').select('hash').where('staff_id', '=', staffId).where('hash', '!=', hash)
          .orderBy('kept_at', 'desc').orderBy('hash').offset(MOST_KEPT - 1)).execute();
      return true;
    }),
    async of(staffId, hashes, now) {
      if (hashes.length === 0) return [];
      const rows = await db.selectFrom('staff_kept_form').select(['hash', 'sealed', 'expires_at'])
        .where('staff_id', '=', staffId).where('hash', 'in', hashes).where('expires_at', '>', now).where(untaken(now)).orderBy('kept_at', 'desc').orderBy('hash').execute();
      return Promise.all(rows.map((row) => waiting(staffId, row)));
    },
    async any(hashes, now) {
      if (hashes.length === 0) return false;
      return (await db.selectFrom('staff_kept_form').select('hash').where('hash', 'in', hashes).where('expires_at', '>', now).where(untaken(now)).limit(1).executeTakeFirst()) !== undefined;
    },
    async take(staffId, hash, now) {
      const row = await db.updateTable('staff_kept_form').set({ taken_until: now + TAKEN_MS })
        .where('hash', '=', hash).where('staff_id', '=', staffId).where('expires_at', '>', now).where(untaken(now))
        .returning(['hash', 'sealed', 'expires_at']).executeTakeFirst();
      return row && waiting(staffId, row);
    },
    async putBack(staffId, hash) {
      await db.updateTable('staff_kept_form').set({ taken_until: null }).where('hash', '=', hash).where('staff_id', '=', staffId).execute();
    },
    async drop(hashes) {
      if (hashes.length > 0) await db.deleteFrom('staff_kept_form').where('hash', 'in', hashes).execute();
    },
  };
}

/** Delete what waited too long, in one bounded batch; gives how many went. */
export async function purgeKeptForms(db: Db, now: number, most: number): Promise<number> {
  const { numDeletedRows } = await db.deleteFrom('staff_kept_form')
    .where('hash', 'in', (eb) => eb.selectFrom('staff_kept_form').select('hash').where('expires_at', '<=', now).orderBy('expires_at').limit(most))
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
