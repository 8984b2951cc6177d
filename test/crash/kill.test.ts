import { expect, it, vi } from 'vitest';
import { describeDatabases } from '../support/postgres.ts';
import { eventually, pause } from '../support/ports.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { crash, endLeases, EXACTLY_ONCE, inWorld, readFacts, rowsOf, seedKey, tally } from './world.ts';
import { Walk } from './walk.ts';

vi.setConfig({ testTimeout: 300_000 });

/** Carrier slow, identity database quick: matches after the time limit for one question. */
const SLOW_NUMBER = '+1 202 555 0131';

describeDatabases('kill -9', ({ kind }) => {
  it.concurrent('between any two steps loses nothing: one link, one decision, one account, one code', () => inWorld(kind, async (world) => {
    const walk = await Walk.begin(await world.relyingParty());
    const { person, phone } = walk;
    await walk.open();
    for (const page of ['session_risk', 'pii_form', 'pii_review', 'sms_wait']) {
      await walk.until(page);
      const number = person.output;
      await crash(world);
      await walk.again();
      expect([person.status, person.page, person.output]).toEqual([200, page, number]);
    }
    const [sent] = await walk.outbox();
    await walk.openLink();
    expect((await walk.confirm()).page).toBe('phone_done');
    await crash(world);
    expect((await phone.open(sent?.link ?? '')).page).toBe('phone_gone');
    await person.refresh();
    expect(person.page).toBe('finished');
    const resume = await person.send(person.form.action, { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(resume.status).toBe(303);
    await crash(world);
    await person.open(new URL(resume.headers.location ?? '', world.origin));
    expect(person.callback?.searchParams.get('code')).toBeTruthy();
    await crash(world);
    const tokens = await walk.finish();
    expect(await walk.rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew', phone_number: '+14075550123', phone_number_verified: true });
    expect((await walk.outbox()).map((line) => line.link)).toEqual([sent?.link]);
    expect(await world.process.terminate()).toBe(0);
    expect(await tally(world.database)).toEqual(EXACTLY_ONCE);
  }));

  it.runIf(kind === 'postgres').concurrent('while the vendor is being asked: the question is asked again, and nothing is typed twice', () => inWorld(kind, async (world) => {
    const key = await seedKey(world.database, { phoneRisk: { simSwap: false, recycled: false } });
    const walk = await Walk.begin(await RelyingParty.discover({ issuer: world.origin, ...key }), { phone: SLOW_NUMBER });
    const { person } = walk;
    await walk.open();
    await walk.until('pii_review');
    const sending = expect(walk.act()).rejects.toThrow();
    // The carrier is slow: once the lease is taken, the details are stored and the question is out.
    const leased = `SELECT 1 FROM journey WHERE lease_until > ${Date.now()}`;
    await eventually('the question to be out', async () => (await rowsOf(world.database, leased)).length === 1);
    await world.process.kill9();
    await sending;
    await world.process.start();
    await walk.again();
    // The dead process's lease runs out by itself, and the waiting page goes on without a hand; a slow start outlasts it.
    expect(['working', 'sms_wait']).toContain(person.page);
    await walk.until('sms_wait');
    // What arrived: session risk and the details. The review's own answer was lost, and it was not asked for again.
    expect(person.history.filter((answer) => answer.method === 'POST')).toHaveLength(2);
    const tokens = await walk.finish();
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve' });
    expect(await tally(world.database)).toEqual(EXACTLY_ONCE);
  }));

  it.runIf(kind === 'pglite')('again and again in the middle of writing: it starts, finds its data, and the person arrives', () => inWorld(kind, async (world) => {
    const before = await readFacts(world.dataDir);
    const walk = await Walk.begin(await world.relyingParty());
    const { person } = walk;
    await walk.open();
    for (const [page, delay] of [['session_risk', 8], ['pii_form', 16], ['pii_review', 40], ['pii_review', 90], ['sms_wait', 20]] as const) {
      if (person.page !== page) continue;
      const cut = walk.act().catch(() => undefined);
      await pause(delay);
      await world.process.kill9();
      await cut;
      await endLeases(world.database);
      await world.process.start();
      await walk.again();
      expect(person.status).toBe(200);
    }
    const tokens = await walk.finish();
    expect(await walk.rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
    const { clientId, clientSecret } = await readFacts(world.dataDir);
    expect({ clientId, clientSecret }).toEqual({ clientId: before.clientId, clientSecret: before.clientSecret });
    await world.process.terminate();
    expect(await tally(world.database)).toEqual(EXACTLY_ONCE);
  }));
});
