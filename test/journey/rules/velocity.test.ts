import { describe, expect, test } from 'vitest';
import {
  judgeVelocity,
  longestWindowMs,
  storedDimension,
  velocityOf,
  velocityQuestions,
  VELOCITY_RULES,
  type VelocityQuestion,
} from '../../../src/journey/rules/velocity.ts';
import { Personal } from '../../../src/personal.ts';

const NOW = 1_800_000_000_000;
const phone = { dimension: 'phone', key: Personal.of('+14075550101') } as const;

describe('velocity rules', () => {
  test('the table is in order: every challenge comes before its deny, and names are unique', () => {
    for (const rule of VELOCITY_RULES) expect(rule.challengeAt, rule.name).toBeLessThan(rule.denyAt);
    expect(new Set(VELOCITY_RULES.map(({ name }) => name)).size).toBe(VELOCITY_RULES.length);
  });

  test('asks only the rules of the given dimensions, apart for test traffic', () => {
    const asked = velocityQuestions(VELOCITY_RULES, [phone], 'test', NOW);
    expect(asked.map(({ rule }) => rule)).toEqual(['journeys_per_phone_24h', 'journeys_per_phone_30d']);
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

  test('the longest window is the thirty days of phones', () => {
    expect(longestWindowMs(VELOCITY_RULES)).toBe(30 * 86_400_000);
  });
});
