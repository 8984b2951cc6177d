/**
 * How the console's lists are answered with 1,000,000 journeys, on a PostgreSQL of its own: `npm run bench:console`, or
 * with `-- --quick` on 50,000. Takes a few minutes and about 4 GB of disk, which it gives back. Fails where a list reads
 * the table instead of an index.
 */
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { startPostgres } from '../../test/support/postgres_server.ts';
import { amount, printTable } from '../table.ts';
import { listQuery, lists, personListQuery, planOf, type Plan } from './plans.ts';
import { seedJourneys } from './seed.ts';

const COUNT = process.argv.includes('--quick') ? 50_000 : 1_000_000;
const RUNS = 5;

const began = performance.now();
const seconds = (): string => `${Math.round((performance.now() - began) / 1000)} s`;
const server = await startPostgres('durable');
try {
  const { db, close } = await openDatabase({ kind: 'postgres', url: server.url, poolSize: 1, restartMs: 1_000 });
  await migrate(db);
  await seedJourneys(db, COUNT, (done) => process.stderr.write(`\r${done} journeys, ${seconds()}`));
  process.stderr.write('\n');
  const measured = async (query: Parameters<typeof planOf>[1]): Promise<Plan & { readonly first: number }> => {
    const plans: Plan[] = [];
    for (let run = 0; run < RUNS; run += 1) plans.push(await planOf(db, query));
    const [cold] = plans;
    const warm = plans.toSorted((a, b) => a.milliseconds - b.milliseconds)[Math.floor(RUNS / 2)];
    if (!cold || !warm) throw new Error('nothing was measured');
    return { ...warm, first: cold.milliseconds };
  };
  const rows: [string, Plan & { readonly first: number }][] = [];
  for (const list of lists(COUNT)) rows.push([list.name, await measured(listQuery(db, list))]);
  rows.push(['one phone, of many journeys', await measured(personListQuery(db))]);
  printTable(`Lists of ${COUNT.toLocaleString('en')} journeys, 50 to a page: the median of ${RUNS}, and the first`, ['list', 'ms', 'first ms', 'rows', 'read in vain', 'answered by'],
    rows.map(([name, plan]) => [name, amount(plan.milliseconds), amount(plan.first), String(plan.rows), String(plan.discarded), plan.scans.join(', ')]));
  const slow = rows.filter(([, { scans }]) => scans.some((scan) => scan.startsWith('Seq Scan')));
  if (slow.length > 0) {
    console.log(`\nRead from the table instead of an index: ${slow.map(([name]) => name).join('; ')}`);
    process.exitCode = 1;
  }
  await close();
} finally {
  await server.destroy();
}
console.log(`\nTook ${seconds()}.`);
