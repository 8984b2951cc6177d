import { describe, expect, it } from 'vitest';
import type { FeedAnswer } from '../../../src/feeds/feeds.ts';
import type { RiskPolicyDocument } from '../../../src/journey/rules/risk_policy.ts';
import type { SeenPlace } from '../../../src/journey/rules/travel.ts';
import type { Place } from '../../../src/journey/store.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { workflowDefinition, type WorkflowSource } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { judgeSilentReturn, type DeviceStanding, type SilentDeps, type SilentRefusal } from '../../../src/steps/trusted_device/silent.ts';

const NOW = 1_800_000_000_000;
const [CURRENT, PREVIOUS, OTHER] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
const device: DeviceStanding = { tokenHash: CURRENT, previousHash: PREVIOUS, previousUntil: NOW + 1, trustedUntil: NOW + 1 };
const clean: FeedAnswer = { kind: 'not_listed', version: '1' };
const listed: FeedAnswer = { kind: 'listed', list: 0, version: '1' };
const stale: FeedAnswer = { kind: 'stale', version: '1' };

interface Case {
  readonly device?: DeviceStanding | undefined;
  readonly deviceless?: boolean;
  readonly presented?: string | undefined;
  readonly tor?: FeedAnswer;
  readonly denied?: FeedAnswer;
  readonly place?: Place | undefined;
  readonly last?: SeenPlace;
  readonly counted?: number;
  readonly mode?: 'test' | 'live';
  readonly risk?: NonNullable<WorkflowSource['options']>['risk'];
  readonly active?: RiskPolicyDocument;
  readonly policy?: string;
}

async function judge(one: Case): Promise<{ refusal: SilentRefusal | undefined; asked: Parameters<SilentDeps['counts']['judgeAndCount']>[0][] }> {
  const asked: Parameters<SilentDeps['counts']['judgeAndCount']>[0][] = [];
  const refusal = await judgeSilentReturn({
    feeds: {
      look: async () => ({ tor: one.tor ?? clean, denied: one.denied ?? clean }),
      locate: () => ('place' in one ? one.place : { country: 'US' }),
    },
    workflows: { version: async (id, version) => (id === 'a@b' && version === 3 ? { id, version, definition: workflowDefinition.parse({ ...userOnboarding, options: { risk: one.risk } }) } : undefined) },
    policies: { of: async (workflowId) => ({ shadow: undefined, active: one.active && { workflowId, version: 1, status: 'active', document: one.active, note: undefined, createdAt: 0, changedAt: 0 } }) },
    counts: {
      async judgeAndCount(at) {
        asked.push(at);
        return { counted: new Map(at.questions.map(({ rule }) => [rule, one.counted ?? 0])), last: one.last };
      },
    },
    now: () => NOW,
  }, {
    outcome: { policy: one.policy ?? 'a@b@3', journeyId: 'j', accountId: 'account-1', deviceId: one.deviceless ? undefined : 'device-1', device: 'device' in one ? one.device : device },
    mode: one.mode ?? 'live',
    presented: 'presented' in one ? one.presented : CURRENT,
    address: Personal.of('203.0.113.7'),
  });
  return { refusal, asked };
}

describe('a silent return', () => {
  it.each<readonly [string, Case, SilentRefusal | undefined]>([
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
    ['from a TOR exit', { tor: listed }, 'address_listed'],
    ['from a listed net', { denied: listed }, 'address_listed'],
    ['from an address that old lists do not hold', { tor: stale, denied: stale }, undefined],
    ['from a net that the workflow denies', { risk: { deniedNets: ['203.0.113.0/24'] } }, 'net_denied'],
    ['from beside such a net', { risk: { deniedNets: ['203.0.114.0/24'] } }, undefined],
    ['from a country that the workflow denies', { risk: { deniedCountries: ['US'] } }, 'country_denied'],
    ['for the sixtieth time in ten minutes', { counted: 60 }, 'returns_too_often'],
    ['for the fifty-ninth time', { counted: 59 }, undefined],
    ['too often under a test key', { counted: 5000, mode: 'test' }, undefined],
    ['too often under a test key that asked for it', { counted: 5000, mode: 'test', risk: { velocityDeniesTest: true } }, 'returns_too_often'],
    ['from across the sea after a minute', { place: { latitude: 51, longitude: 0 }, last: { place: { latitude: 40, longitude: -74 }, at: NOW - 60_000 } }, 'travel_impossible'],
    ['from across the sea after a day', { place: { latitude: 51, longitude: 0 }, last: { place: { latitude: 40, longitude: -74 }, at: NOW - 86_400_000 } }, undefined],
    ['from another country after a minute', { place: { country: 'JP' }, last: { place: { country: 'US' }, at: NOW - 60_000 } }, 'travel_impossible'],
    ['under an active policy that denies the country', { active: { deniedCountries: ['US'] } }, 'country_denied'],
    ['under an active policy with a limit of its own', { counted: 5, active: { velocity: { returns_per_device_10m: { challengeAt: 5, denyAt: 5 } } } }, 'returns_too_often'],
    ['by a workflow version that is gone', { policy: 'a@b@4' }, 'policy_gone'],
    ['without a device, from anywhere it likes', { deviceless: true, device: undefined, presented: undefined, counted: 5000 }, undefined],
    ['without a device, from a TOR exit', { deviceless: true, device: undefined, presented: undefined, tor: listed }, 'address_listed'],
  ])('%s', async (_what, one, expected) => {
    expect((await judge(one)).refusal).toBe(expected);
  });

  it('counts by its device, sees the account, and counts nothing it refuses already', async () => {
    const { asked } = await judge({});
    expect(asked).toHaveLength(1);
    expect(asked[0]?.counts.map(({ dimension, key }) => [dimension, key.open()])).toEqual([['return', 'device-1']]);
    expect(asked[0]?.subject.open()).toBe('account-1');
    expect(asked[0]?.place).toEqual({ country: 'US' });
    expect((await judge({ presented: OTHER })).asked).toEqual([]);
    expect((await judge({ deviceless: true, device: undefined })).asked).toEqual([]);
    expect((await judge({ mode: 'test' })).asked[0]?.counts.map(({ dimension }) => dimension)).toEqual(['test:return']);
  });

  it('notes no place that it does not know', async () => {
    for (const place of [undefined, {}, { network: 'vpn' }] as const) expect((await judge({ place })).asked[0]?.place).toBeUndefined();
  });
});
