import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Db, OpenedDatabase } from '../../src/store/database.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { openVault, PURPOSES, type MasterKey, type Vault } from '../../src/vault/vault.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';

const masterKey = (id: string): MasterKey => ({ id, key: randomBytes(32) });

describeDatabases('the vault', (database) => {
  const m1 = masterKey('m1');
  let fresh: FreshDatabase;
  let opened: OpenedDatabase;
  let db: Db;
  let vault: Vault;

  const vaultWith = (...masterKeys: MasterKey[]): Promise<Vault> => openVault({ masterKeys, store: dataKeyStore(db) });

  beforeAll(async () => {
    fresh = await database.fresh();
    opened = await fresh.open();
    ({ db } = opened);
  });
  afterAll(async () => {
    await opened.close();
    await fresh.drop();
  });
  beforeEach(async () => {
    await db.deleteFrom('data_key').execute();
    vault = await vaultWith(m1);
  });

  it('opens what it sealed, and never seals twice alike', async () => {
    const one = vault.seal('account', 'Andrew Roshell', 'account:1');
    expect((await vault.open('account', one, 'account:1')).toString()).toBe('Andrew Roshell');
    expect(vault.seal('account', 'Andrew Roshell', 'account:1').equals(one)).toBe(false);
    expect(one.includes('Roshell')).toBe(false);
    const bytes = randomBytes(300);
    expect((await vault.open('journey', new Uint8Array(vault.seal('journey', bytes, '')), '')).equals(bytes)).toBe(true);
  });

  it('refuses every changed byte, a wrong context, a wrong purpose, a cut box and an unknown key', async () => {
    const box = vault.seal('account', 'x', 'account:1');
    const invalid = { code: 'sealed_box_invalid' };
    for (let index = 0; index < box.length; index++) {
      const changed = Buffer.from(box);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(vault.open('account', changed, 'account:1'), `byte ${index}`).rejects.toMatchObject(invalid);
    }
    await expect(vault.open('account', box, 'account:2')).rejects.toMatchObject(invalid);
    await expect(vault.open('journey', box, 'account:1')).rejects.toMatchObject(invalid);
    await expect(vault.open('account', box.subarray(0, -1), 'account:1')).rejects.toMatchObject(invalid);
    await expect(vault.open('account', Buffer.alloc(0), 'account:1')).rejects.toMatchObject(invalid);
    await db.deleteFrom('data_key').execute();
    await expect((await vaultWith(m1)).open('account', box, 'account:1')).rejects.toMatchObject(invalid);
  });

  it('gives all processes the same keys, however many start at once', async () => {
    await db.deleteFrom('data_key').execute();
    const vaults = await Promise.all(Array.from({ length: 6 }, () => vaultWith(m1)));
    const [first, ...others] = vaults as [Vault, ...Vault[]];
    for (const other of others) {
      expect(other.keyedHash('credential', 'alice')).toBe(first.keyedHash('credential', 'alice'));
      expect((await other.open('account', first.seal('account', 'x', 'c'), 'c')).toString()).toBe('x');
    }
    const { count } = await db.selectFrom('data_key').select((eb) => eb.fn.countAll<string>().as('count')).executeTakeFirstOrThrow();
    expect(Number(count)).toBe(PURPOSES.length);
  });

  it('rotates a data key: new boxes get the new one, old ones open, other processes follow', async () => {
    const other = await vaultWith(m1);
    const before = vault.seal('account', 'old', 'c');
    expect(await vault.rotate('account')).toBe(true);
    const after = vault.seal('account', 'new', 'c');
    expect(after.subarray(2, 18).equals(before.subarray(2, 18))).toBe(false);
    expect((await vault.open('account', before, 'c')).toString()).toBe('old');
    expect((await other.open('account', after, 'c')).toString()).toBe('new');
    // The other one still believed the old key to be current: it loses, and learns.
    const raced = await Promise.all([vault.rotate('journey'), other.rotate('journey')]);
    expect(raced.filter(Boolean)).toHaveLength(1);
    expect((await vault.open('journey', other.seal('journey', 'x', 'c'), 'c')).toString()).toBe('x');
  });

  it('keeps the index key, and rings cookie keys newest first', async () => {
    await expect(vault.rotate('index')).rejects.toMatchObject({ code: 'index_key_fixed' });
    const [old] = vault.cookieKeys();
    await vault.rotate('cookie');
    const ring = vault.cookieKeys();
    expect(ring).toHaveLength(2);
    expect(ring[1]).toBe(old);
    expect((await vaultWith(m1)).cookieKeys()).toEqual(ring);
  });

  it('moves to a new master key and forgets the old one', async () => {
    const m2 = masterKey('m2');
    const box = vault.seal('account', 'x', 'c');
    const both = await vaultWith(m2, m1);
    expect(await both.rewrap()).toBe(PURPOSES.length);
    expect(await both.rewrap()).toBe(0);
    expect((await (await vaultWith(m2)).open('account', box, 'c')).toString()).toBe('x');
    await expect(vaultWith(m1)).rejects.toMatchObject({ code: 'master_key_unknown' });
    await expect(vaultWith({ id: 'm2', key: randomBytes(32) })).rejects.toMatchObject({ code: 'master_key_unknown' });
  });

  it.each([
    ['none', []],
    ['a short one', [{ id: 'a', key: randomBytes(16) }]],
    ['one id twice', [masterKey('a'), masterKey('a')]],
    ['a bad id', [masterKey('a b')]],
  ])('refuses master keys: %s', async (_name, keys) => {
    await expect(vaultWith(...keys)).rejects.toMatchObject({ code: 'master_key_invalid' });
  });

  it('keeps uses of hashes and secrets apart', () => {
    expect(vault.keyedHash('a', 'value')).not.toBe(vault.keyedHash('b', 'value'));
    expect(vault.keyedHash('a', 'value')).toMatch(/^[\w-]{43}$/);
    expect(vault.secret('a').equals(vault.secret('a'))).toBe(true);
    expect(vault.secret('a').equals(vault.secret('b'))).toBe(false);
    expect(vault.secret('a')).toHaveLength(32);
  });
});
