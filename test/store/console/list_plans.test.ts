/** Whether every list of the console but the journeys' is read off an index. Times are the benchmark's business (`npm run bench:console`). */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plansOf, shownLists, type ShownList } from '../../../bench/console/lists.ts';
import type { Plan } from '../../../bench/console/plans.ts';
import { seedJourneys } from '../../../bench/console/seed.ts';
import { seedRest } from '../../../bench/console/seed_rest.ts';
import { caseTags } from '../../../src/store/console/cases_reads.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres.ts';
import { storesOn } from '../support.ts';

const COUNT = 5_000;
/** What grows with people. */
const GROWING = ['account', 'credential', 'journey', 'journey_person', 'review_case', 'case_tag', 'audit_entry', 'webhook_event', 'webhook_delivery', 'list_entry', 'rollup', 'automation_run'];

// Of PostgreSQL alone: the embedded one plans alike, and is slow to fill.
describe('lists of the console', () => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let lists: readonly ShownList[];
  beforeAll(async () => {
    database = await freshDatabase('postgres');
    opened = await database.open();
    const { vault } = await storesOn(opened);
    await seedJourneys(opened.db, COUNT);
    await seedRest(opened.db, COUNT);
    lists = shownLists(vault, COUNT);
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });

  // Of so few rows a planner may well read them all; what is asked here is whether it has to.
  const planned = (list: ShownList): Promise<Plan> => opened.db.connection().execute(async (db) => {
    await sql`SET enable_seqscan = off`.execute(db);
    const plan = await plansOf(db, list);
    await sql`RESET enable_seqscan`.execute(db);
    return plan;
  });

  test('none reads through a table that grows with people', async () => {
    const wrong: string[] = [];
    for (const list of lists) {
      const { scans } = await planned(list);
      if (scans.length === 0) wrong.push(`${list.name} asked nothing`);
      wrong.push(...scans.filter((scan) => GROWING.some((table) => scan === `Seq Scan ${table}`)).map((scan) => `${list.name}: ${scan}`));
    }
    expect(lists.length).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });

  test('the tags to choose from are each there once, in their order, and no more than asked for', async () => {
    const all = (await opened.db.selectFrom('case_tag').select('tag').distinct().orderBy('tag').execute()).map(({ tag }) => tag);
    expect(all.length).toBeGreaterThan(5);
    expect(await caseTags(opened.db, 300)).toEqual(all);
    expect(await caseTags(opened.db, 3)).toEqual(all.slice(0, 3));
  });

  test.each([
    ['audit: refused', 'Index Scan audit_entry_refused'], ['audit: one day, long ago', 'Index Scan audit_entry_at'],
    ['overview: 90 days', 'rollup_of_'], ['overview: 90 days, one workflow', 'rollup_of_'], ['deliveries: failed, deep', 'webhook_delivery_state'], ['accounts, deep', 'account_newest'],
  ])('%s is read off %s', async (name, index) => {
    const list = lists.find((one) => one.name === name);
    if (!list) throw new Error(`there is no list ${name}`);
    expect((await planned(list)).scans.join(', ')).toContain(index);
  });
});
