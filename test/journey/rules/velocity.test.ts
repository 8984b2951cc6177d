import { describe, expect, test } from 'vitest';
import {
  judgeTallies,
  judgeVelocity,
  limitedRules,
  longestWindowMs,
  longWindowMs,
  storedDimension,
  talliesOf,
  velocityOf,
  velocityQuestions,
  VELOCITY_RULES,
  widestRules,
  type VelocityQuestion,
} from '../../../src/journey/rules/velocity.ts';
import { Personal } from '../../../src/personal.ts';

const NOW = 1_800_000_000_000;
const phone = { dimension: 'phone', key: Personal.of('+14075550101') } as const;

describe('velocity rules', () => {
  test('the table is in order: no challenge comes after its deny, and names are unique', () => {
    for (const rule of VELOCITY_RULES) expect(rule.challengeAt, rule.name).toBeLessThanOrEqual(rule.denyAt);
    expect(new Set(VELOCITY_RULES.map(({ name }) => name)).size).toBe(VELOCITY_RULES.length);
  });

  test('asks only the rules of the given dimensions, apart for test traffic', () => {
    const asked = velocityQuestions(VELOCITY_RULES, [phone], 'test', NOW);
    expect(asked.map(({ rule }) => rule)).toEqual(['journeys_per_phone_24h', 'journeys_per_phone_30d', 'identities_per_phone_30d', 'identities_per_phone_365d']);
    expect(asked[0]).toMatchObject({ dimension: 'test:phone', since: NOW - 86_400_000, cap: 5, of: 'journeys' });
    expect(storedDimension('live', 'phone')).toBe('phone');
  });

  test.each([
    [0, 'within', 3],
    [2, 'within', 3],
    [3, 'challenge', 3],
    [4, 'challenge', 3],
    [5, 'deny', 5],
  ])('%i earlier journeys: %s', async (count, verdict, limit) => {
    const counts = { count: async (asked: readonly VelocityQuestion[]) => new Map(asked.map(({ rule }) => [rule, count])) };
    const [day] = await velocityOf(counts, VELOCITY_RULES, [phone], { mode: 'live', now: NOW, journeyId: 'j' });
    expect(day).toMatchObject({ rule: 'journeys_per_phone_24h', verdict, count, limit });
  });

  test('a store that leaves a rule out is broken, not clean', () => {
    const asked = velocityQuestions(VELOCITY_RULES, [phone], 'live', NOW);
    expect(() => judgeVelocity(VELOCITY_RULES, asked, new Map())).toThrow(TypeError);
  });

  test('rows are kept for thirty days, those of phones for a year', () => {
    expect(longestWindowMs(VELOCITY_RULES)).toBe(30 * 86_400_000);
    expect(longWindowMs(VELOCITY_RULES)).toBe(365 * 86_400_000);
  });

  test("a policy's limits take the place of the table's, rule by rule", () => {
    const limited = limitedRules(VELOCITY_RULES, { journeys_per_phone_24h: { challengeAt: 1, denyAt: 2 } });
    expect(limited.find(({ name }) => name === 'journeys_per_phone_24h')).toMatchObject({ challengeAt: 1, denyAt: 2, windowSeconds: 86_400 });
    expect(limited.filter((rule, at) => rule !== VELOCITY_RULES[at])).toHaveLength(1);
  });

  test('two policies are counted for at once, as far as either looks', () => {
    const strict = limitedRules(VELOCITY_RULES, { journeys_per_phone_24h: { challengeAt: 1, denyAt: 2 } });
    const lax = limitedRules(VELOCITY_RULES, { journeys_per_phone_24h: { challengeAt: 20, denyAt: 90 }, failed_per_net_1h: { challengeAt: 1, denyAt: 1 } });
    const widest = widestRules([strict, lax]);
    expect(widest.find(({ name }) => name === 'journeys_per_phone_24h')).toMatchObject({ challengeAt: 20, denyAt: 90 });
    expect(widest.find(({ name }) => name === 'failed_per_net_1h')).toMatchObject({ challengeAt: 10, denyAt: 30 });
    const tallies = [{ rule: 'journeys_per_phone_24h', count: 15, cap: 90 }];
    expect(judgeTallies(strict, tallies)).toMatchObject([{ verdict: 'deny', count: 15, limit: 2 }]);
    expect(judgeTallies(lax, tallies)).toMatchObject([{ verdict: 'within', limit: 20 }]);
    expect(() => talliesOf(velocityQuestions(strict, [phone], 'live', NOW), new Map())).toThrow(TypeError);
  });

  test('the whole table of starting rules', () => {
    expect(VELOCITY_RULES.filter(({ of }) => of === 'peers').map(({ name, challengeAt, denyAt }) => `${name} ${challengeAt}/${denyAt}`)).toEqual([
      'identities_per_device_24h 2/3', 'identities_per_device_30d 3/5', 'identities_per_phone_30d 2/3', 'identities_per_phone_365d 2/3', 'phones_per_identity_24h 2/4',
      'phones_per_identity_30d 2/4', 'devices_per_identity_24h 3/6', 'identities_per_email_30d 2/3', 'addresses_per_fingerprint_1h 5/15', 'identities_per_fingerprint_24h 10/30',
    ]);
  });
});
