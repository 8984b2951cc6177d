import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { decideSession } from '../../../src/journey/rules/decide_session.ts';
import { decisionRecord } from '../../../src/journey/rules/decision_record.ts';
import { HARD_RULES, HARD_RULE_NAMES } from '../../../src/journey/rules/hard_rules.ts';
import { POINTS } from '../../../src/journey/rules/points.ts';
import { effectivePolicy, riskPolicyDocument, type RiskPolicyDocument } from '../../../src/journey/rules/risk_policy.ts';
import type { Signal } from '../../../src/journey/rules/signal.ts';
import { workflowOptions } from '../../../src/journey/workflow.ts';

const own = workflowOptions.parse({}).risk;
const policy = effectivePolicy(own);
const changed = (document: RiskPolicyDocument) => effectivePolicy(own, { version: 7, document: riskPolicyDocument.parse(document) });

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
  { name: 'a denied country', codes: ['denied_country'], live: ['deny', 'denied_country'], test: ['deny', 'denied_country'] },
  { name: 'a data centre', codes: ['hosting_net'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'a data centre and a contradiction', codes: ['hosting_net', 'client_hints_contradict'], live: ['challenge', 'score'], test: ['allow', 'score'] },
  { name: 'a VPN', codes: ['vpn_net', 'country_differs', 'timezone_differs'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'impossible travel', codes: ['impossible_travel'], live: ['challenge', 'score'], test: ['allow', 'score'] },
  { name: 'impossible travel, perhaps', codes: ['impossible_travel_perhaps'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'impossible travel into a data centre', codes: ['impossible_travel', 'hosting_net', 'timezone_differs'], live: ['deny', 'score'], test: ['allow', 'score'] },
  { name: 'another country within the hour', codes: ['country_changed'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'a crowd of one fingerprint alone never denies', codes: ['fingerprint_crowded'], live: ['challenge', 'score'], test: ['allow', 'score'] },
  { name: 'a throw-away mailbox', codes: ['email_disposable'], live: ['allow', 'score'], test: ['allow', 'score'] },
  { name: 'a throw-away mailbox with a made-up name', codes: ['email_disposable', 'email_random'], live: ['challenge', 'score'], test: ['challenge', 'score'] },
  { name: 'a mailbox that takes no mail', codes: ['email_undeliverable'], live: ['challenge', 'score'], test: ['challenge', 'score'] },
  { name: 'the field nobody sees', codes: ['honeypot_filled'], live: ['challenge', 'score'], test: ['allow', 'score'] },
  { name: 'the field nobody sees, at once', codes: ['honeypot_filled', 'filled_fast', 'shown_at_forged'], live: ['deny', 'score'], test: ['allow', 'score'] },
  { name: 'filled in fast', codes: ['filled_fast'], live: ['allow', 'score'], test: ['allow', 'score'] },
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
      { name: 'velocity_deny', outcome: 'deny', code: 'velocity_deny', enforced: false, on: true },
      { name: 'automation', outcome: 'deny', code: 'automation_detected', enforced: false, on: true },
    ]);
    expect(record.points).toEqual([
      { code: 'automation_detected', points: 60, enforced: false, unknown: false },
      { code: 'velocity_deny', points: 100, enforced: false, unknown: false },
    ]);
    expect(record.whatIf).toEqual([]);
    expect(record.score).toBe(0);
    expect(record.reasons.map(({ code }) => code)).toEqual(['score_allow']);
  });

  test('one that counts sets a rule off, though another that does not was found before it', () => {
    const unknown = (id: string, code: string): Signal => ({ ...signal(code, 'none'), id, status: 'unknown' });
    const strict = changed({ unknown: { collector: 'deny', automation: 'deny' } });
    // Under test keys the browser's own signals count for nothing; the collector's absence does.
    const record = decideSession([unknown('automation', 'timezone_missing'), unknown('collector', 'collector_missing')], strict, 'test', 'w@1');
    expect(record).toMatchObject({ outcome: 'deny', rule: 'unknown_denied', reasons: [{ code: 'collector_missing' }] });
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

describe('what a version changes', () => {
  const unknown = (id: Signal['id'], code: string, status: Signal['status'] = 'unknown'): Signal => ({ ...signal(code, 'none'), id, status });

  test.each([
    ['nothing', {}, [signal('impossible_travel', 'high')], ['challenge', 'score', 50]],
    ['thresholds', { challengeAt: 60, denyAt: 90 }, [signal('impossible_travel', 'high')], ['allow', 'score', 50]],
    ['a threshold below', { challengeAt: 5, denyAt: 50 }, [signal('impossible_travel', 'high')], ['deny', 'score', 50]],
    ['points', { points: { impossible_travel: 80 } }, [signal('impossible_travel', 'high')], ['deny', 'score', 80]],
    ['a rule switched off, whose points still weigh', { rules: { tor_exit: false } }, [signal('tor_exit', 'high')], ['deny', 'score', 100]],
    ['a rule switched off, and its points taken', { rules: { tor_exit: false }, points: { tor_exit: 10 } }, [signal('tor_exit', 'high')], ['allow', 'score', 10]],
    ['one rule off, the next still decides', { rules: { tor_exit: false } }, [signal('tor_exit', 'high'), signal('listed_address', 'high')], ['deny', 'listed_address', 100]],
    ['unknown by its points, as the table says', {}, [unknown('collector', 'collector_missing')], ['allow', 'score', 10]],
    ['unknown ignored', { unknown: { collector: 'ignore' } }, [unknown('collector', 'collector_missing')], ['allow', 'score', 0]],
    ['unknown by points of its own', { unknown: { tor: 'points' }, points: { tor_list_stale: 45 } }, [unknown('tor', 'tor_list_stale')], ['challenge', 'score', 45]],
    ['unknown denied', { unknown: { tor: 'deny' } }, [unknown('tor', 'tor_list_stale')], ['deny', 'unknown_denied', 0]],
    ['what broke, denied', { unknown: { tor: 'deny' } }, [unknown('tor', 'tor_list_unreadable', 'error')], ['deny', 'unknown_denied', 5]],
    ['unknown of another kind', { unknown: { vpn: 'deny' } }, [unknown('tor', 'tor_list_stale')], ['allow', 'score', 0]],
    ['what was found is not unknown', { unknown: { tor: 'deny' } }, [{ ...signal('not_tor_exit', 'none'), id: 'tor' }], ['allow', 'score', 0]],
    ['unknown denied, switched off', { unknown: { tor: 'deny' }, rules: { unknown_denied: false } }, [unknown('tor', 'tor_list_stale')], ['allow', 'score', 0]],
  ] as const)('%s', (_name, document, signals, [outcome, rule, score]) => {
    const record = decideSession(signals, changed(document as RiskPolicyDocument), 'live', 'w@1');
    expect(record).toMatchObject({ outcome, rule, score, policyVersion: 7, version: 2 });
    expect(record.reasons.length).toBeGreaterThan(0);
  });

  test.each([
    [{ challengeAt: 0 }], [{ denyAt: 101 }], [{ points: { tor_exit: -1 } }], [{ points: { tor_exit: 1.5 } }], [{ rules: { no_such_rule: true } }], [{ unknown: { nobody: 'deny' } }],
    [{ unknown: { tor: 'allow' } }], [{ deniedCountries: ['us'] }], [{ velocity: { no_such_rule: { challengeAt: 1, denyAt: 2 } } }], [{ velocity: { sessions_per_address_10m: { challengeAt: 9, denyAt: 2 } } }], [{ more: 1 }],
  ])('%j is no version', (document) => {
    expect(riskPolicyDocument.safeParse(document).success).toBe(false);
  });
});

describe('allowed nets', () => {
  const allowed = { allowedEntry: 3 };
  test.each([
    ['lift a score', ['impossible_travel', 'hosting_net', 'timezone_differs'], 'allow', 'allow_list'],
    ['lift a hard challenge', ['velocity_challenge'], 'allow', 'allow_list'],
    ['lift no hard denial', ['tor_exit'], 'deny', 'tor_exit'],
    ['lift no velocity that denies', ['velocity_deny'], 'deny', 'velocity_deny'],
    ['lift no automation', ['automation_detected'], 'deny', 'automation'],
    ['are named where nothing was to be lifted', [], 'allow', 'allow_list'],
  ])('%s', (_name, codes, outcome, rule) => {
    const record = decideSession(codes.map((code) => signal(code)), policy, 'live', 'w@1', allowed);
    expect(record).toMatchObject({ outcome, rule, allowListed: 3 });
    expect(record.reasons[0]?.code).toBe(rule === 'allow_list' ? 'allow_listed' : codes[0]);
  });

  test('a test key that enforces no automation is allowed by the list as well', () => {
    expect(decideSession([signal('automation_detected')], policy, 'test', 'w@1', allowed)).toMatchObject({ outcome: 'allow', rule: 'allow_list' });
  });
});

describe('what would have changed the outcome', () => {
  const rows = (codes: readonly string[], facts = {}, mode: 'test' | 'live' = 'live') =>
    decideSession(codes.map((code) => signal(code)), policy, mode, 'w@1', facts).whatIf.map(({ without, kind, outcome, score }) => `${kind} ${without}: ${outcome} ${score}`);

  test.each([
    ['one signal too many', ['client_hints_contradict', 'platform_contradicts'], {}, ['signal client_hints_contradict: allow 25', 'signal platform_contradicts: allow 30']],
    ['nothing at all', [], {}, []],
    ['a hard rule, by its signal and by itself', ['tor_exit', 'collector_missing'], {}, ['signal tor_exit: allow 10', 'signal collector_missing: deny 100', 'rule tor_exit: deny 100']],
    ['two hard rules hold each other', ['tor_exit', 'denied_country'], {}, ['signal tor_exit: deny 100', 'signal denied_country: deny 100', 'rule tor_exit: deny 100', 'rule denied_country: deny 100']],
    ['a list that lifts', ['impossible_travel'], { allowedEntry: 0 }, ['signal impossible_travel: allow 0', 'allow_list allow_list: challenge 50']],
    ['a hard challenge', ['velocity_challenge'], {}, ['signal velocity_challenge: allow 0', 'rule velocity_challenge: challenge 40']],
  ])('%s', (_name, codes, facts, expected) => {
    expect(rows(codes, facts)).toEqual(expected);
  });

  test('what a test key does not enforce changes nothing', () => {
    expect(rows(['automation_detected', 'tor_exit'], {}, 'test')).toEqual(['signal tor_exit: allow 0', 'rule tor_exit: deny 100']);
  });
});

test('a record from before policies had versions reads back as it was', () => {
  const old = {
    version: 1, policy: 'w@1', mode: 'live', signals: [signal('tor_exit', 'high')], rules: [{ name: 'tor_exit', outcome: 'deny', code: 'tor_exit', enforced: true }],
    points: [{ code: 'tor_exit', points: 100, enforced: true }], score: 100, thresholds: { challengeAt: 40, denyAt: 80 }, rule: 'tor_exit', outcome: 'deny', reasons: [{ code: 'tor_exit' }],
  };
  expect(decisionRecord.parse(structuredClone(old))).toEqual(old);
});

test('every code of a hard rule has points, so that the two tables cannot drift apart', () => {
  expect(HARD_RULES.map(({ name }) => name)).toEqual(HARD_RULE_NAMES);
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
