/**
 * Brings the schema up to date. A released migration is history: it is never edited, and imports kysely alone. A
 * database that carries migrations this version does not know is refused, so that an old process cannot harm it.
 */
import { readdir } from 'node:fs/promises';
import { Migrator, type Migration, type MigrationProvider } from 'kysely/migration';
import { GatehouseError } from '../errors.ts';
import type { Db } from './database.ts';
import { installJobs } from './jobs.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

const provider: MigrationProvider = {
  async getMigrations() {
    const migrations: Record<string, Migration> = {};
    for (const file of (await readdir(FOLDER)).filter((name) => name.endsWith('.ts')).sort()) {
      migrations[file.replace(/\.ts$/, '')] = (await import(new URL(file, FOLDER).href)) as Migration;
    }
    return migrations;
  },
};

/** Run what is missing, in order; safe to run from several processes at once and any number of times. */
export async function migrate(db: Db): Promise<readonly string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) {
    throw new GatehouseError('schema_refused', 500, 'the database schema could not be brought up to date', { cause: error });
  }
  await installJobs(db);
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName);
}
