/** Whether two accounts tell of one person: their profiles opened and compared, and nothing of them handed on. */
import { z } from 'zod';
import { compareIdentities, type ComparedIdentities, type NamedPerson } from '../../admin/accounts/rules.ts';
import { GatehouseError } from '../../errors.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Db } from '../database.ts';

const text = z.string().catch('').default('');
const named = z.looseObject({ givenName: text, familyName: text, birthDate: text });

export async function identitiesCompared(db: Db, vault: Pick<Vault, 'open'>, source: string, target: string): Promise<ComparedIdentities> {
  const rows = await db.selectFrom('account').select(['id', 'sealed']).where('id', 'in', [source, target]).execute();
  const personOf = async (id: string): Promise<NamedPerson | undefined> => {
    const sealed = rows.find((row) => row.id === id)?.sealed;
    if (!sealed) return undefined;
    try {
      return named.safeParse(JSON.parse((await vault.open('account', sealed, `account:${id}`)).toString('utf8'))).data;
    } catch (thrown) {
      // Damaged, or sealed under a key that is gone: nobody knows who it is, which is not the same person.
      if (thrown instanceof GatehouseError || thrown instanceof SyntaxError) return undefined;
      throw thrown;
    }
  };
  return compareIdentities(await personOf(source), await personOf(target));
}
