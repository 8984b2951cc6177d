/** The link of a step that is asked again, sent by text message: to whom, how often, and what is written of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { againMessages, reachable, type AgainMessages } from '../../src/engine/again_message.ts';
import type { Evidence, Journey } from '../../src/journey/journey.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { Personal } from '../../src/personal.ts';
import { anyStep } from '../../src/steps/index.ts';
import { messageLimit } from '../../src/steps/sms_link/message_limit.ts';
import { againMessageRows } from '../../src/store/again_messages.ts';
import { velocityCounts } from '../../src/store/velocity.ts';
import type { SendAnswer, TextMessage, Vendors } from '../../src/vendors/ports.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { answerOf, CLAIMED, evidenceOf, makeWorld, START, type World } from './world.ts';

const HOUR = 3_600_000;
const LINK = 'https://id.example.com/again/0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
const CONSENT = { purpose: 'phone_data_and_messages', text: 'We may message you.', locale: 'en', method: 'button' } as const;
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};

describe('whose phone it may go to', () => {
  const known = (linkPhone?: string): Evidence => evidenceOf('known_person', {
    accountId: 'a', by: 'device', trustId: 't', journeyId: 'earlier', acr: 'x', profile: { phone: '+13055550100', phoneVerified: true }, at: 1, ...(linkPhone === undefined ? {} : { linkPhone }),
  });
  const claimed = (phone: string): Evidence => evidenceOf('claimed_identity', { ...CLAIMED, phone });
  const matched = evidenceOf('identity_match', {});
  const confirmed = (phone: string): Evidence => evidenceOf('phone_possession', { phone });
  const of = (evidence: readonly Evidence[], journey: Partial<Journey> = {}) => reachable({ journey: { id: 'j', results: [], ...journey } as Journey, evidence });
  const result = (outcome: string, ...codes: string[]): Partial<Journey> => ({ results: [{ node: 'sms_link', step: 'sms_link', outcome, reasons: codes.map((code) => ({ code })), at: 1 }] });

  test.each<[string, readonly Evidence[], ReturnType<typeof of>]>([
    ['nobody’s', [], undefined],
    ['typed, and matched by no record', [claimed('+14075550123')], undefined],
    ['typed and matched', [claimed('+14075550123'), matched], { phone: '+14075550123', consentIn: ['j'] }],
    ['confirmed', [claimed('+14075550123'), confirmed('+14075550123')], { phone: '+14075550123', consentIn: ['j'] }],
    ['confirmed, and another matched since', [claimed('+14075550123'), confirmed('+14075550199'), matched], { phone: '+14075550123', consentIn: ['j'] }],
    ['known from before', [known('+13055550199')], { phone: '+13055550199', consentIn: ['j', 'earlier'] }],
    ['known, but its phone was never matched', [known()], undefined],
    ['matched anew after being known', [known('+13055550199'), claimed('+14075550123'), matched], { phone: '+14075550123', consentIn: ['j'] }],
    ['matched, and another typed since that no record matched', [claimed('+14075550123'), matched, claimed('+13055550111')], undefined],
    ['known, and another typed since', [known('+13055550199'), claimed('+14075550123'), matched, claimed('+13055550111')], { phone: '+13055550199', consentIn: ['j', 'earlier'] }],
    ['of no shape', [evidenceOf('phone_possession', { phone: 7 })], undefined],
  ])('%s', (_what, evidence, expected) => {
    expect(of(evidence)).toEqual(expected);
  });

  test('never to somebody who said that it is not theirs, or that they did not ask, however long ago in the journey', () => {
    const evidence = [claimed('+14075550123'), matched];
    expect(of(evidence, result('wrong_number', 'wrongNumber'))).toBeDefined();
    expect(of(evidence, result('refused', 'reportedByUser'))).toBeUndefined();
    expect(of(evidence, result('undeliverable', 'numberGivenUp'))).toBeUndefined();
    expect(of(evidence, result('undeliverable', 'unreachable'))).toBeUndefined();
    const from = { verdict: 'review' as const, reasons: [{ code: 'reportedByUser' }], policy: 'p', at: 1 };
    expect(of(evidence, { decision: from })).toBeUndefined();
    expect(of(evidence, { reviews: [{ verdict: 'again', from, by: { kind: 'staff', id: 'ann' }, code: 'x', at: 1 }] })).toBeUndefined();
    // Said at a step that was asked again since, and so stands among its results no longer.
    const dropping = (outcome: string, code: string): Partial<Journey> => ({
      reviews: [{ verdict: 'again', from: { ...from, reasons: [] }, by: { kind: 'staff', id: 'ann' }, code: 'x', at: 2, dropped: result(outcome, code).results ?? [] }],
    });
    expect(of(evidence, dropping('wrong_number', 'wrongNumber'))).toBeDefined();
    expect(of(evidence, dropping('refused', 'reportedByUser'))).toBeUndefined();
    expect(of(evidence, dropping('undeliverable', 'unreachable'))).toBeUndefined();
    const since = [{ node: 'sms_link', step: 'sms_link' as const, outcome: 'wrong_number', reasons: [], at: 3 }];
    expect(of(evidence, { ...dropping('undeliverable', 'unreachable'), results: since })).toBeDefined();
    expect(of(evidence, { ...dropping('refused', 'reportedByUser'), results: since })).toBeUndefined();
  });
});

describeDatabases('a link sent by text message', ({ fresh }) => {
  let world: World;
  let messages: AgainMessages;
  let sent: TextMessage[] = [];
  let answer: (message: TextMessage) => Promise<SendAnswer>;
  let unrecorded: unknown[] = [];
  ownDatabase(fresh, async (opened) => {
    const other = anyStep<never>({
      name: 'kba', needs: [], yields: [], state: z.never(),
      move: () => ({ kind: 'finish', end: { outcome: 'fail', reasons: [{ code: 'too_few_right' }] } }), submit: async () => ({ kind: 'invalid', errors: {} }),
    });
    world = await makeWorld(opened, () => [other]);
    const hash = (dimension: string, value: string): Buffer => Buffer.from(world.vault.keyedHash(dimension, value), 'base64url');
    const sms = { name: 'fake', send: (message: TextMessage) => (sent.push(message), answer(message)) };
    messages = againMessages({
      journeys: world.journeys, workflows: world.workflows, vendors: { test: { sms }, live: { sms } } as unknown as Vendors, limit: messageLimit(velocityCounts(opened.db, hash)),
      now: world.clock.now, ...againMessageRows(opened.db), unrecorded: (thrown) => unrecorded.push(thrown),
    });
  });
  beforeEach(async () => {
    sent = [];
    unrecorded = [];
    answer = async ({ id }) => ({ kind: 'accepted', provider: 'fake', providerMessageId: `p-${id}` });
    world.clock.set(START);
    world.script.matched = { ...world.script.matched, consents: [CONSENT] };
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'wrongNumber' }], evidence: [] } });
    await world.db.deleteFrom('velocity_event').execute();
    await world.deploy(REVIEWED);
  });

  /** Asked for the text message again, and waited for. */
  const asked = async (opening: Parameters<World['open']>[0] = {}): Promise<string> => {
    const { journey } = await world.open(opening);
    await world.engine.submit(journey.id, answerOf('session_risk', { country: 'US' }, journey.version));
    await world.engine.submit(journey.id, answerOf('pii_form'));
    await world.engine.submit(journey.id, answerOf('sms_wait'));
    await askFor(journey.id);
    return journey.id;
  };
  const askFor = async (journeyId: string): Promise<void> => {
    const found = await world.db.selectFrom('review_case').select(['id', 'version']).where('journey_id', '=', journeyId).executeTakeFirstOrThrow();
    const done = await world.engine.askAgain({ journeyId, caseId: found.id, caseVersion: found.version, node: 'sms_link', code: 'step_had_trouble', words: undefined, by: { kind: 'staff', id: 'ann', name: 'Ann' }, linkHash: journeyId });
    expect(done.kind).toBe('done');
  };
  /** To the phone that was matched, found or not: what must not be sent is not, whoever looked it up. */
  const send = (id: string) => messages.send(id, { phone: Personal.of(CLAIMED.phone), consentIn: [id] }, Personal.of(LINK), world.clock.now() + 72 * HOUR);
  const rows = (id: string) => world.db.selectFrom('message').select(['id', 'status', 'provider', 'provider_message_id', 'code']).where('journey_id', '=', id).orderBy('created_at').orderBy('id').execute();
  const counted = async (id: string) => (await world.db.selectFrom('velocity_event').select('dimension').where('journey_id', '=', id).execute()).map(({ dimension }) => dimension).filter((dimension) => dimension.includes('message'));

  test('goes once, counted, and recorded with the journey’s messages, where its delivery is told later', async () => {
    const id = await asked();
    expect(await messages.phone(id).then((found) => [found?.phone.open(), found?.consentIn])).toEqual([CLAIMED.phone, [id]]);
    const told = await send(id);
    expect(told).toEqual({ kind: 'sent', id: expect.any(String) as string });
    expect(sent.map((one) => [one.to.open(), one.link.open(), one.validitySeconds])).toEqual([[CLAIMED.phone, LINK, 72 * 3600]]);
    expect(sent[0]?.body.open()).toBe(`App: please do one step of your check again, within 3 days. We never call for this. ${LINK}`);
    expect(await rows(id)).toEqual([{ id: sent[0]?.id, status: 'sent', provider: 'fake', provider_message_id: `p-${sent[0]?.id}`, code: null }]);
    expect(await counted(id)).toHaveLength(1);
    expect(await world.events(id)).toContain('block:messageDelivery:success');
    // Neither the number nor the link is anywhere in the clear.
    const kept = JSON.stringify([await world.db.selectFrom('message').selectAll().execute(), await world.db.selectFrom('journey_event').selectAll().execute()]);
    for (const secret of [CLAIMED.phone, LINK.split('/').at(-1) ?? '']) expect(kept).not.toContain(secret);
    expect(await world.engine.delivered({ provider: 'fake', providerMessageId: `p-${sent[0]?.id}`, status: 'delivered' })).toBe(true);
    expect((await rows(id))[0]?.status).toBe('delivered');
  });

  test('is in the person’s language', async () => {
    const id = await asked({ opening: { credential: undefined, clientName: 'Banco', locale: 'es' } });
    await send(id);
    expect(sent[0]?.body.open()).toBe(`Banco: repite un paso de tu verificacion, en 3 dias. Nunca te llamamos por esto. ${LINK}`);
  });

  test('the intent is on record before the sender is asked; where that breaks, it stays', async () => {
    const id = await asked();
    let before: unknown;
    answer = async () => {
      before = await rows(id);
      throw new Error('the line is dead');
    };
    await expect(send(id)).rejects.toThrow('the line is dead');
    expect(before).toEqual([{ id: sent[0]?.id, status: 'intended', provider: null, provider_message_id: null, code: null }]);
    expect(await rows(id)).toEqual(before);
  });

  test('what the sender answered is told also where it cannot be written down; the message stays as intended', async () => {
    const id = await asked();
    answer = async ({ id: message }) => {
      await world.db.schema.alterTable('journey_event').renameTo('journey_event_away').execute();
      return { kind: 'accepted', provider: 'fake', providerMessageId: `p-${message}` };
    };
    const told = await send(id).finally(() => world.db.schema.alterTable('journey_event_away').renameTo('journey_event').execute());
    expect(told).toEqual({ kind: 'sent', id: sent[0]?.id });
    expect([unrecorded.length, await rows(id)]).toMatchObject([1, [{ status: 'intended' }]]);
  });

  test('who said that it was not them is never messaged, however often the step is asked again and whatever decided since', async () => {
    const routes = { ...REVIEWED.nodes.sms_link.routes, refused: { go: 'kba' } };
    const kba = { step: 'kba' as const, routes: { ...userOnboarding.nodes['kba']?.routes, fail: { end: 'review' as const } } };
    await world.deploy({ ...REVIEWED, nodes: { ...REVIEWED.nodes, sms_link: { step: 'sms_link', routes }, kba } });
    world.script.last = () => ({ end: { outcome: 'refused', reasons: [{ code: 'reportedByUser' }], evidence: [] } });
    const id = await asked();
    const { journey } = (await world.journeys.byId(id)) ?? {};
    // Neither what is left of the results nor the decision that was taken back says so.
    expect([journey?.results.map(({ node }) => node), journey?.reviews?.[0]?.from.reasons]).toEqual([['trusted_device', 'session_risk', 'pii_validation'], [{ code: 'too_few_right' }]]);
    const never = async (): Promise<void> => {
      expect(await messages.phone(id)).toBeUndefined();
      expect(await send(id)).toEqual({ kind: 'failed', id: undefined, code: 'no_phone' });
    };
    await never();
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'wrongNumber' }], evidence: [] } });
    await world.engine.submit(id, answerOf('sms_wait'));
    await never();
    await askFor(id);
    await never();
    expect(sent).toEqual([]);
  });

  test.each<[SendAnswer, unknown]>([
    [{ kind: 'rejected', provider: 'fake', code: 'unreachable' }, { kind: 'failed', code: 'unreachable' }],
    [{ kind: 'rejected', provider: 'fake', code: 'not_configured' }, { kind: 'failed', code: 'not_configured' }],
    [{ kind: 'unknown', provider: 'fake', code: 'timed_out' }, { kind: 'unknown', code: 'timed_out' }],
  ])('what the sender says is told and kept: %j', async (said, expected) => {
    const id = await asked();
    answer = async () => said;
    expect(await send(id)).toMatchObject(expected as object);
    expect(await rows(id)).toMatchObject([{ status: said.kind, code: (said as { code: string }).code }]);
  });

  test('without a consent on record nobody is messaged, and what an erasure leaves of one is none', async () => {
    world.script.matched = { ...world.script.matched, consents: [] };
    const none = await asked();
    expect(await messages.phone(none)).toBeUndefined();
    expect(await send(none)).toEqual({ kind: 'failed', id: undefined, code: 'no_phone' });
    world.script.matched = { ...world.script.matched, consents: [{ ...CONSENT, purpose: 'knowledge_questions' }] };
    expect(await messages.phone(await asked())).toBeUndefined();
    world.script.matched = { ...world.script.matched, consents: [CONSENT] };
    const erased = await asked();
    expect(await messages.phone(erased)).toBeDefined();
    await world.db.updateTable('journey').set({ erased_at: START }).where('id', '=', erased).execute();
    expect(await messages.phone(erased)).toBeUndefined();
    expect(await send(erased)).toMatchObject({ kind: 'failed', code: 'no_phone' });
    expect(await send('nobody')).toMatchObject({ kind: 'failed', code: 'no_phone' });
    expect(sent).toEqual([]);
    expect(await world.db.selectFrom('message').select('id').where('journey_id', 'in', [none, erased]).execute()).toEqual([]);
  });

  test('a phone has its share of messages a day, whoever sends them, at once or one by one', async () => {
    await world.deploy({ ...REVIEWED, options: { ...REVIEWED.options, risk: { velocityDeniesTest: true }, link: { maxPerPhonePerDay: 3 } } });
    const ids: string[] = [];
    for (let index = 0; index < 6; index += 1) ids.push(await asked());
    const told = await Promise.all(ids.map(send));
    const went = told.filter(({ kind }) => kind === 'sent').length;
    expect(went).toBe(sent.length);
    expect(went).toBeLessThanOrEqual(3);
    expect(told.filter(({ kind }) => kind === 'failed')).toEqual(Array.from({ length: 6 - went }, () => ({ kind: 'failed', id: expect.any(String) as string, code: 'message_limit' })));
    const last = await asked();
    expect(await send(last)).toMatchObject({ kind: 'failed', code: 'message_limit' });
    expect(await rows(last)).toMatchObject([{ status: 'rejected', provider: 'none', code: 'message_limit' }]);
    world.clock.set(START + 25 * HOUR);
    expect(await send(await asked({ latest: START + 26 * HOUR }))).toMatchObject({ kind: 'sent' });
  });

  test('a journey that ends while its message is on the way keeps what became of it; one that ended before gets none', async () => {
    const id = await asked();
    answer = async ({ id: message }) => {
      await world.engine.cancel(id);
      return { kind: 'accepted', provider: 'fake', providerMessageId: `p-${message}` };
    };
    expect(await send(id)).toMatchObject({ kind: 'sent' });
    expect(await rows(id)).toMatchObject([{ status: 'sent', provider: 'fake', provider_message_id: `p-${sent[0]?.id}` }]);
    expect(await send(id)).toMatchObject({ kind: 'failed', id: undefined, code: 'journey_over' });
    expect(sent).toHaveLength(1);
  });

  test('an address that leaves no room in a message is told, and nothing is sent', async () => {
    const id = await asked();
    expect(await messages.send(id, { phone: Personal.of(CLAIMED.phone), consentIn: [id] }, Personal.of(`https://${'identity-verification.'.repeat(6)}example/again/${'A'.repeat(43)}`), START + HOUR)).toEqual({ kind: 'failed', id: undefined, code: 'link_too_long' });
    expect([sent, await rows(id)]).toEqual([[], []]);
  });
});
