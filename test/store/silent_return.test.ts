import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { silentCounts } from '../../src/store/silent_return.ts';
import type { VelocityHash } from '../../src/store/velocity.ts';
import type { SilentCounts } from '../../src/steps/trusted_device/silent.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const hash: VelocityHash = (dimension, value) => createHmac('sha256', 'test').update(`${dimension}\0${value}`).digest();

describeDatabases('what a silent return counts', (database) => {
  const statements: string[] = [];
  let fresh: FreshDatabase;
  let opened: OpenedDatabase;
  let counts: SilentCounts;
  beforeAll(async () => {
    fresh = await database.fresh();
    opened = await fresh.open({ onQuery: (text) => statements.push(text) });
    await migrate(opened.db);
    counts = silentCounts(opened.db, { keyedHash: (purpose, text) => `${purpose} ${text}` }, hash);
  });
  afterAll(async () => {
    await opened.close();
    await fresh.drop();
  });
  beforeEach(async () => {
    await opened.db.deleteFrom('velocity_event').execute();
    await opened.db.deleteFrom('sighting').execute();
    statements.length = 0;
  });

  const comeBack = (now: number, what: Partial<Parameters<SilentCounts['judgeAndCount']>[0]> = {}, cap = 5) => counts.judgeAndCount({
    now, mode: 'test', journeyId: 'j1', subject: Personal.of('account-1'), place: { country: 'US', latitude: 28.3, longitude: -81.4, radiusKm: 20, network: 'access' },
    counts: [{ dimension: 'return', key: Personal.of('device-1') }],
    questions: [
      { rule: 'short', dimension: 'return', key: Personal.of('device-1'), since: now - 10 * MINUTE, cap, of: 'events' },
      { rule: 'other', dimension: 'return', key: Personal.of('device-2'), since: now - 10 * MINUTE, cap, of: 'events' },
    ],
    ...what,
  });

  it('is what came before it, in one statement', async () => {
    const first = await comeBack(NOW);
    expect(statements).toHaveLength(1);
    expect([...first.counted]).toEqual([['short', 0], ['other', 0]]);
    expect(first.last).toBeUndefined();
    const second = await comeBack(NOW + MINUTE);
    expect(second.counted.get('short')).toBe(1);
    expect(second.last).toEqual({ at: NOW, place: { country: 'US', latitude: 28.3, longitude: -81.4, radiusKm: 20, network: 'access' } });
    // The window moves on.
    expect((await comeBack(NOW + 10 * MINUTE)).counted.get('short')).toBe(1);
  });

  it('stops at the cap', async () => {
    for (let at = 0; at < 4; at += 1) await comeBack(NOW + at);
    expect((await comeBack(NOW + 4, {}, 2)).counted.get('short')).toBe(2);
    expect((await comeBack(NOW + 5, {}, 50)).counted.get('short')).toBe(5);
  });

  it('notes a place again only where it changed or some time has passed', async () => {
    const rows = async (): Promise<number> => (await opened.db.selectFrom('sighting').select('at').execute()).length;
    await comeBack(NOW);
    await comeBack(NOW + MINUTE);
    expect(await rows()).toBe(1);
    await comeBack(NOW + 2 * MINUTE, { place: { country: 'GB' } });
    expect(await rows()).toBe(2);
    expect((await comeBack(NOW + 3 * MINUTE, { place: undefined })).last).toEqual({ at: NOW + 2 * MINUTE, place: { country: 'GB' } });
    expect(await rows()).toBe(2);
    await comeBack(NOW + 20 * MINUTE, { place: { country: 'GB' } });
    expect(await rows()).toBe(3);
    expect((await comeBack(NOW + 21 * MINUTE, { subject: Personal.of('account-2') })).last).toBeUndefined();
    expect((await comeBack(NOW + 22 * MINUTE, { mode: 'live' })).last).toBeUndefined();
  });

  it('counts every one of many at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, at) => comeBack(NOW + at)));
    expect((await comeBack(NOW + 100, {}, 50)).counted.get('short')).toBe(8);
  });
});
