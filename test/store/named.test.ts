import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PostgresPool } from 'kysely';
import { PLANNED_ONCE, statementNamer } from '../../src/store/named.ts';
import { ridingPool } from '../../src/store/riding_pool.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';

const MARKED = `SELECT $1::int + 1 AS more ${PLANNED_ONCE}`;

describe('names of statements', () => {
  it('are given to marked ones alone, one per text, short enough for PostgreSQL', () => {
    const namer = statementNamer();
    expect(namer.query('SELECT $1', [1])).toEqual({ text: 'SELECT $1', values: [1] });
    const { name } = namer.query(MARKED, [1]);
    expect(name).toMatch(/^[\w-]{1,63}$/);
    expect(namer.query(MARKED, [2]).name).toBe(name);
    expect(namer.query(`SELECT 2 ${PLANNED_ONCE}`, []).name).not.toBe(name);
  });

  it('are given no more once a pooler lost one, and only then', () => {
    const namer = statementNamer();
    expect(namer.nameLost(Object.assign(new Error(), { code: '23505' }))).toBe(false);
    expect(namer.query(MARKED, [1]).name).toBeDefined();
    expect(namer.nameLost(Object.assign(new Error(), { code: '26000' }))).toBe(true);
    expect(namer.query(MARKED, [1]).name).toBeUndefined();
  });
});

describe('named statements on PostgreSQL', () => {
  let fresh: FreshDatabase;
  let pool: pg.Pool;
  let riding: PostgresPool;

  beforeAll(async () => {
    fresh = await freshDatabase('postgres');
    pool = new pg.Pool({ connectionString: fresh.url, max: 1 });
    // Dropping the database throws whoever is still leaving out.
    pool.on('error', () => undefined);
    riding = ridingPool(pool, 1000);
  });
  afterAll(async () => {
    await pool.end();
    await fresh.drop();
  });

  it('are prepared once per connection, and answered all the same where the connection forgot them', async () => {
    const connection = await riding.connect();
    const prepared = async (): Promise<unknown> => (await connection.query('SELECT count(*)::int AS count FROM pg_prepared_statements', [])).rows;
    for (const n of [1, 2, 3]) expect((await connection.query(MARKED, [n])).rows).toEqual([{ more: n + 1 }]);
    expect(await prepared()).toEqual([{ count: 1 }]);
    await connection.query('DEALLOCATE ALL', []);
    expect((await connection.query(MARKED, [4])).rows).toEqual([{ more: 5 }]);
    expect(await prepared()).toEqual([{ count: 0 }]);
    connection.release();
  });
});
