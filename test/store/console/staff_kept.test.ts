import { expect, test } from 'vitest';
import { MOST_KEPT, TAKEN_MS, type KeptFormStore } from '../../../src/admin/kept.ts';
import { newToken, hashOfToken } from '../../../src/devices/token.ts';
import { Personal } from '../../../src/personal.ts';
import { keptFormStore, purgeKeptForms } from '../../../src/store/console/staff_kept.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW, storesOn } from '../support.ts';

const FORM = { door: '/admin/cases/1/comment', from: '/admin/cases/1', fields: { comment: 'Kunigunde Unmistakable', __proto__x: 'y' } };

describeDatabases('forms that wait', ({ fresh }) => {
  let opened: OpenedDatabase;
  let vault: Vault;
  let store: KeptFormStore;
  ownDatabase(fresh, async (own) => {
    opened = own;
    ({ vault } = await storesOn(own));
    store = keptFormStore(own.db, vault);
  });
  let count = 0;
  const member = async (disabled = false): Promise<string> => {
    const id = `staff_kept_${(count += 1)}`;
    await opened.db.insertInto('staff').values({ id, name: id, email_hash: id, email: null, external_key: null, password_hash: null, totp: null, roles: 'reviewer', created_at: NOW, disabled_at: disabled ? NOW : null, signed_in_at: null }).execute();
    return id;
  };
  const add = async (staffId: string, now = NOW): Promise<string> => {
    const hash = hashOfToken(newToken());
    expect(await store.add({ hash, staffId, form: Personal.of(FORM), now, expiresAt: now + 1000 })).toBe(true);
    return hash;
  };

  test('come back as they were, to their own person and within their time alone', async () => {
    const [grace, ada] = [await member(), await member()];
    const hash = await add(grace);
    expect((await store.of(grace, [hash, 'x'], NOW)).map(({ form, expiresAt }) => [form.open(), expiresAt])).toEqual([[FORM, NOW + 1000]]);
    expect(await store.of(ada, [hash], NOW)).toEqual([]);
    expect(await store.of(grace, [hash], NOW + 1000)).toEqual([]);
    expect(await store.of(grace, [], NOW)).toEqual([]);
    expect([await store.any([hash], NOW), await store.any([hash], NOW + 1000), await store.any([], NOW), await store.any(['x'], NOW)]).toEqual([true, false, false, false]);
    expect(await store.take(ada, hash, NOW)).toBeUndefined();
    expect(await store.take(grace, hash, NOW + 1000)).toBeUndefined();
    expect((await store.take(grace, hash, NOW))?.form.open()).toEqual(FORM);
    expect(await store.take(grace, hash, NOW)).toBeUndefined();
  });

  test('one that was taken waits again where its process died, or where it is put back by its person', async () => {
    const [grace, ada] = [await member(), await member()];
    const hash = hashOfToken(newToken());
    await store.add({ hash, staffId: grace, form: Personal.of(FORM), now: NOW, expiresAt: NOW + 10 * TAKEN_MS });
    expect((await store.take(grace, hash, NOW))?.hash).toBe(hash);
    expect([await store.of(grace, [hash], NOW + TAKEN_MS - 1), await store.any([hash], NOW + TAKEN_MS - 1), await store.take(grace, hash, NOW + TAKEN_MS - 1)]).toEqual([[], false, undefined]);
    expect((await store.of(grace, [hash], NOW + TAKEN_MS)).length).toBe(1);
    expect((await store.take(grace, hash, NOW + TAKEN_MS))?.form.open()).toEqual(FORM);
    await store.putBack(ada, hash);
    expect(await store.any([hash], NOW + TAKEN_MS)).toBe(false);
    await store.putBack(grace, hash);
    expect(await store.any([hash], NOW + TAKEN_MS)).toBe(true);
  });

  test('of many who take one at a moment, one gets it', async () => {
    const grace = await member();
    const hash = await add(grace);
    const got = await Promise.all(Array.from({ length: 8 }, () => store.take(grace, hash, NOW)));
    expect(got.filter((one) => one !== undefined)).toHaveLength(1);
  });

  test('so many for each person, also where they come at one moment; the newest stays', async () => {
    const [grace, ada] = [await member(), await member()];
    const hers = await add(ada);
    await Promise.all(Array.from({ length: 3 * MOST_KEPT }, () => add(grace)));
    const last = await add(grace);
    const rows = await opened.db.selectFrom('staff_kept_form').select('hash').where('staff_id', '=', grace).execute();
    expect(rows).toHaveLength(MOST_KEPT);
    expect(rows.map(({ hash }) => hash)).toContain(last);
    expect(await store.any([hers], NOW)).toBe(true);
  });

  test('nothing is kept for somebody who is shut out or never was there, and what was goes with the person', async () => {
    const gone = await member();
    const hash = await add(gone);
    for (const staffId of [await member(true), 'staff_nobody']) {
      expect(await store.add({ hash: hashOfToken(newToken()), staffId, form: Personal.of(FORM), now: NOW, expiresAt: NOW + 1000 })).toBe(false);
    }
    await opened.db.deleteFrom('staff').where('id', '=', gone).execute();
    expect(await store.any([hash], NOW)).toBe(false);
  });

  test('sealed to its row and its person: swapped, it does not open', async () => {
    const [grace, ada] = [await member(), await member()];
    const hash = await add(grace);
    const { sealed } = await opened.db.selectFrom('staff_kept_form').select('sealed').where('hash', '=', hash).executeTakeFirstOrThrow();
    expect(Buffer.from(sealed).toString('latin1')).not.toContain('Unmistakable');
    await opened.db.updateTable('staff_kept_form').set({ staff_id: ada }).where('hash', '=', hash).execute();
    await expect(store.of(ada, [hash], NOW)).rejects.toThrow();
    await store.drop([hash]);
    expect(await store.any([hash], NOW)).toBe(false);
  });

  test('what waited too long is swept, in batches', async () => {
    await opened.db.deleteFrom('staff_kept_form').execute();
    const grace = await member();
    for (let at = 0; at < 3; at += 1) await add(grace, NOW - 1000 - at);
    const left = await add(grace);
    expect(await purgeKeptForms(opened.db, NOW, 2)).toBe(2);
    expect(await purgeKeptForms(opened.db, NOW, 2)).toBe(1);
    expect(await store.any([left], NOW)).toBe(true);
  });
});
