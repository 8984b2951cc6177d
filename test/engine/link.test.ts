/** The one-time link and delivery reports through the engine: the real step, a sender that is told what to do. */
import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DeliveryReport, SendAnswer, TextMessage, Vendors } from '../../src/vendors/ports.ts';
import { anyStep } from '../../src/steps/index.ts';
import { smsLink } from '../../src/steps/sms_link/index.ts';
import { DEVICE_KEYS } from '../steps/device_keys.ts';
import { DESKTOP } from '../support/devices.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { answerOf, gate, LEASE_MS, makeWorld, START, type World } from './world.ts';

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

describeDatabases('the link', ({ fresh }) => {
  let world: World;
  let sent: TextMessage[] = [];
  let answer: () => Promise<SendAnswer>;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened, (_script, _clock, vault) => {
      const sms = { name: 'fake', send: (message: TextMessage) => (sent.push(message), answer()) };
      return [anyStep(smsLink({
        vendors: { test: { sms }, live: { sms } } as unknown as Vendors,
        limit: { look: async () => ({ over: false, enforced: false, count: 1, limit: 5 }) },
        origin: 'https://id.example.com',
        tokenOf: (id) => Buffer.from(vault.keyedHash('link_token', id), 'base64url').subarray(0, 16).toString('base64url'),
        hashOf,
        deviceKeys: DEVICE_KEYS,
      }))];
    });
  });
  beforeEach(() => {
    world.clock.set(START);
    sent = [];
    answer = async () => ({ kind: 'accepted', provider: 'fake', providerMessageId: `at-fake-${sent.at(-1)?.id}` });
  });

  const tokenIn = (message: TextMessage | undefined): string => hashOf(message?.link.open().split('/l/')[1] ?? '');
  const kept = async (id: string): Promise<{ readonly number: string; readonly sends: readonly { readonly status: string }[] }> => {
    const loaded = await world.journeys.byId(id);
    if (!loaded) throw new Error('no such journey');
    return loaded.journey.states.open()['sms_link'] as Awaited<ReturnType<typeof kept>>;
  };
  const number = async (id: string): Promise<string> => (await kept(id)).number;
  const phone = (values: Record<string, string>, device?: typeof DESKTOP) => answerOf('phone_confirm', values, 0, 'phone', device);
  const started = async (): Promise<{ id: string; token: string }> => ({ id: await world.upTo('sms_wait'), token: tokenIn(sent[0]) });
  const delivered = async (status: DeliveryReport['status'], providerMessageId = `at-fake-${sent[0]?.id}`): Promise<boolean> =>
    world.process().delivered({ provider: 'fake', providerMessageId, status });
  const rowOf = async (): Promise<string> => (await world.db.selectFrom('message').select('status').where('id', '=', sent[0]?.id ?? '').executeTakeFirstOrThrow()).status;
  const statusOf = async (id: string): Promise<unknown> => (await kept(id)).sends.map((one) => one.status);

  test('is stored as a hash alone, with its intent', async () => {
    const { id, token } = await started();
    const [link] = await world.db.selectFrom('link').selectAll().where('journey_id', '=', id).execute();
    expect(link).toEqual({ token_hash: token, journey_id: id, node: 'sms_link', expires_at: START + 600_000 });
    const [message] = await world.db.selectFrom('message').selectAll().where('journey_id', '=', id).execute();
    expect(message).toMatchObject({ id: sent[0]?.id, attempt: 1, status: 'sent', provider: 'fake', provider_message_id: `at-fake-${sent[0]?.id}` });
    expect(sent[0]?.link.open()).toMatch(/^https:\/\/id\.example\.com\/l\/[A-Za-z0-9_-]{22}$/);
  });

  test('a crash between the intent and the send: the next process sends the same link, once the lease ends', async () => {
    const crash = gate();
    const accepted = answer;
    answer = async () => {
      await crash.wait();
      throw new Error('the process is gone');
    };
    const lost = world.upTo('sms_wait');
    await crash.reached;
    const [{ journey_id: id } = { journey_id: '' }] = await world.db.selectFrom('message').selectAll().where('id', '=', sent[0]?.id ?? '').execute();
    const other = world.process();
    answer = accepted;
    expect((await other.byId(id))?.rest.kind).toBe('working');
    world.clock.advance({ milliseconds: LEASE_MS });
    expect((await other.byId(id))?.rest).toMatchObject({ page: { name: 'sms_wait', model: { status: 'sent' } } });
    expect(new Set(sent.map((message) => `${message.id} ${message.link.open()}`)).size).toBe(1);
    expect(sent).toHaveLength(2);
    expect(await world.db.selectFrom('link').selectAll().where('journey_id', '=', id).execute()).toHaveLength(1);
    crash.open();
    await expect(lost).rejects.toThrow('the process is gone');
  });

  describe('looking', () => {
    test('changes nothing, and shows the choices', async () => {
      const { id, token } = await started();
      const version = await world.versionOf(id);
      const sights = await Promise.all(Array.from({ length: 10 }, () => world.process().peekLink(token)));
      for (const sight of sights) expect(sight).toMatchObject({ kind: 'open', page: { name: 'phone_confirm', model: { choices: expect.arrayContaining([await number(id)]) } } });
      expect(await world.versionOf(id)).toBe(version);
    });

    test('an unknown link is nothing', async () => {
      expect(await world.engine.peekLink(hashOf('unknown'))).toEqual({ kind: 'gone' });
      expect(await world.engine.submitLink(hashOf('unknown'), phone({ refuse: 'yes' }))).toEqual({ kind: 'gone' });
    });

    test('an expired one shows nothing, takes nothing, and decides nothing from the phone', async () => {
      const { id, token } = await started();
      world.clock.advance({ minutes: 10 });
      expect(await world.engine.peekLink(token)).toEqual({ kind: 'gone' });
      expect(await world.engine.submitLink(token, phone({ number: await number(id) }))).toEqual({ kind: 'gone' });
      expect((await world.journeys.byId(id))?.journey.decision).toBeUndefined();
      expect((await world.engine.byId(id))?.rest).toMatchObject({ decision: { verdict: 'deny', reasons: [{ code: 'timeout' }] } });
    });
  });

  describe('answering', () => {
    test('ten times at once confirms once; the journey is decided with nobody at the desktop', async () => {
      const { id, token } = await started();
      const right = await number(id);
      const answers = await Promise.all(Array.from({ length: 10 }, () => world.process().submitLink(token, phone({ number: right }))));
      const done = answers.filter((one) => one.kind === 'done');
      expect(done.length).toBeGreaterThan(0);
      for (const one of answers) expect(one).toMatchObject(one.kind === 'gone' ? { kind: 'gone' } : { kind: 'done', outcome: 'confirmed' });
      const { journey, evidence } = (await world.journeys.byId(id)) ?? {};
      expect(journey?.decision?.verdict).toBe('approve');
      expect(evidence?.filter(({ kind }) => kind === 'phone_possession')).toHaveLength(1);
      expect(await world.engine.peekLink(token)).toEqual({ kind: 'gone' });
    });

    test('yes and no at once: one of them, never both', async () => {
      const { id, token } = await started();
      const right = await number(id);
      await Promise.all([world.engine.submitLink(token, phone({ number: right })), world.process().submitLink(token, phone({ refuse: 'yes' }))]);
      const results = ((await world.journeys.byId(id))?.journey.results ?? []).filter(({ node }) => node === 'sms_link');
      expect(results).toHaveLength(1);
      expect((await world.journeys.byId(id))?.journey.decision?.verdict).toBe(results[0]?.outcome === 'confirmed' ? 'approve' : 'deny');
    });

    test('an answer without a number is asked again, an answer for another page is not one', async () => {
      const { id, token } = await started();
      const version = await world.versionOf(id);
      expect(await world.engine.submitLink(token, phone({}))).toMatchObject({ kind: 'invalid', errors: { number: 'required' }, sight: { page: { name: 'phone_confirm' } } });
      expect(await world.engine.submitLink(token, answerOf('sms_wait', { number: await number(id) }, 0, 'phone'))).toMatchObject({ page: { name: 'phone_confirm' } });
      expect(await world.versionOf(id)).toBe(version);
    });

    test('on a desktop it stops the journey', async () => {
      const { id, token } = await started();
      expect(await world.engine.submitLink(token, phone({ number: await number(id) }, DESKTOP))).toMatchObject({ kind: 'done', outcome: 'opened_on_desktop' });
      expect((await world.journeys.byId(id))?.journey.decision).toMatchObject({ verdict: 'deny', reasons: [{ code: 'openedOnDesktop' }] });
    });
  });

  describe('delivery reports', () => {
    test('twice, out of order and in two processes at once: only forward', async () => {
      const { id } = await started();
      await Promise.all([delivered('sent'), delivered('delivered'), delivered('delivered'), delivered('queued')]);
      expect([await statusOf(id), await rowOf()]).toEqual([['delivered'], 'delivered']);
      const version = await world.versionOf(id);
      for (const late of ['sent', 'failed', 'unknown', 'queued'] as const) await delivered(late);
      expect(await statusOf(id)).toEqual(['delivered']);
      expect(await world.versionOf(id)).toBe(version);
      expect((await world.events(id)).filter((event) => event.startsWith('label:message_delivery'))).toContain('label:message_delivery:success:delivered');
    });

    test('a failure of the only message ends the step at once', async () => {
      const { id } = await started();
      await delivered('failed');
      expect((await world.journeys.byId(id))?.journey).toMatchObject({ results: [{}, {}, {}, { outcome: 'undeliverable' }], decision: { verdict: 'deny', reasons: [{ code: 'step_unavailable' }, { code: 'undeliverable' }] } });
    });

    test('of messages nobody knows or of another provider: not acknowledged, for they may come too early; after the decision: kept with the message alone', async () => {
      const { id, token } = await started();
      expect(await delivered('failed', 'unknown')).toBe(false);
      expect(await world.engine.delivered({ provider: 'other', providerMessageId: `at-fake-${sent[0]?.id}`, status: 'failed' })).toBe(false);
      expect([await statusOf(id), await rowOf()]).toEqual([['sent'], 'sent']);
      await world.engine.submitLink(token, phone({ refuse: 'yes' }));
      const version = await world.versionOf(id);
      expect(await delivered('delivered')).toBe(true);
      expect(await delivered('failed')).toBe(true);
      expect(await world.versionOf(id)).toBe(version);
      expect(await rowOf()).toBe('delivered');
    });
  });
});
