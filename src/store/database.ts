/**
 * Opens the database: embedded PostgreSQL (PGlite) in a folder, or a real one by URL. The store folder is the only
 * importer of kysely, pg and PGlite.
 */
import { mkdir } from 'node:fs/promises';
import { Kysely, PGliteDialect, PostgresDialect, type CompiledQuery } from 'kysely';
import pg from 'pg';
import { PGlite } from '@electric-sql/pglite';
import type { Database } from './tables.ts';
import { lockFolder, type Unlock } from './folder_lock.ts';
import { riding, ridingPool } from './riding_pool.ts';

export type Db = Kysely<Database>;

/** How to reach a database. */
export type DatabaseAddress =
  | { readonly kind: 'postgres'; readonly url: string; readonly poolSize: number; readonly restartMs: number }
  /** `folder` undefined: in memory, for tests. */
  | { readonly kind: 'pglite'; readonly folder: string | undefined };

/** Runs a transaction again when its connection died under it; only for what may be run twice. */
export type Ride = <T>(transaction: () => Promise<T>) => Promise<T>;

/** Where nothing can be lost on the way: the database lives in this process. */
export const noRide: Ride = (transaction) => transaction();

export interface OpenedDatabase {
  readonly db: Db;
  readonly ride: Ride;
  /** A trivial statement; throws at once while the database is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Open it. `onQuery` sees the text of every statement sent (never its parameters); benchmarks and tests count with it.
 *
 * @throws GatehouseError `database_in_use` where another process has the embedded one open
 */
export async function openDatabase(
  address: DatabaseAddress,
  options: { onQuery?: (sql: string) => void; onIdleError?: (error: Error) => void } = {},
): Promise<OpenedDatabase> {
  const log = options.onQuery
    ? (event: { readonly level: string; readonly query: CompiledQuery }) => options.onQuery?.(event.query.sql)
    : undefined;
  const pool = address.kind === 'postgres' ? realPool(address, options.onIdleError) : undefined;
  const folder = address.kind === 'pglite' ? address.folder : undefined;
  const unlock = folder === undefined ? undefined : await lockedFolder(folder);
  const db = new Kysely<Database>({
    dialect: address.kind === 'postgres' && pool
      ? new PostgresDialect({ pool: ridingPool(pool, address.restartMs) })
      : await embeddedDialect(folder),
    ...(log ? { log } : {}),
  });
  return {
    db,
    ride: address.kind === 'postgres' ? (transaction) => riding(transaction, address.restartMs) : noRide,
    ping: async () => {
      // Past the riding pool: whoever asks wants to know about an outage, not to sit through it.
      if (pool) await pool.query('SELECT 1');
      else await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    },
    close: async () => {
      await db.destroy();
      unlock?.();
    },
  };
}

async function lockedFolder(folder: string): Promise<Unlock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return lockFolder(folder);
}

const INT8 = 20;

function realPool(
  address: Extract<DatabaseAddress, { kind: 'postgres' }>,
  onIdleError: ((error: Error) => void) | undefined,
): pg.Pool {
  const pool = new pg.Pool({
    connectionString: address.url,
    max: address.poolSize,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // Times are epoch milliseconds, well inside 2^53: read them as numbers, as PGlite does.
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
    },
  });
  // An idle connection that the server closed is replaced at the next use; without a listener it would end the process.
  pool.on('error', (error) => onIdleError?.(error));
  return pool;
}

async function embeddedDialect(folder: string | undefined): Promise<PGliteDialect> {
  const pglite = await PGlite.create({
    ...(folder === undefined ? {} : { dataDir: folder }),
    parsers: { [INT8]: Number },
  });
  return new PGliteDialect({ pglite });
}
