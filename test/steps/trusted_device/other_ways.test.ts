/** Coming back where the workflow, the person or the browser is not as in the ordinary case. */
import { beforeEach, expect, test } from 'vitest';
import { knownPersonOf } from '../../../src/journey/device_evidence.ts';
import { methodsOf } from '../../../src/journey/levels.ts';
import { releasedProfile } from '../../../src/journey/released.ts';
import { verifiedBy } from '../../../src/steps/trusted_device/index.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { userOnboardingMatchOnly } from '../../../src/journey/templates/user_onboarding_match_only.ts';
import { answerOf, CLAIMED, START } from '../../engine/world.ts';
import { freshDatabase, ownDatabase } from '../../support/postgres.ts';
import { browserKey } from '../device_keys.ts';
import { hashOf, kindsOf, makeReturnWorld, outcomeOf, pageName, simAnswer, type ReturnWorld } from './world.ts';

let world: ReturnWorld;
let plain: ReturnWorld['told'];
ownDatabase(freshDatabase, async (opened) => {
  world = await makeReturnWorld(opened);
  plain = { ...world.told };
});
beforeEach(async () => {
  world.clock.set(START);
  Object.assign(world.told, plain);
  world.simAsked.length = 0;
  await world.deploy(userOnboarding);
});

test('a known phone that cannot be reached: the person is verified anew, into the same account', async () => {
  const { accountId, desktop } = await world.verify();
  world.told.send = () => ({ kind: 'rejected', provider: 'fake', code: 'unreachable' });
  const back = await world.comeBack(desktop, { key: null });
  expect([pageName(back), ...back.journey.results.map(({ node, outcome }) => `${node}.${outcome}`)]).toEqual(['session_risk', 'trusted_device.elevated', 'known_phone.undeliverable']);
  world.told.send = plain.send;
  await world.engine.submit(back.journey.id, answerOf('session_risk', { country: 'US' }));
  const { position } = await world.engine.submit(back.journey.id, answerOf('pii_form'));
  const verified = await world.confirm(position);
  expect([verified.rest.kind === 'decided' && verified.rest.decision.verdict, verified.accountId]).toEqual(['approve', accountId]);
});

test('a workflow without a link: less than clean is verified anew, and nobody is named before', async () => {
  const { desktop } = await world.verify();
  await world.deploy(userOnboardingMatchOnly);
  expect(outcomeOf(await world.comeBack(desktop))).toEqual(['trusted', 'device_trusted']);
  const back = await world.comeBack(desktop, { key: null });
  expect([pageName(back), ...outcomeOf(back), kindsOf(back)]).toEqual(['session_risk', 'high', 'proof_missing', ['session']]);
});

test('a person whose phone nobody matched: nothing is asked of a carrier, and there is no link', async () => {
  const { id, desktop } = await world.verify();
  // As if they had answered questions in place of it.
  await world.db.deleteFrom('evidence').where('journey_id', '=', id).where('kind', 'in', ['device_key', 'phone_possession']).execute();
  await world.db.updateTable('evidence').set({ kind: 'kba' }).where('journey_id', '=', id).where('kind', '=', 'identity_match').execute();
  expect(outcomeOf(await world.comeBack(desktop))).toEqual(['trusted', 'device_trusted']);
  const back = await world.comeBack(desktop, { key: null });
  expect(back.journey.results[0]).toMatchObject({ outcome: 'high', reasons: [{ code: 'proof_missing' }, { code: 'no_known_phone' }] });
  expect(world.simAsked).toEqual([]);
});

test('a workflow that trusts no devices knows nobody', async () => {
  const { desktop } = await world.verify();
  await world.deploy({ ...userOnboarding, options: { devices: { trust: false } } });
  expect(outcomeOf(await world.arrive(desktop))).toEqual(['unknown', 'trust_off']);
});

test('a workflow that does not ask the carrier', async () => {
  const { desktop } = await world.verify();
  world.told.sim = async () => simAnswer(true);
  await world.deploy({ ...userOnboarding, options: { devices: { simSwap: false } } });
  expect([...outcomeOf(await world.comeBack(desktop)), world.simAsked]).toEqual(['trusted', 'device_trusted', []]);
});

test('a SIM that was swapped while a carrier kept silent is seen when it speaks', async () => {
  const { desktop } = await world.verify();
  world.clock.advance({ days: 1 });
  world.told.sim = async () => ({ kind: 'not_configured' });
  expect(outcomeOf(await world.comeBack(desktop))).toEqual(['elevated', 'sim_change_unknown']);
  world.clock.advance({ days: 1 });
  world.told.sim = async (_phone, hours) => simAnswer(hours >= 48);
  expect(outcomeOf(await world.comeBack(desktop))).toEqual(['high', 'sim_swapped']);
});

test('a cookie that turns out to be a copy between the look and the proof', async () => {
  const { accountId, desktop } = await world.verify();
  const clone = { ...desktop };
  const arrived = await world.arrive(clone);
  const owner = await world.comeBack(desktop);
  await world.issue(owner.journey.id, desktop);
  await world.arrive(desktop);
  world.clock.advance({ seconds: 61 });
  const stale = await world.prove(arrived, clone);
  const back = await world.prove(stale, clone);
  expect([pageName(back), ...outcomeOf(back)]).toEqual(['session_risk', 'high', 'cookie_replayed']);
  expect((await world.incidents.list({ most: 100 })).filter((one) => one.accountId === accountId)).toMatchObject([{ kind: 'cookie_replayed' }]);
  expect(outcomeOf(await world.arrive(desktop))).toEqual(['high', 'trust_revoked']);
});

test('a place is remembered only of who proved to be the device', async () => {
  const { desktop } = await world.verify();
  const sightings = async (): Promise<number> => (await world.db.selectFrom('sighting').select('at').execute()).length;
  const before = await sightings();
  await world.comeBack(desktop, { key: null });
  expect(await sightings()).toBe(before);
  await world.comeBack(desktop);
  expect(await sightings()).toBe(before + 1);
});

test('a key in hardware: said where its cookie came along, and missed where it did not', async () => {
  const { accountId, desktop } = await world.verify();
  const own = (await world.devices.ofAccount(accountId)).find(({ device }) => device.thumbprint === desktop.key.thumbprint);
  const bound = hashOf('bound');
  await world.devices.bindHardware(own?.device.id ?? '', { sessionId: 's', jwk: {}, alg: 'ES256', registeredAt: START, cookieHash: bound, cookieUntil: START + 600_000 });
  const back = await world.comeBack(desktop, { bound });
  expect([outcomeOf(back)[0], methodsOf(back.evidence)]).toEqual(['trusted', ['rba', 'hwk', 'pop']]);
  expect(outcomeOf(await world.comeBack(desktop, { bound: hashOf('another') }))).toEqual(['elevated', 'hardware_key_missing']);
  expect(outcomeOf(await world.comeBack(desktop))).toEqual(['elevated', 'hardware_key_missing']);
});

test('trust that rests on a link rests on the verification before it: the phone stays known, for as long as that is kept', async () => {
  const { id, accountId, desktop } = await world.verify();
  const emptied = { ...desktop, key: await browserKey() };
  const first = await world.confirm(await world.comeBack(emptied));
  await world.issue(first.journey.id, emptied);
  const second = await world.comeBack(emptied, { key: null });
  expect(knownPersonOf(second.evidence)).toMatchObject({ accountId, journeyId: id, acr: 'urn:gatehouse:acr:phone', linkPhone: CLAIMED.phone });
  const confirmed = await world.confirm(second);
  expect([confirmed.accountId, releasedProfile(confirmed.evidence)?.open().familyName]).toEqual([accountId, CLAIMED.familyName]);
  const trusts = await world.devices.ofAccount(accountId);
  expect(new Set(trusts.map(({ trust }) => trust.journeyId))).toEqual(new Set([id]));
  // Deleted with its journey, what is known of the person is not renewed by having been used.
  await world.db.deleteFrom('journey').where('id', '=', id).execute();
  expect(outcomeOf(await world.arrive(emptied))).toEqual(['unknown', 'verification_gone']);
  const earlier = verifiedBy(async (journeyId) => (await world.journeys.byId(journeyId))?.evidence ?? []);
  expect([await earlier(first.journey.id), await earlier(confirmed.journey.id), await earlier(id)]).toEqual([undefined, undefined, undefined]);
});

test('a passkey added in a return rests on the verification before it too', async () => {
  const { id, desktop } = await world.verify();
  const back = await world.comeBack(desktop);
  const earlier = verifiedBy(async (journeyId) => (await world.journeys.byId(journeyId))?.evidence ?? []);
  expect(await earlier(back.journey.id)).toMatchObject({ journeyId: id, acr: 'urn:gatehouse:acr:phone' });
  expect(await earlier(id)).toEqual(await earlier(back.journey.id));
});

test('no attribute of a browser is kept beside its hash', async () => {
  const { id, desktop } = await world.verify();
  const back = await world.confirm(await world.comeBack({ ...desktop, key: await browserKey() }));
  const kept = [...((await world.journeys.byId(id))?.evidence ?? []), ...back.evidence].filter(({ kind }) => kind === 'device_key');
  expect(kept).toHaveLength(4);
  for (const { data } of kept) expect(JSON.stringify(data.open())).not.toContain(desktop.look.timezone);
});

test('what was taken away while the carrier was asked, or while nobody was there to hear it, is trusted no more', async () => {
  for (const killed of [false, true]) {
    const { accountId, desktop } = await world.verify();
    const arrived = await world.arrive(desktop);
    world.told.carrier = async () => {
      await world.devices.revoke({ accountId, reason: 'reported', now: world.clock.now() });
      if (killed) throw new Error('killed');
    };
    await world.prove(arrived, desktop).catch(() => undefined);
    world.told.carrier = async () => undefined;
    world.clock.advance({ minutes: 20 });
    const back = await world.process().byId(arrived.journey.id);
    expect(back && [pageName(back), ...outcomeOf(back), kindsOf(back)]).toEqual(['session_risk', 'high', 'trust_revoked', ['session']]);
  }
});

test('taken away while the link was on its way: nobody is approved', async () => {
  const { accountId, desktop } = await world.verify();
  const back = await world.comeBack(desktop, { key: null });
  expect(pageName(back)).toBe('sms_wait');
  await world.devices.revoke({ accountId, reason: 'reported', now: world.clock.now() });
  const confirmed = await world.confirm(back);
  expect(confirmed.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'trust_ended' }, { code: 'link_confirmed' }] } });
  expect(confirmed.accountId).toBeUndefined();
});

test("the link alone does not make a browser the device whose cookie it shows", async () => {
  const { accountId, desktop } = await world.verify();
  const cookie = desktop.cookie;
  const thief = { ...desktop };
  const back = await world.confirm(await world.comeBack(thief, { key: null }));
  await world.issue(back.journey.id, thief);
  expect([back.accountId, back.deviceId, thief.cookie]).toEqual([accountId, undefined, cookie]);
  expect(outcomeOf(await world.comeBack(desktop))).toEqual(['trusted', 'device_trusted']);
});
