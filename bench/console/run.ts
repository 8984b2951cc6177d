/**
 * How the console's lists are answered with 1,000,000 journeys and everything else in proportion, on a PostgreSQL of its
 * own: `npm run bench:console`, with `-- --rows=200000` on fewer, with `-- --quick` on 50,000. Takes some minutes and about
 * 6 GB of disk, which it gives back. Fails where a list reads a big table instead of an index.
 */
import { randomBytes } from 'node:crypto';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openVault } from '../../src/vault/vault.ts';
import { startPostgres } from '../../test/support/postgres_server.ts';
import { amount, printTable } from '../table.ts';
import { bigTables, plansOf, shownLists } from './lists.ts';
import { listQuery, lists, personListQuery, planOf, type Plan } from './plans.ts';
import { seedJourneys } from './seed.ts';
import { amounts, seedRest } from './seed_rest.ts';

const ROWS = process.argv.map((word) => /^--rows=(\d{4,8})$/.exec(word)?.[1]).find((found) => found !== undefined);
const COUNT = process.argv.includes('--quick') ? 50_000 : Number(ROWS ?? 1_000_000);
/** Tables of fewer rows may be read through. */
const BIG = 10_000;
const RUNS = 5;

const began = performance.now();
const seconds = (): string => `${Math.round((performance.now() - began) / 1000)} s`;
const server = await startPostgres('durable');
try {
  const { db, close } = await openDatabase({ kind: 'postgres', url: server.url, poolSize: 1, restartMs: 1_000 });
  await migrate(db);
  await seedJourneys(db, COUNT, (done) => process.stderr.write(`\r${done} journeys, ${seconds()}`));
  await seedRest(db, COUNT, (what) => process.stderr.write(`\n${what}, ${seconds()}`));
  process.stderr.write('\n');
  const vault = await openVault({ masterKeys: [{ id: 'bench', key: randomBytes(32) }], store: dataKeyStore(db) });
  const measured = async (look: () => Promise<Plan>): Promise<Plan & { readonly first: number }> => {
    const plans: Plan[] = [];
    for (let run = 0; run < RUNS; run += 1) plans.push(await look());
    const [cold] = plans;
    const warm = plans.toSorted((a, b) => a.milliseconds - b.milliseconds)[Math.floor(RUNS / 2)];
    if (!cold || !warm) throw new Error('nothing was measured');
    return { ...warm, first: cold.milliseconds };
  };
  const rows: [string, Plan & { readonly first: number }][] = [];
  for (const list of lists(COUNT)) rows.push([`journeys: ${list.name}`, await measured(() => planOf(db, listQuery(db, list)))]);
  rows.push(['journeys: one phone, of many', await measured(() => planOf(db, personListQuery(db)))]);
  for (const list of shownLists(vault, COUNT)) rows.push([list.name, await measured(() => plansOf(db, list))]);
  const beside = Object.entries(amounts(COUNT)).map(([what, count]) => `${count.toLocaleString('en')} ${what}`).join(', ');
  printTable(`Lists of ${COUNT.toLocaleString('en')} journeys, ${beside}; 50 to a page: the median of ${RUNS}, and the first`, ['list', 'ms', 'first ms', 'rows', 'read in vain', 'answered by'],
    rows.map(([name, plan]) => [name, amount(plan.milliseconds), amount(plan.first), String(plan.rows), String(plan.discarded), plan.scans.join(', ')]));
  const big = await bigTables(db, BIG);
  const slow = rows.filter(([, { scans }]) => scans.some((scan) => big.some((table) => scan === `Seq Scan ${table}`)));
  if (slow.length > 0) {
    console.log(`\nA big table is read through: ${slow.map(([name]) => name).join('; ')}`);
    process.exitCode = 1;
  }
  await close();
} finally {
  await server.destroy();
}
console.log(`\nTook ${seconds()}.`);
