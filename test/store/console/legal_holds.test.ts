import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { recordStore } from '../../../src/store/records.ts';
import { upkeep } from '../../../src/store/upkeep.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { NOW } from '../support.ts';
import { accountsWorld, REASON, STAFF, type AccountsWorld } from './accounts_world.ts';

const YEARS = 5 * 365 * 86_400_000;

describeDatabases('legal holds', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
  });

  const round = (now: number): Promise<void> =>
    upkeep(opened.db, recordStore(opened.db, world.vault, () => now), {
      now: () => now, velocityWindowMs: 86_400_000, settleOverdue: async () => 0,
      purgeImages: async (most) => { world.clock.now = now; return world.images.purge(most); }, erasing: { ...world.deps, now: () => now }, logger: { warn: () => undefined },
    });
  const planted = async () => {
    const one = await world.plant({ identity: randomUUID(), credential: randomUUID() });
    await opened.db.updateTable('journey').set({ delete_at: NOW }).where('id', '=', one.journeyId).execute();
    await sql`UPDATE document_seen SET delete_at = ${NOW} WHERE journey_id = ${one.journeyId}`.execute(opened.db);
    await sql`UPDATE face_seen SET delete_at = ${NOW} WHERE journey_id = ${one.journeyId}`.execute(opened.db);
    await opened.db.updateTable('incident').set({ status: 'closed' }).where('account_id', '=', one.accountId).execute();
    return one;
  };
  /** Tables with rows of a journey or its account. */
  const kept = async ({ accountId, journeyId }: { readonly accountId: string; readonly journeyId: string }): Promise<readonly string[]> => {
    const found: string[] = [];
    for (const table of ['evidence', 'consent', 'message', 'image', 'document_seen', 'face_seen', 'silent_return', 'velocity_event']) {
      const { rows } = await sql`SELECT 1 FROM ${sql.table(table)} WHERE journey_id = ${journeyId}`.execute(opened.db);
      if (rows.length > 0) found.push(table);
    }
    if ((await opened.db.selectFrom('journey').select('id').where('id', '=', journeyId).execute()).length > 0) found.push('journey');
    if ((await opened.db.selectFrom('incident').select('id').where('account_id', '=', accountId).execute()).length > 0) found.push('incident');
    const devices = await opened.db.selectFrom('device_trust').select('device_id').where('account_id', '=', accountId).execute();
    if (devices.length > 0) found.push('device');
    return found;
  };
  const ALL = ['evidence', 'consent', 'message', 'image', 'document_seen', 'face_seen', 'silent_return', 'velocity_event', 'journey', 'incident', 'device'];

  test('years of housekeeping take nothing of a held person, and everything of everybody else; after the release it all goes', async () => {
    const [held, free] = [await planted(), await planted()];
    const result = await world.desk.hold(STAFF, { kind: 'account', subjectId: held.accountId, reason: REASON });
    expect(result.kind).toBe('held');
    const sightings = async () => (await opened.db.selectFrom('sighting').select('subject_hash').execute()).length;
    expect(await sightings()).toBe(2);
    await round(NOW + YEARS);
    expect(await kept(held)).toEqual(ALL);
    expect(await kept(free)).toEqual([]);
    expect(await sightings()).toBe(1);
    // Past its own time, but there for whoever the hold is for.
    expect((await world.images.ofJourney(held.journeyId)).map(({ id }) => id)).toEqual([held.imageId]);
    expect(await world.images.get(held.imageId)).toBeUndefined();
    const id = result.kind === 'held' ? result.id : '';
    expect(await world.desk.release(STAFF, { holdId: id, reason: REASON })).toBe(true);
    expect(await world.desk.release(STAFF, { holdId: id, reason: REASON })).toBe(false);
    await round(NOW + YEARS);
    expect(await kept(held)).toEqual([]);
    expect(await sightings()).toBe(0);
  });

  test('a hold on one journey keeps that journey alone, and its person from being erased', async () => {
    const one = await planted();
    const other = await planted();
    await opened.db.updateTable('journey').set({ account_id: one.accountId }).where('id', '=', other.journeyId).execute();
    const result = await world.desk.hold(STAFF, { kind: 'journey', subjectId: one.journeyId, reason: REASON });
    expect(await world.desk.erase(STAFF, { accountId: one.accountId, reason: REASON })).toEqual({ kind: 'refused', refusals: ['held'] });
    await round(NOW + YEARS);
    expect(await kept(one)).toEqual(expect.arrayContaining(['evidence', 'image', 'document_seen', 'face_seen', 'silent_return', 'velocity_event', 'journey']));
    expect((await kept(other)).filter((table) => table !== 'device')).toEqual([]);
    expect((await world.desk.journeyHolds(one.journeyId)).map(({ id }) => id)).toEqual([result.kind === 'held' ? result.id : '']);
  });

  test('hold and erasure at once: whichever was first is told, and the other refused', async () => {
    for (let count = 0; count < 4; count += 1) {
      const { accountId } = await planted();
      const [hold, erased] = await Promise.all([
        world.desk.hold(STAFF, { kind: 'account', subjectId: accountId, reason: REASON }), world.desk.erase(STAFF, { accountId, reason: REASON }),
      ]);
      if (hold.kind === 'held') expect(erased).toEqual({ kind: 'refused', refusals: ['held'] });
      else expect([hold, erased.kind]).toEqual([{ kind: 'refused', why: 'erased' }, 'erased']);
      const left = await opened.db.selectFrom('evidence').innerJoin('journey', 'journey.id', 'journey_id').select('kind').where('account_id', '=', accountId).execute();
      expect(left.length).toBe(hold.kind === 'held' ? 3 : 0);
    }
  });

  test('every hold, release and refusal is on record; a second hold is the first one', async () => {
    const { accountId } = await planted();
    const first = await world.desk.hold(STAFF, { kind: 'account', subjectId: accountId, reason: REASON });
    const again = await world.desk.hold(STAFF, { kind: 'account', subjectId: accountId, reason: REASON });
    expect([first.kind, again.kind]).toEqual(['held', 'already']);
    expect(await world.desk.erase(STAFF, { accountId, reason: REASON })).toEqual({ kind: 'refused', refusals: ['held'] });
    await world.desk.release(STAFF, { holdId: first.kind === 'held' ? first.id : '', reason: REASON });
    const entries = await opened.db.selectFrom('audit_entry').select(['action', 'outcome']).where('target_id', '=', accountId).orderBy('seq').execute();
    expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['hold.placed done', 'account.erasure_begun refused', 'hold.released done']);
    expect(await world.desk.hold(STAFF, { kind: 'account', subjectId: 'nobody', reason: REASON })).toEqual({ kind: 'refused', why: 'not_found' });
    expect(await world.desk.hold(STAFF, { kind: 'journey', subjectId: accountId, reason: REASON })).toEqual({ kind: 'refused', why: 'not_found' });
  });
});
