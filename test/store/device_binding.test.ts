import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { credentialHash } from '../../src/oidc/credential.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { fingerprintHash } from '../../src/store/device_binding.ts';
import { revokeAllOfAccount } from '../../src/store/devices.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';
import { DAY, DEVICE_ACR, deviceWorld, PHONE_ACR, shown, type DeviceWorld } from './device_world.ts';
import { NOW } from './support.ts';

describeDatabases('binding devices', ({ fresh }) => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let world: DeviceWorld;
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open();
    world = await deviceWorld(opened);
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });
  const trustsOf = async (accountId: string | undefined) => (await world.devices.ofAccount(accountId ?? '')).map(({ trust }) => trust);
  const returnedBy = async (accountId: string | undefined) => {
    const [trust] = await trustsOf(accountId);
    if (!trust || accountId === undefined) throw new Error('nothing to come back by');
    return { accountId, trust, binding: { acr: DEVICE_ACR, returned: { trustId: trust.id, deviceId: trust.deviceId } } };
  };

  test('an approval binds the browser and the phone, each for its time, and names the browser', async () => {
    const keys = [shown(), shown({ channel: 'phone', kind: 'phone', label: 'Safari on iOS' })];
    const { journey, accountId, deviceId } = await world.approve({ keys, credential: 'alice' });
    const all = await world.devices.ofAccount(accountId ?? '');
    const browser = all.find(({ device }) => device.thumbprint === keys[0]?.thumbprint);
    const phone = all.find(({ device }) => device.thumbprint === keys[1]?.thumbprint);
    expect(all).toHaveLength(2);
    expect(browser?.device).toMatchObject({ id: deviceId, mode: 'test', kind: 'desktop', jwk: keys[0]?.jwk, label: 'Chrome on Linux', lastCountry: 'US', collectorVersion: 1, createdAt: NOW, lastSeenAt: NOW });
    expect(browser?.trust).toMatchObject({
      accountId, workflowId: 'w', credentialHash: credentialHash(world.vault, 'test', 'alice'), journeyId: journey.id, acr: PHONE_ACR, reason: 'sms_link',
      grantedAt: NOW, expiresAt: NOW + 180 * DAY, simCheckedAt: undefined, revokedAt: undefined, accountErased: false,
    });
    expect([phone?.device.kind, phone?.trust.expiresAt]).toEqual(['phone', NOW + 90 * DAY]);
    const rows = await opened.db.selectFrom('journey_device').selectAll().where('journey_id', '=', journey.id).orderBy('channel').execute();
    expect(rows.map((row) => [row.channel, row.device_id, row.issued_at])).toEqual([['browser', browser?.device.id, null], ['phone', phone?.device.id, null]]);
    expect(await world.events(journey.id)).toEqual(['block:success:bound', 'block:success:bound', 'label:success:bound']);
    expect((await world.journeys.byId(journey.id))?.deviceId).toBe(deviceId);
  });

  test('the look is kept hashed by attribute, never the same for both modes', async () => {
    const key = shown();
    await world.approve({ keys: [key] });
    await world.approve({ keys: [key], mode: 'live' });
    const [simulated, real] = [await world.devices.byThumbprint(key.thumbprint, 'test'), await world.devices.byThumbprint(key.thumbprint, 'live')];
    const hash = fingerprintHash(world.vault, 'test');
    expect(simulated?.fingerprint).toEqual({ os: hash('os', 'linux'), timezone: hash('timezone', 'America/New_York'), version: 146 });
    expect(real?.id).not.toBe(simulated?.id);
    expect(real?.fingerprint?.['os']).not.toBe(simulated?.fingerprint?.['os']);
  });

  test('no key, no device', async () => {
    const { journey, accountId, deviceId } = await world.approve({ keys: [] });
    expect([await trustsOf(accountId), deviceId, await world.events(journey.id)]).toEqual([[], undefined, ['label:failure:noKeyShown']]);
  });

  test('one key is one device, whoever is trusted on it', async () => {
    const key = shown();
    const [one, other] = [await world.approve({ keys: [key] }), await world.approve({ keys: [key] })];
    expect(other.accountId).not.toBe(one.accountId);
    expect(other.deviceId).toBe(one.deviceId);
    expect([await trustsOf(one.accountId), await trustsOf(other.accountId)].map((all) => all.length)).toEqual([1, 1]);
  });

  test('two journeys that bind one key at once, of one person and of two', async () => {
    for (const identities of [['same', 'same'], ['one', 'other']]) {
      const mark = randomUUID();
      const keys = [shown(), shown({ channel: 'phone', kind: 'phone' })];
      const all = await Promise.all(Array.from({ length: 8 }, (_, index) => world.approve({
        identity: `${identities[index % 2]}-${mark}`, keys: index % 2 === 0 ? keys : keys.toReversed(),
      })));
      expect(new Set(all.map(({ deviceId }) => deviceId)).size).toBe(1);
      const accounts = new Set(all.map(({ accountId }) => accountId));
      expect(accounts.size).toBe(new Set(identities).size);
      for (const accountId of accounts) expect(await trustsOf(accountId)).toHaveLength(2);
    }
  });

  test('whoever is verified anew has trust anew: what expired or was revoked lives again', async () => {
    const [identity, key] = [randomUUID(), shown()];
    const first = await world.approve({ identity, keys: [key], credential: 'alice2' });
    await world.devices.revoke({ accountId: first.accountId ?? '', reason: 'by_person', now: NOW + 1 });
    const at = NOW + 400 * DAY;
    const again = await world.approve({ identity, keys: [key], at });
    const trusts = await trustsOf(again.accountId);
    // The name that an earlier login gave stays, where this one gives none.
    expect(trusts).toMatchObject([{ revokedAt: undefined, revokedReason: undefined, grantedAt: at, expiresAt: at + 180 * DAY, journeyId: again.journey.id, credentialHash: credentialHash(world.vault, 'test', 'alice2') }]);
  });

  test('whoever came back has used their trust, and not extended it; keys they show are not trusted for it', async () => {
    const { accountId, deviceId } = await world.approve();
    const { trust, binding } = await returnedBy(accountId);
    const other = shown();
    const back = await world.approve({ accountId: trust.accountId, keys: [other], at: NOW + DAY, binding });
    expect(back.deviceId).toBe(deviceId);
    expect(await trustsOf(accountId)).toEqual([{ ...trust, lastUsedAt: NOW + DAY }]);
    expect(await world.devices.byThumbprint(other.thumbprint, 'test')).toBeUndefined();
    expect(await world.events(back.journey.id)).toEqual(['label:success:returned']);
    expect((await world.devices.ofAccount(trust.accountId))[0]?.device.lastSeenAt).toBe(NOW + DAY);
  });

  test('whoever came back and answered on their phone has a new key trusted, and nothing extended or revived', async () => {
    const [old, dead, added] = [shown(), shown({ channel: 'phone', kind: 'phone' }), shown()];
    const identity = randomUUID();
    const first = await world.approve({ identity, keys: [old, dead] });
    const accountId = first.accountId ?? '';
    const deadDevice = await world.devices.byThumbprint(dead.thumbprint, 'test');
    await world.devices.revoke({ accountId, deviceId: deadDevice?.id ?? '', reason: 'reported', now: NOW + 1 });
    const trust = (await trustsOf(accountId)).find(({ deviceId }) => deviceId === first.deviceId);
    const binding = { acr: PHONE_ACR, returned: { trustId: trust?.id, deviceId: undefined } };
    const back = await world.approve({ accountId, keys: [added, dead], at: NOW + DAY, binding });
    const again = await world.approve({ accountId, keys: [old], at: NOW + 2 * DAY, binding });
    const now = await trustsOf(accountId);
    const of = async (thumbprint: string) => {
      const device = await world.devices.byThumbprint(thumbprint, 'test');
      return now.find(({ deviceId }) => deviceId === device?.id);
    };
    expect(await of(added.thumbprint)).toMatchObject({ grantedAt: NOW + DAY, expiresAt: NOW + 181 * DAY, journeyId: back.journey.id });
    expect(await of(old.thumbprint)).toEqual({ ...trust, lastUsedAt: NOW + 2 * DAY });
    expect(await of(dead.thumbprint)).toMatchObject({ revokedAt: NOW + 1, revokedReason: 'reported' });
    // The browser is the one that showed the new key, not the one whose cookie it came with.
    expect(back.deviceId).toBe((await world.devices.byThumbprint(added.thumbprint, 'test'))?.id);
    expect(again.deviceId).toBe(first.deviceId);
  });

  test("somebody else's trust is nobody's way back", async () => {
    const [one, other] = [await world.approve(), await world.approve()];
    const { trust, binding } = await returnedBy(one.accountId);
    const back = await world.approve({ accountId: other.accountId ?? '', keys: [], at: NOW + DAY, binding });
    expect(back.deviceId).toBeUndefined();
    expect(await trustsOf(one.accountId)).toEqual([trust]);
  });

  test('trust that was revoked meanwhile names its device still, and is not touched', async () => {
    const { accountId, deviceId } = await world.approve();
    const { trust, binding } = await returnedBy(accountId);
    await world.devices.revoke({ accountId: trust.accountId, reason: 'by_operator', now: NOW + 1 });
    const back = await world.approve({ accountId: trust.accountId, keys: [], at: NOW + 2, binding });
    expect(back.deviceId).toBe(deviceId);
    expect(await trustsOf(accountId)).toMatchObject([{ lastUsedAt: NOW, revokedAt: NOW + 1 }]);
  });

  test('a passkey alone binds nothing', async () => {
    const { accountId } = await world.approve({ keys: [] });
    const back = await world.approve({ accountId: accountId ?? '', keys: [shown()], binding: { acr: 'urn:gatehouse:acr:passkey', returned: { trustId: undefined, deviceId: undefined } } });
    expect([await trustsOf(accountId), back.deviceId, await world.events(back.journey.id)]).toEqual([[], undefined, []]);
  });

  test('beyond so many devices the one longest unused goes', async () => {
    const identity = randomUUID();
    const keys = Array.from({ length: 4 }, () => shown());
    for (const [index, key] of keys.entries()) await world.approve({ identity, keys: [key], at: NOW + index, binding: { most: 3 } });
    // Used since, so that the second is now the one longest unused; trusted by two workflows, it is one device.
    await world.approve({ identity, keys: keys.slice(2, 3), at: NOW + 9, workflowId: 'other', binding: { most: 3 } });
    const last = await world.approve({ identity, keys: [shown(), shown({ channel: 'phone', kind: 'phone' })], at: NOW + 10, binding: { most: 1 } });
    const all = await world.devices.ofAccount(last.accountId ?? '');
    expect(all).toHaveLength(7);
    expect(all.filter(({ trust }) => trust.revokedAt === undefined).map(({ trust }) => trust.deviceId)).toEqual([last.deviceId]);
    const first = all.find(({ device }) => device.thumbprint === keys[0]?.thumbprint);
    expect(first?.trust).toMatchObject({ revokedAt: NOW + 3, revokedReason: 'too_many' });
    expect((await world.events(last.journey.id))[2]).toBe('block:success:tooMany');
  });

  test('who was erased meanwhile is not approved, and nothing of it is written', async () => {
    const { accountId } = await world.approve();
    const { trust, binding } = await returnedBy(accountId);
    await opened.db.updateTable('account').set({ erased_at: NOW }).where('id', '=', trust.accountId).execute();
    await expect(world.approve({ accountId: trust.accountId, keys: [], binding })).rejects.toMatchObject({ code: 'account_erased' });
    await expect(world.approve({ accountId: randomUUID(), keys: [], binding })).rejects.toMatchObject({ code: 'account_erased' });
    expect((await trustsOf(accountId))[0]).toMatchObject({ lastUsedAt: NOW, accountErased: true });
    const undecided = await opened.db.selectFrom('journey').select('id').where('account_id', 'is', null).where('decided_at', 'is not', null).execute();
    expect(undecided).toEqual([]);
  });

  test('an account tells what was established, not what somebody who came back brought', async () => {
    const { accountId } = await world.approve();
    const { trust, binding } = await returnedBy(accountId);
    const sealed = () => opened.db.selectFrom('account').select('sealed').where('id', '=', trust.accountId).executeTakeFirstOrThrow();
    const before = await sealed();
    await world.approve({ accountId: trust.accountId, keys: [], binding });
    expect(Buffer.from((await sealed()).sealed ?? []).equals(Buffer.from(before.sealed ?? []))).toBe(true);
  });

  test('erasing ends devices and passkeys; what had ended stays as it ended', async () => {
    const { accountId = '' } = await world.approve({ keys: [shown(), shown({ channel: 'phone' })] });
    const [first] = await trustsOf(accountId);
    await world.devices.revoke({ accountId, deviceId: first?.deviceId ?? '', reason: 'by_person', now: NOW + 1 });
    const passkey = randomUUID();
    await opened.db.insertInto('passkey').values({
      id: passkey, account_id: accountId, workflow_id: 'w', mode: 'test', credential_hash: null, user_handle: 'u', public_key: Buffer.from('k'), counter: 0, transports: '[]',
      device_type: 'multiDevice', backed_up: true, label: null, journey_id: 'j', acr: PHONE_ACR, created_at: NOW, last_used_at: null, revoked_at: null, revoked_reason: null,
    }).execute();
    await opened.db.transaction().execute((tx) => revokeAllOfAccount(tx, accountId, 'erased', NOW + 2));
    expect((await trustsOf(accountId)).map(({ revokedAt, revokedReason }) => [revokedAt, revokedReason]).toSorted()).toEqual([[NOW + 1, 'by_person'], [NOW + 2, 'erased']]);
    expect(await opened.db.selectFrom('passkey').select(['revoked_at', 'revoked_reason']).where('id', '=', passkey).executeTakeFirst()).toEqual({ revoked_at: NOW + 2, revoked_reason: 'erased' });
  });
});
