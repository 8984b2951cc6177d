import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { credentialHash } from '../../src/oidc/credential.ts';
import type { ReturnedBy } from '../../src/journey/store.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { fingerprintHash } from '../../src/store/device_binding.ts';
import { revokeAllOfAccount } from '../../src/store/devices.ts';
import { myAccounts } from '../../src/store/my_accounts.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { DAY, DEVICE_ACR, deviceWorld, freshHash, PHONE_ACR, shown, type DeviceWorld } from './device_world.ts';
import { NOW } from './support.ts';

describeDatabases('binding devices', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: DeviceWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await deviceWorld(opened);
  });
  const trustsOf = async (accountId: string | undefined) => (await world.devices.ofAccount(accountId ?? '')).map(({ trust }) => trust);
  const addPasskey = async (accountId: string, journeyId = 'j'): Promise<string> => {
    const id = randomUUID();
    await opened.db.insertInto('passkey').values({
      id, account_id: accountId, workflow_id: 'w', mode: 'test', credential_hash: null, user_handle: 'u', public_key: Buffer.from('k'), counter: 0, transports: '[]',
      device_type: 'multiDevice', backed_up: true, label: null, journey_id: journeyId, acr: PHONE_ACR, created_at: NOW, last_used_at: null, revoked_at: null, revoked_reason: null,
    }).execute();
    return id;
  };
  const returnedBy = async (accountId: string | undefined) => {
    const [trust] = await trustsOf(accountId);
    if (!trust || accountId === undefined) throw new Error('nothing to come back by');
    return { accountId, trust, binding: { acr: DEVICE_ACR, returned: { trustId: trust.id, deviceId: trust.deviceId, passkeyId: undefined, journeyId: trust.journeyId } } };
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

  test('the look is kept as it was hashed: by attribute, never the same for both modes', async () => {
    const key = shown();
    await world.approve({ keys: [key] });
    await world.approve({ keys: [key], mode: 'live' });
    const [simulated, real] = [await world.devices.byThumbprint(key.thumbprint, 'test'), await world.devices.byThumbprint(key.thumbprint, 'live')];
    expect(simulated?.fingerprint).toEqual(key.look);
    expect(real?.id).not.toBe(simulated?.id);
    const [hash, ofLive] = [fingerprintHash(world.vault, 'test'), fingerprintHash(world.vault, 'live')];
    expect(hash('os', 'linux')).toBe(hash('os', 'linux'));
    expect(new Set([hash('os', 'linux'), ofLive('os', 'linux'), hash('platform', 'linux'), hash('os', 'macos')]).size).toBe(4);
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
    const binding = { acr: PHONE_ACR, returned: { trustId: trust?.id, deviceId: undefined, passkeyId: undefined, journeyId: first.journey.id } };
    const back = await world.approve({ accountId, keys: [added, dead], at: NOW + DAY, binding });
    const again = await world.approve({ accountId, keys: [old], at: NOW + 2 * DAY, binding });
    const now = await trustsOf(accountId);
    const of = async (thumbprint: string) => {
      const device = await world.devices.byThumbprint(thumbprint, 'test');
      return now.find(({ deviceId }) => deviceId === device?.id);
    };
    expect(await of(added.thumbprint)).toMatchObject({ grantedAt: NOW + DAY, expiresAt: NOW + 181 * DAY, journeyId: first.journey.id });
    expect(await of(old.thumbprint)).toEqual({ ...trust, lastUsedAt: NOW + 2 * DAY });
    expect(await of(dead.thumbprint)).toMatchObject({ revokedAt: NOW + 1, revokedReason: 'reported' });
    // The browser is the one that showed the new key, not the one whose cookie it came with.
    expect(back.deviceId).toBe((await world.devices.byThumbprint(added.thumbprint, 'test'))?.id);
    expect(again.deviceId).toBe(first.deviceId);
  });

  test("somebody else's trust is nobody's way back", async () => {
    const [one, other] = [await world.approve(), await world.approve()];
    const { trust, binding } = await returnedBy(one.accountId);
    await expect(world.approve({ accountId: other.accountId ?? '', keys: [], at: NOW + DAY, binding })).rejects.toMatchObject({ code: 'trust_ended' });
    expect(await trustsOf(one.accountId)).toEqual([trust]);
  });

  test('what somebody came back by has to live still when they are approved, or nothing of it is written', async () => {
    const { accountId = '' } = await world.approve();
    const { trust, binding } = await returnedBy(accountId);
    const { returned } = binding;
    const passkeyId = await addPasskey(accountId);
    const ways = [returned, { ...returned, deviceId: undefined }, { ...returned, passkeyId }, { ...returned, trustId: undefined, deviceId: undefined, passkeyId }];
    const wrong = [{ ...returned, deviceId: 'another' }, { ...returned, trustId: 'another' }, { ...returned, passkeyId: 'another' }, { ...returned, trustId: undefined, deviceId: undefined }];
    const approve = (by: ReturnedBy) => world.approve({ accountId, keys: [], at: NOW + 2, binding: { acr: binding.acr, returned: by } });
    for (const by of ways) expect((await approve(by)).accountId).toBe(accountId);
    for (const by of wrong) await expect(approve(by)).rejects.toMatchObject({ code: 'trust_ended' });
    await world.devices.revoke({ accountId, reason: 'by_operator', now: NOW + 3 });
    for (const by of ways.slice(0, 3)) await expect(approve(by)).rejects.toMatchObject({ code: 'trust_ended' });
    await opened.db.updateTable('passkey').set({ revoked_at: NOW + 4, revoked_reason: 'by_person' }).where('id', '=', passkeyId).execute();
    for (const by of ways) await expect(approve(by)).rejects.toMatchObject({ code: 'trust_ended' });
    expect(await trustsOf(accountId)).toMatchObject([{ id: trust.id, lastUsedAt: NOW + 2, revokedAt: NOW + 3 }]);
  });

  test('trust whose time ran out while somebody was coming back lets them finish', async () => {
    const { accountId = '' } = await world.approve({ at: NOW });
    const { binding } = await returnedBy(accountId);
    const back = await world.approve({ accountId, keys: [], at: NOW + 181 * DAY, binding });
    expect(back.accountId).toBe(accountId);
    await opened.db.updateTable('device_trust').set({ expires_at: 1 }).where('account_id', '=', accountId).execute();
    await expect(world.approve({ accountId, keys: [], at: NOW + 181 * DAY, binding })).rejects.toMatchObject({ code: 'trust_ended' });
  });

  test("whoever came without the device's key is not given its name, nor its cookie", async () => {
    const { token, loaded } = await world.approveAndIssue();
    const { trust, binding } = await returnedBy(loaded.accountId);
    const back = await world.approve({ accountId: trust.accountId, keys: [], at: NOW + 1, binding: { acr: PHONE_ACR, returned: { ...binding.returned, deviceId: undefined } } });
    expect([back.deviceId, await world.events(back.journey.id)]).toEqual([undefined, ['label:failure:noKeyShown']]);
    expect(await world.devices.issue({ journeyId: back.journey.id, channel: 'browser', fresh: freshHash(), presented: token, now: NOW + 2 })).toBe(false);
    expect((await world.devices.byToken(token, 'test', NOW + 3))?.token).toBe('current');
  });

  test('a passkey alone binds nothing', async () => {
    const { accountId = '', journey } = await world.approve({ keys: [] });
    const returned = { trustId: undefined, deviceId: undefined, passkeyId: await addPasskey(accountId), journeyId: journey.id };
    const back = await world.approve({ accountId, keys: [shown()], binding: { acr: 'urn:gatehouse:acr:passkey', returned } });
    expect([await trustsOf(accountId), back.deviceId, await world.events(back.journey.id)]).toEqual([[], undefined, []]);
  });

  test('a reported device leaves no way in: passkeys and grants of its journeys end, and nothing else', async () => {
    const [{ accountId = '', deviceId = '', journey }, ben] = [await world.approve(), await world.approve()];
    const other = await world.approve({ accountId, keys: [shown()], at: NOW + 1, binding: { acr: PHONE_ACR, returned: (await returnedBy(accountId)).binding.returned } });
    const [theirs, own, bens] = [await addPasskey(accountId, journey.id), await addPasskey(accountId, 'elsewhere'), await addPasskey(ben.accountId ?? '', journey.id)];
    const grants = { byDevice: deviceId, byJourney: null, elsewhere: 'another' } as const;
    for (const [name, device] of Object.entries(grants)) {
      const id = `${name}-${accountId}`;
      await opened.db.insertInto('grant_outcome').values({
        grant_id: id, journey_id: name === 'byJourney' ? journey.id : other.journey.id.concat('x'), account_id: accountId, client_id: 'c', verdict: 'approve', policy: 'w@1', reuse_until: NOW, decided_at: NOW,
        credential_hash: null, summary: '{}', sealed: null, created_at: NOW, device_id: device,
      }).execute();
      for (const model of ['Grant', 'AccessToken', 'RefreshToken', 'AuthorizationCode'] as const) {
        await opened.db.insertInto('oidc_record').values({
          model, id_hash: model === 'Grant' ? id : randomUUID(), sealed: Buffer.from('x'), grant_id: model === 'Grant' ? null : id, uid_hash: null, account_id: accountId, client_id: 'c', expires_at: NOW + DAY, links: null, consumed_at: null,
        }).execute();
      }
    }
    const accounts = myAccounts(opened.db);
    await accounts.endWaysIn({ accountId, deviceId, now: NOW + 5 });
    await accounts.endWaysIn({ accountId, deviceId, now: NOW + 6 });
    const left = await opened.db.selectFrom('oidc_record').select(['model', 'id_hash', 'grant_id']).where('account_id', '=', accountId).execute();
    expect(left.map(({ model, id_hash, grant_id }) => [model, grant_id ?? id_hash]).toSorted()).toEqual(['AccessToken', 'AuthorizationCode', 'Grant', 'RefreshToken'].map((model) => [model, `elsewhere-${accountId}`]));
    expect((await opened.db.selectFrom('grant_outcome').select('grant_id').where('account_id', '=', accountId).execute()).map((row) => row.grant_id)).toEqual([`elsewhere-${accountId}`]);
    const alive = await opened.db.selectFrom('passkey').select('id').where('revoked_at', 'is', null).where('id', 'in', [theirs, own, bens]).execute();
    expect(alive.map(({ id }) => id).toSorted()).toEqual([own, bens].toSorted());
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
