/**
 * The job queue (pg-boss) on the gateway's own database: jobs are sent and finished in the transaction of what they
 * belong to. It has no connections of its own, so that the embedded database carries it as well.
 */
import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import { PgBoss, type Db as JobDb } from 'pg-boss';
import { GatehouseError } from '../errors.ts';
import type { Db } from './database.ts';
import { statementsOf } from './jobs_statements.ts';
import type { Database } from './tables.ts';

/** Schema of the queue's tables. */
const SCHEMA = 'pgboss';

export interface JobsLogger {
  warn(fields: object, message: string): void;
}

/** The queue, started. Statements run on the given transaction where one is given. */
export type Jobs = PgBoss;

/**
 * Start the queue; its schema is made at the first start, and brought up to date at later ones.
 *
 * @throws GatehouseError `jobs_refused` where it cannot: the gateway must not take work that it could never do
 */
export async function startJobs(db: Db, logger: JobsLogger): Promise<Jobs> {
  const boss = new PgBoss({
    db: throughKysely(db), schema: SCHEMA, schedule: false,
    // Indexes are rebuilt concurrently, which no statement through a shared pool should be kept waiting for.
    reindex: false, monitorVacuum: false,
    superviseIntervalSeconds: 30, monitorIntervalSeconds: 30, maintenanceIntervalSeconds: 3_600,
    // Jobs here depend on no others, and nothing waits for the queue's own migrations: no need to look every few seconds.
    flowIntervalSeconds: 86_400, bamIntervalSeconds: 600,
  });
  boss.on('error', (error) => logger.warn({ event: 'jobs_failed', error: error.name, code: (error as { code?: unknown }).code }, 'the job queue met an error; it goes on'));
  try {
    await boss.start();
  } catch (thrown) {
    throw new GatehouseError('jobs_refused', 500, 'the job queue could not be started in the database', { cause: thrown });
  }
  return boss;
}

/**
 * Make the queue's schema where there is none. Starting would make it too; here it belongs to the database that is made
 * once and cloned.
 *
 * @throws GatehouseError `jobs_refused`
 */
export async function installJobs(db: Db): Promise<void> {
  const { rows } = await run(db, 'SELECT to_regclass($1) IS NOT NULL AS there', [`${SCHEMA}.version`]);
  if (rows[0]?.['there'] === true) return;
  const jobs = await startJobs(db, { warn: () => undefined });
  await jobs.stop({ graceful: false });
}

/** For what is sent and finished within a transaction of ours. */
export function withinTransaction(tx: Transaction<Database>): JobDb {
  return { executeSql: (text, values) => run(tx, text, values) };
}

function throughKysely(db: Db): JobDb {
  return {
    async executeSql(text, values) {
      const statements = values?.length ? [text] : statementsOf(text);
      if (statements.length === 1) return run(db, text, values);
      // A text of several statements holds its own BEGIN and COMMIT: one connection, and none of it left open.
      return db.connection().execute(async (connection) => {
        const rows: unknown[] = [];
        try {
          for (const statement of statements) rows.push(...(await run(connection, statement)).rows);
        } catch (thrown) {
          await run(connection, 'ROLLBACK').catch(() => undefined);
          throw thrown;
        }
        return { rows };
      });
    },
  };
}

async function run(on: Kysely<Database>, text: string, values: readonly unknown[] = []): Promise<{ rows: Record<string, unknown>[] }> {
  const { rows } = await on.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, [...values]));
  return { rows: [...rows] };
}
