import { describe, expect, test } from 'vitest';
import type { ReadDocument } from '../../src/journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence } from '../../src/journey/journey.ts';
import { releasedProfile, withheld, type SourceFinding } from '../../src/journey/released.ts';
import { Personal } from '../../src/personal.ts';
import { documentData } from './people.ts';

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
    const all = [evidence('session', { email: 'a@example.com', address: '203.0.113.9' }), ...matched(finding('match', 'street', 'birthDate'), finding('no_match')), evidence('phone_possession', { phone: CLAIMED.phone })];
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

describe('what a document releases', () => {
  const LICENCE: ReadDocument = {
    type: 'driving_licence', issuer: 'US-FL', number: 'R240-000-69-346-0', familyName: 'ROSHELL', givenName: 'ANDREW JAMES', birthDate: '1969-09-26', expiryDate: '2034-09-26',
    address: { street: '9 OTHER ST', city: 'ORLANDO', region: 'FL', postalCode: '328010000', country: 'US' }, method: 'barcode',
  };
  const read = (...documents: readonly ReadDocument[]): Evidence => evidence('document', documentData(documents, 'pass'));
  const empty = { street: '', city: '', region: '', postalCode: '', country: '' };
  const { address, ...bare } = LICENCE;

  test('what it says, and nothing of what was merely typed', () => {
    const typed = evidence('claimed_identity', CLAIMED);
    expect(releasedProfile([typed, read(LICENCE)])?.open()).toEqual({ familyName: 'ROSHELL', givenName: 'ANDREW JAMES', birthDate: '1969-09-26', ...address, phone: '', phoneVerified: false });
    expect(releasedProfile([typed, read(bare)])?.open()).toEqual({ familyName: 'ROSHELL', givenName: 'ANDREW JAMES', birthDate: '1969-09-26', ...empty, phone: '', phoneVerified: false });
    expect(releasedProfile([read({ ...bare, birthDate: '' })])?.open()).not.toHaveProperty('birthDate');
  });

  test('the phone where it was held, and the e-mail as typed', () => {
    const held = [evidence('session', { email: 'a@example.com' }), evidence('claimed_identity', CLAIMED), evidence('phone_possession', { phone: '+14075550123' }), read(LICENCE)];
    expect(releasedProfile(held)?.open()).toMatchObject({ phone: '+14075550123', phoneVerified: true, email: 'a@example.com' });
  });

  test('the first of two', () => {
    expect(releasedProfile([read(bare, { ...LICENCE, familyName: 'OTHER' })])?.open()).toMatchObject({ familyName: 'ROSHELL', street: '' });
  });

  test('after a match, in place of what the records missed and of what was typed', () => {
    const both = [...matched(finding('match', 'street', 'givenName', 'birthDate'), finding('no_match')), read(bare)];
    expect(releasedProfile(both)?.open()).toEqual({ ...CLAIMED, street: '', givenName: 'ANDREW JAMES', familyName: 'ROSHELL', birthDate: '1969-09-26', phoneVerified: false });
  });

  test('nothing where it was not accepted', () => {
    expect(releasedProfile([evidence('claimed_identity', CLAIMED), { ...read(LICENCE), kind: 'document_attempt' }])).toBeUndefined();
  });

  test('nothing by evidence of another shape', () => {
    expect(() => releasedProfile([read({ ...LICENCE, type: 'library_card' } as never)])).toThrow(expect.objectContaining({ code: 'evidence_unreadable' }));
  });
});

test('questions release what they were drawn from, but for the phone, which nobody held', () => {
  const asked = [evidence('claimed_identity', CLAIMED), evidence('kba', { right: 4 })];
  expect(releasedProfile(asked)?.open()).toEqual({ ...CLAIMED, phone: '', phoneVerified: false });
  expect(releasedProfile([evidence('kba', { right: 4 })])).toBeUndefined();
});
