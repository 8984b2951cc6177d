import { describe, expect, test } from 'vitest';
import type { EvidenceKind } from '../../src/journey/journey.ts';
import { ACR_VALUES, LEVELS, levelOf, methodsOf, satisfies } from '../../src/journey/levels.ts';

const PHONE = 'urn:gatehouse:acr:phone';
const MATCH = 'urn:gatehouse:acr:match';

describe('levels', () => {
  test('are named once each, strongest first, and none is reached by nothing', () => {
    expect(ACR_VALUES).toEqual([PHONE, MATCH]);
    expect(new Set(ACR_VALUES).size).toBe(LEVELS.length);
    for (const { sets } of LEVELS) for (const set of sets) expect(set.length).toBeGreaterThan(0);
  });

  test.each([
    [['identity_match', 'phone_possession'], PHONE],
    [['session', 'claimed_identity', 'identity_match', 'phone_risk', 'phone_possession'], PHONE],
    [['identity_match'], MATCH],
    [['identity_match', 'session', 'phone_risk'], MATCH],
    [['phone_possession'], undefined],
    [['claimed_identity', 'session', 'phone_risk'], undefined],
    [[], undefined],
  ] as const)('%j reaches %s', (kinds: readonly EvidenceKind[], acr) => {
    expect(levelOf(kinds)).toBe(acr);
  });

  test.each([
    [PHONE, PHONE, true],
    [PHONE, MATCH, true],
    [MATCH, MATCH, true],
    [MATCH, PHONE, false],
    [undefined, MATCH, false],
    [PHONE, 'urn:example:loa:9', false],
    ['urn:example:loa:9', MATCH, false],
    ['urn:example:loa:9', 'urn:example:loa:9', false],
    [PHONE, '', false],
    ['', '', false],
  ])('reached %s, asked %s: %s', (reached, asked, expected) => {
    expect(satisfies(reached, asked)).toBe(expected);
  });

  test.each([
    [['phone_possession', 'session'], ['rba', 'sms']],
    [['session'], ['rba']],
    [['phone_possession'], ['sms']],
    [['identity_match', 'claimed_identity', 'phone_risk'], []],
  ] as const)('methods of %j are %j, in a stable order', (kinds: readonly EvidenceKind[], methods) => {
    expect(methodsOf(kinds)).toEqual(methods);
  });
});
