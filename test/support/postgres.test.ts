import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import pg from 'pg';
import { describeDatabases, type FreshDatabase } from './postgres.ts';
import { startPostgres } from './postgres_server.ts';

describeDatabases('a fresh database', (database) => {
  const made: FreshDatabase[] = [];
  afterAll(async () => {
    for (const one of made) await one.drop();
  });

  it('is migrated, and shares nothing with the next one', async () => {
    const first = await database.fresh();
    const second = await database.fresh();
    made.push(first, second);
    expect(first.address).not.toEqual(second.address);
    const a = await first.open();
    const b = await second.open();
    await sql`CREATE TABLE mine (n integer)`.execute(a.db);
    const tables = async (opened: typeof a): Promise<readonly string[]> =>
      (await opened.db.introspection.getTables()).map((table) => table.name);
    expect(await tables(a)).toEqual(expect.arrayContaining(['journey', 'mine']));
    expect(await tables(b)).toContain('journey');
    expect(await tables(b)).not.toContain('mine');
    await a.close();
    await b.close();
  });
});

it('a PostgreSQL of one\'s own keeps committed rows over a crash, and leaves nothing behind', async () => {
  const server = await startPostgres();
  const ask = async (text: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const [{ folder }] = (await ask(`SELECT current_setting('data_directory') AS folder`)) as [{ folder: string }];
  await ask('CREATE TABLE kept AS SELECT 42 AS answer');
  await server.stop('immediate');
  await expect(ask('SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  await server.start();
  expect(await ask('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await server.destroy();
  expect(existsSync(folder)).toBe(false);
});
