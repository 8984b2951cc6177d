import { Personal } from '../../src/personal.ts';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { answerOf, gate, makeWorld, START, type World } from './world.ts';

describeDatabases('the doors to a journey', ({ fresh }) => {
  let opened: OpenedDatabase;
  let world: World;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await makeWorld(opened);
  });
  beforeEach(async () => {
    world.clock.set(START);
    await world.deploy();
  });
  const resultsOf = async (id: string): Promise<readonly string[]> => ((await world.journeys.byId(id))?.journey.results ?? []).map(({ node, outcome }) => `${node}.${outcome}`);

  describe('opening', () => {
    test('twenty tabs in two processes race to one journey', async () => {
      const interactionUid = randomUUID();
      const other = world.process();
      const positions = await Promise.all(Array.from({ length: 20 }, (_, index) => world.open({ interactionUid }, index % 2 ? other : world.engine)));
      expect(new Set(positions.map(({ journey }) => journey.id)).size).toBe(1);
      expect(await world.events(positions[0]?.journey.id ?? '')).toEqual(['phase:journey:start']);
      expect((await world.engine.byInteraction(interactionUid))?.journey.id).toBe(positions[0]?.journey.id);
    });

    test('opened again it is what it was: the first opening counts', async () => {
      const first = await world.open({ interactionUid: 'again', opening: { credential: Personal.of('alice'), clientName: 'App', locale: 'es' } });
      const second = await world.open({ interactionUid: 'again', opening: { credential: Personal.of('mallory'), clientName: 'App', locale: 'en' } });
      expect(second.journey).toEqual(first.journey);
      expect(second.journey.opening.credential?.open()).toBe('alice');
    });

    test('it lives as long as the workflow says, and never longer than what it answers', async () => {
      expect((await world.open()).journey.expiresAt).toBe(START + 1_800_000);
      expect((await world.open({ latest: START + 60_000 })).journey.expiresAt).toBe(START + 60_000);
    });

    test('it keeps the version it began with', async () => {
      const { journey } = await world.open();
      await world.deploy({ ...userOnboarding, options: { journeySeconds: 120 } });
      const newer = await world.open();
      expect(newer.journey.workflowVersion).toBe(journey.workflowVersion + 1);
      expect(newer.journey.expiresAt).toBe(START + 120_000);
      expect((await world.engine.byId(journey.id))?.workflow.version).toBe(journey.workflowVersion);
    });

    test('a workflow that is not deployed is unavailable, and nothing is stored', async () => {
      const interactionUid = randomUUID();
      await expect(world.open({ workflowId: 'nowhere', interactionUid })).rejects.toMatchObject({ code: 'workflow_not_deployed', status: 503, visitor: 'unavailable' });
      expect(await world.engine.byInteraction(interactionUid)).toBeUndefined();
    });

    test('unknown journeys are not there', async () => {
      expect(await world.engine.byId(randomUUID())).toBeUndefined();
      expect(await world.engine.byInteraction(randomUUID())).toBeUndefined();
      expect(await world.engine.extend(randomUUID(), START * 2)).toBe(false);
      await expect(world.engine.submit(randomUUID(), answerOf('session_risk'))).rejects.toMatchObject({ code: 'journey_gone', status: 410 });
    });
  });

  describe('answering', () => {
    test('twenty equal answers at once record one result, in two processes', async () => {
      const { journey } = await world.open();
      const other = world.process();
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? other : world.engine).submit(journey.id, answerOf('session_risk', { country: 'US' }, journey.version))));
      for (const answer of answers) expect(answer).toMatchObject({ kind: 'moved', position: { rest: { kind: 'page', page: { name: 'pii_form' } } } });
      expect(await resultsOf(journey.id)).toEqual(['trusted_device.unknown', 'session_risk.allow']);
      expect(await world.events(journey.id)).toEqual(['phase:journey:start', 'label:session_risk:success']);
      expect(await world.versionOf(journey.id)).toBe(journey.version + 1);
    });

    test('twenty last answers at once make one decision, one account and one grant of evidence', async () => {
      const id = await world.upTo('sms_wait');
      const answers = await Promise.all(Array.from({ length: 20 }, () => world.process().submit(id, answerOf('sms_wait'))));
      expect(new Set(answers.map(({ position }) => JSON.stringify([position.rest.kind === 'decided' && position.rest.decision, position.accountId]))).size).toBe(1);
      expect((await world.journeys.byId(id))?.evidence.map(({ kind }) => kind)).toEqual(['claimed_identity', 'identity_match', 'phone_possession']);
      expect((await world.events(id)).filter((event) => event.startsWith('phase:journey:next'))).toHaveLength(1);
    });

    test('what is not filled in is told, and nothing is recorded', async () => {
      const { journey } = await world.open();
      expect(await world.engine.submit(journey.id, answerOf('session_risk', {}, journey.version))).toMatchObject({ kind: 'invalid', errors: { country: 'required' }, position: { rest: { page: { name: 'session_risk' } } } });
      expect(await world.versionOf(journey.id)).toBe(journey.version);
    });

    test.each([
      ['a page that is over', 'session_risk', 0],
      ['a page to come', 'sms_wait', 0],
      ['no page', '', 0],
      ['a page of the phone', 'phone_confirm', 0],
    ])('an answer to %s changes nothing and shows where the journey is', async (_name, page, version) => {
      const id = await world.upTo('pii_form');
      const before = await world.versionOf(id);
      expect(await world.engine.submit(id, answerOf(page, { country: 'US' }, version))).toMatchObject({ kind: 'moved', position: { rest: { page: { name: 'pii_form' } } } });
      expect(await world.versionOf(id)).toBe(before);
    });

    test.each([[0], [99]])('a page that must be answered as shown refuses version %i', async (version) => {
      const { journey } = await world.open();
      expect(await world.engine.submit(journey.id, answerOf('session_risk', { country: 'US' }, version))).toMatchObject({ kind: 'moved', position: { rest: { page: { name: 'session_risk' } } } });
      expect(await resultsOf(journey.id)).toEqual(['trusted_device.unknown']);
    });

    test('the page before may be answered where the step lets people go back', async () => {
      const id = await world.upTo('pii_form');
      expect(await world.engine.submit(id, answerOf('pii_back'))).toMatchObject({ kind: 'moved', position: { rest: { page: { name: 'sms_wait' } } } });
    });

    test('a decided journey takes no answer', async () => {
      const id = await world.upTo('sms_wait');
      await world.engine.submit(id, answerOf('sms_wait'));
      const before = await world.versionOf(id);
      expect((await world.engine.submit(id, answerOf('sms_wait'))).position.rest.kind).toBe('decided');
      expect(await world.versionOf(id)).toBe(before);
    });
  });

  describe('stopping', () => {
    test.each(['pii_form', 'sms_wait'] as const)('at %s is a denial with its own reason, told once on the timeline', async (page) => {
      const id = await world.upTo(page);
      const stopped = await world.engine.cancel(id);
      expect(stopped.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', at: START, reasons: [{ code: 'cancelled_by_person' }, ...(page === 'sms_wait' ? [{}] : [])] } });
      expect(stopped.accountId).toBeUndefined();
      expect((await world.events(id)).slice(-2)).toEqual(['label:identity_proofing:failure:cancelled_by_person', 'phase:journey:exit:cancelled_by_person']);
      const version = await world.versionOf(id);
      expect((await world.process().cancel(id)).rest).toEqual(stopped.rest);
      expect(await world.versionOf(id)).toBe(version);
    });

    test('does not undo a decision, nor take one from whoever was last to answer', async () => {
      const decided = await world.upTo('sms_wait');
      await world.engine.submit(decided, answerOf('sms_wait'));
      expect((await world.engine.cancel(decided)).rest).toMatchObject({ decision: { verdict: 'approve' } });
      const late = await world.upTo('pii_form');
      world.clock.advance({ minutes: 30 });
      expect((await world.engine.cancel(late)).rest).toMatchObject({ decision: { verdict: 'deny', reasons: [{ code: 'journey_expired' }] } });
    });

    test('holds while the world is being asked, and asks it nothing', async () => {
      const id = await world.upTo('pii_form');
      const asking = gate();
      const { ask } = world.script;
      world.script.ask = asking.wait;
      const before = world.asked();
      const sending = world.engine.submit(id, answerOf('pii_form'));
      await asking.reached;
      const stopped = await world.process().cancel(id);
      world.script.ask = ask;
      asking.open();
      expect(stopped.rest).toMatchObject({ decision: { reasons: [{ code: 'cancelled_by_person', detail: { node: 'pii_validation' } }] } });
      expect((await sending).position.rest).toEqual(stopped.rest);
      expect(world.asked()).toBe(before + 1);
    });

    test('a journey that is no more is not found', async () => {
      await expect(world.engine.cancel(randomUUID())).rejects.toMatchObject({ code: 'journey_gone', status: 410 });
    });
  });

  describe('more time', () => {
    test('half as much again, as often as the workflow says', async () => {
      const id = await world.upTo('pii_form');
      const expiry = async (): Promise<number | undefined> => (await world.journeys.byId(id))?.journey.expiresAt;
      expect(await world.engine.extend(id, START + 9_000_000)).toBe(true);
      expect(await expiry()).toBe(START + 2_700_000);
      expect(await world.engine.extend(id, START + 9_000_000)).toBe(true);
      expect(await world.engine.extend(id, START + 9_000_000)).toBe(false);
      expect(await expiry()).toBe(START + 3_600_000);
    });

    test('never past what it answers', async () => {
      const id = await world.upTo('pii_form');
      expect(await world.engine.extend(id, START + 2_000_000)).toBe(true);
      expect((await world.journeys.byId(id))?.journey).toMatchObject({ expiresAt: START + 2_000_000, extensions: 1 });
      expect(await world.engine.extend(id, START + 2_000_000)).toBe(false);
    });

    test('not to what is over, and asking decides what ran out', async () => {
      const id = await world.upTo('pii_form');
      world.clock.advance({ minutes: 30 });
      expect(await world.engine.extend(id, START + 9_000_000)).toBe(false);
      expect((await world.journeys.byId(id))?.journey.decision?.reasons[0]?.code).toBe('journey_expired');
    });

    test('ten requests at once get two', async () => {
      const id = await world.upTo('pii_form');
      const given = await Promise.all(Array.from({ length: 10 }, () => world.process().extend(id, START + 9_000_000)));
      expect(given.filter(Boolean)).toHaveLength(2);
    });
  });
});
