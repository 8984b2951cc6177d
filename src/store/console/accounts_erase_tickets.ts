/** One-time tickets that stand for somebody who is erased. What they hold is sealed, so each is opened and looked at. */
import { GatehouseError } from '../../errors.ts';
import type { AccountDeps } from './accounts_common.ts';

const STRIDE = 500;

/** Delete the tickets that name the account or one of its journeys; gives how many. They live for a day at most, so they are few. */
export async function dropTickets({ db, vault }: AccountDeps, accountId: string): Promise<number> {
  let gone = 0;
  for (let after = ''; ;) {
    const rows = await db.selectFrom('ticket').select(['hash', 'purpose', 'sealed']).where('hash', '>', after).orderBy('hash').limit(STRIDE).execute();
    const theirs: string[] = [];
    for (const row of rows) {
      const text = await openedText(vault, row);
      if (text === undefined || text.includes(accountId)) theirs.push(row.hash);
    }
    if (theirs.length > 0) {
      const { numDeletedRows } = await db.deleteFrom('ticket').where('hash', 'in', theirs).executeTakeFirst();
      gone += Number(numDeletedRows);
    }
    const last = rows.at(-1);
    if (!last || rows.length < STRIDE) return gone;
    after = last.hash;
  }
}

/** Undefined where it does not open, and so is of no use to anybody. */
async function openedText(vault: AccountDeps['vault'], row: { readonly hash: string; readonly purpose: string; readonly sealed: Uint8Array }): Promise<string | undefined> {
  try {
    return (await vault.open('ticket', row.sealed, `ticket:${row.purpose}:${row.hash}`)).toString('utf8');
  } catch (thrown) {
    if (thrown instanceof GatehouseError) return undefined;
    throw thrown;
  }
}
