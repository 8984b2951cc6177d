/** Coming back where the workflow, the person or the browser is not as in the ordinary case. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { knownPersonOf } from '../../../src/journey/device_evidence.ts';
import { methodsOf } from '../../../src/journey/levels.ts';
import { releasedProfile } from '../../../src/journey/released.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { userOnboardingMatchOnly } from '../../../src/journey/templates/user_onboarding_match_only.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { answerOf, CLAIMED, START } from '../../engine/world.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres.ts';
import { browserKey } from '../device_keys.ts';
import { hashOf, kindsOf, makeReturnWorld, outcomeOf, pageName, simAnswer, type ReturnWorld } from './world.ts';

let database: FreshDatabase;
let opened: OpenedDatabase;
let world: ReturnWorld;
let plain: ReturnWorld['told'];
beforeAll(async () => {
  database = await freshDatabase();
  opened = await database.open();
  world = await makeReturnWorld(opened);
  plain = { ...world.told };
});
beforeEach(async () => {
  world.clock.set(START);
  Object.assign(world.told, plain);
  world.simAsked.length = 0;
  await world.deploy(userOnboarding);
});
afterAll(async () => {
  await opened.close();
  await database.drop();
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
  await world.db.deleteFrom('evidence').where('journey_id', '=', id).where('kind', 'in', ['identity_match', 'phone_possession']).execute();
  await world.db.updateTable('evidence').set({ kind: 'kba' }).where('journey_id', '=', id).where('kind', '=', 'device_key').execute();
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

test('trust that rests on a link rests on the verification before it: the phone stays known', async () => {
  const { accountId, desktop } = await world.verify();
  const emptied = { ...desktop, key: await browserKey() };
  const first = await world.confirm(await world.comeBack(emptied));
  await world.issue(first.journey.id, emptied);
  const second = await world.comeBack(emptied, { key: null });
  expect(knownPersonOf(second.evidence)).toMatchObject({ accountId, journeyId: first.journey.id, acr: 'urn:gatehouse:acr:phone', linkPhone: CLAIMED.phone });
  const confirmed = await world.confirm(second);
  expect([confirmed.accountId, releasedProfile(confirmed.evidence)?.open().familyName]).toEqual([accountId, CLAIMED.familyName]);
});
