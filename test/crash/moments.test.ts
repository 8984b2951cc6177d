/** `kill -9` in the middle of a transaction or between two of them, at every kind of write a journey makes. */
import { expect, it, vi } from 'vitest';
import { oauthError } from '../support/relying_party.ts';
import { makeGates, type Gate, type Gates } from './gates.ts';
import { endLeases, EXACTLY_ONCE, inWorld, tally, type World } from './world.ts';
import { Walk } from './walk.ts';

vi.setConfig({ testTimeout: 300_000 });

/** Do something that a gate stops, kill the process there, start it again. */
async function killedAt(world: World, gates: Gates, gate: Gate, doing: () => Promise<unknown>): Promise<void> {
  await gates.shut(gate);
  const came = doing().then(() => 'an answer', () => 'nothing');
  await gates.reached();
  await world.process.kill9();
  expect(await came, `stopped at ${gate.on} ${gate.table}`).toBe('nothing');
  await gates.open();
  // Nobody waits here until a dead process's lease has run out; kill.test.ts does.
  await endLeases(world.database);
  await world.process.start();
}

it('kill -9 within steps: what was acknowledged stays, what was not is asked again, and nothing happens twice', () => inWorld('postgres', async (world) => {
  if (world.database.kind !== 'postgres') throw new Error('gates are for PostgreSQL');
  const gates = await makeGates(world.database.url);
  const at = (gate: Gate, doing: () => Promise<unknown>): Promise<void> => killedAt(world, gates, gate, doing);
  const walk = await Walk.begin(await world.relyingParty(), { scope: 'openid profile' });
  const { person, phone } = walk;

  // The journey is being opened.
  const begun = await person.send(walk.signIn.url);
  const start = new URL(begun.headers.location ?? '', world.origin);
  await at({ table: 'journey_event', on: 'INSERT' }, () => person.open(start));
  await person.open(start);
  expect(person.page).toBe('session_risk');
  // A form is being written: it is shown again.
  await at({ table: 'evidence', on: 'INSERT' }, () => walk.act());
  await walk.again();
  expect(person.page).toBe('session_risk');
  await walk.until('pii_form');
  await at({ table: 'consent', on: 'INSERT' }, () => walk.act());
  await walk.again();
  expect(person.page).toBe('pii_form');
  await walk.until('pii_review');

  // From here the person presses nothing: details are stored, the rest is ours to do. In turn: the vendors have answered,
  // the link is drawn, its message is about to be sent, it is sent and nobody wrote that down.
  await at({ table: 'evidence', on: 'INSERT' }, () => walk.act());
  await at({ table: 'link', on: 'INSERT' }, () => walk.again());
  await at({ table: 'outbox_message', on: 'INSERT' }, () => walk.again());
  expect(await walk.outbox()).toEqual([]);
  await at({ table: 'message', on: 'UPDATE' }, () => walk.again());
  const sent = await walk.outbox();
  expect(sent).toHaveLength(1);
  await walk.again();
  expect(person.page).toBe('sms_wait');
  expect(await walk.outbox()).toEqual(sent);

  // The phone's answer is being written, then concluded from, then decided on.
  await at({ table: 'journey', on: 'UPDATE' }, () => walk.confirm());
  expect((await walk.openLink()).page).toBe('phone_confirm');
  await at({ table: 'evidence', on: 'INSERT' }, () => phone.press('number', person.output));
  expect((await walk.openLink()).page).toBe('phone_gone');
  await at({ table: 'account', on: 'INSERT' }, () => person.refresh());
  await walk.again();
  expect(person.page).toBe('finished');

  // The decision is being handed to the OIDC server.
  await at({ table: 'grant_outcome', on: 'INSERT' }, () => person.press());
  await walk.again();
  await at({ table: 'oidc_record', on: 'UPDATE', when: `NEW.model = 'Interaction'` }, () => person.press());
  await walk.again();
  await walk.until();

  // The code is being redeemed: nothing was given, so nothing is spent.
  await at({ table: 'oidc_record', on: 'INSERT', when: `NEW.model = 'AccessToken'` }, () => walk.finish());
  await at({ table: 'oidc_record', on: 'UPDATE', when: `NEW.model = 'AuthorizationCode'` }, () => walk.finish());
  expect(await walk.rp.userinfo(await walk.finish())).toMatchObject({ given_name: 'Andrew' });
  const { outcomes, ...once } = await tally(world.database);
  expect(once).toEqual({ ...EXACTLY_ONCE, outcomes: undefined });
  // The one whose Grant was cut off gives access to nothing, and is swept away with time.
  expect(outcomes).toBe(2);
  // Now it is spent, and presenting it again takes back what it gave (RFC 6749 4.1.2).
  expect((await oauthError(walk.finish())).error).toBe('invalid_grant');
  await gates.close();
}));

it('kill -9 while the code is being issued: none was, and going back gives one', () => inWorld('postgres', async (world) => {
  if (world.database.kind !== 'postgres') throw new Error('gates are for PostgreSQL');
  const gates = await makeGates(world.database.url);
  const walk = await Walk.begin(await world.relyingParty());
  const { person } = walk;
  await walk.open();
  await walk.until('finished');
  const resume = await person.send(person.form.action, { headers: { 'sec-fetch-site': 'same-origin' } });
  const location = new URL(resume.headers.location ?? '', world.origin);
  await killedAt(world, gates, { table: 'oidc_record', on: 'INSERT', when: `NEW.model = 'AuthorizationCode'` }, () => person.open(location));
  expect((await tally(world.database)).codes).toBe(0);
  await person.open(location);
  expect((await walk.finish()).claims()?.['policyDecision']).toBe('approve');
  expect((await tally(world.database)).codes).toBe(1);
  await gates.close();
}));
