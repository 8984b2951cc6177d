/** The first page for whoever is known elsewhere: a key that is shown, a passkey instead of an answer. */
import { describe, expect, test } from 'vitest';
import { deviceKeysOf } from '../../../src/journey/device_evidence.ts';
import type { Evidence, Journey, Mode } from '../../../src/journey/journey.ts';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type Workflow } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { challengeFor } from '../../../src/steps/device_key.ts';
import type { SessionPasskeys } from '../../../src/steps/session_risk/passkey_port.ts';
import { approvedSightings } from '../../../src/steps/session_evidence.ts';
import { sessionRisk, type SessionRiskState } from '../../../src/steps/session_risk/session_risk.ts';
import type { StepView } from '../../../src/steps/step.ts';
import { browserKey, DEVICE_KEYS } from '../device_keys.ts';
import { chromiumHeaders, COLLECTED, UA } from './samples.ts';
import { LISTED, makeWorld, NOW, sign, signed, type World } from './world.ts';

const KNOWN: readonly Evidence[] = [
  { kind: 'known_person', version: 1, simulated: true, data: Personal.of({ accountId: 'a' }) },
  { kind: 'passkey_proof', version: 1, simulated: true, data: Personal.of({ passkeyId: 'p' }) },
];
const passkeys: SessionPasskeys = {
  offer: ({ journey, node }) => ({ challenge: sign(`${journey.id}${node}`), rpId: 'id.example' }),
  verify: async ({ passkey }) => (passkey === 'good' ? { known: KNOWN } : undefined),
};

function view(mode: Mode = 'live', more: Partial<StepView<SessionRiskState>> = {}, credential?: string): StepView<SessionRiskState> {
  const workflow: Workflow = { id: 'onboarding', version: 3, definition: workflowDefinition.parse({ ...userOnboarding, options: {} }) };
  const journey: Journey = {
    id: 'j1', workflowId: 'onboarding', workflowVersion: 3, mode, clientId: 'c', interactionUid: 'u', version: 1,
    createdAt: NOW, expiresAt: NOW + 1000, extensions: 0, results: [], states: Personal.of({}), decision: undefined,
    opening: { credential: credential === undefined ? undefined : Personal.of(credential), clientName: 'App', locale: 'en' },
  };
  return { journey, workflow, node: 'session_risk', state: undefined, now: NOW, evidence: [], ...more };
}

async function send(values: Record<string, string>, world: World = {}, at = view()) {
  const { deps, asked } = makeWorld({ passkeys, ...world });
  const step = sessionRisk({ ...deps, deviceKeys: DEVICE_KEYS, passkeys });
  const result = await step.submit({
    page: 'session_risk', version: 1, channel: 'browser', values: Personal.of({ collector: JSON.stringify(COLLECTED), shown_at: signed(NOW - 5_000), ...values }),
    visitor: { address: Personal.of('8.8.8.8'), userAgent: UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' },
  }, at);
  const change = result.kind === 'change' ? result.change : undefined;
  return { step, result, change, end: change?.end, asked };
}

describe('a passkey', () => {
  test('is offered, the same each time the page is shown', async () => {
    const { step } = await send({ country: 'US' });
    const page = () => step.move(view());
    expect(page()).toEqual(page());
    expect(page()).toMatchObject({ page: { model: { passkey: { rpId: 'id.example' }, honeypot: 'homepage', deviceChallenge: expect.any(String), shownAt: expect.stringContaining(`${NOW}.`) } } });
  });

  test.each([
    ['a clean session', {}, 'known', ['session', 'known_person', 'passkey_proof']],
    ['a session to be challenged', { seen: { sessions_per_address_10m: 10 } }, 'known', ['session', 'known_person', 'passkey_proof']],
    ['a session that is denied', { tor: LISTED }, 'deny', ['session']],
  ] as const)('with %s', async (_name, world, outcome, kinds) => {
    const { end } = await send({ passkey: 'good' }, world as World);
    expect(end?.outcome).toBe(outcome);
    expect(STEP_FACTS.session_risk.outcomes).toContain(outcome);
    expect(end?.evidence?.map(({ kind }) => kind)).toEqual(kinds);
    expect(end?.reasons[0]?.code).toBe(outcome === 'known' ? 'passkey_proved' : 'tor_exit');
  });

  test('that is not good changes nothing, whatever else was answered', async () => {
    const { result, asked } = await send({ passkey: 'bad', country: 'US' });
    expect(result).toEqual({ kind: 'invalid', errors: { passkey: 'passkey_refused' } });
    expect(asked).toEqual([]);
  });

  test('without one the page is answered as ever', async () => {
    expect((await send({ passkey: '', country: 'US' })).end?.outcome).toBe('allow');
    expect((await send({ passkey: '' })).result).toEqual({ kind: 'invalid', errors: { country: 'country_invalid' } });
  });
});

describe('a key', () => {
  test('that signed becomes evidence, and what the session is judged by', async () => {
    const key = await browserKey();
    const proof = await key.sign(challengeFor(DEVICE_KEYS, 'j1', 'session_risk', 'browser'), NOW);
    const { end, asked } = await send({ country: 'US', device_key: proof });
    expect(deviceKeysOf(end?.evidence ?? [])).toMatchObject([{ channel: 'browser', kind: 'desktop', thumbprint: key.thumbprint }]);
    expect(asked.find(({ rule }) => rule === 'identities_per_device_24h')?.key.open()).toBe(key.thumbprint);
  });

  test('that signed something else is nobody\'s fault, and no evidence', async () => {
    const key = await browserKey();
    for (const proof of [await key.sign('another', NOW), 'garbage', await key.sign(challengeFor(DEVICE_KEYS, 'j2', 'session_risk', 'browser'), NOW)]) {
      const { end, asked } = await send({ country: 'US', device_key: proof });
      expect(end?.outcome).toBe('allow');
      expect(end?.evidence?.map(({ kind }) => kind)).toEqual(['session']);
      expect(asked.some(({ dimension }) => dimension === 'device')).toBe(false);
    }
  });
});

describe('what is kept of the decision', () => {
  test('the record, with what the shadow would have said, and where the named person was seen', async () => {
    const { change } = await send({ country: 'US' }, { shadow: { deniedCountries: ['US'] } }, view('live', {}, 'customer-4711'));
    expect(change?.risk).toMatchObject({ policyVersion: 0, record: { version: 2, outcome: 'allow' }, shadow: { policyVersion: 5, record: { outcome: 'deny' } } });
    expect(change?.end?.outcome).toBe('allow');
    // A stranger may have named them: nothing is said of where they are before the journey is approved.
    expect(change?.sightings ?? []).toEqual([]);
    expect(JSON.stringify(change)).not.toContain('customer');
    const { journey } = view('live', {}, 'customer-4711');
    const seen = approvedSightings(journey, change?.end?.evidence ?? []);
    expect(seen.map(({ subject, place }) => [subject.open(), place])).toEqual([['credential\0onboarding\0customer-4711', { country: 'US' }]]);
    expect(approvedSightings(view().journey, change?.end?.evidence ?? [])).toEqual([]);
    expect(approvedSightings(journey, [])).toEqual([]);
  });

  test('a point and whose network it is are kept for the approval', async () => {
    const place = { country: 'GB', latitude: 51.51, longitude: -0.13, radiusKm: 20, network: 'access' } as const;
    const { change } = await send({ country: 'US' }, { place }, view('live', {}, 'customer-4711'));
    expect(approvedSightings(view('live', {}, 'customer-4711').journey, change?.end?.evidence ?? [])[0]?.place).toEqual(place);
    const nowhere = await send({ country: 'US' }, { place: { network: 'access' } }, view('live', {}, 'customer-4711'));
    expect(approvedSightings(view('live', {}, 'customer-4711').journey, nowhere.change?.end?.evidence ?? [])).toEqual([]);
  });

  test('a session that a recognised device came with already is not counted again', async () => {
    const session: Evidence = { kind: 'session', version: 1, simulated: false, data: Personal.of({}) };
    const { change, end } = await send({ country: 'US' }, {}, view('live', { evidence: [session] }, 'customer-4711'));
    expect(change).toMatchObject({ counts: [] });
    expect(end?.outcome).toBe('allow');
  });
});
