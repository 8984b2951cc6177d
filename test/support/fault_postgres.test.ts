import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFaultPostgres, type FaultPostgres } from './fault_postgres.ts';
import { freshDatabase, type FreshDatabase } from './postgres.ts';

let database: FreshDatabase;
let faults: FaultPostgres;

beforeAll(async () => {
  database = await freshDatabase('postgres');
  faults = await startFaultPostgres(database.url ?? '');
  await run(database.url ?? '', 'CREATE TABLE t (n integer)');
});
afterAll(async () => {
  await faults.close();
  await database.drop();
});

async function run(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

const rows = async (): Promise<unknown> => (await run(database.url ?? '', 'SELECT count(*)::int AS n FROM t'))[0];

it('loses a statement before it arrives, or only its answer', async () => {
  const before = faults.cutOn('INSERT INTO t VALUES (1)', 'before');
  await expect(run(faults.url, 'INSERT INTO t VALUES (1)')).rejects.toThrow();
  await before;
  expect(await rows()).toEqual({ n: 0 });
  const after = faults.cutOn('COMMIT', 'after');
  await expect(run(faults.url, 'BEGIN', 'INSERT INTO t VALUES (2)', 'COMMIT')).rejects.toThrow();
  await after;
  expect(await rows()).toEqual({ n: 1 });
});

it('refuses for a while, and works again', async () => {
  faults.refuse();
  await expect(run(faults.url, 'SELECT 1')).rejects.toThrow();
  faults.accept();
  expect(await run(faults.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
