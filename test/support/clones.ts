/**
 * Migrated databases by the dozen: a template is migrated once, and each asker gets a clone of it.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase, type DatabaseAddress } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { databaseUrl, startPostgres, type PostgresServer } from './postgres_server.ts';

/** Where clones come from; `close` deletes whatever was not dropped. */
export interface Clones {
  clone(): Promise<DatabaseAddress>;
  drop(address: DatabaseAddress): Promise<void>;
  close(): Promise<void>;
}

async function migrated(address: DatabaseAddress): Promise<void> {
  const opened = await openDatabase(address);
  try {
    await migrate(opened.db);
  } finally {
    await opened.close();
  }
}

const RIDING = { poolSize: 4, restartMs: 15_000 } as const;

/** Clones on a real PostgreSQL: the given one (an address with the right to create databases), or one of our own. */
export async function postgresClones(given: string | undefined): Promise<Clones> {
  const server: PostgresServer | undefined = given === undefined ? await startPostgres() : undefined;
  const admin = new pg.Pool({ connectionString: given ?? server?.url, max: 1 });
  // The server may be stopped under the idle connection at the end of the run.
  admin.on('error', () => undefined);
  const prefix = `gatehouse_test_${randomBytes(4).toString('hex')}`;
  const template = `${prefix}_template`;
  const address = (name: string): DatabaseAddress => ({
    kind: 'postgres', url: databaseUrl(given ?? server?.url ?? '', name), ...RIDING,
  });
  const living = new Set<string>();
  try {
    await admin.query(`CREATE DATABASE ${template}`);
    living.add(template);
    await migrated(address(template));
  } catch (thrown) {
    await admin.end();
    await server?.destroy();
    throw thrown;
  }
  const dropNamed = async (name: string): Promise<void> => {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    living.delete(name);
  };
  let count = 0;
  return {
    async clone() {
      const name = `${prefix}_${++count}`;
      await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      living.add(name);
      return address(name);
    },
    async drop(which) {
      const name = which.kind === 'postgres' ? new URL(which.url).pathname.slice(1) : '';
      if (!living.has(name)) throw new Error(`not a clone of this run: ${name}`);
      await dropNamed(name);
    },
    async close() {
      // A server of our own goes away with everything in it.
      if (!server) for (const name of living) await dropNamed(name);
      await admin.end();
      await server?.destroy();
    },
  };
}

/** Clones of embedded PostgreSQL: copies of a folder, several times faster than building one anew. */
export async function pgliteClones(): Promise<Clones> {
  const base = await mkdtemp(join(tmpdir(), 'gatehouse-pglite-'));
  const template = join(base, 'template');
  let count = 0;
  try {
    await migrated({ kind: 'pglite', folder: template });
  } catch (thrown) {
    await rm(base, { recursive: true, force: true });
    throw thrown;
  }
  return {
    async clone() {
      const folder = join(base, String(++count));
      await cp(template, folder, { recursive: true });
      return { kind: 'pglite', folder };
    },
    async drop(which) {
      if (which.kind !== 'pglite' || which.folder === undefined || !which.folder.startsWith(base)) {
        throw new Error('not a clone of this run');
      }
      await rm(which.folder, { recursive: true, force: true });
    },
    close: () => rm(base, { recursive: true, force: true }),
  };
}
