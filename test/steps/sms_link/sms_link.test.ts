import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import type { StepMove } from '../../../src/steps/step.ts';
import { DESKTOP, IPHONE, PHONE, PREVIEW_BOTS } from '../../support/devices.ts';
import { judgeSend } from '../../../src/vendors/http_sms/reply.ts';
import { judgeMessage } from '../../../src/vendors/twilio/reply.ts';
import { UA } from '../session_risk/samples.ts';
import { ACCEPTED, Driver, hashOf, NUMBER, ORIGIN, START, tokenOf } from './driver.ts';

/** The step has one kind of link: whichever finds its journey shows the same page. */
const LINK_HASH = 'any';

const outcomeOf = (move: StepMove): string => (move.kind === 'finish' ? move.end.outcome : move.kind);
const reasonOf = (move: StepMove): string | undefined => (move.kind === 'finish' ? move.end.reasons[0]?.code : undefined);

async function waiting(options: ConstructorParameters<typeof Driver>[0] = {}): Promise<Driver> {
  const driver = new Driver(options);
  expect(outcomeOf(await driver.settle())).toBe('show');
  return driver;
}

describe('beginning', () => {
  test('stores the intent, then sends one message with one link', async () => {
    const driver = new Driver();
    expect(driver.move()).toEqual({ kind: 'work', task: 'prepare' });
    await driver.work('prepare');
    expect(driver.sent).toHaveLength(0);
    const [prepared] = driver.changes;
    const token = tokenOf(driver.state.linkId);
    expect(prepared).toMatchObject({
      links: [{ tokenHash: hashOf(token), expiresAt: START + 600_000 }],
      messages: [{ id: driver.state.sends[0]?.id, attempt: 1 }],
      counts: [{ dimension: 'test:message' }],
    });
    expect(JSON.stringify(prepared)).not.toContain(token);
    expect(driver.move()).toEqual({ kind: 'work', task: 'send' });
    await driver.settle();
    const [message] = driver.sent;
    expect(message?.to.open()).toBe(NUMBER);
    expect(message?.link.open()).toBe(`${ORIGIN}/l/${token}`);
    expect(message?.body.open().endsWith(`${ORIGIN}/l/${token}`)).toBe(true);
    expect(message?.validitySeconds).toBe(600);
    expect(driver.state.sends.map(({ status }) => status)).toEqual(['sent']);
    expect(driver.changes.at(-1)?.delivered).toEqual([{ id: message?.id, status: 'sent', provider: 'fake', providerMessageId: 'p1' }]);
  });

  test('a crash between sending and recording sends the same message again, with the same id and link', async () => {
    const driver = new Driver();
    await driver.work('prepare');
    await driver.step.work?.('send', driver.view());
    await driver.settle();
    expect(driver.sent.map(({ id, link }) => [id, link.open()])).toEqual([0, 0].map(() => [driver.sent[0]?.id, driver.sent[0]?.link.open()]));
  });

  test('two processes prepare: the first draw stands', async () => {
    const driver = new Driver();
    const second = await driver.step.work?.('prepare', driver.view());
    await driver.work('prepare');
    expect(second?.(driver.view())).toBeUndefined();
  });

  test('a link does not outlive its journey', async () => {
    const driver = await waiting({ journeyLives: 90_000 });
    expect(driver.state.expiresAt).toBe(START + 90_000);
    expect(driver.sent[0]?.validitySeconds).toBe(90);
  });

  test('the numbers: three different ones of two digits, the shown one among them', async () => {
    const shown = new Set<number>();
    for (let round = 0; round < 60; round += 1) {
      const { state } = await waiting();
      expect(new Set(state.choices).size).toBe(3);
      expect(state.choices).toContain(state.number);
      for (const choice of state.choices) expect(choice).toMatch(/^[1-9]\d$/);
      shown.add(state.choices.indexOf(state.number));
    }
    expect(shown).toEqual(new Set([0, 1, 2]));
  });

  test.each([
    ['too many messages to this number', { exceeded: true }, 'undeliverable', 'message_limit', 0],
    ['refused by the network', { answers: [{ kind: 'rejected', provider: 'fake', code: 'unreachable' }] }, 'undeliverable', 'unreachable', 1],
    ['no sender', { answers: [{ kind: 'rejected', provider: 'none', code: 'not_configured' }] }, 'broke', 'not_configured', 1],
  ] as const)('%s', async (_name, options, outcome, reason, sent) => {
    const driver = new Driver(options);
    const move = await driver.settle();
    expect([outcomeOf(move), reasonOf(move)]).toEqual([outcome, reason]);
    expect(driver.sent).toHaveLength(sent);
    expect(STEP_FACTS.sms_link.outcomes).toContain(outcome);
  });

  test.each([
    ['not_authenticated', judgeMessage({ status: 401, body: '{"code":20003}' })],
    ['http_401', judgeMessage({ status: 401, body: '' })],
    ['http_401', judgeSend({ status: 401, body: '' })],
    ['http_403', judgeSend({ status: 403, body: '{}' })],
    ['http_404', judgeSend({ status: 404, body: '' })],
  ] as const)('our own access refused by the provider, as the senders tell it (%s): broken, and nothing is said of the number', async (code, judged) => {
    if (judged.kind !== 'rejected') throw new Error('the sender does not tell it as a rejection');
    const move = await new Driver({ answers: [{ ...judged, provider: 'fake' }] }).settle();
    expect([outcomeOf(move), reasonOf(move)]).toEqual(['broke', code]);
  });

  test('the limit is looked at with the message counted and before it is sent; where it stops nothing it is told', async () => {
    const driver = new Driver({ overUnenforced: true });
    await driver.work('prepare');
    expect([driver.looks, driver.changes[0]?.counts?.length]).toEqual([[], 1]);
    await driver.settle();
    expect([driver.looks, driver.sent.length]).toEqual([[true], 1]);
    expect(driver.changes.at(-1)?.events).toEqual([
      { layer: 'block', name: 'messageDelivery', outcome: 'success', reason: 'message_limit', details: { attempt: 1, count: 6, limit: 5, enforced: false } },
      { layer: 'block', name: 'messageDelivery', outcome: 'success', details: { provider: 'fake', attempt: 1 } },
    ]);
    const stopped = new Driver({ exceeded: true });
    await stopped.settle();
    expect(stopped.changes.find((change) => change.delivered)).toMatchObject({
      delivered: [{ status: 'rejected', code: 'message_limit' }],
      events: [{ layer: 'block', name: 'messageDelivery', outcome: 'fail', reason: 'message_limit', details: { enforced: true } }],
    });
  });

  test('an unknown fate of the message waits: it may have arrived', async () => {
    const driver = await waiting({ answers: [{ kind: 'unknown', provider: 'fake', code: 'timed_out' }] });
    expect(driver.move()).toMatchObject({ kind: 'show', page: { name: 'sms_wait', model: { status: 'unknown', sendsLeft: 2 } } });
  });

  test('a live journey asks the live sender, and counts apart from test ones', async () => {
    const driver = await waiting({ mode: 'live' });
    expect(driver.sent).toHaveLength(1);
    expect(driver.changes[0]?.counts?.[0]?.dimension).toBe('message');
  });
});

describe('the answer', () => {
  test.each([
    ['the right number on a phone', PHONE, (d: Driver) => ({ number: d.state.number }), 'confirmed', 'link_confirmed'],
    ['the right number on an iPhone', IPHONE, (d: Driver) => ({ number: d.state.number }), 'confirmed', 'link_confirmed'],
    ['another of the three', PHONE, (d: Driver) => ({ number: d.state.choices.find((one) => one !== d.state.number) ?? '' }), 'wrong_number', 'wrongNumber'],
    ['a number that was not offered', PHONE, () => ({ number: '07' }), 'wrong_number', 'wrongNumber'],
    ['not me', PHONE, () => ({ refuse: 'yes' }), 'refused', 'reportedByUser'],
    ['not me, with a number beside it', PHONE, (d: Driver) => ({ refuse: 'yes', number: d.state.number }), 'refused', 'reportedByUser'],
    ['not me, from a desktop', DESKTOP, () => ({ refuse: 'yes' }), 'refused', 'reportedByUser'],
    ['the right number on a desktop', DESKTOP, (d: Driver) => ({ number: d.state.number }), 'opened_on_desktop', 'openedOnDesktop'],
  ] as const)('%s', async (_name, device, values, outcome, reason) => {
    const driver = await waiting();
    expect((await driver.submit('phone', values(driver), device)).kind).toBe('change');
    const failures = (driver.changes.at(-1)?.counts ?? []).map(({ dimension, key }) => `${dimension} ${key.open()}`);
    expect(failures).toEqual(outcome === 'opened_on_desktop' || outcome === 'wrong_number' ? [`test:failed_link ${NUMBER}`] : []);
    const move = driver.move();
    expect([outcomeOf(move), reasonOf(move)]).toEqual([outcome, reason]);
    expect(STEP_FACTS.sms_link.outcomes).toContain(outcome);
    const evidence = move.kind === 'finish' ? (move.end.evidence ?? []) : [];
    expect(evidence.map(({ kind, simulated }) => ({ kind, simulated }))).toEqual(outcome === 'confirmed' ? [{ kind: 'phone_possession', simulated: true }] : []);
    expect(driver.step.phonePage?.(driver.view(), LINK_HASH)).toBeUndefined();
  });

  test.each<[Record<string, string>, string]>([[{}, 'nothing picked'], [{ number: '' }, 'an empty pick'], [{ confirm: 'yes' }, 'a plain yes where a number is asked']])('%j changes nothing: %s', async (values) => {
    const driver = await waiting();
    expect(await driver.submit('phone', values)).toEqual({ kind: 'invalid', errors: { number: 'required' } });
    expect(driver.state.answer).toBeUndefined();
  });

  test.each(PREVIEW_BOTS)('a robot that posts changes nothing: $userAgent', async (bot) => {
    const driver = await waiting();
    expect(await driver.submit('phone', { number: driver.state.number }, bot)).toEqual({ kind: 'invalid', errors: { device: 'use_your_phone' } });
    expect(driver.state.answer).toBeUndefined();
  });

  test('one more try on a desktop, where the workflow forgives one', async () => {
    const driver = await waiting({ link: { desktopOpen: 'one_more_try' } });
    await driver.submit('phone', { number: driver.state.number }, DESKTOP);
    expect([driver.state.answer, driver.state.desktopTries, outcomeOf(driver.move())]).toEqual([undefined, 1, 'show']);
    await driver.submit('phone', { number: driver.state.number }, DESKTOP);
    expect(outcomeOf(driver.move())).toBe('opened_on_desktop');
  });

  test('the forgiven try is followed by the phone', async () => {
    const driver = await waiting({ link: { desktopOpen: 'one_more_try' } });
    await driver.submit('phone', { number: driver.state.number }, DESKTOP);
    await driver.submit('phone', { number: driver.state.number }, PHONE);
    expect(outcomeOf(driver.move())).toBe('confirmed');
  });

  const CONSOLE = 'Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15';
  const touch = (portrait: boolean): string => JSON.stringify({ v: 1, touchPoints: 5, pointer: 'coarse', hover: false, portrait });
  const mouse = JSON.stringify({ v: 1, touchPoints: 0, pointer: 'fine', hover: true, portrait: false });
  test.each([
    ['one that cannot be told', CONSOLE, undefined, 'confirmed'],
    ['an iPad, which calls itself a Macintosh', UA.safariMac, touch(false), 'confirmed'],
    ['an Android phone on desktop pages, which calls itself Linux', UA.chromeLinux, touch(true), 'confirmed'],
    ['a Macintosh', UA.safariMac, mouse, 'opened_on_desktop'],
    ['a Macintosh without scripts', UA.safariMac, undefined, 'opened_on_desktop'],
    ['a Macintosh with garbage for probes', UA.safariMac, '{"touchPoints":"5"', 'opened_on_desktop'],
    ['a desktop in the clothes of a phone', PHONE.userAgent, mouse, 'opened_on_desktop'],
  ])('by its probes %s', async (_name, userAgent, collector, outcome) => {
    const device = { userAgent, headers: {} };
    const probes = collector === undefined ? {} : { collector };
    const driver = await waiting();
    await driver.submit('phone', { number: driver.state.number, ...probes }, device);
    expect(outcomeOf(driver.move())).toBe(outcome);
    if (outcome !== 'confirmed') return;
    const wrong = await waiting();
    await wrong.submit('phone', { number: wrong.state.choices.find((one) => one !== wrong.state.number) ?? '', ...probes }, device);
    expect(outcomeOf(wrong.move())).toBe('wrong_number');
  });

  test('without number transfer a plain yes confirms, and the desktop shows no number', async () => {
    const driver = await waiting({ link: { numberTransfer: false } });
    expect(driver.state.choices).toEqual([]);
    expect(driver.move()).toMatchObject({ page: { model: expect.not.objectContaining({ number: expect.anything() }) } });
    expect(await driver.submit('phone', { confirm: 'no' })).toEqual({ kind: 'invalid', errors: { number: 'required' } });
    await driver.submit('phone', { confirm: 'yes' });
    expect(outcomeOf(driver.move())).toBe('confirmed');
  });

  test('nothing may be told from the phone page: three numbers, no right one', async () => {
    const driver = await waiting();
    expect(driver.step.phonePage?.(driver.view(), LINK_HASH)).toEqual({ name: 'phone_confirm', model: { startedAt: START, choices: driver.state.choices, deviceChallenge: expect.any(String), now: START } });
  });
});

describe('time', () => {
  test.each([[599_999, 'show', 'phone_confirm'], [600_000, 'timed_out', undefined], [10_000_000, 'timed_out', undefined]])('after %i ms: %s', async (after, outcome, page) => {
    const driver = await waiting();
    driver.now = START + after;
    expect(outcomeOf(driver.move())).toBe(outcome);
    expect(driver.step.phonePage?.(driver.view(), LINK_HASH)?.name).toBe(page);
  });

  test('an answer given in time stands, however late it is looked at', async () => {
    const driver = await waiting();
    await driver.submit('phone', { number: driver.state.number });
    driver.now += 10_000_000;
    expect(outcomeOf(driver.move())).toBe('confirmed');
  });

  test('the page wakes when the link ends', async () => {
    expect((await waiting()).move()).toMatchObject({ page: { wakeAt: START + 600_000, model: { expiresAt: START + 600_000, phoneEnding: '23' } } });
  });
});

describe('sending again', () => {
  test('the same link, a new message, at most as often as the workflow says', async () => {
    const driver = await waiting();
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      expect(await driver.submit('browser', {})).toEqual({ kind: 'invalid', errors: { action: 'resend_too_soon' } });
      driver.now += 30_000;
      await driver.submit('browser', {});
      expect(driver.changes.at(-1)?.messages).toEqual([{ id: driver.state.sends.at(-1)?.id, attempt }]);
      expect(driver.changes.at(-1)?.links).toBeUndefined();
      await driver.settle();
    }
    driver.now += 30_000;
    expect(await driver.submit('browser', {})).toEqual({ kind: 'invalid', errors: { action: 'resend_limit' } });
    expect(driver.sent).toHaveLength(3);
    expect(new Set(driver.sent.map(({ link }) => link.open())).size).toBe(1);
    expect(new Set(driver.sent.map(({ id }) => id)).size).toBe(3);
    expect(driver.sent.map(({ validitySeconds }) => validitySeconds)).toEqual([600, 570, 540]);
  });

  test("not past the number's share of messages", async () => {
    const driver = await waiting();
    driver.now += 30_000;
    driver.exceeded = true;
    expect(await driver.submit('browser', {})).toEqual({ kind: 'invalid', errors: { action: 'resend_limit' } });
  });

  test('one message that failed does not end it while another may arrive', async () => {
    const driver = await waiting();
    driver.now += 30_000;
    await driver.submit('browser', {});
    await driver.settle();
    driver.report('failed', driver.state.sends[1]?.id, '30005');
    expect(outcomeOf(driver.move())).toBe('show');
    driver.report('failed', driver.state.sends[0]?.id, '30003');
    expect([outcomeOf(driver.move()), reasonOf(driver.move())]).toEqual(['undeliverable', '30005']);
  });
});

describe('delivery reports', () => {
  const STATUSES = ['queued', 'sent', 'delivered', 'failed', 'opted_out', 'unknown'] as const;
  const RANK = ['intended', 'unknown', 'sent', 'delivered', 'failed'];

  test('never go backwards, in any order and however often; the first word that is final stays', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...STATUSES), { maxLength: 12 }), fc.constantFrom<'accepted' | 'unknown'>('accepted', 'unknown'), async (reports, first) => {
      const driver = await waiting({ answers: [first === 'accepted' ? ACCEPTED : { kind: 'unknown', provider: 'fake', code: 'x' }] });
      let before = driver.state.sends[0]?.status ?? '';
      for (const status of reports) {
        driver.report(status);
        const after = driver.state.sends[0]?.status ?? '';
        expect(RANK.indexOf(after)).toBeGreaterThanOrEqual(RANK.indexOf(before));
        if (before === 'delivered' || before === 'failed') expect(after).toBe(before);
        before = after;
      }
      const final = reports.find((status) => ['delivered', 'failed', 'opted_out'].includes(status));
      if (final) expect(before).toBe(final === 'delivered' ? 'delivered' : 'failed');
    }), { numRuns: 200 });
  });

  test('one repeated, or of a message nobody knows, changes nothing and records nothing', async () => {
    const driver = await waiting();
    expect(driver.report('delivered')).toMatchObject({ events: [{ name: 'message_delivery', outcome: 'success' }] });
    expect(driver.report('delivered')).toBeUndefined();
    expect(driver.report('failed')).toBeUndefined();
    expect(driver.report('delivered', 'somebody-elses')).toBeUndefined();
    expect(driver.move()).toMatchObject({ page: { model: { status: 'delivered' } } });
  });

  test('opted out: the message failed, and that is said', async () => {
    const driver = await waiting();
    driver.report('opted_out');
    expect([outcomeOf(driver.move()), reasonOf(driver.move())]).toEqual(['undeliverable', 'optedOut']);
  });

  test('a late failure does not undo an answer', async () => {
    const driver = await waiting();
    await driver.submit('phone', { number: driver.state.number });
    driver.report('failed');
    expect(outcomeOf(driver.move())).toBe('confirmed');
  });

  test('a report that overtakes the answer to the send is not undone by it', async () => {
    const driver = new Driver();
    await driver.work('prepare');
    const late = await driver.step.work?.('send', driver.view());
    driver.report('delivered');
    driver.apply(late?.(driver.view()));
    expect(driver.state.sends[0]?.status).toBe('delivered');
  });
});
