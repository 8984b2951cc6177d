import { describe, expect, test } from 'vitest';
import { CLAIM_FIELD } from '../../../src/steps/document_selfie/index.ts';
import { composeMessage, ONE_PART } from '../../../src/steps/sms_link/message.ts';
import { DESKTOP, PREVIEW_BOTS } from '../../support/devices.ts';
import { Driver, MOBILE_NUMBER, ORIGIN, START, ending, hashOf, kinds, timeline, tokenOf, type DriverOptions } from './driver.ts';

async function waiting(options: DriverOptions = {}): Promise<Driver> {
  const driver = new Driver(options);
  await driver.settle();
  return driver;
}

describe('where the capture happens', () => {
  test('on a phone it goes straight on in the same browser', async () => {
    const driver = await waiting({ device: 'mobile' });
    expect((await driver.settle())?.name).toBe('capture_consent');
    expect(driver.changes[0]?.links).toBeUndefined();
    expect(timeline(driver)).toEqual(['phase documentVerification start', 'block captureHandover success']);
  });

  test('elsewhere a code is drawn, and only its hash is made known', async () => {
    const driver = await waiting();
    const page = await driver.settle();
    const token = await driver.code();
    expect(page).toMatchObject({ name: 'document_handover', wakeAt: START + 480_000, model: { expiresAt: START + 600_000, number: driver.state['handover'].number, sms: { status: 'none', phoneEnding: '23', sendsLeft: 3 } } });
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(driver.changes[0]?.links).toEqual([{ tokenHash: hashOf(token), expiresAt: START + 600_000 }]);
    expect(JSON.stringify(driver.state)).not.toContain(token);
  });

  test.each([[DESKTOP, false], [PREVIEW_BOTS[0] ?? DESKTOP, false]])('"here" is for phones that were not recognised: %#', async (device) => {
    const driver = await waiting();
    expect(await driver.send('document_handover', { action: 'here' }, { device })).toEqual({ kind: 'invalid', errors: { action: 'use_your_phone' } });
    expect((await driver.settle())?.name).toBe('document_handover');
    await driver.send('document_handover', { action: 'here' });
    expect((await driver.settle())?.name).toBe('capture_consent');
    expect(driver.state['where']).toMatchObject({ kind: 'here', browser: { device: 'mobile' } });
  });

  test.each(['document_handover', 'document_following', 'capture_consent', 'capture_side', 'capture_selfie'])('who cannot capture leaves from %s', async (page) => {
    const driver = await waiting(page === 'document_handover' || page === 'document_following' ? {} : { device: 'mobile' });
    if (page === 'document_following') await driver.claim();
    if (page === 'capture_side') await driver.arrive();
    if (page === 'capture_selfie') await driver.document();
    expect((await driver.settle())?.name).toBe(page);
    await driver.send(page, { action: 'cannot' }, { sender: 'browser' });
    expect(ending(driver)).toEqual(['cannot_capture', 'cannot_capture']);
    expect(driver.end?.evidence?.some(({ kind }) => kind === 'document' || kind === 'document_attempt')).toBe(false);
  });

  test('whether another way follows is told by the routes and the option', async () => {
    const on = await (await waiting({ kba: { enabled: true } })).settle();
    const off = await (await waiting()).settle();
    expect([on?.model['otherWay'], off?.model['otherWay']]).toEqual([true, false]);
  });
});

describe('the code', () => {
  test('is renewed before it ends, and the older one stays good until then', async () => {
    const driver = await waiting();
    const first = await driver.code();
    driver.now = START + 479_999;
    expect(driver.task()).toBeUndefined();
    driver.now = START + 480_000;
    expect(driver.task()).toBe('renew');
    const second = await driver.code();
    expect(second).not.toBe(first);
    expect([driver.phonePage(first)?.name, driver.phonePage(second)?.name]).toEqual(['capture_claim', 'capture_claim']);
    driver.now = START + 600_000;
    expect([driver.phonePage(first), driver.phonePage(second)?.name]).toEqual([undefined, 'capture_claim']);
  });

  test('asked for twice is renewed once', async () => {
    const driver = await waiting();
    driver.now = START + 480_000;
    const [one, other] = [await driver.ask(), await driver.ask()];
    one();
    const links = driver.state['handover'].links.length;
    other();
    expect(driver.state['handover'].links.length).toBe(links);
  });

  test('that ends with the journey is not renewed', async () => {
    const driver = await waiting({ journeyLives: 300_000 });
    driver.now = START + 299_000;
    expect(driver.task()).toBeUndefined();
    expect((await driver.settle())?.wakeAt).toBe(START + 300_000);
  });
});

describe('the message', () => {
  test('is intended and counted before it is sent, and carries a link of its own', async () => {
    const driver = await waiting();
    const code = await driver.code();
    await driver.send('document_handover', { action: 'sms' }, { device: DESKTOP });
    expect(driver.changes.at(-1)).toMatchObject({ messages: [{ attempt: 1 }], counts: [{ dimension: 'test:message' }], links: [{ expiresAt: START + 600_000 }] });
    expect(driver.sent).toEqual([]);
    expect(driver.task()).toBe('send');
    await driver.settle();
    const [message] = driver.sent;
    expect(message?.to.open()).toBe(MOBILE_NUMBER);
    expect(message?.link.open()).toMatch(`${ORIGIN}/l/`);
    expect(message?.link.open()).not.toContain(code);
    expect(message?.body.open()).toMatch(/^Example App: photograph your ID .* https:/);
    expect(driver.changes.at(-1)?.delivered).toEqual([{ id: message?.id, status: 'sent', provider: 'fake', providerMessageId: 'p1' }]);
    expect((await driver.settle())?.model['sms']).toMatchObject({ status: 'sent', sendsLeft: 2, canResendAt: START + 30_000 });
  });

  test.each(['en', 'es', 'fr'])('fits one part and ends with its link in %s, and names no other purpose', (locale) => {
    for (const host of ['https://id.example.com', `https://${'a'.repeat(70)}.example`]) {
      const link = `${host}/l/${'x'.repeat(22)}`;
      const body = composeMessage(locale, 'Ünïted Example Bank', 600, link, 'capture');
      expect(body.length).toBeLessThanOrEqual(ONE_PART);
      expect(body).toMatch(/^[\x20-\x7e]+$/);
      expect(body.endsWith(` ${link}`)).toBe(true);
      expect(body).not.toBe(composeMessage(locale, 'Ünïted Example Bank', 600, link));
    }
  });

  test('a repeat after a crash sends the very same message', async () => {
    const driver = await waiting();
    await driver.send('document_handover', { action: 'sms' });
    await driver.ask();
    await driver.settle();
    const [one, other] = driver.sent;
    expect(driver.sent).toHaveLength(2);
    expect([one?.id, one?.link.open()]).toEqual([other?.id, other?.link.open()]);
  });

  test('again: not at once, not beyond the limit, the same link while it is young', async () => {
    const driver = await waiting();
    const ask = () => driver.send('document_handover', { action: 'sms' });
    await ask();
    await driver.settle();
    expect(await ask()).toEqual({ kind: 'invalid', errors: { action: 'resend_too_soon' } });
    driver.now += 30_000;
    await ask();
    await driver.settle();
    driver.now += 300_000;
    await ask();
    await driver.settle();
    driver.now += 30_000;
    expect(await ask()).toEqual({ kind: 'invalid', errors: { action: 'resend_limit' } });
    const links = driver.sent.map(({ link }) => link.open());
    expect([links[0] === links[1], links[1] === links[2]]).toEqual([true, false]);
  });

  test("not past the number's share, and a failed one ends nothing", async () => {
    expect(await (await waiting({ exceeded: true })).send('document_handover', { action: 'sms' })).toEqual({ kind: 'invalid', errors: { action: 'resend_limit' } });
    const driver = await waiting();
    driver.sends.push({ kind: 'rejected', provider: 'fake', code: '30006' });
    await driver.send('document_handover', { action: 'sms' });
    expect((await driver.settle())?.model['sms']).toMatchObject({ status: 'failed' });
  });

  test('is not offered where the workflow or the journey has no phone for it', async () => {
    for (const options of [{ claimed: false }, { documents: { handoverSms: false } }]) {
      const driver = await waiting(options);
      expect((await driver.settle())?.model).not.toHaveProperty('sms');
      expect(await driver.send('document_handover', { action: 'sms' })).toEqual({ kind: 'invalid', errors: { action: 'required' } });
    }
  });

  test('a delivery report moves it forward, once', async () => {
    const driver = await waiting();
    await driver.send('document_handover', { action: 'sms' });
    await driver.settle();
    const report = { messageId: driver.sent[0]?.id ?? '', status: 'delivered' } as const;
    driver.apply(driver.step.report?.(report, driver.view()));
    expect((await driver.settle())?.model['sms']).toMatchObject({ status: 'delivered' });
    expect(driver.step.report?.(report, driver.view())).toBeUndefined();
  });
});

describe('the claim', () => {
  test('looking changes nothing and tells nothing', async () => {
    const driver = await waiting();
    const code = await driver.code();
    expect(driver.phonePage(code)).toEqual({ name: 'capture_claim', model: { startedAt: START, choices: driver.state['handover'].choices } });
    expect(driver.phonePage(tokenOf('somebody'))).toBeUndefined();
  });

  test('binds the phone that claims; a second one finds every token gone', async () => {
    const driver = await waiting();
    const first = await driver.code();
    driver.now = START + 480_000;
    const second = await driver.code();
    expect((await driver.claim({}, undefined, first)).kind).toBe('change');
    expect(driver.changes.at(-1)?.links).toEqual([{ tokenHash: hashOf(driver.token), expiresAt: START + 1_800_000 + 2 * 900_000 + 600_000 }]);
    expect((await driver.settle())).toMatchObject({ name: 'document_following', model: { stage: 'consent' } });
    expect(driver.phonePage()?.name).toBe('capture_consent');
    expect([driver.phonePage(first), driver.phonePage(second)]).toEqual([undefined, undefined]);
    const again = await driver.send('capture_claim', { number: driver.state['handover'].number, [CLAIM_FIELD]: driver.claimToken() }, { sender: { token: second } });
    expect(again).toEqual({ kind: 'invalid', errors: {} });
    expect(driver.state['where'].sessionHash).toBe(hashOf(driver.token));
    expect(JSON.stringify(driver.state)).not.toContain(driver.token);
  });

  test.each([
    ['not me', { refuse: 'yes' }, undefined, 'refused', 'reportedByUser'],
    ['not me, from a desktop', { refuse: 'yes' }, DESKTOP, 'refused', 'reportedByUser'],
    ['the wrong number', { number: '07' }, undefined, 'fail', 'wrong_number'],
    ['a desktop', {}, DESKTOP, 'fail', 'opened_on_desktop'],
  ] as const)('%s ends it', async (_name, values, device, outcome, reason) => {
    const driver = await waiting();
    await driver.claim(values, device);
    expect(ending(driver)).toEqual([outcome, reason]);
    expect(kinds(driver)).toEqual([]);
    expect(timeline(driver)).toContain(`label capture_handover failure ${reason}`);
  });

  test.each(PREVIEW_BOTS)('a robot is refused and nothing recorded: $userAgent', async (bot) => {
    const driver = await waiting();
    expect(await driver.claim({}, bot)).toEqual({ kind: 'invalid', errors: { device: 'use_your_phone' } });
    expect(driver.state['where']).toEqual({ kind: 'handover' });
  });

  test('one more try where the workflow forgives a desktop', async () => {
    const driver = await waiting({ link: { desktopOpen: 'one_more_try' } });
    await driver.claim({}, DESKTOP);
    expect([driver.end, driver.state['handover'].desktopTries]).toEqual([undefined, 1]);
    await driver.claim();
    expect(driver.phonePage()?.name).toBe('capture_consent');
  });

  test('without number transfer a plain yes is enough, and no number is shown', async () => {
    const driver = await waiting({ link: { numberTransfer: false } });
    expect((await driver.settle())?.model).not.toHaveProperty('number');
    expect(await driver.claim({ number: '' })).toEqual({ kind: 'invalid', errors: { number: 'required' } });
    await driver.claim({ confirm: 'yes' });
    expect(driver.phonePage()?.name).toBe('capture_consent');
  });

  test.each(['', 'short', 'x'.repeat(23), 'with spaces in it 1234'])('no claim without a token drawn by the route: %j', async (token) => {
    const driver = await waiting();
    expect(await driver.claim({ [CLAIM_FIELD]: token })).toEqual({ kind: 'invalid', errors: {} });
    expect(driver.state['where']).toEqual({ kind: 'handover' });
  });

  test('no number at all is asked for again', async () => {
    expect(await (await waiting()).claim({ number: '' })).toEqual({ kind: 'invalid', errors: { number: 'required' } });
  });
});

describe('while the phone captures', () => {
  test('the desktop follows by stage and sees nothing of the person', async () => {
    const driver = await waiting();
    await driver.claim();
    const stages = [(await driver.settle())?.model['stage']];
    await driver.consent();
    stages.push((await driver.settle())?.model['stage']);
    await driver.picture();
    await driver.settle();
    const last = await driver.settle();
    expect([...stages, last?.model['stage']]).toEqual(['consent', 'document', 'selfie']);
    expect(Object.keys(last?.model ?? {})).toEqual(['stage', 'otherWay']);
  });

  test('another phone takes over: the claim and every token end, consent and pictures are asked for anew, failures still count', async () => {
    const driver = await waiting();
    const code = await driver.code();
    await driver.claim();
    await driver.consent();
    driver.reader.intakes.push(['blurred']);
    await driver.picture();
    await driver.picture();
    await driver.settle();
    const former = driver.token;
    await driver.send('document_following', { action: 'other_phone' }, { sender: 'browser' });
    expect((await driver.settle())?.name).toBe('document_handover');
    expect([driver.phonePage(former), driver.phonePage(code)]).toEqual([undefined, undefined]);
    expect([...driver.images.kept.values()].map(({ deleteAt }) => deleteAt)).toEqual([driver.now]);
    expect(await driver.send('capture_consent', { action: 'agree' }, { sender: { token: former } })).toEqual({ kind: 'invalid', errors: {} });
    await driver.claim();
    expect(driver.phonePage()?.name).toBe('capture_consent');
    await driver.consent();
    expect((await driver.page()).model).toMatchObject({ slot: 'front', attemptsLeft: 2 });
  });

  test('an answer that comes for the former phone is dropped', async () => {
    const driver = await waiting();
    await driver.claim();
    await driver.consent();
    await driver.picture();
    const late = await driver.ask();
    await driver.send('document_following', { action: 'other_phone' }, { sender: 'browser' });
    const changes = driver.changes.length;
    late();
    expect(driver.changes.length).toBe(changes);
  });

  test.each(['capture_consent', 'capture_side', 'document_handover', 'document_following'])('the page %s takes no answer from who it is not for', async (page) => {
    const driver = await waiting();
    await driver.claim();
    const stranger = { token: tokenOf('stranger') };
    expect(await driver.send(page, { action: 'agree' }, { sender: stranger })).toEqual({ kind: 'invalid', errors: {} });
    if (page.startsWith('capture')) expect(await driver.send(page, { action: 'agree' }, { sender: 'browser' })).toEqual({ kind: 'invalid', errors: {} });
    else expect(await driver.send(page, { action: 'cannot' })).toEqual({ kind: 'invalid', errors: {} });
    expect(driver.end).toBeUndefined();
  });
});
