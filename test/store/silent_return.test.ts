import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import type { Place } from '../../src/journey/store.ts';
import { workflowDefinition } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { purgeReturns, RETURNS_KEPT_MS, silentReturns } from '../../src/store/silent_return.ts';
import { judgeSilentReturn, type CountedReturn, type SilentReturns } from '../../src/steps/trusted_device/silent.ts';
import { chromiumHeaders, UA } from '../steps/session_risk/samples.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const vault = { keyedHash: (purpose: string, text: string): string => createHmac('sha256', purpose).update(text).digest('base64url') };
const NEW_YORK: Place = { country: 'US', latitude: 40.7, longitude: -74, radiusKm: 20, network: 'access' };
const TOKYO: Place = { country: 'JP', latitude: 35.7, longitude: 139.7, radiusKm: 20, network: 'access' };

describeDatabases('silent returns', (database) => {
  const statements: string[] = [];
  let fresh: FreshDatabase;
  let opened: OpenedDatabase;
  let returns: SilentReturns;
  beforeAll(async () => {
    fresh = await database.fresh();
    opened = await fresh.open({ onQuery: (text) => statements.push(text) });
    await migrate(opened.db);
    returns = silentReturns(opened.db, vault);
  });
  afterAll(async () => {
    await opened.close();
    await fresh.drop();
  });
  beforeEach(async () => {
    await opened.db.deleteFrom('silent_return').execute();
    await opened.db.deleteFrom('sighting').execute();
    statements.length = 0;
  });

  const rows = () => opened.db.selectFrom('silent_return').selectAll().orderBy('journey_id').execute();
  const comeBack = (now: number, what: Partial<CountedReturn> = {}) => returns.count({
    mode: 'test', journeyId: 'j1', deviceId: 'device-1', presented: undefined, subject: Personal.of('account-1'), policyVersion: 0, country: 'US', now, since: now - 10 * MINUTE, ...what,
  });

  it('are counted in one statement and one row, by their device', async () => {
    expect(await comeBack(NOW)).toEqual({ before: 0, last: undefined });
    expect(statements).toHaveLength(1);
    expect((await comeBack(NOW + MINUTE)).before).toBe(1);
    // Another application's decision in the same browser.
    expect((await comeBack(NOW + 2 * MINUTE, { journeyId: 'j2' })).before).toBe(2);
    expect((await comeBack(NOW + 2 * MINUTE, { journeyId: 'j3', deviceId: 'device-2' })).before).toBe(0);
    expect((await comeBack(NOW + 3 * MINUTE)).before).toBe(3);
    expect(await rows()).toMatchObject([
      { journey_id: 'j1', device_id: 'device-1', began_at: NOW, last_at: NOW + 3 * MINUTE, returns: 3, refused: 0, refusal: null, country: 'US', policy_version: 0 },
      { journey_id: 'j2', returns: 1 }, { journey_id: 'j3', returns: 1 },
    ]);
  });

  it('are forgotten as a number after the window, and kept as a record', async () => {
    await comeBack(NOW);
    await comeBack(NOW + 9 * MINUTE);
    expect((await comeBack(NOW + 10 * MINUTE, { policyVersion: 4, country: undefined })).before).toBe(0);
    expect((await comeBack(NOW + 11 * MINUTE, { journeyId: 'j2' })).before).toBe(1);
    expect(await rows()).toMatchObject([{ returns: 3, began_at: NOW, policy_version: 4, country: null }, { returns: 1 }]);
    await returns.refused('j1', 'velocity_deny', NOW + 10 * MINUTE);
    expect(await rows()).toMatchObject([{ returns: 3, refused: 1, refusal: 'velocity_deny', refused_at: NOW + 10 * MINUTE }, { refused: 0 }]);
  });

  it('are all counted where many come at the same time', async () => {
    const found = await Promise.all(Array.from({ length: 8 }, (_, at) => comeBack(NOW + at)));
    expect(found.map(({ before }) => before).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect((await comeBack(NOW + 100)).before).toBe(8);
  });

  it('are deleted a month after they began', async () => {
    await comeBack(NOW);
    await comeBack(NOW + 1, { journeyId: 'j2' });
    expect(await purgeReturns(opened.db, NOW + RETURNS_KEPT_MS, 10)).toBe(0);
    expect(await purgeReturns(opened.db, NOW + RETURNS_KEPT_MS + 1, 10)).toBe(1);
    expect(await rows()).toMatchObject([{ journey_id: 'j2' }]);
  });

  /** The whole judgement on the real store, from wherever and whenever. */
  const judged = (place: Place, now: number, account = 'account-1') => judgeSilentReturn({
    feeds: {
      look: async () => ({ tor: { kind: 'not_configured' }, denied: { kind: 'not_configured' }, hosting: { kind: 'not_configured' }, vpn: { kind: 'not_configured' } }),
      locate: () => place,
    },
    workflows: { version: async (id, version) => ({ id, version, definition: workflowDefinition.parse(userOnboarding) }) },
    policies: { of: async () => ({ active: undefined, shadow: undefined }) },
    returns,
    now: () => now,
  }, {
    outcome: {
      policy: 'w@1', journeyId: `journey of ${account}`, accountId: account, decidedAt: now, deviceId: `device of ${account}`, boundDevices: [],
      device: { tokenHash: 'a', previousHash: undefined, previousUntil: undefined, trustedUntil: NOW + 1e9 },
      profile: async () => undefined,
    },
    mode: 'live', presented: 'a',
    visitor: { address: Personal.of('203.0.113.7'), userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' },
  });
  const sightings = async () => (await opened.db.selectFrom('sighting').select(['at', 'country']).orderBy('at').execute());

  it('from across the world stay impossible however often they are tried, and the person at home is none the worse', async () => {
    expect(await judged(NEW_YORK, NOW)).toBeUndefined();
    for (const after of [60, 61, 62]) expect(await judged(TOKYO, NOW + after * 1000)).toBe('impossible_travel');
    expect(await judged(NEW_YORK, NOW + 63_000)).toBeUndefined();
    expect(await judged(TOKYO, NOW + 64_000)).toBe('impossible_travel');
    expect(await sightings()).toEqual([{ at: NOW, country: 'US' }]);
    expect(await judged(TOKYO, NOW + 64_000, 'account-2')).toBeUndefined();
    expect(await rows()).toMatchObject([{ returns: 6, refused: 4, refusal: 'impossible_travel', refused_at: NOW + 64_000 }, { returns: 1, refused: 0 }]);
  });

  it('cost one statement, and one more where the place is news', async () => {
    for (const [after, expected] of [[0, 2], [1, 1], [9, 1], [10, 2]] as const) {
      statements.length = 0;
      expect(await judged(NEW_YORK, NOW + after * MINUTE)).toBeUndefined();
      expect(statements, statements.join('\n')).toHaveLength(expected);
    }
    expect(await sightings()).toHaveLength(2);
  });

  it('of one device too often in ten minutes are refused, and go on to be counted', async () => {
    for (let n = 0; n < 60; n += 1) expect(await judged(NEW_YORK, NOW + n)).toBeUndefined();
    expect(await judged(NEW_YORK, NOW + 60)).toBe('velocity_challenge');
    expect(await judged(NEW_YORK, NOW + 10 * MINUTE)).toBeUndefined();
    expect(await rows()).toMatchObject([{ returns: 62, refused: 1 }]);
  });
});
