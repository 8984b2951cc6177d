/** What people on the staff do to a journey that waits for them: once, by one of them, whole or not at all. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/journey/journey.ts';
import type { ReviewReason, Reviewer } from '../../src/journey/review.ts';
import { REVIEW_REASONS } from '../../src/journey/review.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { Personal } from '../../src/personal.ts';
import { auditLog } from '../../src/store/console/audit.ts';
import { purgeJourneys } from '../../src/store/journeys.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { CLAIMED, answerOf, evidenceOf, makeWorld, START, type World } from './world.ts';

const ANN: Reviewer = { kind: 'staff', id: 'ann', name: 'Ann' };
const BEN: Reviewer = { kind: 'staff', id: 'ben', name: 'Ben' };
const HOUR = 3_600_000;
export const SHOWN = { type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: 'Eriksson', givenName: 'Anna', birthDate: '1974-08-12', expiryDate: '2030-04-15', method: 'mrz' } as const;
const attempt = (document: object | undefined = SHOWN) => evidenceOf('document_attempt', { documents: document ? [document] : [], findings: [], reader: { name: 'gatehouse', version: '1' }, authenticity: 'not_verified', at: START, phoneAnswered: false });

/** The phone path, where a wrong number is looked at by a person. */
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { ...userOnboarding.nodes['sms_link'], step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};

describeDatabases('review', ({ fresh }) => {
  let world: World;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
  });
  beforeEach(async () => {
    world.clock.set(START);
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'number_wrong: picked' }], evidence: [attempt()] } });
    await world.deploy(REVIEWED);
  });

  const inReview = async (): Promise<string> => {
    const id = await world.upTo('sms_wait');
    const { position } = await world.engine.submit(id, answerOf('sms_wait'));
    expect(position.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'review' } });
    return id;
  };
  const caseOf = (journeyId: string) => world.db.selectFrom('review_case').selectAll().where('journey_id', '=', journeyId).executeTakeFirstOrThrow();
  const ask = async (journeyId: string, more: { verdict?: 'approve' | 'deny'; code?: string; by?: Reviewer; caseVersion?: number } = {}) => {
    const { id, version } = await caseOf(journeyId);
    const verdict = more.verdict ?? 'approve';
    return world.engine.review({ journeyId, caseId: id, caseVersion: more.caseVersion ?? version, verdict, code: more.code ?? (REVIEW_REASONS[verdict][0] as ReviewReason).code, words: Personal.of('Looked at Anna Eriksson’s passport'), by: more.by ?? ANN });
  };
  const audit = () => auditLog({ db: world.db, vault: world.vault, now: world.clock.now });

  test('a decision for review opens its case in the same transaction, tagged with its reasons and due in time', async () => {
    const id = await inReview();
    const found = await caseOf(id);
    expect(found).toMatchObject({ kind: 'review', status: 'open', version: 1, workflow_id: 'tested', opened_at: START, due_at: START + 24 * HOUR, four_eyes: false, assignee_id: null });
    expect(await world.db.selectFrom('case_tag').select('tag').where('case_id', '=', found.id).execute()).toEqual([{ tag: 'number_wrong_picked' }]);
  });

  test('where the case cannot be written the decision is not either', async () => {
    const id = await world.upTo('sms_wait');
    await world.db.schema.alterTable('case_event').renameTo('case_event_away').execute();
    await expect(world.engine.submit(id, answerOf('sms_wait'))).rejects.toThrow();
    await world.db.schema.alterTable('case_event_away').renameTo('case_event').execute();
    expect((await world.journeys.byId(id))?.journey.decision).toBeUndefined();
    expect(await world.db.selectFrom('review_case').select('id').where('journey_id', '=', id).execute()).toEqual([]);
    // Whoever comes next brings it to its end.
    expect((await world.engine.byId(id))?.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'review' } });
    expect((await caseOf(id)).status).toBe('open');
  });

  test('an approval establishes the person of the document, apart from everybody whose document passed', async () => {
    const id = await inReview();
    expect(await ask(id)).toMatchObject({ kind: 'done' });
    const loaded = await world.journeys.byId(id);
    expect(loaded?.journey.decision).toMatchObject({ verdict: 'approve', reasons: [{ code: 'reviewed_approve' }, { code: 'document_looks_genuine' }], policy: 'tested@' + String(loaded?.journey.workflowVersion) });
    expect(loaded?.journey.reviews).toMatchObject([{ verdict: 'approve', from: { verdict: 'review' }, by: { kind: 'staff', id: 'ann' }, code: 'document_looks_genuine' }]);
    expect(loaded?.accountId).toBeDefined();
    const account = await world.db.selectFrom('account').select(['identity_hash', 'sealed']).where('id', '=', loaded?.accountId ?? '').executeTakeFirstOrThrow();
    expect(account.identity_hash).toBe(world.vault.keyedHash('account_identity:test', JSON.stringify(['reviewed', 'UTO', 'passport', 'L898902C3', 'eriksson', '1974-08-12'])));
    const profile = JSON.parse((await world.vault.open('account', account.sealed as Uint8Array, `account:${loaded?.accountId}`)).toString('utf8')) as object;
    // The claim was somebody else's by name, and nobody but the reviewer compared the two.
    expect(profile).toMatchObject({ familyName: 'Eriksson', givenName: 'Anna', phone: '', phoneVerified: false, street: '' });
    expect((await caseOf(id))).toMatchObject({ status: 'resolved', resolution: 'reviewed_approve', version: 2 });
    expect(await world.events(id)).toEqual(expect.arrayContaining(['label:human_review:success:document_looks_genuine', 'phase:journey:next:reviewed_approve']));
  });

  test('nothing of it tells the person: not the audit entry, not the webhook, not the history; the words are sealed', async () => {
    await world.db.insertInto('webhook_endpoint').values({
      id: 'e', url: 'https://a.example', description: '', mode: 'test', workflow_id: null, events: '[]', with_credential: false, enabled: true,
      disabled_because: null, disabled_at: null, failing_since: null, created_at: START, updated_at: START,
    }).execute();
    const id = await inReview();
    await ask(id, { verdict: 'deny', code: 'face_differs' });
    const { id: caseId } = await caseOf(id);
    const [entry] = await audit().page({ action: 'case.decided', targetId: caseId }, undefined, 5);
    expect(entry).toMatchObject({ actor: { id: 'ann' }, outcome: 'done', details: { journey: id, verdict: 'deny', code: 'face_differs' } });
    const rows = [entry, await world.db.selectFrom('case_event').selectAll().execute(), await world.db.selectFrom('webhook_event').selectAll().execute(), await world.db.selectFrom('case_note').selectAll().execute()];
    const told = await world.db.selectFrom('webhook_event').select('type').where('journey_id', '=', id).orderBy('type').execute();
    expect(told.map(({ type }) => type)).toEqual(['case.opened', 'case.resolved', 'journey.decided', 'journey.reviewed']);
    const text = JSON.stringify(rows);
    for (const word of ['Eriksson', 'Anna', 'L898902C3', CLAIMED.phone, 'Roshell']) expect(text).not.toContain(word);
    const note = await world.db.selectFrom('case_note').selectAll().where('case_id', '=', caseId).executeTakeFirstOrThrow();
    expect((await world.vault.open('case', note.sealed as Uint8Array, `case_note:${note.id}`)).toString('utf8')).toContain('Eriksson');
  });

  test('a document that does not say who it is stands for nobody: an approval rests on what else was established, or is refused', async () => {
    for (const partial of [undefined, { ...SHOWN, number: '' }, { ...SHOWN, birthDate: ' ' }]) {
      world.script.matched = { end: { outcome: 'match', reasons: [], evidence: [evidenceOf('claimed_identity', CLAIMED), evidenceOf('identity_match', { carrier: { outcome: 'match', missed: [] }, database: { outcome: 'match', missed: [] } })] } };
      world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [], evidence: [attempt(partial)] } });
      const id = await inReview();
      // The records matched the claim: that much stands without the document.
      expect(await ask(id)).toMatchObject({ kind: 'done' });
      expect((await world.db.selectFrom('review_case').select('resolution').where('journey_id', '=', id).executeTakeFirstOrThrow()).resolution).toBe('reviewed_approve');
    }
    world.script.matched = { end: { outcome: 'no_match', reasons: [{ code: 'nobody' }], evidence: [evidenceOf('claimed_identity', CLAIMED)] } };
    await world.deploy({ ...REVIEWED, nodes: { ...REVIEWED.nodes, pii_validation: { step: 'pii_validation', routes: { ...userOnboarding.nodes['pii_validation']?.routes, no_match: { end: 'review' } } } } });
    const id = await world.upTo('pii_form');
    await world.engine.submit(id, answerOf('pii_form'));
    expect(await ask(id)).toEqual({ kind: 'refused', why: 'approves_nobody' });
    expect((await caseOf(id)).status).toBe('open');
    expect((await world.journeys.byId(id))?.journey.decision?.verdict).toBe('review');
    expect(await ask(id, { verdict: 'deny', code: 'not_enough_to_tell' })).toMatchObject({ kind: 'done' });
    world.script.matched = { end: { outcome: 'match', reasons: [], evidence: [evidenceOf('claimed_identity', CLAIMED), evidenceOf('identity_match', { carrier: { outcome: 'match', missed: [] }, database: { outcome: 'match', missed: [] } })] } };
  });

  test('of two reviewers at once one wins, and the other is told', async () => {
    const id = await inReview();
    const answers = await Promise.all([ask(id, { by: ANN }), ask(id, { verdict: 'deny', code: 'face_differs', by: BEN })]);
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['done', 'refused']);
    expect((await world.journeys.byId(id))?.journey.reviews).toHaveLength(1);
    const { id: caseId } = await caseOf(id);
    expect(await audit().page({ action: 'case.decided', targetId: caseId }, undefined, 5)).toHaveLength(1);
    expect(await ask(id)).toEqual({ kind: 'refused', why: 'not_in_review' });
  });

  test('a case that moved since it was looked at, a journey not in review, one that is gone, and a made-up reason are refused', async () => {
    const id = await inReview();
    expect(await ask(id, { caseVersion: 7 })).toEqual({ kind: 'refused', why: 'case_moved' });
    expect(await ask(id, { code: 'because' })).toEqual({ kind: 'refused', why: 'bad_request' });
    expect(await ask(id, { code: 'face_differs' })).toEqual({ kind: 'refused', why: 'bad_request' });
    const running = await world.upTo('sms_wait');
    const { id: caseId, version } = await caseOf(id);
    const request = { caseId, caseVersion: version, verdict: 'deny', code: 'face_differs', words: undefined, by: ANN } as const;
    expect(await world.engine.review({ ...request, journeyId: running })).toEqual({ kind: 'refused', why: 'not_in_review' });
    expect(await world.engine.review({ ...request, journeyId: 'none' })).toEqual({ kind: 'refused', why: 'journey_gone' });
    // A case of another journey opens nothing here.
    const other = await inReview();
    expect(await world.engine.review({ ...request, journeyId: other })).toEqual({ kind: 'refused', why: 'case_moved' });
    expect((await world.journeys.byId(other))?.journey.decision?.verdict).toBe('review');
    await world.db.updateTable('journey').set({ erased_at: START }).where('id', '=', other).execute();
    expect(await ask(other)).toEqual({ kind: 'refused', why: 'not_in_review' });
  });

  test('four eyes hold below every door: nobody decides alone, confirms themselves, or confirms by a token', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, review: { fourEyes: true } } });
    const id = await inReview();
    expect(await ask(id)).toEqual({ kind: 'refused', why: 'second_person_needed' });
    const proposal = JSON.stringify({ verdict: 'approve', code: 'false_alarm', by: { kind: 'staff', id: 'ann', name: 'Ann' }, at: START });
    await world.db.updateTable('review_case').set({ proposal }).where('journey_id', '=', id).execute();
    expect(await ask(id, { by: { ...ANN, name: 'Ann in another browser', address: '192.0.2.1' } })).toEqual({ kind: 'refused', why: 'second_person_needed' });
    expect(await ask(id, { by: { kind: 'token', id: 't1', name: 'Token' } })).toEqual({ kind: 'refused', why: 'second_person_needed' });
    expect(await ask(id, { verdict: 'deny', code: 'face_differs', by: BEN })).toEqual({ kind: 'refused', why: 'second_person_needed' });
    expect((await world.journeys.byId(id))?.journey.decision?.verdict).toBe('review');
    expect(await ask(id, { by: BEN })).toMatchObject({ kind: 'done' });
  });

  test('asked for a step again the journey goes on from there, and its later evidence is gone', async () => {
    const id = await inReview();
    const { id: caseId, version } = await caseOf(id);
    const again = { journeyId: id, caseId, caseVersion: version, code: 'step_had_trouble', words: undefined, by: ANN, linkHash: 'a'.repeat(64) } as const;
    expect(await world.engine.askAgain({ ...again, node: 'pii_validation' })).toEqual({ kind: 'refused', why: 'bad_request' });
    expect(await world.engine.askAgain({ ...again, node: '__proto__' })).toEqual({ kind: 'refused', why: 'bad_request' });
    world.clock.set(START + 30 * HOUR);
    expect(await world.engine.askAgain({ ...again, node: 'sms_link' })).toMatchObject({ kind: 'done', expiresAt: START + 102 * HOUR });
    expect(await caseOf(id)).toMatchObject({ status: 'waiting', version: 2 });
    expect((await world.engine.byId(id))?.rest).toMatchObject({ kind: 'page', node: 'sms_link' });
    // While the person is asked nobody decides.
    expect(await ask(id)).toEqual({ kind: 'refused', why: 'not_in_review' });
    world.script.last = () => ({ end: { outcome: 'confirmed', reasons: [{ code: 'link_confirmed' }], evidence: [evidenceOf('phone_possession', { phone: CLAIMED.phone })] } });
    const { position } = await world.engine.submit(id, answerOf('sms_wait'));
    // Whoever asked may hand the link to whom they like: nothing says that it was the person who answered.
    expect(position.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'review', reasons: [{ code: 'asked_again' }, { code: 'link_confirmed' }] } });
    expect(await caseOf(id)).toMatchObject({ status: 'open', version: 3 });
    expect((await world.journeys.byId(id))?.accountId).toBeUndefined();
    expect(await world.db.selectFrom('case_tag').select('tag').where('case_id', '=', caseId).where('tag', '=', 'asked_again').execute()).toHaveLength(1);
    expect(await ask(id, { by: BEN })).toMatchObject({ kind: 'done' });
  });

  const passed = (document: object = SHOWN): readonly Evidence[] => [
    evidenceOf('document', { documents: [document], findings: [], reader: { name: 'gatehouse', version: '1' }, authenticity: 'not_verified', at: START + 1 }), evidenceOf('face_match', {}), evidenceOf('liveness', {}),
  ];
  const askedAgain = async (document: object, fourEyes = false): Promise<string> => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, review: { fourEyes } } });
    const id = await inReview();
    const { id: caseId, version } = await caseOf(id);
    expect(await world.engine.askAgain({ journeyId: id, caseId, caseVersion: version, code: 'step_had_trouble', words: undefined, by: ANN, linkHash: undefined, node: 'sms_link' })).toMatchObject({ kind: 'done' });
    world.script.last = () => ({ end: { outcome: 'confirmed', reasons: [{ code: 'link_confirmed' }], evidence: passed(document) } });
    await world.engine.submit(id, answerOf('sms_wait'));
    return id;
  };

  test('asked again, a document that passes and names who was named before needs nobody more', async () => {
    const id = await askedAgain({ ...SHOWN, familyName: 'ERIKSSON' });
    expect((await world.journeys.byId(id))?.journey.decision).toMatchObject({ verdict: 'approve', reasons: [{ code: 'link_confirmed' }] });
    expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_approve', version: 3 });
  });

  test.each([['number', 'X1234567'], ['familyName', 'Ericson'], ['birthDate', '1974-08-13']])('asked again, a document of another %s waits for a person', async (part, value) => {
    const id = await askedAgain({ ...SHOWN, [part]: value });
    expect((await world.journeys.byId(id))?.journey.decision).toMatchObject({ verdict: 'review', reasons: [{ code: 'asked_again' }, { code: 'link_confirmed' }] });
    expect((await world.journeys.byId(id))?.accountId).toBeUndefined();
  });

  test('under four eyes nobody is approved by what one reviewer asked for again: two people still have to agree', async () => {
    const id = await askedAgain(SHOWN, true);
    expect((await world.journeys.byId(id))?.journey.decision?.verdict).toBe('review');
    expect(await caseOf(id)).toMatchObject({ status: 'open', four_eyes: true, proposal: null });
    expect(await ask(id, { by: ANN })).toEqual({ kind: 'refused', why: 'second_person_needed' });
  });

  test('nobody decides for as long as journeys are kept: then it is a denial, four eyes or not, told and on record', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, retentionDays: 60, devices: { trust: false }, review: { fourEyes: true } } });
    const id = await inReview();
    await world.db.updateTable('review_case').set({ proposal: JSON.stringify({ verdict: 'approve', code: 'false_alarm', by: { kind: 'staff', id: 'ann', name: 'Ann' }, at: START }) }).where('journey_id', '=', id).execute();
    world.clock.set(START + 60 * 24 * HOUR - 1);
    await world.engine.settleOverdue(100);
    expect((await world.journeys.byId(id))?.journey.decision?.verdict).toBe('review');
    world.clock.set(START + 60 * 24 * HOUR);
    await Promise.all([world.engine.settleOverdue(100), world.engine.settleOverdue(100)]);
    const settled = await world.journeys.byId(id);
    expect(settled?.journey.decision).toMatchObject({ verdict: 'deny', reasons: [{ code: 'review_never_came' }] });
    expect(settled?.journey.reviews).toMatchObject([{ verdict: 'deny', from: { verdict: 'review' }, by: { kind: 'system', id: 'gatehouse' }, code: 'review_never_came' }]);
    const found = await caseOf(id);
    expect(found).toMatchObject({ status: 'resolved', resolution: 'review_never_came', proposal: null });
    const entries = await audit().page({ action: 'case.decided', targetId: found.id }, undefined, 5);
    expect(entries).toMatchObject([{ actor: { kind: 'system' }, details: { verdict: 'deny', code: 'review_never_came' } }]);
    const told = await world.db.selectFrom('webhook_event').select('type').where('journey_id', '=', id).orderBy('type').execute();
    expect(told.map(({ type }) => type)).toEqual(expect.arrayContaining(['case.resolved', 'journey.reviewed']));
    await purgeJourneys(world.db, world.clock.now() + 1, 500);
    expect(await world.journeys.byId(id)).toBeUndefined();
  });

  test('a reason that only the gateway gives is nobody else’s', async () => {
    const id = await inReview();
    expect(await ask(id, { verdict: 'deny', code: 'review_never_came' })).toEqual({ kind: 'refused', why: 'bad_request' });
  });

  test('a step asked again that is doubtful again puts the same case back into the queue; one nobody comes to ends it', async () => {
    const id = await inReview();
    const { id: caseId } = await caseOf(id);
    for (const version of [1, 3]) {
      expect(await world.engine.askAgain({ journeyId: id, caseId, caseVersion: version, code: 'step_had_trouble', words: undefined, by: ANN, linkHash: undefined, node: 'sms_link' })).toMatchObject({ kind: 'done' });
      if (version === 3) break;
      await world.engine.submit(id, answerOf('sms_wait'));
      expect(await caseOf(id)).toMatchObject({ id: caseId, status: 'open', version: 3 });
    }
    world.clock.set(START + 73 * HOUR);
    await world.engine.settleOverdue(100);
    expect((await world.journeys.byId(id))?.journey.decision).toMatchObject({ verdict: 'deny', reasons: [{ code: 'journey_expired' }, {}].slice(0, 1) });
    expect(await caseOf(id)).toMatchObject({ status: 'resolved', resolution: 'route_deny' });
  });

  test('retention leaves a journey alone while somebody still has to decide', async () => {
    const id = await inReview();
    await world.db.updateTable('journey').set({ delete_at: START }).where('id', '=', id).execute();
    await purgeJourneys(world.db, START + 1, 500);
    expect(await world.journeys.byId(id)).toBeDefined();
    await ask(id, { verdict: 'deny', code: 'face_differs' });
    await purgeJourneys(world.db, START + 1, 500);
    expect(await world.journeys.byId(id)).toBeUndefined();
    expect(await world.db.selectFrom('review_case').select('id').where('journey_id', '=', id).execute()).toEqual([]);
  });
});

describe('reasons', () => {
  test('are named once', () => {
    for (const reasons of Object.values(REVIEW_REASONS)) expect(new Set(reasons.map(({ code }) => code)).size).toBe(reasons.length);
  });
});
