import { describe, expect, test } from 'vitest';
import type { ClaimedIdentity, Evidence, Journey, Mode } from '../../../src/journey/journey.ts';
import { riskPolicyDocument, type RiskPolicyDocument } from '../../../src/journey/rules/risk_policy.ts';
import type { VelocityQuestion } from '../../../src/journey/rules/velocity.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { claimKeys, failureTakenBack, personTakenBack, phoneVelocity, triedKeys } from '../../../src/steps/pii_validation/phone_velocity.ts';
import { COLLECTED, UA } from '../session_risk/samples.ts';

const NOW = 1_800_000_000_000;
const ANDREW: ClaimedIdentity = {
  givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743-1234', country: 'US', phone: '+14072010123',
};
const SESSION: Evidence = {
  kind: 'session', version: 1, simulated: false,
  data: Personal.of({ email: 'An.Drew+x@gmail.com', address: '203.0.113.9', placeCountry: 'US', device: 'desktop', userAgent: UA.chromeWindows, collector: COLLECTED, at: NOW }),
};
const KEY: Evidence = {
  kind: 'device_key', version: 1, simulated: false,
  data: Personal.of({ channel: 'browser', kind: 'desktop', thumbprint: 'thumb', jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, collectorVersion: 1, at: NOW }),
};
const texts = (keys: ReturnType<typeof claimKeys>): readonly string[] => keys.map(({ dimension, key, peer }) => [dimension, key.open(), ...(peer ? [peer.open()] : [])].join(' | '));

describe('what details are counted by', () => {
  const who = 'andrew roshell US34743';

  test('each thing with the person, the person with each', () => {
    const [fingerprint, ...others] = texts(claimKeys(ANDREW, [SESSION, KEY])).toReversed();
    expect(others.toReversed()).toEqual([
      `phone | +14072010123 | ${who}`, `identity | ${who} | +14072010123`, `identity_device | ${who} | thumb`, `device | thumb | ${who}`, `email | andrew@gmail.com | ${who}`,
    ]);
    expect(fingerprint).toMatch(new RegExp(`^fingerprint_identity \\| .*8db41d70784b8aad.* \\| ${who}$`));
  });

  test('without a session there is the phone and the person', () => {
    expect(texts(claimKeys(ANDREW, []))).toEqual([`phone | +14072010123 | ${who}`, `identity | ${who} | +14072010123`]);
  });

  test.each([
    ['accents and case', { givenName: 'ÁNDREW', familyName: "Ros-hell " }, true],
    ['the last four of the ZIP', { postalCode: '34743' }, true],
    ['another ZIP', { postalCode: '34744' }, false],
    ['another name', { givenName: 'Andrea' }, false],
    ['a date of birth instead of a ZIP', { birthDate: '1969-09-26' }, false],
  ])('%s', (_name, changed, same) => {
    expect(texts(claimKeys({ ...ANDREW, ...changed }, []))[0] === texts(claimKeys(ANDREW, []))[0]).toBe(same);
  });

  test('as tries: phone, device and net', () => {
    expect(texts(triedKeys(ANDREW, [SESSION, KEY]))).toEqual(['failed_phone | +14072010123', 'failed_device | thumb', 'failed_net | 203.0.113.0/24']);
    expect(texts(triedKeys(ANDREW, []))).toEqual(['failed_phone | +14072010123']);
  });

  test('what is taken back: the person without what they came with, the failure with something', () => {
    const of = (keys: ReturnType<typeof claimKeys>) => keys.map(({ dimension, key, peer }) => [dimension, key.open(), peer !== undefined]);
    expect(of(personTakenBack(ANDREW, [SESSION, KEY]))).toEqual(claimKeys(ANDREW, [SESSION, KEY]).map(({ dimension, key }) => [dimension, key.open(), false]));
    expect(of(failureTakenBack(ANDREW, [SESSION]))).toEqual([['failed_phone', '+14072010123', true], ['failed_net', '203.0.113.0/24', true]]);
  });
});

describe('judging', () => {
  async function check(seen: Readonly<Record<string, number>>, { mode = 'live' as Mode, velocityDeniesTest = false, active = undefined as RiskPolicyDocument | undefined, phone = ANDREW.phone } = {}) {
    const asked: VelocityQuestion[] = [];
    const counts = {
      count: async (questions: readonly VelocityQuestion[]) => {
        asked.push(...questions);
        return new Map(questions.map(({ rule, cap }) => [rule, Math.min(cap, seen[rule] ?? 0)]));
      },
    };
    const policies = { of: async () => ({ shadow: undefined, active: active && { workflowId: 'w', version: 2, status: 'active' as const, document: riskPolicyDocument.parse(active), note: undefined, createdAt: NOW, changedAt: NOW } }) };
    const workflow = { id: 'w', version: 1, definition: workflowDefinition.parse({ ...userOnboarding, options: { risk: { velocityDeniesTest } } }) };
    const journey = { id: 'j', mode } as Journey;
    const found = await phoneVelocity(counts, policies).check(Personal.of({ ...ANDREW, phone }), { journey, workflow, now: NOW, evidence: [SESSION, KEY] });
    return { ...found, asked };
  }

  test.each([
    ['identities_per_phone_30d', 3], ['identities_per_phone_365d', 3], ['phones_per_identity_24h', 4], ['devices_per_identity_24h', 6], ['identities_per_device_24h', 3],
    ['identities_per_device_30d', 5], ['identities_per_email_30d', 3], ['failed_per_phone_24h', 5], ['failed_per_device_1h', 6], ['failed_per_net_1h', 30],
    ['failed_links_per_phone_24h', 4], ['journeys_per_phone_24h', 5],
  ])('%s denies at %i, and challenges below', async (rule, limit) => {
    expect(await check({ [rule]: limit })).toMatchObject({ verdict: 'deny', reasons: [{ code: 'velocity_phone', detail: { rule, count: limit, limit, enforced: true } }] });
    expect(await check({ [rule]: limit - 1 })).toMatchObject({ verdict: 'challenge', reasons: [{ code: 'velocity_phone_challenge', detail: { rule, count: limit - 1, enforced: true } }] });
    expect(await check({})).toMatchObject({ verdict: 'within', reasons: [] });
  });

  test('a test key is told and not stopped, unless the workflow asks for it', async () => {
    const seen = { identities_per_phone_30d: 3 };
    expect(await check(seen, { mode: 'test' })).toMatchObject({ verdict: 'within', reasons: [{ detail: { enforced: false } }] });
    expect((await check(seen, { mode: 'test', velocityDeniesTest: true })).verdict).toBe('deny');
  });

  test("the active policy's limits count", async () => {
    const seen = { failed_per_phone_24h: 5 };
    expect((await check(seen, { active: { velocity: { failed_per_phone_24h: { challengeAt: 10, denyAt: 20 } } } })).verdict).toBe('within');
  });

  test('how a browser looks stops nobody', async () => {
    const { asked } = await check({ identities_per_fingerprint_24h: 30 });
    expect(asked.map(({ dimension }) => dimension)).not.toContain('fingerprint_identity');
    expect(new Set(asked.map(({ dimension }) => dimension)).size).toBe(9);
  });

  test('a phone from abroad is told, and nothing more', async () => {
    expect(await check({}, { phone: '+447911123456' })).toMatchObject({ verdict: 'within', reasons: [{ code: 'phone_country_differs', detail: { callingCode: '44', address: 'US' } }] });
    expect((await check({})).reasons).toEqual([]);
  });
});
