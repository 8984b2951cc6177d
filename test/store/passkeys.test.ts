import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Passkey } from '../../src/devices/store.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { passkeyStore } from '../../src/store/passkeys.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';

const NOW = 1_800_000_000_000;

describeDatabases('passkeys', ({ fresh }) => {
  let opened: OpenedDatabase;
  ownDatabase(fresh, (own) => void (opened = own));

  async function account(erasedAt: number | null = null): Promise<string> {
    const id = randomUUID();
    await opened.db.insertInto('account').values({ id, identity_hash: randomUUID(), sealed: null, created_at: NOW, erased_at: erasedAt }).execute();
    return id;
  }
  const fresher = (accountId: string, change: Partial<Passkey> = {}) => ({
    id: randomUUID(), accountId, workflowId: 'w', mode: 'test' as const, credentialHash: 'c', userHandle: 'uh', publicKey: Uint8Array.of(1, 2, 255),
    counter: 3, transports: ['internal'], deviceType: 'singleDevice' as const, backedUp: false, label: 'Chrome on Windows', journeyId: 'j', acr: 'a', createdAt: NOW, ...change,
  });
  const kept = () => passkeyStore(opened.db);

  test('keeps everything, and what is absent stays absent', async () => {
    const owner = await account();
    const [full, bare] = [fresher(owner), fresher(owner, { credentialHash: undefined, label: undefined, transports: [], counter: 0, createdAt: NOW + 1 })];
    expect([await kept().add(full), await kept().add(bare)]).toEqual([true, true]);
    const read = await kept().byId(full.id);
    expect({ ...read, publicKey: Uint8Array.from(read?.publicKey ?? []) }).toEqual({ ...full, lastUsedAt: undefined, revokedAt: undefined, accountErased: false });
    expect(await kept().byId(bare.id)).toMatchObject({ credentialHash: undefined, label: undefined, transports: [] });
    expect((await kept().ofAccount(owner)).map(({ id }) => id)).toEqual([bare.id, full.id]);
    expect(await kept().byId('nobody')).toBeUndefined();
  });

  test('one id, one owner: of parallel ones one is kept', async () => {
    const [mine, theirs] = [await account(), await account()];
    const id = randomUUID();
    const added = await Promise.all([kept().add(fresher(mine, { id })), kept().add(fresher(theirs, { id }))]);
    expect(added.toSorted()).toEqual([false, true]);
  });

  test('an erased account, or none, gets none; one erased later says so', async () => {
    expect(await kept().add(fresher(await account(NOW)))).toBe(false);
    expect(await kept().add(fresher('nobody'))).toBe(false);
    const owner = await account();
    const passkey = fresher(owner);
    await kept().add(passkey);
    await opened.db.updateTable('account').set({ erased_at: NOW }).where('id', '=', owner).execute();
    expect(await kept().byId(passkey.id)).toMatchObject({ accountErased: true });
  });

  test.each([
    [0, 0, true], [0, 1, true], [3, 4, true], [3, 900, true], [3, 3, false], [3, 2, false], [3, 0, false],
  ])('a counter of %i, then %i: %s', async (before, then, fine) => {
    const passkey = fresher(await account(), { counter: before });
    await kept().add(passkey);
    expect(await kept().used(passkey.id, then, true, NOW + 5)).toBe(fine);
    expect(await kept().byId(passkey.id)).toMatchObject(fine ? { counter: then, backedUp: true, lastUsedAt: NOW + 5 } : { counter: before, backedUp: false, lastUsedAt: undefined });
  });

  test('two uses of one count: one wins', async () => {
    const passkey = fresher(await account());
    await kept().add(passkey);
    const both = await Promise.all([kept().used(passkey.id, 4, false, NOW), kept().used(passkey.id, 4, false, NOW)]);
    expect(both.toSorted()).toEqual([false, true]);
  });

  test('revoking ends one or all, once, and never those of others', async () => {
    const [owner, other] = [await account(), await account()];
    const [one, two, foreign] = [fresher(owner), fresher(owner), fresher(other)];
    for (const passkey of [one, two, foreign]) await kept().add(passkey);
    const ending = { accountId: owner, reason: 'by_person' as const, now: NOW + 9 };
    expect(await kept().revoke({ ...ending, id: foreign.id })).toBe(0);
    expect(await kept().revoke({ ...ending, id: one.id })).toBe(1);
    expect(await kept().revoke(ending)).toBe(1);
    expect(await kept().revoke(ending)).toBe(0);
    expect((await kept().ofAccount(owner)).map(({ revokedAt }) => revokedAt)).toEqual([NOW + 9, NOW + 9]);
    expect((await kept().byId(foreign.id))?.revokedAt).toBeUndefined();
    expect(await kept().used(one.id, 10, false, NOW)).toBe(false);
  });
});
