import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerFor, type Answer, type ReturnFacts } from '../../src/devices/answer.ts';

const CLEAN: ReturnFacts = { session: 'allow', cookie: 'current', proof: 'good', band: 'same', sim: 'unchanged', active: false, acr: 'by_device', knownPhone: true };
const answered = (facts: Partial<ReturnFacts>): [Answer, readonly string[]] => {
  const { answer, reasons } = answerFor({ ...CLEAN, ...facts });
  return [answer, reasons.map(({ code }) => code)];
};

test.each<[string, Partial<ReturnFacts>]>([
  ['clean', {}],
  ['drifted', { band: 'drifted' }],
  ['nothing kept to compare with', { band: 'not_compared' }],
  ['a tab from before the rotation', { cookie: 'previous' }],
  ['a rotation whose answer was lost', { cookie: 'lost' }],
  ['a key in hardware answered too', { hardware: 'proven' }],
  ['the carrier was asked a while ago', { sim: 'not_asked' }],
  ['no phone is known, and none is needed', { knownPhone: false, sim: 'not_asked' }],
])('trusted: %s', (_what, facts) => {
  expect(answered(facts)).toEqual(['trusted', ['device_trusted']]);
});

/** One cause, the answer where a phone is known, and the one where none is. */
const CAUSES: readonly (readonly [Partial<ReturnFacts>, string, Answer, Answer])[] = [
  [{ session: 'deny' }, 'session_denied', 'blocked', 'blocked'],
  [{ band: 'contradictory' }, 'fingerprint_contradictory', 'high', 'high'],
  [{ cookie: 'replayed' }, 'cookie_replayed', 'high', 'high'],
  [{ sim: 'swapped' }, 'sim_swapped', 'high', 'high'],
  [{ proof: 'other_device' }, 'key_of_another_device', 'high', 'high'],
  [{ acr: 'beyond_link' }, 'acr_beyond_link', 'high', 'high'],
  ...(['proof_missing', 'proof_malformed', 'proof_type', 'proof_alg', 'proof_key', 'proof_key_mismatch', 'proof_signature', 'proof_challenge', 'proof_audience', 'proof_skewed'] as const)
    .map((proof) => [{ proof }, proof, 'elevated', 'high'] as const),
  [{ hardware: 'missing' }, 'hardware_key_missing', 'elevated', 'high'],
  [{ band: 'different' }, 'fingerprint_different', 'elevated', 'high'],
  [{ session: 'challenge' }, 'session_challenged', 'elevated', 'high'],
  [{ active: true }, 'active_login_wanted', 'elevated', 'high'],
  [{ acr: 'by_link' }, 'acr_above_device', 'elevated', 'high'],
  [{ sim: 'could_not_tell' }, 'sim_change_unknown', 'elevated', 'high'],
];

describe('one cause', () => {
  test.each(CAUSES)('%j: %s', (facts, code, withPhone, without) => {
    expect(answered(facts)).toEqual([withPhone, [code]]);
    expect(answered({ ...facts, knownPhone: false })).toEqual([without, without === withPhone ? [code] : [code, 'no_known_phone']]);
  });
});

test('of any two causes the stricter answers, and both are told', () => {
  const strict: readonly Answer[] = ['trusted', 'elevated', 'high', 'blocked'];
  for (const [one, oneCode, oneAnswer] of CAUSES) {
    for (const [other, otherCode, otherAnswer] of CAUSES) {
      if (Object.keys(one).some((key) => Object.hasOwn(other, key))) continue;
      const [answer, codes] = answered({ ...one, ...other });
      // The one pair that is more than its parts: a link is no proof beside nothing but a number that may have changed hands.
      const both: Partial<ReturnFacts> = { ...one, ...other };
      const linkAlone = both.sim === 'could_not_tell' && both.proof !== undefined && both.proof !== 'good';
      expect(answer).toBe(linkAlone ? 'high' : strict[Math.max(strict.indexOf(oneAnswer), strict.indexOf(otherAnswer))]);
      expect(codes.toSorted()).toEqual([oneCode, otherCode].toSorted());
    }
  }
});

test('nothing but a clean return is trusted', () => {
  fc.assert(fc.property(fc.record<ReturnFacts>({
    session: fc.constantFrom('allow', 'challenge', 'deny'),
    cookie: fc.constantFrom('current', 'previous', 'lost', 'replayed'),
    proof: fc.constantFrom('good', 'other_device', 'proof_missing', 'proof_signature', 'proof_skewed'),
    band: fc.constantFrom('same', 'drifted', 'different', 'contradictory', 'not_compared'),
    sim: fc.constantFrom('unchanged', 'swapped', 'could_not_tell', 'not_asked'),
    active: fc.boolean(), acr: fc.constantFrom('by_device', 'by_link', 'beyond_link'), knownPhone: fc.boolean(),
  }), (facts) => {
    const clean = facts.session === 'allow' && facts.cookie !== 'replayed' && facts.proof === 'good' && !['different', 'contradictory'].includes(facts.band)
      && !['swapped', 'could_not_tell'].includes(facts.sim) && !facts.active && facts.acr === 'by_device';
    const { answer, reasons } = answerFor(facts);
    expect(answer === 'trusted').toBe(clean);
    expect(reasons.length).toBeGreaterThan(0);
    if (answer === 'elevated') expect(facts.knownPhone).toBe(true);
  }), { numRuns: 500 });
});
