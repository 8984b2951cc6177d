/** What a database of before the console looks like once it was brought up to date: nobody who waited is forgotten. */
import { readdir } from 'node:fs/promises';
import { sql } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { beforeAll, expect, test } from 'vitest';
import { caseQueue } from '../../src/store/console/cases_reads.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);
const AT = 1_700_000_000_000;
const DAY = 86_400_000;

async function upTo(opened: OpenedDatabase, last: string): Promise<void> {
  const migrations: Record<string, Migration> = {};
  for (const file of (await readdir(FOLDER)).sort()) migrations[file.replace(/\.ts$/, '')] = (await import(new URL(file, FOLDER).href)) as Migration;
  const { error } = await new Migrator({ db: opened.db, provider: { getMigrations: async () => migrations } }).migrateTo(last);
  if (error !== undefined) throw error;
}

describeDatabases('a database of before the console', ({ fresh }) => {
  let db: OpenedDatabase['db'];
  const journey = async (id: string, decision: object | null, credentialHash: string | null = null): Promise<void> => {
    await sql`INSERT INTO journey (id, interaction_uid, workflow_id, workflow_version, mode, client_id, version, created_at, expires_at, delete_at, extensions, results, decision, decided_at, credential_hash, sealed)
      VALUES (${id}, ${`i-${id}`}, 'w', 1, 'live', 'c', 2, ${AT}, ${AT + 1000}, ${AT + 365 * DAY}, 0, '[]', ${decision === null ? null : JSON.stringify(decision)}, ${decision === null ? null : AT + 500}, ${credentialHash}, '\\x00')`.execute(db);
  };
  const incident = async (id: string, status: 'open' | 'closed'): Promise<void> => {
    await sql`INSERT INTO incident (id, mode, kind, details, status, at) VALUES (${id}, 'test', 'device_reported', '{}', ${status}, ${AT + 700})`.execute(db);
  };
  const decided = (verdict: string, ...codes: readonly string[]) => ({ verdict, reasons: codes.map((code) => ({ code })), policy: 'w@1', at: AT + 500 });

  ownDatabase(fresh, async (opened) => {
    db = opened.db;
    await sql.raw('DROP SCHEMA public CASCADE').execute(db);
    await sql.raw('CREATE SCHEMA public').execute(db);
    await upTo(opened, '0004-devices');
    await journey('waits', decided('review', 'not_grounded', 'Number wrong: picked', 'not_grounded'));
    await journey('waits_wordless', decided('review'));
    await journey('approved', decided('approve', 'link_confirmed'), 'hash-of-name');
    await journey('denied', decided('deny', 'journey_expired'));
    await journey('runs', null);
    await incident('reported', 'open');
    await incident('done', 'closed');
  });
  beforeAll(async () => {
    await migrate(db);
  });

  test('has a case for each journey that waits for a person, and for each open incident', async () => {
    const { lines } = await caseQueue(db, { status: 'open' }, undefined, 10);
    expect(lines.map(({ kind, journeyId }) => [kind, journeyId])).toEqual(expect.arrayContaining([['review', 'waits'], ['review', 'waits_wordless'], ['incident', undefined]]));
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(3);
    expect(lines.find(({ journeyId }) => journeyId === 'waits')).toMatchObject({
      mode: 'live', workflowId: 'w', version: 1, openedAt: AT + 500, dueAt: AT + 500 + DAY, fourEyes: false, assignee: undefined, tags: ['not_grounded', 'number_wrong_picked'],
    });
    expect(lines.find(({ journeyId }) => journeyId === 'waits_wordless')?.tags).toEqual([]);
    expect(lines.find(({ kind }) => kind === 'incident')).toMatchObject({ mode: 'test', openedAt: AT + 700, dueAt: AT + 700 + DAY, tags: ['device_reported'] });
    const incidents = await db.selectFrom('review_case').select('incident_id').where('kind', '=', 'incident').execute();
    expect(incidents).toEqual([{ incident_id: 'reported' }]);
    const events = await db.selectFrom('case_event').select(['seq', 'action', 'actor_kind', 'actor_id']).execute();
    expect(events).toEqual(Array.from({ length: 3 }, () => ({ seq: 1, action: 'opened', actor_kind: 'system', actor_id: 'gatehouse' })));
  });

  test('finds those by the name the application gave them whose journey says it, and nobody else', async () => {
    expect(await db.selectFrom('journey_person').selectAll().execute()).toEqual([{ kind: 'credential', hash: 'hash-of-name', created_at: AT, journey_id: 'approved' }]);
  });

  test('is brought up to date once', async () => {
    expect(await migrate(db)).toEqual([]);
    expect(await db.selectFrom('review_case').select('id').execute()).toHaveLength(3);
  });
});
