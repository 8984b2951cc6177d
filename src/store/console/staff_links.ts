/** Links of the staff: when one is good, and what ends it before its time. */
import { sql, type Transaction } from 'kysely';
import type { Database } from '../tables.ts';

type Tx = Transaction<Database>;

const ADMINISTRATOR = `maker.disabled_at IS NULL AND ',' || maker.roles || ',' LIKE '%,administrator,%'`;

/** Whether there is somebody who can let others in: an administrator who is not shut out. */
export const ADMINISTERED = sql<boolean>`EXISTS (SELECT 1 FROM staff maker WHERE ${sql.raw(ADMINISTRATOR)})`;

/**
 * Whether a row of staff_invitation stands on anything: a set-up link on nobody being there yet, any other on its maker, who must
 * be an administrator still, and a reset on its owner not being shut out. That it is unused and in time is judged beside it.
 */
export const FOUNDED = sql<boolean>`
  (staff_invitation.purpose <> 'setup' OR NOT ${ADMINISTERED})
  AND (staff_invitation.maker_kind <> 'staff' OR EXISTS (SELECT 1 FROM staff maker WHERE maker.id = staff_invitation.maker_id AND ${sql.raw(ADMINISTRATOR)}))
  AND (staff_invitation.staff_id IS NULL OR EXISTS (SELECT 1 FROM staff whose WHERE whose.id = staff_invitation.staff_id AND whose.disabled_at IS NULL))`;

/**
 * One at a time, until the transaction ends: who changes who may let others in, and who makes or uses a link. First in its
 * transaction, before any row of the staff is locked, so that nobody waits for somebody who waits for them.
 */
export async function alone(tx: Tx): Promise<void> {
  await sql`LOCK TABLE staff_invitation IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
}

/** Withdraw open links: those that somebody made, and with `own` those to their own account too. Gives how many. */
export async function withdrawLinks(tx: Tx, staffId: string, now: number, { own }: { readonly own: boolean }): Promise<number> {
  const { numUpdatedRows } = await tx.updateTable('staff_invitation').set({ withdrawn_at: now })
    .where('used_at', 'is', null).where('withdrawn_at', 'is', null).where('expires_at', '>', now)
    .where((eb) => eb.or([
      eb.and([eb('maker_kind', '=', 'staff'), eb('maker_id', '=', staffId)]),
      ...(own ? [eb('staff_id', '=', staffId)] : []),
    ])).executeTakeFirst();
  return Number(numUpdatedRows);
}
