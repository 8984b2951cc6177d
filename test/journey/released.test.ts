import { describe, expect, test } from 'vitest';
import type { ClaimedIdentity, Evidence } from '../../src/journey/journey.ts';
import { releasedProfile, withheld, type SourceFinding } from '../../src/journey/released.ts';
import { Personal } from '../../src/personal.ts';

const CLAIMED: ClaimedIdentity = {
  givenName: 'Andrew', familyName: 'Roshell', street: '2591 Brunswick Ct', city: 'Kissimmee', region: 'FL', postalCode: '34743', country: 'US', phone: '+14075550123', birthDate: '1969-09-26',
};
const finding = (outcome: string, ...missed: SourceFinding['missed']): SourceFinding => ({ outcome, missed });
const evidence = (kind: Evidence['kind'], data: unknown): Evidence => ({ kind, version: 1, simulated: true, data: Personal.of(data) });
const matched = (carrier: SourceFinding, database: SourceFinding): readonly Evidence[] => [evidence('claimed_identity', CLAIMED), evidence('identity_match', { carrier, database })];

describe('what is withheld', () => {
  test.each([
    ['nothing where all was confirmed', [finding('match'), finding('match')], []],
    ['what the only source that recognised the person missed', [finding('match', 'street'), finding('no_match', 'familyName', 'givenName')], ['street']],
    ['what both missed', [finding('match', 'street', 'givenName'), finding('match', 'givenName', 'postalCode')], ['givenName']],
    ['nothing that one of two confirmed', [finding('match', 'street'), finding('match', 'postalCode')], []],
    ['as one source says, where the other broke', [finding('broke', 'street'), finding('match', 'postalCode')], ['postalCode']],
  ])('%s', (_what, sources, expected) => {
    expect([...withheld(sources)]).toEqual(expected);
  });
});

describe('what is released', () => {
  test('the claimed identity less what nobody confirmed, whether the phone was in hand, and the e-mail as typed', () => {
    const all = [evidence('session', { email: 'a@example.com', address: '203.0.113.9' }), ...matched(finding('match', 'street', 'birthDate'), finding('no_match')), evidence('phone_possession', {})];
    expect(releasedProfile(all)?.open()).toEqual({ ...CLAIMED, street: '', birthDate: '', email: 'a@example.com', phoneVerified: true });
    expect(releasedProfile(matched(finding('match'), finding('broke', 'street')))?.open()).toEqual({ ...CLAIMED, phoneVerified: false });
  });

  test('nothing where nobody was identified', () => {
    expect(releasedProfile([evidence('claimed_identity', CLAIMED)])).toBeUndefined();
    expect(releasedProfile([evidence('identity_match', { carrier: finding('match'), database: finding('match') })])).toBeUndefined();
  });

  test.each([[{}], [{ carrier: { outcome: 'match' }, database: finding('match') }], [{ carrier: finding('match'), database: { outcome: 'match', missed: ['shoeSize'] } }]])('nothing by evidence of another shape: %j', (broken) => {
    expect(() => releasedProfile([evidence('claimed_identity', CLAIMED), evidence('identity_match', broken)])).toThrow(expect.objectContaining({ code: 'evidence_unreadable' }));
  });
});
