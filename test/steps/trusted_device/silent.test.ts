import { describe, expect, it } from 'vitest';
import type { FeedAnswer } from '../../../src/feeds/feeds.ts';
import type { RiskPolicyDocument } from '../../../src/journey/rules/risk_policy.ts';
import type { SeenPlace } from '../../../src/journey/rules/travel.ts';
import type { Place } from '../../../src/journey/store.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { judgeSilentReturn, type CountedReturn, type DeviceStanding } from '../../../src/steps/trusted_device/silent.ts';
import { chromiumHeaders, UA } from '../session_risk/samples.ts';

const NOW = 1_800_000_000_000;
const [CURRENT, PREVIOUS, OTHER] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
const device: DeviceStanding = { tokenHash: CURRENT, previousHash: PREVIOUS, previousUntil: NOW + 1, trustedUntil: NOW + 1 };
const clean: FeedAnswer = { kind: 'not_listed', version: '1' };
const listed: FeedAnswer = { kind: 'listed', list: 0, version: '1' };
const stale: FeedAnswer = { kind: 'stale', version: '1' };
const unset: FeedAnswer = { kind: 'not_configured' };
const [NEW_YORK, LONDON] = [{ latitude: 40, longitude: -74 }, { latitude: 51, longitude: 0 }];
const USUAL: Place = { country: 'US' };

interface Case {
  readonly device?: DeviceStanding | undefined;
  readonly deviceless?: boolean;
  readonly presented?: string | undefined;
  readonly tor?: FeedAnswer;
  readonly denied?: FeedAnswer;
  readonly place?: Place;
  readonly userAgent?: string;
  readonly last?: SeenPlace;
  readonly counted?: number;
  readonly mode?: 'test' | 'live';
  readonly risk?: NonNullable<WorkflowSource['options']>['risk'];
  readonly active?: RiskPolicyDocument;
  readonly policy?: string;
  /** How long ago it was decided. */
  readonly agoMs?: number;
  readonly bound?: string;
  readonly hardwareKeys?: boolean;
  readonly options?: WorkflowSource['options'];
}

interface Found {
  readonly refusal: string | undefined;
  readonly counted: readonly CountedReturn[];
  readonly sighted: readonly Place[];
  readonly refused: readonly string[];
}

async function judge(one: Case): Promise<Found> {
  const [counted, sighted, refused]: [CountedReturn[], Place[], string[]] = [[], [], []];
  const refusal = await judgeSilentReturn({
    feeds: {
      look: async () => ({ tor: one.tor ?? clean, denied: one.denied ?? clean, hosting: unset, vpn: unset }),
      locate: () => one.place ?? USUAL,
    },
    workflows: { version: async (id, version) => (id === 'a@b' && version === 3 ? { id, version, definition: workflowDefinition.parse({ ...userOnboarding, options: { risk: one.risk, ...one.options } }) } : undefined) },
    policies: { of: async (workflowId) => ({ shadow: undefined, active: one.active && { workflowId, version: 7, status: 'active', document: one.active, note: undefined, createdAt: 0, changedAt: 0 } }) },
    returns: {
      async count(at) {
        counted.push(at);
        return { before: one.counted ?? 0, last: one.last };
      },
      async sighted(_mode, _subject, place) {
        sighted.push(place);
      },
      async refused(_journeyId, code) {
        refused.push(code);
      },
    },
    hardwareKeys: one.hardwareKeys ?? false,
    now: () => NOW,
  }, {
    outcome: { policy: one.policy ?? 'a@b@3', journeyId: 'j', accountId: 'account-1', decidedAt: NOW - (one.agoMs ?? 0), deviceId: one.deviceless ? undefined : 'device-1', boundDevices: [], device: 'device' in one ? one.device : device, profile: async () => undefined },
    mode: one.mode ?? 'live',
    presented: 'presented' in one ? one.presented : CURRENT,
    bound: one.bound,
    visitor: { address: Personal.of('203.0.113.7'), userAgent: one.userAgent ?? UA.chromeWindows, headers: chromiumHeaders('Windows'), locale: 'en' },
  });
  return { refusal, counted, sighted, refused };
}

const key = { sessionId: 's', jwk: {}, alg: 'ES256', registeredAt: 1, cookieHash: OTHER, cookieUntil: NOW + 1 } as const;

describe('a silent return', () => {
  it.each<readonly [string, Case, string | undefined]>([
    ['is owed an identity where the application has to supply one, whoever cut it out', { options: { identity: 'application' } }, 'identity_wanted'],
    ['without a device is good for a while', { deviceless: true, agoMs: 15 * 60_000 - 1 }, undefined],
    ['and no longer, however long the workflow reuses', { deviceless: true, agoMs: 15 * 60_000, options: { reuseSeconds: 86_400 } }, 'session_without_device'],
    ['but where devices are not trusted it is all there is', { deviceless: true, agoMs: 15 * 60_000, options: { devices: { trust: false } } }, undefined],
    ['of a device with a key in hardware comes with its cookie', { device: { ...device, hardware: key }, hardwareKeys: true, bound: OTHER }, undefined],
    ['or not at all', { device: { ...device, hardware: key }, hardwareKeys: true }, 'hardware_key_missing'],
    ['or too late', { device: { ...device, hardware: { ...key, cookieUntil: NOW } }, hardwareKeys: true, bound: OTHER }, 'hardware_key_missing'],
    ['and is not asked for it where nobody is', { device: { ...device, hardware: key } }, undefined],
  ])('%s', async (_name, one, refusal) => {
    expect((await judge(one)).refusal).toBe(refusal);
  });


  it.each<readonly [string, Case, string | undefined]>([
    ['with the current cookie', {}, undefined],
    ['with the cookie before, within the overlap', { presented: PREVIOUS }, undefined],
    ['with the cookie before, after the overlap', { presented: PREVIOUS, device: { ...device, previousUntil: NOW } }, 'cookie_of_another_device'],
    ['without a cookie', { presented: undefined }, 'cookie_missing'],
    ['with another device\'s cookie', { presented: OTHER }, 'cookie_of_another_device'],
    ['with a cookie of another length', { presented: 'a' }, 'cookie_of_another_device'],
    ['of a device that never got a cookie', { presented: '', device: { ...device, tokenHash: undefined, previousHash: undefined } }, 'cookie_of_another_device'],
    ['of a device that is gone', { device: undefined }, 'device_gone'],
    ['when trust has expired', { device: { ...device, trustedUntil: NOW } }, 'trust_ended'],
    ['when trust was revoked', { device: { ...device, trustedUntil: undefined } }, 'trust_ended'],
    ['from a TOR exit', { tor: listed }, 'tor_exit'],
    ['from a TOR exit where a policy switched that rule and its points off', { tor: listed, active: { rules: { tor_exit: false }, points: { tor_exit: 0 } } }, undefined],
    ['from a listed net', { denied: listed }, 'listed_address'],
    ['from an address that old lists do not hold', { tor: stale, denied: stale }, undefined],
    ['from such an address under a policy that wants to know', { tor: stale, active: { unknown: { tor: 'deny' } } }, 'tor_list_stale'],
    ['under a policy that wants to know what only a page tells', { active: { unknown: { timezone: 'deny', place: 'deny', collector: 'deny', fingerprint: 'deny' } } }, undefined],
    ['from a net that the workflow denies', { risk: { deniedNets: ['203.0.113.0/24'] } }, 'denied_net'],
    ['from beside such a net', { risk: { deniedNets: ['203.0.114.0/24'] } }, undefined],
    ['from a country that the workflow denies', { risk: { deniedCountries: ['US'] } }, 'denied_country'],
    ['by a robot', { userAgent: UA.headlessChrome }, 'user_agent_headless'],
    ['for the sixtieth time in ten minutes', { counted: 60 }, 'velocity_challenge'],
    ['for the hundred and twentieth time', { counted: 500 }, 'velocity_deny'],
    ['for the fifty-ninth time', { counted: 59 }, undefined],
    ['too often under a test key', { counted: 5000, mode: 'test' }, undefined],
    ['too often under a test key that asked for it', { counted: 5000, mode: 'test', risk: { velocityDeniesTest: true } }, 'velocity_deny'],
    ['from across the sea after a minute', { place: { ...LONDON, network: 'access' }, last: { place: { ...NEW_YORK, network: 'access' }, at: NOW - 60_000 } }, 'impossible_travel'],
    ['from there, in a net that the workflow allows', { place: { ...LONDON, network: 'access' }, last: { place: { ...NEW_YORK, network: 'access' }, at: NOW - 60_000 }, risk: { allowedNets: ['203.0.113.0/24'] } }, undefined],
    ['from across the sea after a day', { place: LONDON, last: { place: NEW_YORK, at: NOW - 86_400_000 } }, undefined],
    ['from another country after a minute', { place: { country: 'JP', network: 'access' }, last: { place: { country: 'US', network: 'access' }, at: NOW - 60_000 } }, 'country_changed'],
    ['from another country after a minute, under a policy to which that is nothing', {
      place: { country: 'JP', network: 'access' }, last: { place: { country: 'US', network: 'access' }, at: NOW - 60_000 }, active: { points: { country_changed: 0 } },
    }, undefined],
    ['under an active policy that denies the country', { active: { deniedCountries: ['US'] } }, 'denied_country'],
    ['under an active policy with a limit of its own', { counted: 5, active: { velocity: { returns_per_device_10m: { challengeAt: 5, denyAt: 9 } } } }, 'velocity_challenge'],
    ['by a workflow version that is gone', { policy: 'a@b@4' }, 'policy_gone'],
    ['without a device, from anywhere it likes', { deviceless: true, device: undefined, presented: undefined, counted: 5000 }, undefined],
    ['without a device, from a TOR exit', { deviceless: true, device: undefined, presented: undefined, tor: listed }, 'tor_exit'],
    ['without a device, under a policy that wants to know of it', { deviceless: true, device: undefined, active: { unknown: { velocity: 'deny', travel: 'deny' } } }, undefined],
  ])('%s', async (_what, one, expected) => {
    expect((await judge(one)).refusal).toBe(expected);
  });

  it('counts what comes with the cookie of its device, and nothing else', async () => {
    const { counted } = await judge({ active: {} });
    expect(counted.map(({ subject, ...one }) => ({ ...one, subject: subject.open() }))).toEqual([{
      mode: 'live', journeyId: 'j', deviceId: 'device-1', presented: CURRENT, subject: 'account-1', policyVersion: 7, country: 'US', now: NOW, since: NOW - 600_000,
    }]);
    expect((await judge({ presented: OTHER })).counted).toEqual([]);
    expect(await judge({ deviceless: true, device: undefined })).toMatchObject({ counted: [], sighted: [], refused: [] });
  });

  it('says where its person is only where it was accepted, and why where it was not', async () => {
    expect(await judge({})).toMatchObject({ sighted: [USUAL], refused: [] });
    for (const [one, code] of [
      [{ tor: listed }, 'tor_exit'],
      [{ counted: 60 }, 'velocity_challenge'],
      [{ place: { ...LONDON, network: 'access' }, last: { place: { ...NEW_YORK, network: 'access' }, at: NOW - 60_000 } }, 'impossible_travel'],
    ] as const) expect(await judge(one)).toMatchObject({ refusal: code, sighted: [], refused: [code] });
  });

  it.each<readonly [string, Place, SeenPlace | undefined, boolean]>([
    ['the first one', USUAL, undefined, true],
    ['the same a moment later', USUAL, { place: USUAL, at: NOW - 60_000 }, false],
    ['the same after a while', USUAL, { place: USUAL, at: NOW - 600_000 }, true],
    ['a neighbour\'s', { country: 'CA' }, { place: USUAL, at: NOW - 60_000 }, true],
    ['nowhere', {}, undefined, false],
    ['a network that stands for no place', { country: 'US', network: 'vpn' }, undefined, false],
  ])('notes a place that is news: %s', async (_what, place, last, noted) => {
    const found = await judge({ place, ...(last ? { last } : {}) });
    expect(found).toMatchObject({ refusal: undefined, sighted: noted ? [place] : [] });
  });
});
