/**
 * Databases for test files. The servers behind them belong to the run (global_setup.ts).
 */
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { openDatabase, type DatabaseAddress, type OpenedDatabase } from '../../src/store/database.ts';
import type { DatabaseKind } from './global_setup.ts';

export type { DatabaseKind } from './global_setup.ts';

/** A migrated database of one's own. */
export interface FreshDatabase {
  readonly kind: DatabaseKind;
  readonly address: DatabaseAddress;
  /** What a gateway of its own process is given to use it: `DATABASE_URL`, or the folder of the embedded one. */
  readonly url: string | undefined;
  readonly folder: string | undefined;
  /** Open it; whoever opens it closes it. Embedded PostgreSQL can be open once at a time. */
  open(options?: Parameters<typeof openDatabase>[1]): Promise<OpenedDatabase>;
  /** Delete it; on PostgreSQL whoever is connected is thrown out. */
  drop(): Promise<void>;
}

async function ask(path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(inject('databases') + path, { method: 'POST', headers: { connection: 'close' }, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!response.ok) throw new Error(`no test database: ${await response.text()}`);
  return response.json();
}

/** A clone of the migrated template. A database that cannot be had is an error, never a skipped test. */
export async function freshDatabase(kind: DatabaseKind = 'postgres'): Promise<FreshDatabase> {
  const address = (await ask(`/clone/${kind}`)) as DatabaseAddress;
  return {
    kind,
    address,
    url: address.kind === 'postgres' ? address.url : undefined,
    folder: address.kind === 'pglite' ? address.folder : undefined,
    open: (options) => openDatabase(address, options),
    drop: async () => {
      await ask('/drop', address);
    },
  };
}

/** What a suite that runs on both databases is given. */
export interface SuiteDatabase {
  readonly kind: DatabaseKind;
  fresh(): Promise<FreshDatabase>;
}

/** Run one suite on embedded and on real PostgreSQL. */
export function describeDatabases(name: string, suite: (database: SuiteDatabase) => void): void {
  for (const kind of ['pglite', 'postgres'] as const) {
    describe(`${name} (${kind})`, () => suite({ kind, fresh: () => freshDatabase(kind) }));
  }
}

/** A database of the suite's own, opened before its tests and gone after them. */
export function ownDatabase(fresh: () => Promise<FreshDatabase>, begin: (opened: OpenedDatabase) => Promise<void> | void): void {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open();
    await begin(opened);
  });
  afterAll(async () => {
    await opened.close();
    await database.drop();
  });
}
