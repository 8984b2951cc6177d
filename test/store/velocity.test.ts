import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VelocityQuestion } from '../../src/journey/rules/velocity.ts';
import { Personal } from '../../src/personal.ts';
import { openDatabase, type OpenedDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { purgeVelocity, velocityCounts, velocityRows, type VelocityHash } from '../../src/store/velocity.ts';

const NOW = 1_800_000_000_000;
const hash: VelocityHash = (dimension, value) => createHmac('sha256', 'test').update(`${dimension}\0${value}`).digest();
const statements: string[] = [];
let opened: OpenedDatabase;

beforeAll(async () => {
  opened = await openDatabase({ kind: 'pglite', folder: undefined }, { onQuery: (text) => statements.push(text) });
  await migrate(opened.db);
});
afterAll(() => opened.close());
beforeEach(async () => {
  await opened.db.deleteFrom('velocity_event').execute();
});

async function seen(dimension: string, key: string, journeyId: string, ...ages: number[]): Promise<void> {
  const counts = [{ dimension, key: Personal.of(key) }];
  const rows = ages.flatMap((age) => velocityRows(counts, { journeyId, at: NOW - age }, hash));
  await opened.db.insertInto('velocity_event').values(rows).execute();
}

function question(rule: string, dimension: string, key: string, windowMs: number, cap: number, of: 'events' | 'journeys' = 'events'): VelocityQuestion {
  return { rule, dimension, key: Personal.of(key), since: NOW - windowMs, cap, of };
}

describe('velocityCounts', () => {
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
});

test('purging goes in bounded batches and spares what is young enough', async () => {
  await seen('address', 'x', 'a', ...Array.from({ length: 25 }, (_, index) => 10_000 + index), 5, 6);
  const gone: number[] = [];
  for (let batch = await purgeVelocity(opened.db, NOW - 9_000, 10); batch > 0; batch = await purgeVelocity(opened.db, NOW - 9_000, 10)) gone.push(batch);
  expect(gone).toEqual([10, 10, 5]);
  const left = await opened.db.selectFrom('velocity_event').select('at').execute();
  expect(left).toHaveLength(2);
});
