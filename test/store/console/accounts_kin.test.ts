/** Journeys that came to nothing, of somebody who has an account: they belong to it by the name that an application gave, or may, by a phone or mailbox. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Decision, Evidence } from '../../../src/journey/journey.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { begin, eraseNext, resumeErasures } from '../../../src/store/console/accounts_erase.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { recordStore } from '../../../src/store/records.ts';
import { upkeep } from '../../../src/store/upkeep.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { change, newJourney, NOW } from '../support.ts';
import { accountsWorld, REASON, STAFF, type AccountsWorld } from './accounts_world.ts';

const YEARS = 5 * 365 * 86_400_000;

describeDatabases('journeys of a person that were not approved', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: AccountsWorld;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await accountsWorld(own);
  });

  interface Facts {
    readonly credential?: string;
    readonly mode?: 'test' | 'live';
    readonly workflowId?: string;
    readonly phone?: string;
    readonly verdict?: 'deny' | 'review' | undefined;
  }
  /** A journey that told something about somebody, and was not approved. */
  const journey = async ({ credential, mode = 'test', workflowId = 'w', phone = '+14075550111', verdict }: Facts): Promise<string> => {
    const { journey: begun } = await world.journeys.open(newJourney({ mode, workflowId, opening: { credential: credential === undefined ? undefined : Personal.of(credential), clientName: 'App', locale: 'en' } }));
    const evidence: Evidence = { kind: 'claimed_identity', version: 1, simulated: true, data: Personal.of({ familyName: 'Kinsfolk', phone }) };
    const told = await world.journeys.record(begun, change(begun, { evidence: [evidence] }));
    const decision = (code: string): Decision => ({ verdict: verdict ?? 'deny', reasons: [{ code }], policy: `${workflowId}@1`, at: NOW + 2 });
    if (verdict === 'deny') await world.journeys.record(told?.journey ?? begun, change(told?.journey ?? begun, { decision: decision('document_fail') }));
    if (verdict === 'review') await world.journeys.record(told?.journey ?? begun, change(told?.journey ?? begun, { decision: decision('looks_odd'), waits: { dueAt: NOW + 5, fourEyes: false, keys: [] } as never }));
    return begun.id;
  };
  const person = async () => {
    const credential = randomUUID();
    return { credential, ...(await world.plant({ identity: randomUUID(), credential })) };
  };
  const row = (id: string) => opened.db.selectFrom('journey').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const told = async (id: string): Promise<number> => (await opened.db.selectFrom('evidence').select('seq').where('journey_id', '=', id).execute()).length;

  test('an erasure takes those that its applications named the person in, whatever they came to, and nobody else’s', async () => {
    const { accountId, credential } = await person();
    const mine = [await journey({ credential, verdict: 'deny' }), await journey({ credential, verdict: 'review' }), await journey({ credential })];
    const theirs = [
      await journey({ credential, workflowId: 'another', verdict: 'deny' }), await journey({ credential, mode: 'live', verdict: 'deny' }),
      await journey({ credential: randomUUID(), verdict: 'deny' }), await journey({ verdict: 'deny' }),
    ];
    const stranger = await world.plant({ identity: randomUUID(), credential: randomUUID() });
    const plan = await world.desk.erasurePlan(accountId);
    expect([plan?.goes.find(({ table }) => table === 'evidence')?.rows, plan?.stays.find(({ table }) => table === 'journey')?.rows]).toEqual([6, 4]);
    const result = await world.desk.erase(STAFF, { accountId, reason: REASON });
    expect(result).toMatchObject({ kind: 'erased', counts: { evidence: 6, journey: 4 } });
    for (const id of mine) {
      expect([await told(id), (await row(id)).erased_at !== null, (await row(id)).verdict]).toEqual([0, true, 'deny']);
      expect(await opened.db.selectFrom('journey_person').select('kind').where('journey_id', '=', id).execute()).toEqual([]);
    }
    for (const id of [...theirs, stranger.journeyId]) expect([await told(id) > 0, (await row(id)).erased_at]).toEqual([true, null]);
    const events = (await opened.db.selectFrom('webhook_event').selectAll().where('type', '=', 'account.erased').execute()).filter((event) => JSON.stringify(event.data).includes(accountId));
    expect(events).toHaveLength(1);
    for (const id of mine) expect(JSON.stringify(events[0]?.data)).toContain(id);
  });

  test('what is under way, or waits for a person, ends with the erasure', async () => {
    const { accountId, credential } = await person();
    const waiting = await journey({ credential, verdict: 'review' });
    const running = await journey({ credential });
    const before = await world.journeys.byId(running);
    await world.desk.erase(STAFF, { accountId, reason: REASON });
    for (const id of [waiting, running]) expect((await row(id)).decision).toMatchObject({ verdict: 'deny', reasons: [{ code: 'account_erased' }] });
    // A request that had read it before writes nothing into it any more.
    if (!before) throw new Error('it was there');
    expect(await world.journeys.record(before.journey, change(before.journey, { evidence: [{ kind: 'claimed_identity', version: 1, simulated: true, data: Personal.of({ phone: '+14075550111' }) }] }))).toBeUndefined();
    expect(await told(running)).toBe(0);
    expect(await opened.db.selectFrom('review_case').select(['status', 'resolution']).where('journey_id', '=', waiting).execute()).toEqual([{ status: 'resolved', resolution: 'route_deny' }]);
    const decided = await opened.db.selectFrom('webhook_event').select('type').where('journey_id', '=', running).execute();
    expect(decided).toEqual([{ type: 'journey.decided' }]);
  });

  test('broken off after any batch, those are found again', async () => {
    for (let batches = 0; batches < 6; batches += 1) {
      const { accountId, credential } = await person();
      const denied = [await journey({ credential, verdict: 'deny' }), await journey({ credential, verdict: 'deny' })];
      await begin(world.deps, STAFF, { accountId, reason: REASON });
      for (let count = 0; count < batches; count += 1) await eraseNext(world.deps, accountId);
      await resumeErasures(world.deps);
      expect(await Promise.all(denied.map(told))).toEqual([0, 0]);
    }
  });

  test('those that share a phone or mailbox alone are counted, and taken where that is asked for; no further than that', async () => {
    const phones = ['+14075551234', '+14075550222'] as const;
    const { accountId, credential } = await person();
    await journey({ credential, phone: phones[0], verdict: 'deny' });
    const shared = await journey({ phone: phones[0], verdict: 'deny' });
    // Shares a mailbox with the one that shares the phone, and nothing with the person.
    const further = await journey({ phone: phones[1], verdict: 'deny' });
    await opened.db.insertInto('journey_person').values([{ kind: 'email', hash: 'one-mailbox', created_at: NOW, journey_id: shared }, { kind: 'email', hash: 'one-mailbox', created_at: NOW, journey_id: further }]).execute();
    const other = await person();
    // The same phone, but another account's by its name, and one on hold: neither goes.
    const held = await journey({ phone: phones[0], verdict: 'deny' });
    const named = await journey({ credential: other.credential, phone: phones[0], verdict: 'deny' });
    await world.desk.hold(STAFF, { kind: 'journey', subjectId: held, reason: REASON });
    expect((await world.desk.erasurePlan(accountId))?.contacts).toBe(1);
    expect((await world.desk.erase(STAFF, { accountId, reason: REASON, alsoContacts: true })).kind).toBe('erased');
    expect([await told(shared), await told(further), await told(held), await told(named)]).toEqual([0, 1, 1, 1]);
    const kept = await opened.db.selectFrom('account_erasure').select('contacts').where('account_id', '=', accountId).executeTakeFirstOrThrow();
    expect(kept.contacts).toEqual([]);
    const [entry] = await auditLog(world.deps).page({ targetId: accountId, action: 'account.erasure_begun' }, undefined, 1);
    expect(entry?.details).toMatchObject({ also_contacts: true });
  });

  test('without being asked for, those that share a phone alone stay', async () => {
    const phone = '+14075550333';
    const { accountId, credential } = await person();
    const mine = await journey({ credential, phone, verdict: 'deny' });
    const shared = await journey({ phone, verdict: 'deny' });
    expect((await world.desk.erasurePlan(accountId))?.contacts).toBe(1);
    await world.desk.erase(STAFF, { accountId, reason: REASON });
    expect([await told(mine), await told(shared)]).toEqual([0, 1]);
  });

  test('an export has them, told apart from the approved', async () => {
    const { accountId, journeyId, credential } = await person();
    const denied = await journey({ credential, phone: '+14075550444', verdict: 'deny' });
    const foreign = await journey({ credential, workflowId: 'another', verdict: 'deny' });
    let text = '';
    for await (const piece of (await world.desk.exportPerson(STAFF, { accountId, reason: REASON, pictures: false })) ?? []) text += piece;
    const { journeys } = JSON.parse(text) as { journeys: readonly { transaction_id: string; belongs_by: string }[] };
    expect(journeys.map((one) => [one.transaction_id, one.belongs_by])).toEqual([[journeyId, 'account'], [denied, 'name']]);
    expect([text.includes('+14075550444'), text.includes(foreign)]).toEqual([true, false]);
  });

  test('a hold on the account keeps them; one on such a journey keeps the person from being erased', async () => {
    const [one, two] = [await person(), await person()];
    const [kept, gone] = [await journey({ credential: one.credential, verdict: 'deny' }), await journey({ credential: two.credential, workflowId: 'another', verdict: 'deny' })];
    await sql`UPDATE journey SET delete_at = ${NOW} WHERE id IN (${kept}, ${gone})`.execute(opened.db);
    await world.desk.hold(STAFF, { kind: 'account', subjectId: one.accountId, reason: REASON });
    const now = NOW + YEARS;
    await upkeep(opened.db, recordStore(opened.db, world.vault, () => now), {
      now: () => now, velocityWindowMs: 86_400_000, settleOverdue: async () => 0, purgeImages: async () => 0, erasing: { ...world.deps, now: () => now }, logger: { warn: () => undefined },
    });
    expect([await told(kept), await told(gone)]).toEqual([1, 0]);

    const three = await person();
    const denied = await journey({ credential: three.credential, verdict: 'deny' });
    await world.desk.hold(STAFF, { kind: 'journey', subjectId: denied, reason: REASON });
    expect(await world.desk.erase(STAFF, { accountId: three.accountId, reason: REASON })).toEqual({ kind: 'refused', refusals: ['held'] });
    expect(await told(denied)).toBe(1);
  });

  test('a hold that comes after the erasure was begun is refused, or honoured', async () => {
    const { accountId, credential } = await person();
    const denied = await journey({ credential, verdict: 'deny' });
    await begin(world.deps, STAFF, { accountId, reason: REASON });
    const held = await world.desk.hold(STAFF, { kind: 'journey', subjectId: denied, reason: REASON });
    expect(held.kind).toBe('held');
    await resumeErasures(world.deps);
    expect([(await world.desk.find(accountId))?.state, await told(denied)]).toEqual(['erased', 1]);
  });
});
