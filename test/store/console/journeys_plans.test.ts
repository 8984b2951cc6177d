/** Whether every list is read off an index. Costs are the benchmark's business (`npm run bench:console`). */
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { listQuery, lists, personListQuery, planOf } from '../../../bench/console/plans.ts';
import { seedJourneys } from '../../../bench/console/seed.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const COUNT = 2_000;

describeDatabases('lists of journeys', ({ fresh }) => {
  let opened: OpenedDatabase;
  ownDatabase(fresh, async (own) => {
    opened = own;
    await seedJourneys(own.db, COUNT);
  });

  test('have the indexes that they are read off', async () => {
    const { rows } = await sql<{ name: string; definition: string }>`SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename IN ('journey', 'journey_person')`.execute(opened.db);
    const definitionOf = (name: string) => rows.find((row) => row.name === name)?.definition;
    for (const [name, column] of [['workflow', 'workflow_id'], ['key', 'client_id'], ['verdict', 'verdict'], ['reason', 'reason'], ['step', 'last_step']]) {
      expect(definitionOf(`journey_of_${name}`), name).toContain(`(${column}, created_at DESC, id DESC)`);
    }
    expect(definitionOf('journey_newest')).toContain('(created_at DESC, id DESC) INCLUDE (workflow_id, client_id, mode, verdict, reason, last_step)');
    expect(definitionOf('journey_person_pkey')).toContain('(kind, hash, created_at, journey_id)');
  });

  test.each([...lists(COUNT).map((list) => [list.name, list] as const), ['one phone', undefined] as const])('%s: the table is not read through', async (_name, list) => {
    // Of so few rows a planner may well read them all; what is asked here is whether it has to.
    const plan = await opened.db.connection().execute(async (db) => {
      await sql`SET enable_seqscan = off`.execute(db);
      const found = await planOf(db, list ? listQuery(db, list) : personListQuery(db));
      await sql`RESET enable_seqscan`.execute(db);
      return found;
    });
    expect(plan.scans.length).toBeGreaterThan(0);
    expect(plan.scans.filter((scan) => !/^(?:Bitmap )?Index/.test(scan) && !scan.startsWith('Bitmap Heap Scan'))).toEqual([]);
    expect(plan.rows).toBeLessThanOrEqual(51);
  });
});
