/** A passkey in place of more: stronger than the device alone, and a way back in for whoever lost their key. */
import { beforeEach, expect, test } from 'vitest';
import { levelOf } from '../../../src/journey/levels.ts';
import { answerOf, START, WORKFLOW } from '../../engine/world.ts';
import { freshDatabase, ownDatabase } from '../../support/postgres.ts';
import { DESKTOP_LOOK, kindsOf, makeReturnWorld, newBrowser, outcomeOf, pageName, type ReturnWorld } from './world.ts';

let world: ReturnWorld;
let plain: ReturnWorld['told'];
ownDatabase(freshDatabase, async (opened) => {
  world = await makeReturnWorld(opened);
  plain = { ...world.told };
});
beforeEach(() => {
  world.clock.set(START);
  Object.assign(world.told, plain);
});
/** Somebody with the passkey `p1`. */
const verify = async () => {
  const verified = await world.verify();
  await world.db.deleteFrom('passkey').execute();
  await world.db.insertInto('passkey').values({
    id: 'p1', account_id: verified.accountId, workflow_id: WORKFLOW, mode: 'test', credential_hash: null, user_handle: 'u', public_key: Buffer.from('k'), counter: 0, transports: '[]',
    device_type: 'multiDevice', backed_up: true, label: null, journey_id: verified.id, acr: 'urn:gatehouse:acr:phone', created_at: START, last_used_at: null, revoked_at: null, revoked_reason: null,
  }).execute();
  return verified;
};
const timeline = async (id: string): Promise<readonly string[]> => (await world.events(id)).filter((event) => event.includes('passkey'));

const OFFER = { challenge: 'c1', options: { challenge: 'c1', rpId: 'id.example.com' } };
const GOOD = { kind: 'good', passkeyId: 'p1', deviceType: 'multiDevice', userVerified: true } as const;
const answer = async (id: string, values: Record<string, string>, cookie?: string) => {
  const answered = await world.engine.submit(id, { ...answerOf('device_challenge', values), ...(cookie === undefined ? {} : { deviceHash: cookie }) });
  return { answered, position: await world.engine.byId(id).then((found) => found ?? answered.position) };
};

test('stands for its person where the key is gone', async () => {
  const { accountId, desktop } = await verify();
  Object.assign(world.told, { offer: OFFER, passkey: GOOD });
  const back = await world.comeBack(desktop, { key: null });
  expect(back.rest).toMatchObject({ page: { name: 'device_challenge', model: { canLink: true, passkey: { options: OFFER.options }, again: false } } });
  expect((await answer(back.journey.id, {})).answered).toMatchObject({ kind: 'invalid', errors: { passkey: 'required' } });
  const { position } = await answer(back.journey.id, { passkey: '{"id":"p1"}' }, desktop.cookie);
  expect(position.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'approve', reasons: [{ code: 'passkey_accepted' }, { code: 'proof_missing' }] } });
  expect([position.accountId, kindsOf(position), levelOf(position.evidence)]).toEqual([accountId, ['session', 'known_person', 'passkey_proof'], 'urn:gatehouse:acr:passkey']);
  expect(world.passkeyResponses.at(-1)).toBe('{"id":"p1"}');
  expect(await timeline(position.journey.id)).toContain('label:passkey:success');
});

test('beside a device that proved itself, both count', async () => {
  const { accountId, desktop } = await verify();
  Object.assign(world.told, { offer: OFFER, passkey: GOOD });
  const back = await world.comeBack(desktop, {}, { opening: { credential: undefined, clientName: 'App', locale: 'en', wanted: { acr: [], active: true } } });
  const { position } = await answer(back.journey.id, { passkey: '{}' }, desktop.cookie);
  expect([position.accountId, kindsOf(position), position.deviceId !== undefined]).toEqual([accountId, ['session', 'known_person', 'device_proof', 'passkey_proof'], true]);
});

test('not beside one whose trust ended meanwhile', async () => {
  const { accountId, desktop } = await verify();
  Object.assign(world.told, { offer: OFFER, passkey: GOOD });
  const back = await world.comeBack(desktop, {}, { opening: { credential: undefined, clientName: 'App', locale: 'en', wanted: { acr: [], active: true } } });
  await world.devices.revoke({ accountId, reason: 'by_person', now: world.clock.now() });
  const { position } = await answer(back.journey.id, { passkey: '{}' }, desktop.cookie);
  expect(kindsOf(position)).toEqual(['session', 'known_person', 'passkey_proof']);
});

test('the other way stays open', async () => {
  const { desktop } = await world.verify();
  world.told.offer = OFFER;
  const back = await world.comeBack(desktop, { key: null });
  const { position } = await answer(back.journey.id, { action: 'other' });
  expect([pageName(position), ...outcomeOf(position)]).toEqual(['sms_wait', 'elevated', 'proof_missing']);
});

test('the other way is closed where the trust was taken away while the page stood', async () => {
  for (const values of [{ action: 'other' }, { passkey: '{}' }]) {
    const { accountId, desktop } = await verify();
    Object.assign(world.told, { offer: OFFER, passkey: { kind: 'bad', code: 'passkey_signature' } });
    const back = await world.comeBack(desktop, { key: null });
    const sent = world.sent.length;
    world.told.offer = undefined;
    await world.devices.revoke({ accountId, reason: 'reported', now: world.clock.now() });
    const { position } = await answer(back.journey.id, values);
    expect([pageName(position), ...outcomeOf(position), kindsOf(position)]).toEqual(['session_risk', 'high', 'trust_revoked', ['session']]);
    expect(world.sent).toHaveLength(sent);
  }
});

test('a passkey that was taken away after it answered approves nobody', async () => {
  const { desktop } = await verify();
  Object.assign(world.told, { offer: OFFER, passkey: GOOD });
  const back = await world.comeBack(desktop, { key: null });
  await world.db.updateTable('passkey').set({ revoked_at: START, revoked_reason: 'reported' }).execute();
  const { position } = await answer(back.journey.id, { passkey: '{}' }, desktop.cookie);
  expect(position.rest).toMatchObject({ kind: 'decided', decision: { verdict: 'deny', reasons: [{ code: 'trust_ended' }, { code: 'passkey_accepted' }, { code: 'proof_missing' }] } });
  expect(position.accountId).toBeUndefined();
});

test('refused three times: the other way, every time with a challenge of its own', async () => {
  const { desktop } = await world.verify();
  Object.assign(world.told, { offer: OFFER, passkey: { kind: 'bad', code: 'passkey_signature' } });
  const back = await world.comeBack(desktop, { key: null });
  for (const next of ['c2', 'c3']) {
    world.told.offer = { challenge: next, options: { challenge: next } };
    const { position } = await answer(back.journey.id, { passkey: '{}' });
    expect(position.rest).toMatchObject({ page: { name: 'device_challenge', model: { again: true, passkey: { options: { challenge: next } } } } });
  }
  const { position } = await answer(back.journey.id, { passkey: '{}' });
  expect([pageName(position), ...outcomeOf(position)]).toEqual(['sms_wait', 'elevated', 'proof_missing']);
  expect((await timeline(back.journey.id)).filter((event) => event === 'block:passkey:fail:passkey_signature')).toHaveLength(3);
});

test('is not offered where it would not do', async () => {
  const { desktop } = await world.verify();
  world.told.offer = OFFER;
  const wanted = { acr: ['urn:gatehouse:acr:phone'], active: false };
  expect(pageName(await world.comeBack(desktop, {}, { opening: { credential: undefined, clientName: 'App', locale: 'en', wanted } }))).toBe('sms_wait');
  expect(pageName(await world.comeBack(await newBrowser().then((browser) => ({ ...browser, cookie: desktop.cookie, look: desktop.look })), { look: { ...DESKTOP_LOOK, touchPoints: 10 } }))).toBe('session_risk');
});
