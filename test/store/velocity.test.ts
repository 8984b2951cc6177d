import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { VelocityQuestion } from '../../src/journey/rules/velocity.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { purgeVelocity, velocityCounts, velocityRows, type VelocityHash } from '../../src/store/velocity.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';

const NOW = 1_800_000_000_000;
const hash: VelocityHash = (dimension, value) => createHmac('sha256', 'test').update(`${dimension}\0${value}`).digest();
describeDatabases('velocity', ({ fresh }) => {
  const statements: string[] = [];
  let database: FreshDatabase;
  let opened: OpenedDatabase;

  beforeAll(async () => {
    database = await fresh();
    opened = await database.open({ onQuery: (text) => statements.push(text) });
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });
  beforeEach(async () => {
    await opened.db.deleteFrom('velocity_event').execute();
  });

  async function seen(dimension: string, key: string, journeyId: string, ...ages: number[]): Promise<void> {
    await together(dimension, key, undefined, journeyId, ...ages);
  }

  async function together(dimension: string, key: string, peer: string | undefined, journeyId: string, ...ages: number[]): Promise<void> {
    const counts = [{ dimension, key: Personal.of(key), ...(peer === undefined ? {} : { peer: Personal.of(peer) }) }];
    const rows = ages.flatMap((age) => velocityRows(counts, { journeyId, at: NOW - age }, hash));
    await opened.db.insertInto('velocity_event').values(rows).execute();
  }

  function question(rule: string, dimension: string, key: string, windowMs: number, cap: number, of: VelocityQuestion['of'] = 'events'): VelocityQuestion {
    return { rule, dimension, key: Personal.of(key), since: NOW - windowMs, cap, of };
  }

  test('windows, dimensions and keys are kept apart, in one statement', async () => {
    await seen('address', '203.0.113.7', 'a', 1_000, 2_000, 50_000);
    await seen('address', '203.0.113.8', 'b', 1_000);
    await seen('phone', '203.0.113.7', 'c', 1_000);
    statements.length = 0;
    const counts = await velocityCounts(opened.db, hash).count(
      [
        question('short', 'address', '203.0.113.7', 10_000, 30),
        question('long', 'address', '203.0.113.7', 100_000, 30),
        question('other', 'address', '198.51.100.1', 100_000, 30),
      ],
      'me',
    );
    expect(Object.fromEntries(counts)).toEqual({ short: 2, long: 3, other: 0 });
    expect(statements).toHaveLength(1);
  });

  test('counting stops at the cap', async () => {
    await seen('address', '203.0.113.7', 'a', ...Array.from({ length: 50 }, (_, index) => index + 1));
    const counts = await velocityCounts(opened.db, hash).count([question('capped', 'address', '203.0.113.7', 100_000, 7)], 'me');
    expect(counts.get('capped')).toBe(7);
  });

  test('journeys: each other journey once, the present one not at all', async () => {
    await seen('phone', '+14075550101', 'me', 1_000, 2_000, 3_000);
    await seen('phone', '+14075550101', 'other', 4_000, 5_000);
    await seen('phone', '+14075550101', 'third', 6_000);
    const ask = question('phones', 'phone', '+14075550101', 100_000, 5, 'journeys');
    expect((await velocityCounts(opened.db, hash).count([ask], 'me')).get('phones')).toBe(2);
    expect((await velocityCounts(opened.db, hash).count([{ ...ask, cap: 1 }], 'me')).get('phones')).toBe(1);
  });

  test('nothing asked, no statement', async () => {
    statements.length = 0;
    expect((await velocityCounts(opened.db, hash).count([], 'me')).size).toBe(0);
    expect(statements).toHaveLength(0);
  });

  test('keys are stored as hashes only', async () => {
    await seen('phone', '+14075550101', 'a', 1);
    const [row] = await opened.db.selectFrom('velocity_event').selectAll().execute();
    expect(Buffer.from(row!.key_hash).equals(hash('phone', '+14075550101'))).toBe(true);
    expect(JSON.stringify({ ...row, key_hash: undefined })).not.toContain('4075550101');
  });

  test('peers: each different one once, the present journey among them, none of no peer, none of another key', async () => {
    await together('device', 'd1', 'ann', 'a', 1_000, 2_000, 3_000);
    await together('device', 'd1', 'bob', 'me', 1_500);
    await together('device', 'd1', undefined, 'b', 1_600);
    await together('device', 'd1', 'cid', 'c', 200_000);
    await together('device', 'd2', 'dan', 'd', 1_000);
    await together('test:device', 'd1', 'eve', 'e', 1_000);
    const ask = question('people', 'device', 'd1', 100_000, 5, 'peers');
    const { count } = velocityCounts(opened.db, hash);
    expect((await count([ask], 'me')).get('people')).toBe(2);
    expect((await count([{ ...ask, since: NOW - 300_000 }], 'me')).get('people')).toBe(3);
    expect((await count([{ ...ask, cap: 1 }], 'me')).get('people')).toBe(1);
  });

  test('peers: of each journey only what it said last, and nobody where that was taken back', async () => {
    const people = async (): Promise<number | undefined> => (await velocityCounts(opened.db, hash).count([question('people', 'phone', 'p', 100_000, 5, 'peers')], 'me')).get('people');
    // Two slips of the pen, then the right name; and somebody whom nobody confirmed, taken back in the same millisecond.
    await together('phone', 'p', 'amn', 'me', 5_000);
    await together('phone', 'p', 'anm', 'me', 4_000);
    await together('phone', 'p', 'ann', 'me', 3_000);
    expect(await people()).toBe(1);
    await together('phone', 'p', 'bob', 'b', 2_000);
    expect(await people()).toBe(2);
    await together('phone', 'p', undefined, 'b', 2_000);
    expect(await people()).toBe(1);
    await together('phone', 'p', 'ann', 'c', 1_000);
    expect(await people()).toBe(1);
  });

  test('failures: tries less those taken back, the present one left out, those of others in flight among them', async () => {
    const failures = async (journeyId: string): Promise<number | undefined> =>
      (await velocityCounts(opened.db, hash).count([question('failures', 'failed_phone', 'p', 100_000, 5, 'failures')], journeyId)).get('failures');
    await seen('failed_phone', 'p', 'a', 9_000, 8_000);
    expect([await failures('b'), await failures('a')]).toEqual([2, 1]);
    await seen('failed_phone', 'p', 'b', 7_000);
    expect([await failures('b'), await failures('c')]).toEqual([2, 3]);
    await together('failed_phone', 'p', 'none', 'b', 6_900);
    expect([await failures('b'), await failures('c')]).toEqual([2, 2]);
    await seen('failed_phone', 'p', 'd', ...Array.from({ length: 9 }, (_, at) => at + 1));
    expect(await failures('c')).toBe(5);
  });

  test('peers: one of them over and over is looked at so far back and no further', async () => {
    await together('device', 'hot', 'ann', 'a', ...Array.from({ length: 300 }, (_, index) => index + 1));
    await together('device', 'hot', 'bob', 'b', 5_000);
    const ask = question('people', 'device', 'hot', 100_000, 3, 'peers');
    // 260 rows for three: the newest are one person's.
    expect((await velocityCounts(opened.db, hash).count([ask], 'me')).get('people')).toBe(1);
    expect((await velocityCounts(opened.db, hash).count([{ ...ask, cap: 6 }], 'me')).get('people')).toBe(2);
  });

  test('every kind of rule in one statement', async () => {
    await together('phone', '+14075550101', 'ann', 'a', 1_000);
    await together('phone', '+14075550101', 'bob', 'b', 1_000, 2_000);
    statements.length = 0;
    const ask = (rule: string, of: VelocityQuestion['of']) => question(rule, 'phone', '+14075550101', 100_000, 9, of);
    const counts = await velocityCounts(opened.db, hash).count([ask('events', 'events'), ask('journeys', 'journeys'), ask('peers', 'peers')], 'b');
    expect(Object.fromEntries(counts)).toEqual({ events: 3, journeys: 1, peers: 2 });
    expect(statements).toHaveLength(1);
  });

  test('a peer is hashed by the dimension, and apart from keys', async () => {
    await together('identity', 'ann', '+14075550101', 'a', 1);
    await together('phone', '+14075550101', '+14075550101', 'a', 1);
    const rows = await opened.db.selectFrom('velocity_event').selectAll().orderBy('dimension').execute();
    const texts = rows.flatMap(({ key_hash, peer_hash }) => [key_hash, peer_hash].map((bytes) => Buffer.from(bytes ?? []).toString('hex')));
    expect(new Set(texts).size).toBe(4);
  });

  test('purging goes in bounded batches and spares what is young enough', async () => {
  await seen('address', 'x', 'a', ...Array.from({ length: 25 }, (_, index) => 10_000 + index), 5, 6);
  const gone: number[] = [];
  for (let batch = await purgeVelocity(opened.db, NOW - 9_000, 10); batch > 0; batch = await purgeVelocity(opened.db, NOW - 9_000, 10)) gone.push(batch);
  expect(gone).toEqual([10, 10, 5]);
  const left = await opened.db.selectFrom('velocity_event').select('at').execute();
  expect(left).toHaveLength(2);
});

  test('rows that a rule looks back on for a year are spared, among others that go', async () => {
    const day = 86_400_000;
    await seen('phone', 'x', 'a', 31 * day, 364 * day, 366 * day);
    await seen('test:phone', 'x', 'a', 31 * day);
    await seen('address', 'x', 'a', 31 * day, 29 * day, 366 * day);
    const purge = () => purgeVelocity(opened.db, NOW - 30 * day, 10, NOW);
    expect(await purge()).toBe(3);
    expect(await purge()).toBe(0);
    const left = await opened.db.selectFrom('velocity_event').select(['dimension', 'at']).execute();
    expect(left.map(({ dimension, at }) => `${dimension} ${(NOW - at) / day}`).toSorted()).toEqual(['address 29', 'phone 31', 'phone 364', 'test:phone 31']);
  });
});
