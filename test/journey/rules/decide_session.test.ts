import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { decideSession } from '../../../src/journey/rules/decide_session.ts';
import { decisionRecord } from '../../../src/journey/rules/decision_record.ts';
import { HARD_RULES } from '../../../src/journey/rules/hard_rules.ts';
import { POINTS } from '../../../src/journey/rules/points.ts';
import type { Signal } from '../../../src/journey/rules/signal.ts';
import { workflowOptions } from '../../../src/journey/workflow.ts';

const policy = workflowOptions.parse({}).risk;

function signal(code: string, severity: Signal['severity'] = 'low'): Signal {
  return { id: code, version: 1, status: 'ok', severity, code, details: { from: 'test' }, source: 'test' };
}

interface Row {
  readonly name: string;
  readonly codes: readonly string[];
  readonly live: readonly [outcome: string, rule: string];
  readonly test: readonly [outcome: string, rule: string];
}

const TABLE: readonly Row[] = [
  { name: 'nothing found', codes: [], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'no collector', codes: ['collector_missing'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'TOR', codes: ['tor_exit'], live: ['deny', 'tor_exit'], test: ['deny', 'tor_exit'] },
  { name: 'a listed address', codes: ['listed_address'], live: ['deny', 'listed_address'], test: ['deny', 'listed_address'] },
  { name: 'a denied net', codes: ['denied_net'], live: ['deny', 'denied_net'], test: ['deny', 'denied_net'] },
  { name: 'TOR before a list', codes: ['listed_address', 'tor_exit'], live: ['deny', 'tor_exit'], test: ['deny', 'tor_exit'] },
  { name: 'too many', codes: ['velocity_deny'], live: ['deny', 'velocity_deny'], test: ['allow', 'score'] },
  { name: 'rather many', codes: ['velocity_challenge'], live: ['challenge', 'velocity_challenge'], test: ['allow', 'score'] },
  { name: 'a robot without collector', codes: ['user_agent_robot', 'accept_language_missing', 'collector_missing'], live: ['deny', 'automation'], test: ['allow', 'score'] },
  { name: 'headless', codes: ['user_agent_headless', 'automation_detected', 'headless_traits'], live: ['deny', 'automation'], test: ['allow', 'score'] },
  { name: 'one contradiction', codes: ['client_hints_contradict'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'two contradictions', codes: ['client_hints_contradict', 'platform_contradicts'], live: ['challenge', 'score'], test: ['allow', 'score'] },
  { name: 'every contradiction', codes: ['client_hints_contradict', 'platform_contradicts', 'user_agent_contradicts'], live: ['deny', 'score'], test: ['allow', 'score'] },
  { name: 'a challenge never softens a denying score', codes: ['velocity_challenge', 'client_hints_contradict', 'languages_contradict'], live: ['deny', 'score'], test: ['allow', 'score'] },
  { name: 'unconfigured lists', codes: ['tor_list_not_configured', 'address_lists_not_configured'], live: ['allow', 'score'], test: ['allow', 'score'] },
];

describe('the built-in policy', () => {
  test.each(TABLE)('$name', ({ codes, live, test: inTest }) => {
    for (const [mode, expected] of [['live', live], ['test', inTest]] as const) {
      const { outcome, rule } = decideSession(codes.map((code) => signal(code)), policy, mode, 'w@1');
      expect([outcome, rule], mode).toEqual(expected);
    }
  });

  test('what test keys do not enforce is recorded all the same', () => {
    const record = decideSession([signal('automation_detected', 'high'), signal('velocity_deny', 'high')], policy, 'test', 'w@1');
    expect(record.rules).toEqual([
      { name: 'velocity_deny', outcome: 'deny', code: 'velocity_deny', enforced: false },
      { name: 'automation', outcome: 'deny', code: 'automation_detected', enforced: false },
    ]);
    expect(record.points).toEqual([
      { code: 'automation_detected', points: 60, enforced: false },
      { code: 'velocity_deny', points: 100, enforced: false },
    ]);
    expect(record.score).toBe(0);
    expect(record.reasons.map(({ code }) => code)).toEqual(['score_allow']);
  });

  test('velocity denies under test keys where the workflow asks for it', () => {
    const asked = { ...policy, velocityDeniesTest: true };
    expect(decideSession([signal('velocity_deny')], asked, 'test', 'w@1')).toMatchObject({ outcome: 'deny', rule: 'velocity_deny' });
    expect(decideSession([signal('automation_detected')], asked, 'test', 'w@1').outcome).toBe('allow');
  });

  test('reasons: the primary one first, each with its details and points', () => {
    const record = decideSession([signal('collector_missing'), signal('tor_exit', 'high')], policy, 'live', 'w@7');
    expect(record.reasons).toEqual([
      { code: 'tor_exit', detail: { from: 'test', points: 100 } },
      { code: 'collector_missing', detail: { from: 'test', points: 10 } },
    ]);
    expect(record).toMatchObject({ policy: 'w@7', score: 100, thresholds: { challengeAt: 40, denyAt: 80 } });
  });

  test.each([
    [39, 'allow'],
    [40, 'challenge'],
    [79, 'challenge'],
    [80, 'deny'],
  ])('%i points: %s', (points, outcome) => {
    const replaced = { ...policy, points: { place_unknown: points } };
    expect(decideSession([signal('place_unknown', 'none')], replaced, 'test', 'w@1')).toMatchObject({ outcome, score: points });
  });

  test('a workflow can take points away, and names of Object.prototype are no codes', () => {
    const replaced = { ...policy, points: { client_hints_contradict: 0 } };
    const codes = ['client_hints_contradict', 'constructor', '__proto__', 'toString'];
    expect(decideSession(codes.map((code) => signal(code)), replaced, 'live', 'w@1').score).toBe(0);
  });
});

test('every code of a hard rule has points, so that the two tables cannot drift apart', () => {
  for (const { codes } of HARD_RULES) for (const code of codes) expect(POINTS[code], code).toBeDefined();
});

test('any signals: a record that reads back, a clamped score that adds up, a reason, and no worse by one signal less', () => {
  const code = fc.constantFrom(...Object.keys(POINTS), 'something_new');
  const rank = { allow: 0, challenge: 1, deny: 2 };
  fc.assert(
    fc.property(fc.uniqueArray(code), fc.constantFrom('test', 'live'), (codes, mode) => {
      const signals = codes.map((each) => signal(each));
      const record = decideSession(signals, policy, mode, 'w@1');
      expect(decisionRecord.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
      const sum = record.points.filter(({ enforced }) => enforced).reduce((total, { points }) => total + points, 0);
      expect(record.score).toBe(Math.min(100, sum));
      expect(record.reasons.length).toBeGreaterThan(0);
      const fewer = decideSession(signals.slice(1), policy, mode, 'w@1');
      expect(rank[fewer.outcome]).toBeLessThanOrEqual(rank[record.outcome]);
    }),
  );
});
