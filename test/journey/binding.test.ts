import { describe, expect, test } from 'vitest';
import { identityKey } from '../../src/journey/binding.ts';
import type { ClaimedIdentity, EvidenceKind } from '../../src/journey/journey.ts';

const PERSON: ClaimedIdentity = {
  givenName: 'José', familyName: "O'Neil-Ångström", street: '1 High St', city: 'Leeds', region: '', postalCode: 'LS1 1AA', country: 'GB', phone: '+447400123456',
};
const PROVEN: readonly EvidenceKind[] = ['claimed_identity', 'identity_match', 'phone_possession'];
const MATCHED: readonly EvidenceKind[] = ['claimed_identity', 'identity_match'];
const key = (change: Partial<ClaimedIdentity> = {}, kinds = PROVEN): string | undefined => identityKey({ ...PERSON, ...change }, kinds);

describe('the identity that finds an account again', () => {
  test.each([
    ['without accents', { givenName: 'Jose' }],
    ['decomposed accents', { givenName: 'José' }],
    ['capitals', { givenName: 'JOSÉ', familyName: "O'NEIL-ÅNGSTRÖM" }],
    ['without marks and spaces', { familyName: 'ONeil Angstrom' }],
    ['a curly apostrophe', { familyName: 'O’Neil–Ångström' }],
    ['full-width letters', { givenName: 'Ｊｏｓé' }],
    ['another address', { street: '2 Low Rd', city: 'York', postalCode: 'YO1 1AA' }],
  ])('is the same: %s', (_name, change) => {
    expect(key(change)).toBe(key());
  });

  test.each([
    ['another number', { phone: '+447400123457' }],
    ['another first name', { givenName: 'Josef' }],
    ['another last name', { familyName: 'ONeill-Ångström' }],
    ['names swapped', { givenName: PERSON.familyName, familyName: PERSON.givenName }],
    ['the border between the names moved', { givenName: 'JoséO', familyName: 'Neil-Ångström' }],
  ])('is another: %s', (_name, change) => {
    expect(key(change)).not.toBe(key());
  });

  test('keeps apart who proved the phone and who only knew its owner', () => {
    expect(key({}, MATCHED)).not.toBe(key({}, PROVEN));
    expect(key({}, MATCHED)).toBe(key({ givenName: 'jose' }, ['session', ...MATCHED, 'phone_risk']));
  });

  test.each([[[]], [['claimed_identity']], [['claimed_identity', 'phone_possession']]] as const)('is nobody where nothing was established: %j', (kinds) => {
    expect(key({}, kinds)).toBeUndefined();
  });

  test('keeps letters of every script', () => {
    expect(key({ givenName: '山田' })).not.toBe(key({ givenName: '鈴木' }));
    expect(key({ givenName: 'Олена' })).toBe(key({ givenName: 'ОЛЕНА' }));
  });
});
