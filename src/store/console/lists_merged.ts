/** What becomes of entries that name an account which becomes part of another. */
import type { Transaction } from 'kysely';
import type { Database } from '../tables.ts';
import { tick } from './lists.ts';
import { identityKeys } from './lists_values.ts';

/**
 * Entries of either account name what is left of both from now on, whichever identity comes: a merge lets nobody out of a
 * block. Called once the shells are rewritten. The clock's row is locked before anything is looked at, as by whoever adds
 * an entry. Gives how many there were; processes hear of it as of any change.
 */
export async function carryEntries(tx: Transaction<Database>, source: string, target: string): Promise<number> {
  await tick(tx, 0);
  const found = await tx.selectFrom('list_entry').select('id').where('kind', '=', 'identity').where('key', 'in', [source, target]).where('removed_at', 'is', null).orderBy('seq').execute();
  const also = (await identityKeys(tx, target)).join(' ');
  const before = await tick(tx, found.length);
  for (const [index, { id }] of found.entries()) {
    await tx.updateTable('list_entry').set({ key: target, also_keys: also === '' ? null : also, version: before + 1 + index }).where('id', '=', id).execute();
  }
  return found.length;
}
