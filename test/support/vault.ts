import { dataKeyStore } from '../../src/store/data_keys.ts';
import type { Db } from '../../src/store/database.ts';
import { openVault, type Vault } from '../../src/vault/vault.ts';
import type { TestGateway } from './gateway.ts';

/** A vault with the keys of a gateway, to read what it sealed. */
export function vaultOf({ gateway, db }: { readonly gateway: Pick<TestGateway, 'masterKey'>; readonly db: Db }): Promise<Vault> {
  return openVault({ masterKeys: [{ id: 'test', key: gateway.masterKey }], store: dataKeyStore(db) });
}
