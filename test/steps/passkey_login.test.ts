import { beforeEach, describe, expect, it, test } from 'vitest';
import { makePasskeys, type Passkeys } from '../../src/devices/passkeys.ts';
import { knownPersonOf, passkeyProofOf } from '../../src/journey/device_evidence.ts';
import { returnedAccount } from '../../src/journey/binding.ts';
import type { Opening } from '../../src/journey/journey.ts';
import { levelOf, methodsOf } from '../../src/journey/levels.ts';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import { devicePasskeys, sessionPasskeys } from '../../src/steps/passkey_login.ts';
import type { StepView } from '../../src/steps/step.ts';
import { keptIncidents, keptPasskeys } from '../devices/kept_passkeys.ts';
import { SoftAuthenticator, type SoftPasskey } from '../support/authenticator.ts';
import { keyed, ORIGIN } from './device_keys.ts';

const NOW = 1_800_000_000_000;
const PROFILE = { givenName: 'Andrew', familyName: 'Roshell', street: '', city: '', region: '', postalCode: '', country: 'US', phone: '+14075550123', phoneVerified: true };

let store: ReturnType<typeof keptPasskeys>;
let passkeys: Passkeys;
let device: SoftAuthenticator;
let passkey: SoftPasskey;

beforeEach(async () => {
  store = keptPasskeys();
  passkeys = makePasskeys({ store, incidents: keptIncidents(), origin: ORIGIN });
  device = new SoftAuthenticator(ORIGIN);
  const holder = { accountId: 'a1', workflowId: 'w', mode: 'test' as const, credentialHash: 'test:alice' };
  const { options, userHandle } = await passkeys.creation(holder, { challenge: 'AAAA', appName: 'App', now: NOW });
  const made = device.create(options as Parameters<SoftAuthenticator['create']>[0], { counts: true, synced: false });
  await passkeys.register(holder, { answer: made.answer, challenge: 'AAAA', userHandle, label: undefined, journeyId: 'verified', acr: 'urn:gatehouse:acr:phone', now: NOW });
  passkey = made.passkey;
});

function viewOf({ opening = {}, options = {}, id = 'j', node = 'session_risk' }: { opening?: Partial<Opening>; options?: WorkflowSource['options']; id?: string; node?: string } = {}): StepView<unknown> {
  const definition = workflowDefinition.parse({ ...userOnboarding, options });
  return {
    journey: { id, mode: 'test', opening: { credential: Personal.of('alice'), clientName: 'App', locale: 'en', ...opening } },
    workflow: { id: 'w', version: 1, definition }, node, state: undefined, now: NOW + 5000, evidence: [],
  } as unknown as StepView<unknown>;
}

describe('on the first page', () => {
  const port = (gone = false) => sessionPasskeys({
    passkeys, origin: ORIGIN, credentialHash: (mode, name) => `${mode}:${name}`, challenge: keyed,
    verifiedBy: async (journeyId) => (gone || journeyId !== 'verified' ? undefined : { journeyId, profile: Personal.of(PROFILE), linkPhone: Personal.of('+14075550123'), acr: 'urn:gatehouse:acr:phone' }),
  });
  const answerTo = (view: StepView<unknown>): Record<string, string> => {
    const offer = port().offer(view);
    return { passkey: offer ? device.get(passkey, offer) : '' };
  };

  it('knows who comes with a passkey, and on what that rests', async () => {
    const view = viewOf();
    expect(port().offer(view)).toMatchObject({ rpId: 'id.example.com' });
    const { known } = (await port().verify(answerTo(view), view)) ?? { known: [] };
    expect(known.map(({ kind, simulated }) => [kind, simulated])).toEqual([['known_person', true], ['passkey_proof', false]]);
    expect(knownPersonOf(known)).toEqual({ accountId: 'a1', by: 'passkey', trustId: passkey.id, journeyId: 'verified', acr: 'urn:gatehouse:acr:phone', profile: PROFILE, linkPhone: '+14075550123', at: NOW + 5000 });
    expect(passkeyProofOf(known)).toEqual({ passkeyId: passkey.id, accountId: 'a1', deviceType: 'singleDevice', userVerified: true, at: NOW + 5000 });
    expect([returnedAccount(known), levelOf(known), methodsOf(known)]).toEqual(['a1', 'urn:gatehouse:acr:passkey', ['hwk', 'pop', 'user', 'mfa']]);
  });

  it('takes the same form again after a conflict, but not in another journey or at another node', async () => {
    const view = viewOf();
    const form = answerTo(view);
    expect(await port().verify(form, view)).toBeDefined();
    expect(await port().verify(form, view)).toBeDefined();
    expect(await port().verify(form, viewOf({ id: 'other' }))).toBeUndefined();
    expect(await port().verify(form, viewOf({ node: 'again' }))).toBeUndefined();
  });

  it('offers the same challenge to one page for as long as it stands, and never to two', () => {
    expect(port().offer(viewOf())).toEqual(port().offer(viewOf()));
    expect(port().offer(viewOf())?.challenge).not.toBe(port().offer(viewOf({ id: 'other' }))?.challenge);
    expect(port().offer(viewOf())?.challenge).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it.each<[string, Parameters<typeof viewOf>[0], boolean]>([
    ['the workflow takes none', { options: { devices: { passkeys: false } } }, false],
    ['more was asked for than a passkey gives', { opening: { wanted: { acr: ['urn:gatehouse:acr:phone'], active: false } } }, false],
    ['a passkey is enough', { opening: { wanted: { acr: ['urn:gatehouse:acr:document', 'urn:gatehouse:acr:device'], active: true } } }, true],
    ['the application said who it has to be', { opening: { prefill: Personal.of({ familyName: 'Roshell' }) } }, false],
    ['the workflow wants the application to say it', { options: { identity: 'application' } }, false],
  ])('where %s', async (_what, given, offered) => {
    const form = answerTo(viewOf());
    expect(port().offer(viewOf(given)) !== undefined).toBe(offered);
    expect((await port().verify(form, viewOf(given))) !== undefined).toBe(offered);
  });

  it('knows nobody by another name, a lost passkey, an empty field or evidence that is gone', async () => {
    const view = viewOf({ opening: { credential: Personal.of('bob') } });
    expect(await port().verify(answerTo(view), view)).toBeUndefined();
    expect(await port().verify({ passkey: '' }, viewOf())).toBeUndefined();
    expect(await port().verify({}, viewOf())).toBeUndefined();
    expect(await port(true).verify(answerTo(viewOf()), viewOf())).toBeUndefined();
    await store.revoke({ accountId: 'a1', reason: 'by_person', now: NOW });
    expect(await port().verify(answerTo(viewOf()), viewOf())).toBeUndefined();
  });
});

describe('beside a device', () => {
  const ask = (accountId = 'a1', options: WorkflowSource['options'] = {}) => ({ accountId, workflow: viewOf({ options }).workflow, mode: 'test' as const, now: NOW + 5000 });

  it('offers the passkeys of its person alone, and judges the answer', async () => {
    const port = devicePasskeys(passkeys);
    const offer = await port.offered(ask());
    expect(offer?.options).toMatchObject({ challenge: offer?.challenge, rpId: 'id.example.com', allowCredentials: [{ id: passkey.id }] });
    const answer = device.get(passkey, { challenge: offer?.challenge ?? '', rpId: 'id.example.com' });
    const good = { kind: 'good', passkeyId: passkey.id, deviceType: 'singleDevice', userVerified: true };
    expect(await port.verify(answer, offer?.challenge ?? '', ask())).toEqual(good);
    expect(await port.verify(answer, offer?.challenge ?? '', ask())).toEqual(good);
    expect(await port.verify(answer, offer?.challenge ?? '', ask('a2'))).toEqual({ kind: 'bad', code: 'another_account' });
    expect(await port.verify(answer, 'AAAA', ask())).toEqual({ kind: 'bad', code: 'passkey_challenge' });
    expect((await port.offered(ask()))?.challenge).not.toBe(offer?.challenge);
  });

  test('nothing to offer: to others, where none is taken, or once it is revoked', async () => {
    const port = devicePasskeys(passkeys);
    expect(await port.offered(ask('a2'))).toBeUndefined();
    expect(await port.offered(ask('a1', { devices: { passkeys: false } }))).toBeUndefined();
    await store.revoke({ accountId: 'a1', reason: 'by_person', now: NOW });
    expect(await port.offered(ask())).toBeUndefined();
  });
});
