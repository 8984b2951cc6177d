import { afterEach, expect, it } from 'vitest';
import { describeDatabases } from '../support/postgres.ts';
import { eventually, pause } from '../support/ports.ts';
import { endLeases, EXACTLY_ONCE, readFacts, startWorld, tally, type World } from './world.ts';
import { Walk } from './walk.ts';

/** Carrier slow, identity database quick: matches after the time limit for one question. */
const SLOW_NUMBER = '+1 202 555 0131';

describeDatabases('kill -9', ({ kind }) => {
  let world: World;
  afterEach(() => world.close());

  const crash = async (): Promise<void> => {
    await world.process.kill9();
    await world.process.start();
  };

  it('between any two steps loses nothing: one link, one decision, one account, one code', async () => {
    world = await startWorld(kind);
    const walk = await Walk.begin(await world.relyingParty());
    const { person, phone } = walk;
    await walk.open();
    for (const page of ['session_risk', 'pii_form', 'pii_review', 'sms_wait']) {
      await walk.until(page);
      const number = person.output;
      await crash();
      await walk.again();
      expect([person.status, person.page, person.output]).toEqual([200, page, number]);
    }
    const [sent] = await walk.outbox();
    await walk.openLink();
    await crash();
    expect((await walk.openLink()).page).toBe('phone_confirm');
    expect((await walk.confirm()).page).toBe('phone_done');
    await crash();
    expect((await phone.open(sent?.link ?? '')).page).toBe('phone_gone');
    await person.refresh();
    expect(person.page).toBe('finished');
    await crash();
    await walk.again();
    expect(person.page).toBe('finished');
    const resume = await person.send(person.form.action, { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(resume.status).toBe(303);
    await crash();
    await person.open(new URL(resume.headers.location ?? '', world.origin));
    expect(person.callback?.searchParams.get('code')).toBeTruthy();
    await crash();
    const tokens = await walk.finish();
    await crash();
    expect(await walk.rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew', phone_number: '+14075550123', phone_number_verified: true });
    expect(new Set((await walk.outbox()).map((line) => line.link))).toEqual(new Set([sent?.link]));
    await world.process.terminate();
    expect(await tally(world.database)).toEqual(EXACTLY_ONCE);
  });

  it('while the vendor is being asked: the question is asked again, and nothing is typed twice', async () => {
    world = await startWorld(kind);
    const walk = await Walk.begin(await world.relyingParty(), { phone: SLOW_NUMBER });
    const { person } = walk;
    await walk.open();
    await walk.until('pii_review');
    const sending = expect(walk.act()).rejects.toThrow();
    // The carrier takes a second and a half: by now the details are stored and the question is out.
    await pause(600);
    await world.process.kill9();
    await sending;
    if (kind === 'pglite') await endLeases(world.database);
    await world.process.start();
    await walk.again();
    // On PostgreSQL the dead process's lease runs out by itself, and the waiting page goes on without a hand.
    if (kind === 'postgres') expect(person.page).toBe('working');
    await walk.until('sms_wait');
    const pages = person.history.filter((answer) => answer.method === 'POST').length;
    const tokens = await walk.finish();
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve' });
    // Posted once each: session risk, details, review (whose answer was lost).
    expect(pages).toBe(2);
    await world.process.terminate();
    expect(await tally(world.database)).toEqual(EXACTLY_ONCE);
  });

  it('again and again at any moment: the person arrives, and everything happened once', async () => {
    world = await startWorld(kind);
    const before = await readFacts(world.dataDir);
    const walk = await Walk.begin(await world.relyingParty());
    const { person } = walk;
    await walk.open();
    // Each step is cut off a little later than the one before, and done again by looking at where one stands.
    for (const [page, delay] of [['session_risk', 8], ['pii_form', 16], ['pii_review', 30], ['pii_review', 60], ['sms_wait', 20]] as const) {
      if (person.page !== page) continue;
      const cut = walk.act().catch(() => undefined);
      await pause(delay);
      await world.process.kill9();
      await cut;
      await endLeases(world.database);
      await world.process.start();
      await eventually('a page', async () => (await walk.again()).page !== undefined);
      expect(person.status).toBe(200);
    }
    const tokens = await walk.finish();
    expect(await walk.rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
    expect(await readFacts(world.dataDir)).toEqual(expect.objectContaining({ clientId: before.clientId, clientSecret: before.clientSecret }));
    await world.process.terminate();
    expect(await tally(world.database)).toEqual(EXACTLY_ONCE);
  });
});
