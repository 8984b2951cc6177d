import { beforeEach, expect, test } from 'vitest';
import type { CaseDesk } from '../../../src/admin/cases/store.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { caseDesk } from '../../../src/store/console/cases.ts';
import { incidentStore } from '../../../src/store/incidents.ts';
import { answerOf, evidenceOf, makeWorld, START, type World } from '../../engine/world.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const ANN = { kind: 'staff', id: 'ann', name: 'Ann' } as const;
const BEN = { kind: 'staff', id: 'ben', name: 'Ben' } as const;
const TOKEN = { kind: 'token', id: 't1', name: 'Back office' } as const;
const SHOWN = { type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: 'Eriksson', givenName: 'Anna', birthDate: '1974-08-12', expiryDate: '2030-04-15', method: 'mrz' };
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};
const because = { code: 'picture_was_poor', words: Personal.of('Looked at Anna Eriksson') };

describeDatabases('the desk of cases', ({ fresh }) => {
  let world: World;
  let desk: CaseDesk;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
    desk = caseDesk({ db: world.db, vault: world.vault, now: world.clock.now, engine: world.engine, issuer: 'https://id.example.com' });
    for (const [id, name, roles] of [['ann', 'Ann', 'reviewer'], ['ben', 'Ben', 'administrator,reviewer'], ['eve', 'Eve', 'auditor']] as const) {
      await world.db.insertInto('staff').values({ id, name, email_hash: null, email: null, external_key: id, password_hash: null, totp: null, roles, created_at: START, disabled_at: null, signed_in_at: null }).execute();
    }
  });
  beforeEach(async () => {
    world.clock.set(START);
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'number_wrong' }], evidence: [evidenceOf('document_attempt', { documents: [SHOWN], findings: [], at: START })] } });
    await world.deploy(REVIEWED);
  });
  const opened = async (): Promise<{ caseId: string; version: number; journeyId: string }> => {
    const journeyId = await world.upTo('sms_wait');
    await world.engine.submit(journeyId, answerOf('sms_wait'));
    return { journeyId, caseId: (await desk.ofJourney(journeyId)) ?? '', version: 1 };
  };
  const decisionOf = async (journeyId: string): Promise<string | undefined> => (await world.journeys.byId(journeyId))?.journey.decision?.verdict;
  const audited = (action: string, caseId: string) => auditLog({ db: world.db, vault: world.vault, now: world.clock.now }).page({ action, targetId: caseId }, undefined, 20);

  test('the queue is paged, narrowed, and whole', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await opened()).caseId);
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await desk.queue({ status: 'open', tag: 'number_wrong', workflowId: 'tested', mode: 'test' }, before, 2);
      expect(page.lines.length).toBeLessThanOrEqual(2);
      seen.push(...page.lines.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of ids) expect(seen).toContain(id);
    expect((await desk.queue({ tag: 'none' }, undefined, 5)).lines).toEqual([]);
    expect((await desk.queue({ overdueAt: START }, undefined, 5)).lines).toEqual([]);
    expect((await desk.queue({ overdueAt: START + 25 * 3_600_000 }, undefined, 5)).lines.length).toBe(5);
    // What is due first comes first; what is looked back at, the newest.
    const [soon, late] = [ids[3] as string, ids[0] as string];
    await world.db.updateTable('review_case').set({ due_at: START + 1 }).where('id', '=', soon).execute();
    await world.db.updateTable('review_case').set({ due_at: START + 900 * 3_600_000, opened_at: START + 5 }).where('id', '=', late).execute();
    const due: string[] = [];
    for (let at: string | undefined = undefined, round = 0; round < 9; round += 1) {
      const page: Awaited<ReturnType<typeof desk.queue>> = await desk.queue({ status: 'open', workflowId: 'tested' }, at, 2);
      due.push(...page.lines.map(({ id }) => id));
      at = page.next;
      if (at === undefined) break;
    }
    expect([due[0], due.at(-1), new Set(due).size]).toEqual([soon, late, due.length]);
    expect((await desk.queue({ workflowId: 'tested' }, undefined, 1)).lines[0]?.id).toBe(late);
    await expect(desk.queue({}, 'x; DROP TABLE', 5)).rejects.toThrow('this page of a list does not exist');
  });

  test('of two who take it at once one has it; taking it from somebody has to be meant', async () => {
    const { journeyId: _, ...of } = await opened();
    const taken = await Promise.all([desk.assign(ANN, { ...of, to: 'ann', takeOver: false }), desk.assign(BEN, { ...of, to: 'ben', takeOver: false })]);
    expect(taken.map(({ kind }) => kind).toSorted()).toEqual(['done', 'refused']);
    const { version, assignee } = (await desk.find(of.caseId)) ?? { version: 0, assignee: undefined };
    const other = assignee?.id === 'ann' ? BEN : ANN;
    expect(await desk.assign(other, { caseId: of.caseId, version, to: other.id, takeOver: false })).toEqual({ kind: 'refused', why: 'assigned' });
    expect(await desk.assign(other, { caseId: of.caseId, version, to: other.id, takeOver: true })).toMatchObject({ kind: 'done' });
    expect((await desk.queue({ assignee: { id: other.id } }, undefined, 5)).lines.map(({ id }) => id)).toContain(of.caseId);
    for (const to of ['eve', 'nobody', 't1']) expect(await desk.assign(other, { caseId: of.caseId, version: version + 1, to, takeOver: true })).toEqual({ kind: 'refused', why: 'no_such_person' });
    expect(await audited('case.assigned', of.caseId)).toHaveLength(2);
  });

  test('tags are small words, at most twenty; a comment is sealed and leaves only its fact in the log', async () => {
    const { journeyId: _, ...of } = await opened();
    expect(await desk.tag(ANN, { ...of, add: ['Known Fraud', '<b>'], remove: ['number_wrong'] })).toEqual({ kind: 'done', version: 2 });
    expect((await desk.find(of.caseId))?.tags).toEqual(['b', 'known_fraud']);
    expect(await desk.tag(ANN, { ...of, version: 2, add: Array.from({ length: 19 }, (_one, index) => `t${index}`), remove: [] })).toEqual({ kind: 'refused', why: 'too_many_tags' });
    // More than that by whatever way: they can be taken off one by one, and exchanged, and not grow.
    await world.db.insertInto('case_tag').values(Array.from({ length: 23 }, (_one, index) => ({ tag: `over${index}`, case_id: of.caseId }))).execute();
    expect(await desk.tag(ANN, { ...of, version: 2, add: ['one_more'], remove: [] })).toEqual({ kind: 'refused', why: 'too_many_tags' });
    expect(await desk.tag(ANN, { ...of, version: 2, add: [], remove: ['over0'] })).toEqual({ kind: 'done', version: 3 });
    expect(await desk.tag(ANN, { ...of, version: 3, add: ['one_more'], remove: ['over1'] })).toEqual({ kind: 'done', version: 4 });
    expect((await desk.find(of.caseId))?.tags).toHaveLength(24);
    await desk.comment(ANN, { caseId: of.caseId, text: Personal.of('Anna Eriksson called') });
    expect((await desk.find(of.caseId))?.notes[0]?.text?.open()).toBe('Anna Eriksson called');
    expect(JSON.stringify([await audited('case.commented', of.caseId), await world.db.selectFrom('case_note').selectAll().execute()])).not.toContain('Eriksson');
    await world.db.updateTable('case_note').set({ sealed: null }).where('case_id', '=', of.caseId).execute();
    expect((await desk.find(of.caseId))?.notes[0]?.text).toBeUndefined();
    expect(await desk.comment(ANN, { caseId: 'none', text: Personal.of('x') })).toEqual({ kind: 'refused', why: 'unknown' });
  });

  test('four eyes: the first proposes, the second confirms; the same person in another session does not', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, review: { fourEyes: true } } });
    const { journeyId, ...of } = await opened();
    expect(await desk.decide(TOKEN, { ...of, verdict: 'approve', ...because })).toEqual({ kind: 'refused', why: 'people_only' });
    expect(await desk.decide(ANN, { ...of, verdict: 'approve', ...because })).toEqual({ kind: 'proposed' });
    expect(await decisionOf(journeyId)).toBe('review');
    // Whoever looked before the proposal does not know of it.
    expect(await desk.decide(BEN, { ...of, verdict: 'approve', ...because })).toEqual({ kind: 'refused', why: 'case_moved' });
    const now = { ...of, version: 2 };
    expect(await desk.decide({ ...ANN, name: 'Ann elsewhere', address: '192.0.2.9' }, { ...now, verdict: 'approve', ...because })).toEqual({ kind: 'refused', why: 'second_person_needed' });
    expect(await desk.decide(TOKEN, { ...now, verdict: 'approve', ...because })).toEqual({ kind: 'refused', why: 'people_only' });
    expect((await audited('case.decided', of.caseId)).map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused']);
    expect(await desk.withdraw(BEN, now)).toEqual({ kind: 'refused', why: 'bad_request' });
    expect(await desk.decide(BEN, { ...now, verdict: 'approve', ...because })).toEqual({ kind: 'decided' });
    expect(await decisionOf(journeyId)).toBe('approve');
  });

  test('four eyes that do not agree put it back into the queue, with nobody', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, review: { fourEyes: true } } });
    const { journeyId, ...of } = await opened();
    await desk.assign(ANN, { ...of, to: 'ann', takeOver: false });
    await desk.decide(ANN, { ...of, version: 2, verdict: 'approve', ...because });
    expect(await desk.decide(BEN, { ...of, version: 3, verdict: 'deny', code: 'face_differs', words: undefined })).toEqual({ kind: 'returned' });
    expect(await desk.find(of.caseId)).toMatchObject({ status: 'open', version: 4, assignee: undefined, proposal: undefined });
    expect(await decisionOf(journeyId)).toBe('review');
    // Two who confirm at once decide once.
    await desk.decide(ANN, { ...of, version: 4, verdict: 'deny', code: 'face_differs', words: undefined });
    const both = await Promise.all([1, 2].map(() => desk.decide(BEN, { ...of, version: 5, verdict: 'deny', code: 'face_differs', words: undefined })));
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['decided', 'refused']);
  });

  test('an incident has a case from the moment it is noticed, and closing either closes both', async () => {
    const incidents = incidentStore(world.db, world.clock.now);
    const report = { mode: 'test', kind: 'device_reported', accountId: undefined, deviceId: undefined, journeyId: undefined, details: {}, at: START } as const;
    const [first, second] = [await incidents.open(report), await incidents.open(report)];
    const caseOf = async (incident: string) => (await world.db.selectFrom('review_case').selectAll().where('incident_id', '=', incident).executeTakeFirstOrThrow());
    const one = await caseOf(first);
    expect(one).toMatchObject({ kind: 'incident', status: 'open', version: 1 });
    expect(await desk.decide(ANN, { caseId: one.id, version: 1, verdict: 'approve', ...because })).toEqual({ kind: 'refused', why: 'wrong_kind' });
    expect(await desk.close(ANN, { caseId: one.id, version: 1, code: 'acted', words: undefined })).toEqual({ kind: 'done', version: 2 });
    expect((await incidents.list({ status: 'open', most: 50 })).map(({ id }) => id)).not.toContain(first);
    expect(await incidents.close(second)).toBe(true);
    expect(await caseOf(second)).toMatchObject({ status: 'resolved', resolution: 'incident_closed' });
  });

  test('closed at its case and elsewhere at once, an incident is closed by one of them, and neither waits for the other for ever', async () => {
    const incidents = incidentStore(world.db, world.clock.now);
    const report = { mode: 'test', kind: 'device_reported', accountId: undefined, deviceId: undefined, journeyId: undefined, details: {}, at: START } as const;
    const ids: string[] = [];
    for (let index = 0; index < 6; index += 1) ids.push(await incidents.open(report));
    const ended = await Promise.all(ids.map(async (incident) => {
      const { id } = await world.db.selectFrom('review_case').select('id').where('incident_id', '=', incident).executeTakeFirstOrThrow();
      const [closed, answer] = await Promise.all([incidents.close(incident), desk.close(ANN, { caseId: id, version: 1, code: 'acted', words: undefined })]);
      return [closed, answer.kind];
    }));
    for (const both of ended) expect([[true, 'refused'], [false, 'done']]).toContainEqual(both);
    const left = await world.db.selectFrom('review_case').select('status').where('incident_id', 'in', ids).execute();
    expect(left.map(({ status }) => status)).toEqual(ids.map(() => 'resolved'));
  });
});
