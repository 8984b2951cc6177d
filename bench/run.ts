/**
 * What the gateway costs, measured beside the bare library in one run. `npm run bench`, or with `-- --quick` to see
 * whether everything still works. Takes less than three minutes; nothing leaves this machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpPerson } from '../test/support/http_person.ts';
import { databaseUrl, startPostgres } from '../test/support/postgres_server.ts';
import pg from 'pg';
import { feedLookups } from './feeds.ts';
import { ask, silentReturn } from './flow.ts';
import { startBare, startGatehouse, type Running } from './gateway.ts';
import { sessionCookie, verify } from './journey.ts';
import { measure, median, type Measured } from './load.ts';
import { riskEvaluation } from './risk.ts';
import { silentJudgement } from './silent.ts';
import { countStatements } from './statements.ts';
import { amount, printTable } from './table.ts';

const QUICK = process.argv.includes('--quick');
/** Share of the bare library's flows per second that the silent return is to reach. */
const GOAL = 0.6;
/** Percent that judging the device may add to a silent return. */
const DEVICE_GOAL = 15;
/** Statements of a silent return: five for the flow, two for its device and risk. */
const MOST_STATEMENTS = 7;
const ROUNDS = QUICK ? 1 : 5;
const ROUND_MS = QUICK ? 500 : 4_000;
const WARM_UP_MS = QUICK ? 300 : 3_000;
const JOURNEYS_MS = QUICK ? 500 : 8_000;
const WORKERS = QUICK ? [2] : [1, 8];
const JOURNEY_WORKERS = 4;

const agent = (): Agent => new Agent({ keepAlive: true });

/** Browsers with a live session, one per worker; at the gateway each with its device, unless they are not `keyed`. */
async function sessions(running: Running, count: number, keyed = true): Promise<readonly string[]> {
  const wire = agent();
  const signIn = async (): Promise<string> => {
    if (running.site.name === 'gateway') return sessionCookie(await verify(wire, running.site, { keyed }), running.site);
    const person = new HttpPerson({ stopAt: [running.site.redirectUri] });
    return sessionCookie(await person.open(ask(running.site).url), running.site);
  };
  const cookies: string[] = [];
  for (let n = 0; n < count; n++) cookies.push(await signIn());
  wire.destroy();
  return cookies;
}

interface Side {
  readonly running: Running;
  readonly cookies: readonly string[];
}

async function round({ running, cookies }: Side, workers: number, milliseconds: number): Promise<Measured> {
  // Connections of its own: those of the last round may have been closed for idleness meanwhile.
  const wire = agent();
  try {
    return await measure((worker) => silentReturn(wire, running.site, cookies[worker] ?? ''), { workers, milliseconds, pid: running.pid });
  } finally {
    wire.destroy();
  }
}

/** Both sides in turn, round by round. */
async function compare(gateway: Side, bare: Side, workers: number): Promise<readonly (readonly string[])[]> {
  const rounds: { readonly gateway: Measured; readonly bare: Measured }[] = [];
  for (let n = 0; n < ROUNDS; n++) rounds.push({ gateway: await round(gateway, workers, ROUND_MS), bare: await round(bare, workers, ROUND_MS) });
  const of = (side: 'gateway' | 'bare', what: 'rate' | 'median' | 'cpu'): number => median(rounds.map((one) => one[side][what] ?? Number.NaN));
  const ratios = rounds.map((one) => one.gateway.rate / one.bare.rate);
  const ratio = median(ratios);
  const row = (name: string, side: 'gateway' | 'bare', last: string): readonly string[] =>
    [String(workers), name, amount(of(side, 'rate')), amount(of(side, 'median')), amount(of(side, 'cpu')), last];
  return [
    row('gateway on PostgreSQL', 'gateway', `**${ratio.toFixed(2)}** (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}; goal ${GOAL})`),
    row('bare oidc-provider', 'bare', '1'),
  ];
}

/** The same gateway with and without a device to judge, in turn; what the device adds to the median flow, in percent. */
async function devices(on: Side, off: Side, workers: number): Promise<readonly (readonly string[])[]> {
  const rounds: { readonly on: Measured; readonly off: Measured }[] = [];
  for (let n = 0; n < ROUNDS; n++) {
    // Whoever goes first in a round goes second in the next.
    const [first, second] = n % 2 === 0 ? [on, off] : [off, on];
    const [one, other] = [await round(first, workers, ROUND_MS), await round(second, workers, ROUND_MS)];
    rounds.push(n % 2 === 0 ? { on: one, off: other } : { on: other, off: one });
  }
  const of = (side: 'on' | 'off', what: 'rate' | 'median' | 'cpu'): number => median(rounds.map((one) => one[side][what] ?? Number.NaN));
  const added = rounds.map((one) => (one.off.rate / one.on.rate - 1) * 100);
  const row = (name: string, side: 'on' | 'off', last: string): readonly string[] =>
    [String(workers), name, amount(of(side, 'rate')), amount(of(side, 'median')), amount(of(side, 'cpu')), last];
  return [
    row('judged', 'on', `**${median(added).toFixed(0)} %** (${Math.min(...added).toFixed(0)} to ${Math.max(...added).toFixed(0)}; goal ${DEVICE_GOAL})`),
    row('none', 'off', ''),
  ];
}

async function journeys(running: Running): Promise<readonly string[]> {
  const wire = agent();
  const found = await measure(async () => void (await verify(wire, running.site)), { workers: JOURNEY_WORKERS, milliseconds: JOURNEYS_MS, pid: running.pid });
  wire.destroy();
  return [amount(found.rate), amount(found.median), amount(found.cpu)];
}

async function database(serverUrl: string, name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return databaseUrl(serverUrl, name);
}

const cleanup: (() => Promise<unknown>)[] = [];
async function keep<T>(opened: Promise<T>, close: (opened: T) => Promise<unknown>): Promise<T> {
  const value = await opened;
  cleanup.push(() => close(value));
  return value;
}

const began = performance.now();
await feedLookups(QUICK);
try {
  const server = await keep(startPostgres('durable'), (one) => one.destroy());
  const folder = await keep(mkdtemp(join(tmpdir(), 'gatehouse-bench-')), (one) => rm(one, { recursive: true, force: true }));

  const counted = {
    postgres: await countStatements({ url: await database(server.url, 'counted'), folder: undefined }),
    pglite: await countStatements({ url: undefined, folder: join(folder, 'counted') }),
  };
  printTable('SQL statements', ['flow', 'PostgreSQL', 'PGlite', 'bound'], [
    ['silent return', String(counted.postgres.silent.length), String(counted.pglite.silent.length), String(MOST_STATEMENTS)],
    ['whole phone journey', String(counted.postgres.journey.length), String(counted.pglite.journey.length), ''],
  ]);

  const real = await keep(startGatehouse('gateway', await database(server.url, 'served')), (one) => one.stop());
  const bare = await keep(startBare(), (one) => one.stop());
  const most = Math.max(...WORKERS);
  const sides = [{ running: real, cookies: await sessions(real, most) }, { running: bare, cookies: await sessions(bare, most) }] as const;
  for (const side of sides) await round(side, most, WARM_UP_MS);
  const rows: (readonly string[])[] = [];
  for (const workers of WORKERS) rows.push(...(await compare(...sides, workers)));
  printTable(
    `Silent return: ${ROUNDS} rounds of ${ROUND_MS / 1000} s each in turn, medians; ${availableParallelism()} processors`,
    ['at once', 'server', 'flows/s', 'ms per flow', 'its CPU ms per flow', 'ratio (rounds)'],
    rows,
  );

  const [judged, unjudged] = [sides[0], { running: real, cookies: await sessions(real, most, false) }];
  await round(unjudged, most, WARM_UP_MS);
  const pairs: (readonly string[])[] = [];
  for (const workers of WORKERS) pairs.push(...(await devices(judged, unjudged, workers)));
  printTable('Silent return on the gateway, with a device to judge and without', ['at once', 'device', 'flows/s', 'ms per flow', 'its CPU ms per flow', 'time added (rounds)'], pairs);

  const pool = (url: string) => ({ kind: 'postgres', url, poolSize: 2, restartMs: 1_000 }) as const;
  const tables = { empty: pool(await database(server.url, 'risk_empty')), full: pool(await database(server.url, 'risk_full')) };
  printTable('Judging one session, every signal and velocity rule: medians, in turn', ['database', 'velocity table', 'ms', 'ratio'],
    await riskEvaluation('PostgreSQL', tables, QUICK ? 20 : 300));

  printTable('Judging one silent return, without its statements: medians', ['device', 'ms'], await silentJudgement(QUICK ? 50 : 2_000));

  const onReal = await journeys(real);
  const embedded = await keep(startGatehouse('gateway', undefined), (one) => one.stop());
  const onEmbedded = await journeys(embedded);
  printTable(`Whole phone journeys, ${JOURNEY_WORKERS} people at once`, ['database', 'journeys/s', 'ms per journey', 'its CPU ms per journey'], [
    ['PostgreSQL', ...onReal],
    ['PGlite', ...onEmbedded],
  ]);
} finally {
  for (const close of cleanup.toReversed()) await close();
}
console.log(`\nTook ${Math.round((performance.now() - began) / 1000)} s.`);
