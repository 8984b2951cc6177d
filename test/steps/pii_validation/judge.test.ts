import { describe, expect, test } from 'vitest';
import { workflowOptions, type LineType, type MatchAttribute, type MatchPolicy, type PhoneRiskPolicy } from '../../../src/journey/workflow.ts';
import { judge, judgeIdentity, judgePhoneRisk, judgeSource, missedBy, type Judged, type PhoneRiskAnswers } from '../../../src/steps/pii_validation/judge.ts';
import type { AttributeVerdict, MatchAnswer, VendorAnswer, VendorMeta } from '../../../src/vendors/ports.ts';

const META: VendorMeta = { vendor: 'acme', sourceClass: 'operator', simulated: false, latencyMs: 5 };
const DEFAULTS = workflowOptions.parse({});
const ASKED: readonly MatchAttribute[] = ['givenName', 'familyName', 'street', 'postalCode'];

const answer = <T>(value: T): VendorAnswer<T> => ({ kind: 'answer', value, meta: META });
const score = (points: number): AttributeVerdict => ({ verdict: points === 100 ? 'match' : points === 0 ? 'no_match' : 'partial', score: points });
const bare = (verdict: AttributeVerdict['verdict']): AttributeVerdict => ({ verdict, score: null });
const record = (attributes: MatchAnswer['attributes']): VendorAnswer<MatchAnswer> => answer({ attributes });

const TIMED_OUT = { kind: 'timed_out', meta: META } as const;
const BROKE = { kind: 'broke', code: 'http_500', meta: META } as const;
const UNKNOWN = { kind: 'could_not_tell', code: 'IDENTIFIER_NOT_FOUND', meta: META } as const;
const NOT_CONFIGURED = { kind: 'not_configured' } as const;

const ALL = { givenName: score(100), familyName: score(100), street: score(100), postalCode: score(100) };

describe('one source', () => {
  const match = (change: Partial<MatchPolicy> = {}): MatchPolicy => ({ ...DEFAULTS.match, ...change });

  test.each([
    ['everything matches', ALL, match(), 'match'],
    ['exactly at the thresholds', { givenName: score(80), familyName: score(85), street: score(80), postalCode: score(100) }, match(), 'match'],
    ['the last name one below', { ...ALL, familyName: score(84) }, match(), 'no_match'],
    ['the first name one below', { ...ALL, givenName: score(79) }, match(), 'no_match'],
    ['one that may miss is one below, three are enough', { ...ALL, street: score(79) }, match(), 'match'],
    ['two that may miss do, and two are too few', { ...ALL, street: score(79), postalCode: score(99) }, match(), 'no_match'],
    ['two are enough where two are asked for', { ...ALL, street: score(0), postalCode: score(0) }, match({ atLeast: 2 }), 'match'],
    ['a must-match is not made up for', { ...ALL, familyName: score(0) }, match({ atLeast: 1 }), 'no_match'],
    ['a must-match that the record lacks', { ...ALL, familyName: bare('not_available') }, match({ atLeast: 1 }), 'no_match'],
    ['a must-match that was not answered', { givenName: score(100), street: score(100), postalCode: score(100) }, match(), 'no_match'],
    ['no must-match at all, k of n', { ...ALL, familyName: score(0) }, match({ mustMatch: [] }), 'match'],
    ['plain matches without scores', { givenName: bare('match'), familyName: bare('match'), street: bare('match'), postalCode: bare('match') }, match(), 'match'],
    ['plain noes without scores', { givenName: bare('no_match'), familyName: bare('no_match'), street: bare('no_match'), postalCode: bare('no_match') }, match(), 'no_match'],
    ['partial without a score counts as none', { ...ALL, givenName: bare('partial') }, match(), 'no_match'],
    ['the record holds nothing', { givenName: bare('not_available'), familyName: bare('not_available'), street: bare('not_available'), postalCode: bare('not_available') }, match(), 'could_not_tell'],
    ['an empty answer', {}, match(), 'could_not_tell'],
    ['half of it is not there and the rest is not enough', { givenName: score(100), familyName: score(100), street: bare('not_available'), postalCode: bare('not_available') }, match(), 'no_match'],
  ] as const)('%s', (_name, attributes, policy, outcome) => {
    expect(judgeSource(record(attributes), policy, ASKED).outcome).toBe(outcome);
  });

  test('an attribute that must match and was left out by the person has not matched', () => {
    const policy = match({ thresholds: { familyName: 80, region: 80 }, mustMatch: ['region'], atLeast: 1 });
    expect(judgeSource(record({ familyName: score(100) }), policy, ['familyName']).outcome).toBe('no_match');
    expect(judgeSource(record({ familyName: score(100), region: score(90) }), policy, ['familyName', 'region']).outcome).toBe('match');
  });

  test('an attribute that nobody asked for counts for nothing', () => {
    expect(judgeSource(record({ ...ALL, city: score(100) }), match({ atLeast: 5, mustMatch: [] }), [...ASKED, 'city']).outcome).toBe('no_match');
    expect(judgeSource(record({ city: score(100) }), match(), ASKED)).toEqual({ outcome: 'could_not_tell', reasons: [{ code: 'nothing_on_record' }] });
  });

  test('the reason counts, and names no attribute', () => {
    const { reasons } = judgeSource(record({ ...ALL, familyName: score(10), street: bare('not_available') }), match(), ASKED);
    expect(reasons).toEqual([{ code: 'violation', detail: { matched: 2, asked: 4, available: 3, needed: 3 } }]);
    expect(judgeSource(record(ALL), match(), ASKED).reasons).toEqual([{ code: 'record_match', detail: { matched: 4, asked: 4, available: 4, needed: 3 } }]);
  });

  test.each([
    ['timed_out', TIMED_OUT, { code: 'vendor_timed_out', detail: { vendor: 'acme' } }],
    ['broke', BROKE, { code: 'vendor_broke', detail: { vendor: 'acme', answer: 'http_500' } }],
    ['could_not_tell', UNKNOWN, { code: 'vendor_could_not_tell', detail: { vendor: 'acme', answer: 'IDENTIFIER_NOT_FOUND' } }],
    ['could_not_tell', NOT_CONFIGURED, { code: 'not_configured' }],
  ] as const)('%s stays apart from "no" (%#)', (outcome, trouble, reason) => {
    expect(judgeSource(trouble, match(), ASKED)).toEqual({ outcome, reasons: [reason] });
  });
});

test('what a source was asked and did not match is missed, whether it said no, said little or said nothing', () => {
  const policy = workflowOptions.parse({ match: { thresholds: { givenName: 80, familyName: 80, street: 80, postalCode: 100 } } }).match;
  const mixed = record({ givenName: score(100), familyName: score(79), street: bare('not_available'), city: score(100) });
  expect(missedBy(mixed, policy, ASKED)).toEqual(['familyName', 'street', 'postalCode']);
  expect(missedBy(TIMED_OUT, policy, ASKED)).toEqual(ASKED);
});

describe('two sources', () => {
  type Outcome = Judged<'match', 'no_match'>['outcome'];
  const one = (outcome: Outcome, code: string = outcome): Judged<'match', 'no_match'> => ({ outcome, reasons: [{ code }] });

  test.each([
    ['match', 'no_match', 'match'], ['match', 'broke', 'match'], ['match', 'could_not_tell', 'match'], ['match', 'match', 'match'],
    ['no_match', 'no_match', 'no_match'], ['no_match', 'timed_out', 'no_match'], ['no_match', 'broke', 'no_match'], ['no_match', 'could_not_tell', 'no_match'],
    ['timed_out', 'broke', 'timed_out'], ['timed_out', 'could_not_tell', 'timed_out'], ['timed_out', 'timed_out', 'timed_out'],
    ['broke', 'could_not_tell', 'broke'], ['broke', 'broke', 'broke'], ['could_not_tell', 'could_not_tell', 'could_not_tell'],
  ] as const)('%s and %s: %s, whichever comes first', (a, b, expected) => {
    expect(judgeIdentity([one(a), one(b)]).outcome).toBe(expected);
    expect(judgeIdentity([one(b), one(a)]).outcome).toBe(expected);
  });

  test('reasons are those of the sources that decided', () => {
    expect(judgeIdentity([one('match', 'carrier'), one('no_match', 'database')]).reasons).toEqual([{ code: 'carrier' }]);
    expect(judgeIdentity([one('no_match', 'carrier'), one('no_match', 'database')]).reasons).toEqual([{ code: 'carrier' }, { code: 'database' }]);
  });

  test('no source at all cannot tell', () => {
    expect(judgeIdentity([])).toEqual({ outcome: 'could_not_tell', reasons: [{ code: 'no_source' }] });
  });
});

describe('the phone itself', () => {
  const policy = (change: Partial<PhoneRiskPolicy> = {}): PhoneRiskPolicy => ({ ...DEFAULTS.phoneRisk, ...change });
  const CLEAN: Required<PhoneRiskAnswers> = { lineType: answer({ lineType: 'mobile' }), simSwap: answer({ swapped: false }), recycled: answer({ recycled: false }) };

  test.each([
    ['clean', {}, 'clean', []],
    ['a swapped SIM', { simSwap: answer({ swapped: true }) }, 'phone_risk', ['simChangeDetected']],
    ['a recycled number', { recycled: answer({ recycled: true }) }, 'phone_risk', ['numberRecycled']],
    ['a landline', { lineType: answer<{ lineType: LineType | null }>({ lineType: 'landLine' }) }, 'phone_risk', ['forbiddenType']],
    ['an unknown line type', { lineType: answer({ lineType: null }) }, 'phone_risk', ['unsupportedPhoneNumber']],
    ['a SIM date nobody has', { simSwap: answer({ swapped: null }) }, 'could_not_tell', ['simChangeDetected_unknown']],
    ['a subscriber date nobody has', { recycled: answer({ recycled: null }) }, 'could_not_tell', ['numberRecycled_unknown']],
    ['two risks', { simSwap: answer({ swapped: true }), recycled: answer({ recycled: true }) }, 'phone_risk', ['simChangeDetected', 'numberRecycled']],
    ['a risk beside a broken vendor is a risk', { simSwap: answer({ swapped: true }), lineType: BROKE }, 'phone_risk', ['simChangeDetected']],
    ['timed out before broken', { simSwap: BROKE, lineType: TIMED_OUT }, 'timed_out', ['vendor_timed_out']],
    ['broken before could not tell', { simSwap: BROKE, recycled: UNKNOWN }, 'broke', ['vendor_broke']],
    ['nobody to ask', { simSwap: NOT_CONFIGURED }, 'could_not_tell', ['not_configured']],
  ] as const)('%s: %s', (_name, change: Partial<PhoneRiskAnswers>, outcome, codes) => {
    const judged = judgePhoneRisk({ ...CLEAN, ...change }, policy());
    expect(judged.outcome).toBe(outcome);
    expect(judged.reasons.map(({ code }) => code)).toEqual(codes);
  });

  test.each(['lineType', 'simSwap', 'recycled'] as const)('%s: enabled and not answered is not passed; disabled, it is not looked at', (check) => {
    const { [check]: _gone, ...rest } = CLEAN;
    expect(judgePhoneRisk(rest, policy())).toEqual({ outcome: 'could_not_tell', reasons: [{ code: 'not_configured' }] });
    expect(judgePhoneRisk({ ...rest, [check]: BROKE }, policy({ [check]: false })).outcome).toBe('clean');
  });

  test.each([['mobile', ['landLine'], 'clean'], ['landLine', ['landLine'], 'phone_risk'], ['landLine', ['other'], 'clean'], ['mobile', ['mobile'], 'phone_risk']] as const)(
    '%s where %j are risky: %s', (lineType, risky, outcome) => {
      expect(judgePhoneRisk({ ...CLEAN, lineType: answer({ lineType }) }, policy({ riskyLineTypes: [...risky] })).outcome).toBe(outcome);
    });
});

describe('the whole step', () => {
  const identity = (outcome: Judged<'match', 'no_match'>['outcome']) => ({ outcome, reasons: [{ code: 'identity' }] });
  const phone = (outcome: Judged<'clean', 'phone_risk'>['outcome']) => ({ outcome, reasons: [{ code: 'phone' }] });
  test.each([
    ['match', 'clean', 'match', 'identity'], ['match', 'phone_risk', 'phone_risk', 'phone'], ['match', 'timed_out', 'timed_out', 'phone'],
    ['match', 'could_not_tell', 'could_not_tell', 'phone'], ['no_match', 'clean', 'no_match', 'identity'], ['no_match', 'phone_risk', 'no_match', 'identity'],
    ['broke', 'phone_risk', 'broke', 'identity'], ['could_not_tell', 'clean', 'could_not_tell', 'identity'],
  ] as const)('%s and %s: %s', (a, b, outcome, code) => {
    expect(judge(identity(a), phone(b))).toEqual({ outcome, reasons: [{ code }] });
  });
});
