/**
 * Opens the database: embedded PostgreSQL (PGlite) in a folder, or a real one by URL. The store folder is the only
 * importer of kysely, pg and PGlite.
 */
import { mkdir } from 'node:fs/promises';
import { Kysely, PGliteDialect, PostgresDialect, type CompiledQuery } from 'kysely';
import pg from 'pg';
import { PGlite } from '@electric-sql/pglite';
import type { Database } from './tables.ts';
import { ridingPool } from './riding_pool.ts';

export type Db = Kysely<Database>;

/** How to reach a database. */
export type DatabaseAddress =
  | { readonly kind: 'postgres'; readonly url: string; readonly poolSize: number; readonly restartMs: number }
  /** `folder` undefined: in memory, for tests. */
  | { readonly kind: 'pglite'; readonly folder: string | undefined };

export interface OpenedDatabase {
  readonly db: Db;
  /** A trivial statement; throws while the database is away. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** `onQuery` sees the text of every statement sent (never its parameters); benchmarks and tests count with it. */
export async function openDatabase(
  address: DatabaseAddress,
  options: { onQuery?: (sql: string) => void; onIdleError?: (error: Error) => void } = {},
): Promise<OpenedDatabase> {
  const log = options.onQuery
    ? (event: { readonly level: string; readonly query: CompiledQuery }) => options.onQuery?.(event.query.sql)
    : undefined;
  const db = new Kysely<Database>({
    dialect: address.kind === 'postgres' ? realDialect(address, options.onIdleError) : await embeddedDialect(address.folder),
    ...(log ? { log } : {}),
  });
  return {
    db,
    ping: async () => {
      await db.selectNoFrom((eb) => eb.lit(1).as('one')).execute();
    },
    close: () => db.destroy(),
  };
}

const INT8 = 20;

function realDialect(
  address: Extract<DatabaseAddress, { kind: 'postgres' }>,
  onIdleError: ((error: Error) => void) | undefined,
): PostgresDialect {
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
  return new PostgresDialect({ pool: ridingPool(pool, address.restartMs) });
}

async function embeddedDialect(folder: string | undefined): Promise<PGliteDialect> {
  if (folder !== undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({
    ...(folder === undefined ? {} : { dataDir: folder }),
    parsers: { [INT8]: Number },
  });
  return new PGliteDialect({ pglite });
}
