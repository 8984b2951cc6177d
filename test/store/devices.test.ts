import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OVERLAP_MS } from '../../src/devices/token.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';
import { DAY, deviceWorld, freshHash, shown, type DeviceWorld } from './device_world.ts';
import { NOW } from './support.ts';

const statements: string[] = [];
/** Later than {@link NOW}, when cookies are exchanged. */
const LATER = NOW + DAY;

describeDatabases('devices', ({ fresh }) => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let world: DeviceWorld;
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open({ onQuery: (text) => statements.push(text) });
    world = await deviceWorld(opened);
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });
  const standing = async (hash: string, at: number) => (await world.devices.byToken(hash, 'test', at))?.token;
  /** Another approval in the same browser: a journey that may exchange the cookie. */
  const comeBack = async (key = shown()) => (await world.approve({ keys: [key] })).journey.id;
  const issue = (journeyId: string, presented: string | undefined, now: number, token = freshHash()) =>
    world.devices.issue({ journeyId, channel: 'browser', fresh: token, presented, now }).then((given) => ({ given, token }));

  describe('a cookie', () => {
    test('finds its device and all trust in it, dead or alive, in one statement; one more notes its first use', async () => {
      const key = shown();
      const { token, loaded } = await world.approveAndIssue({ keys: [key] });
      const other = await world.approve({ keys: [key], workflowId: 'other' });
      await world.devices.revoke({ accountId: other.accountId ?? '', reason: 'by_operator', now: NOW + 5 });
      const count = async () => {
        statements.length = 0;
        const known = await world.devices.byToken(token, 'test', NOW + 6);
        return { known, asked: statements.length };
      };
      const [first, second] = [await count(), await count()];
      expect([first.asked, second.asked]).toEqual([2, 1]);
      expect(first.known).toMatchObject({ device: { id: loaded.deviceId, thumbprint: key.thumbprint }, token: 'current' });
      expect(first.known?.trusts.map(({ accountId, revokedReason }) => [accountId, revokedReason]).toSorted()).toEqual([[loaded.accountId, undefined], [other.accountId, 'by_operator']].toSorted());
      const { token_used_at: used } = await opened.db.selectFrom('device').select('token_used_at').where('id', '=', loaded.deviceId ?? '').executeTakeFirstOrThrow();
      expect(used).toBe(NOW + 6);
    });
    test('of a test device is unknown among live ones, and an unknown one everywhere', async () => {
      const { token } = await world.approveAndIssue();
      expect(await world.devices.byToken(token, 'live', NOW)).toBeUndefined();
      expect(await world.devices.byToken(freshHash(), 'test', NOW)).toBeUndefined();
    });
    test('of a device that nobody trusts any more finds the device', async () => {
      const { token, loaded } = await world.approveAndIssue();
      await opened.db.deleteFrom('device_trust').where('device_id', '=', loaded.deviceId ?? '').execute();
      expect(await world.devices.byToken(token, 'test', NOW)).toMatchObject({ trusts: [], token: 'current' });
    });
    test('is stored hashed, or not at all', async () => {
      await expect(issue(await comeBack(), undefined, NOW, 'a'.repeat(43))).rejects.toMatchObject({ code: 'token_not_hashed' });
    });
    test('says when its account was erased', async () => {
      const { token, loaded } = await world.approveAndIssue();
      await opened.db.updateTable('account').set({ erased_at: NOW }).where('id', '=', loaded.accountId ?? '').execute();
      expect((await world.devices.byToken(token, 'test', NOW))?.trusts).toMatchObject([{ accountErased: true }]);
    });
  });

  describe('exchanging', () => {
    test('the old one is good for a while, lost while nobody came with the new one, and replayed after that', async () => {
      const key = shown();
      const { token: old } = await world.approveAndIssue({ keys: [key] });
      const { given, token } = await issue(await comeBack(key), old, LATER);
      expect(given).toBe(true);
      const end = LATER + OVERLAP_MS;
      expect([await standing(old, LATER + 1), await standing(old, end - 1), await standing(old, end)]).toEqual(['previous', 'previous', 'lost']);
      expect(await standing(token, end)).toBe('current');
      expect([await standing(old, LATER + 1), await standing(old, end)]).toEqual(['previous', 'replayed']);
      expect(await standing(token, end + DAY)).toBe('current');
    });

    test('a second tab with the old one is not given another, at once or within the overlap', async () => {
      const key = shown();
      const { token: old } = await world.approveAndIssue({ keys: [key] });
      const [one, other] = [await comeBack(key), await comeBack(key)];
      const first = await issue(one, old, LATER);
      expect([(await issue(one, old, LATER)).given, (await issue(other, old, LATER + OVERLAP_MS - 1)).given]).toEqual([false, false]);
      expect([first.given, await standing(first.token, LATER)]).toEqual([true, 'current']);
    });

    test('a page that is loaded again with the new one changes nothing, however late', async () => {
      const { token, loaded } = await world.approveAndIssue();
      expect((await issue(loaded.journey.id, token, NOW + DAY)).given).toBe(false);
      expect(await standing(token, NOW + DAY)).toBe('current');
    });

    test('whose answer was lost is given another, and both are good meanwhile', async () => {
      const { token: first, loaded } = await world.approveAndIssue();
      expect((await issue(loaded.journey.id, undefined, NOW + 4_999)).given).toBe(false);
      const second = await issue(loaded.journey.id, undefined, NOW + 5_000);
      expect([second.given, await standing(first, NOW + 5_001), await standing(second.token, NOW + 5_001)]).toEqual([true, 'previous', 'current']);
    });

    test('one that was lost is forgiven, and what should have followed it is spent at once', async () => {
      const key = shown();
      const { token: old } = await world.approveAndIssue({ keys: [key] });
      const never = await issue(await comeBack(key), old, LATER);
      const at = LATER + DAY;
      expect(await standing(old, at)).toBe('lost');
      const next = await issue(await comeBack(key), old, at);
      expect([next.given, await standing(old, at), await standing(never.token, at)]).toEqual([true, 'previous', 'replayed']);
      expect([await standing(next.token, at), await standing(old, at + OVERLAP_MS)]).toEqual(['current', 'replayed']);
    });

    test('answers that are lost one after the other still leave the device found', async () => {
      const key = shown();
      const { token: old } = await world.approveAndIssue({ keys: [key] });
      const lost: string[] = [];
      for (let days = 1; days <= 3; days += 1) {
        expect(await standing(old, NOW + days * DAY)).toBe(days === 1 ? 'current' : 'lost');
        const { given, token } = await issue(await comeBack(key), old, NOW + days * DAY);
        expect(given).toBe(true);
        lost.push(token);
      }
      const end = NOW + 4 * DAY;
      expect([await standing(old, end), await standing(lost[0]!, end), await standing(lost[1]!, end), await standing(lost[2]!, end)]).toEqual(['lost', 'replayed', 'replayed', 'current']);
    });

    test('one that was given up is a copy, however old and whatever its device is worth; tabs that hold it have the overlap', async () => {
      const key = shown();
      const { token: first, loaded } = await world.approveAndIssue({ keys: [key] });
      let [held, at] = [first, LATER];
      // Three sign-ins within a minute.
      for (let turns = 0; turns < 3; turns += 1) {
        await standing(held, at);
        held = (await issue(await comeBack(key), held, at)).token;
        at += 1_000;
      }
      expect([await standing(first, LATER + OVERLAP_MS - 1), (await issue(await comeBack(key), first, LATER + OVERLAP_MS - 1)).given]).toEqual(['previous', false]);
      expect([await standing(first, LATER + OVERLAP_MS), await standing(first, LATER + 2_000 * DAY)]).toEqual(['replayed', 'replayed']);
      await opened.db.deleteFrom('device_trust').where('device_id', '=', loaded.deviceId ?? '').execute();
      expect(await world.devices.byToken(first, 'test', LATER + 2_000 * DAY)).toMatchObject({ token: 'replayed', trusts: [] });
      expect(await world.devices.byToken(first, 'live', LATER + 2_000 * DAY)).toBeUndefined();
      await opened.db.deleteFrom('device').where('id', '=', loaded.deviceId ?? '').execute();
      expect(await world.devices.byToken(first, 'test', LATER + 2_000 * DAY)).toBeUndefined();
      expect(await opened.db.selectFrom('device_token').select('hash').where('hash', '=', first).execute()).toEqual([]);
    });

    test('while the first one may still be on its way, no other journey is given one', async () => {
      const key = shown();
      const { token } = await world.approveAndIssue({ keys: [key] });
      const tab = await comeBack(key);
      expect((await issue(tab, undefined, NOW + OVERLAP_MS - 1)).given).toBe(false);
      const next = await issue(tab, undefined, NOW + OVERLAP_MS);
      expect([next.given, await standing(token, NOW + 2 * OVERLAP_MS)]).toEqual([true, 'lost']);
    });

    test('after a replay, or without any, the one that was in use is over at once', async () => {
      const key = shown();
      for (const presented of ['replayed', 'none'] as const) {
        const { token: old, loaded } = await world.approveAndIssue({ keys: [key] });
        expect(loaded.deviceId).toBeDefined();
        const used = await issue(await comeBack(key), old, LATER);
        await standing(used.token, LATER + 1);
        const next = await issue(await comeBack(key), presented === 'none' ? undefined : old, LATER + DAY);
        expect([next.given, await standing(used.token, LATER + DAY), await standing(next.token, LATER + DAY)]).toEqual([true, 'replayed', 'current']);
      }
    });

    test('ten at once: one is given', async () => {
      const key = shown();
      const first = await comeBack(key);
      const given = await Promise.all(Array.from({ length: 10 }, () => issue(first, undefined, NOW)));
      expect(given.filter((one) => one.given)).toHaveLength(1);
      const current = given.find((one) => one.given)?.token ?? '';
      expect(await standing(current, NOW)).toBe('current');

      const journeys = await Promise.all(Array.from({ length: 10 }, () => comeBack(key)));
      const again = await Promise.all(journeys.map((journeyId) => issue(journeyId, current, LATER)));
      expect(again.filter((one) => one.given)).toHaveLength(1);
      expect([await standing(current, LATER), await standing(again.find((one) => one.given)?.token ?? '', LATER)]).toEqual(['previous', 'current']);
    });

    test('told twice what was given once', async () => {
      const id = await comeBack();
      const { token } = await issue(id, undefined, NOW);
      expect(await issue(id, undefined, NOW, token)).toEqual({ given: true, token });
      expect(await standing(token, NOW)).toBe('current');
    });

    test('no device on that channel, nothing given', async () => {
      const { journey } = await world.approve({ keys: [shown({ channel: 'phone', kind: 'phone' })] });
      expect((await issue(journey.id, undefined, NOW)).given).toBe(false);
      expect((await issue(randomUUID(), undefined, NOW)).given).toBe(false);
      expect(await world.devices.issue({ journeyId: journey.id, channel: 'phone', fresh: freshHash(), presented: undefined, now: NOW })).toBe(true);
    });
  });

  test('what a return learned is kept, and never moves backwards', async () => {
    const { token, loaded } = await world.approveAndIssue();
    const known = await world.devices.byToken(token, 'test', NOW);
    const at = { deviceId: loaded.deviceId ?? '', trustId: known?.trusts[0]?.id ?? '' };
    await world.devices.seen({ ...at, now: NOW + 10, fingerprint: { os: 'h', version: 150 }, collectorVersion: 2, country: 'ES', simCheckedAt: NOW + 9 });
    await world.devices.seen({ ...at, now: NOW + 5 });
    const after = await world.devices.byToken(token, 'test', NOW + 11);
    expect(after?.device).toMatchObject({ fingerprint: { os: 'h', version: 150 }, collectorVersion: 2, lastCountry: 'ES', lastSeenAt: NOW + 10 });
    expect(after?.trusts[0]).toEqual({ ...known?.trusts[0], lastUsedAt: NOW + 10, simCheckedAt: NOW + 9 });
  });

  test('trust in another device is not used with this one', async () => {
    const [one, other] = [await world.approveAndIssue(), await world.approveAndIssue()];
    const trust = (await world.devices.byToken(other.token, 'test', NOW))?.trusts[0];
    await world.devices.seen({ deviceId: one.loaded.deviceId ?? '', trustId: trust?.id ?? '', now: NOW + 10, simCheckedAt: NOW });
    expect((await world.devices.byToken(other.token, 'test', NOW))?.trusts).toEqual([trust]);
  });

  test('revoking one, all, and twice', async () => {
    const identity = randomUUID();
    const [one, two] = [shown(), shown()];
    const { accountId = '', deviceId = '' } = await world.approve({ identity, keys: [one] });
    await world.approve({ identity, keys: [two], at: NOW + 1 });
    await world.approve({ identity, keys: [two], at: NOW + 2, workflowId: 'other' });
    const stranger = await world.approve({ keys: [one] });
    const of = (id: string) => world.devices.ofAccount(id);
    expect((await of(accountId)).map(({ trust }) => trust.lastUsedAt)).toEqual([NOW + 2, NOW + 1, NOW]);
    expect(await world.devices.revoke({ accountId, deviceId, reason: 'by_person', now: NOW + 3 })).toBe(1);
    expect(await world.devices.revoke({ accountId, deviceId, reason: 'by_operator', now: NOW + 4 })).toBe(0);
    expect(await world.devices.revoke({ accountId, reason: 'sim_swapped', now: NOW + 5 })).toBe(2);
    expect(await world.devices.revoke({ accountId, reason: 'sim_swapped', now: NOW + 6 })).toBe(0);
    expect((await of(accountId)).map(({ trust }) => [trust.revokedAt, trust.revokedReason])).toEqual([[NOW + 5, 'sim_swapped'], [NOW + 5, 'sim_swapped'], [NOW + 3, 'by_person']]);
    expect((await of(stranger.accountId ?? ''))[0]?.trust.revokedAt).toBeUndefined();
    expect(await world.devices.revoke({ accountId: randomUUID(), reason: 'by_person', now: NOW })).toBe(0);
  });

  test('approving and revoking at once never wait for each other', async () => {
    const identity = randomUUID();
    const keys = Array.from({ length: 5 }, () => shown());
    const { accountId = '' } = await world.approve({ identity, keys: keys.slice(0, 1) });
    await Promise.all(Array.from({ length: 12 }, async (_, index) => (index % 3 === 0
      ? world.devices.revoke({ accountId, reason: 'by_person', now: NOW + index })
      : world.approve({ identity, keys: [{ ...keys[index % 5]!, channel: 'browser' }, { ...keys[(index + 1) % 5]!, channel: 'phone' }], at: NOW + index, binding: { most: 3 } }))));
    expect(await world.devices.revoke({ accountId, reason: 'by_person', now: NOW + DAY })).toBeLessThanOrEqual(3);
    expect((await world.devices.ofAccount(accountId)).every(({ trust }) => trust.revokedAt !== undefined)).toBe(true);
  });

  test('a hardware key is kept, found by its session, and taken away', async () => {
    const { deviceId = '' } = await world.approve();
    const key = { sessionId: randomUUID(), jwk: { kty: 'EC' }, alg: 'ES256' as const, registeredAt: NOW, cookieHash: 'h', cookieUntil: NOW + 1 };
    await world.devices.bindHardware(deviceId, key);
    expect(await world.devices.byHardwareSession(key.sessionId)).toMatchObject({ id: deviceId, hardware: key });
    expect(await world.devices.byHardwareSession(randomUUID())).toBeUndefined();
    await world.devices.bindHardware(deviceId, undefined);
    expect(await world.devices.byHardwareSession(key.sessionId)).toBeUndefined();
  });

  test('what nobody trusts or came with for long is forgotten, in bounded batches', async () => {
    await opened.db.deleteFrom('device').execute();
    const day = (days: number) => NOW - days * DAY;
    const made = async (seen: number, expires: number, revoked: number | null) => {
      const { deviceId = '' } = await world.approve({ at: seen });
      await opened.db.updateTable('device_trust').set({ expires_at: expires, revoked_at: revoked }).where('device_id', '=', deviceId).execute();
      return deviceId;
    };
    const kept = [await made(day(200), NOW + DAY, null), await made(day(200), day(29), null), await made(day(200), NOW + DAY, day(29)), await made(day(29), day(100), null)];
    for (const [expires, revoked] of [[day(31), null], [NOW + DAY, day(31)], [day(40), day(35)]] as const) await made(day(200), expires, revoked);
    expect([await world.devices.purge(NOW, 2), await world.devices.purge(NOW, 2), await world.devices.purge(NOW, 2)]).toEqual([2, 1, 0]);
    const left = await opened.db.selectFrom('device').select('id').execute();
    expect(left.map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
  });
});
