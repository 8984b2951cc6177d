import { Personal } from '../../src/personal.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StepName } from '../../src/journey/journey.ts';
import { emptyRecording } from '../../src/engine/recording.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { userOnboardingMatchOnly } from '../../src/journey/templates/user_onboarding_match_only.ts';
import { anyStep, stepRegistry } from '../../src/steps/index.ts';
import type { Step } from '../../src/steps/step.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { CLAIMED, answerOf, evidenceOf, gate, LEASE_MS, makeWorld, START, type World } from './world.ts';

describeDatabases('settling', ({ fresh }) => {
  let world: World;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
  });
  const plain: Partial<World['script']> = {};
  beforeEach(async () => {
    if (plain.ask === undefined) Object.assign(plain, world.script);
    Object.assign(world.script, plain);
    world.clock.set(START);
    await world.deploy();
  });
  const decisionOf = async (id: string): Promise<unknown> => (await world.journeys.byId(id))?.journey.decision;

  test('a journey from its first page to its account, with its timeline', async () => {
    const id = await world.upTo('sms_wait');
    const answered = await world.engine.submit(id, answerOf('sms_wait'));
    expect(answered).toMatchObject({ kind: 'moved', position: { rest: { kind: 'decided', decision: { verdict: 'approve', reasons: [{ code: 'link_confirmed' }], policy: 'tested@1', at: START } } } });
    expect(answered.position.accountId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answered.position.evidence.map(({ kind }) => kind)).toEqual(['claimed_identity', 'identity_match', 'phone_possession']);
    expect(await world.events(id)).toEqual([
      'phase:journey:start', 'label:session_risk:success',
      'label:identity_proofing:success:link_confirmed', 'phase:journey:next:link_confirmed', 'label:account_binding:success:created', 'label:device_binding:failure:noKeyShown',
    ]);
    expect(world.asked()).toBe(1);
  });

  test('looking at it any number of times changes nothing', async () => {
    const id = await world.upTo('sms_wait');
    const version = await world.versionOf(id);
    const seen = await Promise.all(Array.from({ length: 8 }, () => world.engine.byId(id)));
    for (const position of seen) expect(position?.rest).toMatchObject({ kind: 'page', node: 'sms_link', page: { name: 'sms_wait' } });
    expect(await world.versionOf(id)).toBe(version);
  });

  test('while one process asks the world, another says so and does not ask', async () => {
    const id = await world.upTo('pii_form');
    const door = gate();
    world.script.ask = door.wait;
    const before = world.asked();
    const first = world.engine.submit(id, answerOf('pii_form'));
    await door.reached;
    const others = await Promise.all([world.process().byId(id), world.process().byId(id), world.engine.byId(id)]);
    expect(others.map((position) => position?.rest.kind)).toEqual(['working', 'working', 'working']);
    door.open();
    expect((await first).position.rest).toMatchObject({ kind: 'page', page: { name: 'sms_wait' } });
    expect(world.asked()).toBe(before + 1);
  });

  test('a process that died while asking is replaced when its lease ends, and its late answer changes nothing', async () => {
    const id = await world.upTo('pii_form');
    const dead = gate();
    world.script.ask = dead.wait;
    const lost = world.engine.submit(id, answerOf('pii_form'));
    await dead.reached;
    const other = world.process();
    world.script.ask = async () => undefined;
    world.clock.advance({ milliseconds: LEASE_MS - 1 });
    expect((await other.byId(id))?.rest.kind).toBe('working');
    world.clock.advance({ milliseconds: 1 });
    expect((await other.byId(id))?.rest).toMatchObject({ kind: 'page', page: { name: 'sms_wait' } });
    const version = await world.versionOf(id);
    dead.open();
    expect((await lost).position.rest).toMatchObject({ kind: 'page', page: { name: 'sms_wait' } });
    expect(await world.versionOf(id)).toBe(version);
    expect((await world.journeys.byId(id))?.evidence.map(({ kind }) => kind)).toEqual(['claimed_identity', 'identity_match']);
  });

  test('an answer of the world is recorded although the journey changed meanwhile', async () => {
    const id = await world.upTo('pii_form');
    const door = gate();
    world.script.ask = door.wait;
    const asking = world.engine.submit(id, answerOf('pii_form'));
    await door.reached;
    const before = world.asked();
    expect(await world.engine.extend(id, START + 3_600_000)).toBe(true);
    // More time is not the end of the question: whoever asks keeps the lease, and nobody else asks.
    const others = await Promise.all([world.process().byId(id), world.engine.byId(id)]);
    expect([others.map((position) => position?.rest.kind), world.asked()]).toEqual([['working', 'working'], before]);
    door.open();
    const { position } = await asking;
    expect(position).toMatchObject({ rest: { page: { name: 'sms_wait' } }, journey: { extensions: 1 } });
    expect(world.asked()).toBe(before);
  });

  test('an answer that is no longer wanted records nothing, and takes nobody\'s lease', async () => {
    const id = await world.upTo('pii_form');
    const dead = gate();
    world.script.ask = dead.wait;
    const { matched } = world.script;
    let wanted = false;
    world.script.dropped = () => !wanted;
    const lost = world.engine.submit(id, answerOf('pii_form'));
    await dead.reached;
    world.clock.advance({ milliseconds: LEASE_MS });
    const second = gate();
    world.script.ask = second.wait;
    const asking = world.process().byId(id);
    await second.reached;
    const version = await world.versionOf(id);
    dead.open();
    expect((await lost).position.rest.kind).toBe('working');
    expect([await world.versionOf(id), (await world.process().byId(id))?.rest.kind]).toEqual([version, 'working']);
    wanted = true;
    expect(world.script.matched).toBe(matched);
    second.open();
    expect((await asking)?.rest).toMatchObject({ page: { name: 'sms_wait' } });
  });

  test('a vendor that throws changes nothing, and is asked again later', async () => {
    const id = await world.upTo('pii_form');
    world.script.ask = () => Promise.reject(new Error('burnt'));
    await expect(world.engine.submit(id, answerOf('pii_form'))).rejects.toThrow('burnt');
    world.script.ask = async () => undefined;
    expect((await world.engine.byId(id))?.rest.kind).toBe('working');
    world.clock.advance({ milliseconds: LEASE_MS });
    expect((await world.engine.byId(id))?.rest).toMatchObject({ page: { name: 'sms_wait' } });
  });

  describe('fails closed', () => {
    const rejected = async (id: string, code: string): Promise<void> => {
      const version = await world.versionOf(id);
      await expect(world.engine.submit(id, answerOf('sms_wait'))).rejects.toMatchObject({ name: 'GatehouseError', code, status: 500 });
      expect(await decisionOf(id)).toBeUndefined();
      expect(await world.versionOf(id)).toBe(version);
    };

    test('an outcome that the step never announced is not recorded', async () => {
      const id = await world.upTo('sms_wait');
      world.script.last = () => ({ end: { outcome: 'perhaps', reasons: [] } });
      await rejected(id, 'unknown_outcome');
    });

    test('a kept state that does not have its shape', async () => {
      const id = await world.upTo('pii_form');
      const { journey } = (await world.journeys.byId(id)) ?? {};
      if (!journey) throw new Error('no journey');
      expect(await world.journeys.record(journey, { ...emptyRecording(journey, START), states: Personal.of({ pii_validation: { sent: 'yes' } }) })).toBeDefined();
      await rejected(id, 'state_unreadable');
    });

    test('an approval that proved nobody', async () => {
      await world.deploy({ ...userOnboardingMatchOnly });
      const id = await world.upTo('pii_form');
      world.script.matched = { end: { outcome: 'match', reasons: [] } };
      const { position } = await world.engine.submit(id, answerOf('pii_form'));
      expect(position.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'approved_nobody' }] } });
      expect(position.accountId).toBeUndefined();
    });

    test('a step that is not built: denied, naming it', async () => {
      const id = await world.upTo('pii_form');
      world.script.matched = { end: { outcome: 'no_match', reasons: [{ code: 'violation' }] } };
      const { position } = await world.engine.submit(id, answerOf('pii_form'));
      expect(position.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'step_unavailable', detail: { node: 'document_selfie' } }, { code: 'violation' }] } });
      expect(position.accountId).toBeUndefined();
      expect((await world.events(id)).at(-1)).toBe('phase:journey:exit:step_unavailable');
    });

    test('a step without the evidence it stands on: denied', async () => {
      const id = await world.upTo('pii_form');
      world.script.matched = { end: { outcome: 'match', reasons: [], evidence: [evidenceOf('claimed_identity')] } };
      expect((await world.engine.submit(id, answerOf('pii_form'))).position.rest).toMatchObject({ decision: { verdict: 'deny', reasons: [{ code: 'evidence_missing', detail: { node: 'sms_link' } }] } });
    });

    test('an outcome without a route in a stored version: denied', async () => {
      const { deny: _gone, ...routes } = userOnboarding.nodes['session_risk']?.routes ?? {};
      await world.deploy({ ...userOnboarding, nodes: { ...userOnboarding.nodes, session_risk: { step: 'session_risk', routes } } });
      const { journey } = await world.open();
      await world.journeys.record(journey, { ...emptyRecording(journey, START), result: { node: 'session_risk', step: 'session_risk', outcome: 'deny', reasons: [], at: START } });
      expect((await world.engine.byId(journey.id))?.rest).toMatchObject({ decision: { verdict: 'deny', reasons: [{ code: 'unrouted_outcome' }] } });
    });

    const faulty = (move: Step['move'], work?: Step['work']): ReadonlyMap<StepName, Step> =>
      stepRegistry([anyStep({ name: 'trusted_device', needs: [], yields: [], state: z.unknown(), move, submit: async () => ({ kind: 'invalid', errors: {} }), ...(work ? { work } : {}) })]);

    test('a step that asks for work it cannot do', async () => {
      const engine = world.process({ steps: faulty(() => ({ kind: 'work', task: 'x' })) });
      await expect(world.open({}, engine)).rejects.toMatchObject({ code: 'step_without_work' });
    });

    test('a step that never rests', async () => {
      const engine = world.process({ steps: faulty(() => ({ kind: 'work', task: 'x' }), async () => () => ({})) });
      await expect(world.open({}, engine)).rejects.toMatchObject({ code: 'journey_does_not_rest' });
    });
  });

  describe('time', () => {
    test.each([[1_799_999, 'page'], [1_800_000, 'decided']])('%i ms after its beginning: %s', async (after, kind) => {
      const id = await world.upTo('sms_wait');
      world.clock.advance({ milliseconds: after });
      expect((await world.engine.byId(id))?.rest.kind).toBe(kind);
    });

    test('runs out once, whoever looks', async () => {
      const id = await world.upTo('sms_wait');
      world.clock.advance({ minutes: 31 });
      const seen = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 ? world.process() : world.engine).byId(id)));
      for (const position of seen) expect(position?.rest).toMatchObject({ decision: { verdict: 'deny', reasons: [{ code: 'journey_expired' }, { code: 'record_match' }] } });
      expect((await world.events(id)).filter((event) => event.includes('expir'))).toEqual([
        'label:journey_expiry:failure:journey_expired', 'label:identity_proofing:failure:journey_expired', 'phase:journey:exit:journey_expired',
      ]);
    });

    test('an answer that comes too late changes nothing', async () => {
      const id = await world.upTo('sms_wait');
      world.clock.advance({ minutes: 30 });
      expect((await world.engine.submit(id, answerOf('sms_wait'))).position.rest).toMatchObject({ decision: { verdict: 'deny' } });
      expect((await world.journeys.byId(id))?.journey.results.map(({ node }) => node)).toEqual(['trusted_device', 'session_risk', 'pii_validation']);
    });

    test('an end that was reached before is decided as reached: its last step was acknowledged', async () => {
      const id = await world.upTo('sms_wait');
      const { journey } = (await world.journeys.byId(id)) ?? {};
      if (!journey) throw new Error('no journey');
      // A crash between the result of the last step and the decision.
      await world.journeys.record(journey, { ...emptyRecording(journey, START), node: 'sms_link', result: { node: 'sms_link', step: 'sms_link', outcome: 'confirmed', reasons: [{ code: 'link_confirmed' }], at: START }, evidence: [evidenceOf('phone_possession', { phone: CLAIMED.phone })] });
      world.clock.advance({ days: 1 });
      expect((await world.process().byId(id))?.rest).toMatchObject({ decision: { verdict: 'approve', reasons: [{ code: 'link_confirmed' }] } });
    });

    test('a decision is never made again', async () => {
      const id = await world.upTo('sms_wait');
      await world.engine.submit(id, answerOf('sms_wait'));
      const decision = await decisionOf(id);
      world.clock.advance({ days: 1 });
      expect((await world.engine.byId(id))?.rest).toEqual({ kind: 'decided', decision });
      const { journey } = (await world.journeys.byId(id)) ?? {};
      expect(journey && (await world.journeys.record(journey, { ...emptyRecording(journey, START), decision: { verdict: 'deny', reasons: [], policy: 'x', at: 1 } }))).toBeUndefined();
      expect(await decisionOf(id)).toEqual(decision);
    });
  });
});
