import { describe, expect, test } from 'vitest';
import { identityKey } from '../../src/journey/binding.ts';
import type { ReadDocument } from '../../src/journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind } from '../../src/journey/journey.ts';
import { Personal } from '../../src/personal.ts';
import { documentData } from './people.ts';

const PERSON: ClaimedIdentity = {
  givenName: 'José', familyName: "O'Neil-Ångström", street: '1 High St', city: 'Leeds', region: '', postalCode: 'LS1 1AA', country: 'GB', phone: '+447400123456',
};
const PASSPORT: ReadDocument = {
  type: 'passport', issuer: 'GBR', number: '925665416', familyName: 'ONEIL ANGSTROEM', givenName: 'JOSE', birthDate: '1985-03-27', expiryDate: '2031-05-02', method: 'mrz',
};
const PROVEN: readonly EvidenceKind[] = ['claimed_identity', 'identity_match', 'phone_possession'];
const MATCHED: readonly EvidenceKind[] = ['claimed_identity', 'identity_match'];
const SHOWN: readonly EvidenceKind[] = ['document', 'face_match', 'liveness'];

const documentOf = (...documents: readonly ReadDocument[]): unknown => documentData(documents, 'pass');

function recorded(kinds: readonly EvidenceKind[], person: ClaimedIdentity, document: unknown): readonly Evidence[] {
  const data = (kind: EvidenceKind): unknown => (kind === 'claimed_identity' ? person : kind === 'document' ? document : kind === 'phone_possession' ? { phone: person.phone } : {});
  return kinds.map((kind) => ({ kind, version: 1, simulated: true, data: Personal.of(data(kind)) }));
}
const key = (change: Partial<ClaimedIdentity> = {}, kinds = PROVEN): string | undefined =>
  identityKey(recorded(kinds, { ...PERSON, ...change }, documentOf(PASSPORT)))?.open();
const documentKey = (change: Partial<ReadDocument> = {}, kinds = SHOWN, person: Partial<ClaimedIdentity> = {}): string | undefined =>
  identityKey(recorded(kinds, { ...PERSON, ...person }, documentOf({ ...PASSPORT, ...change })))?.open();

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

  test('keeps apart who answered questions, and prefers what is stronger', () => {
    const asked: readonly EvidenceKind[] = ['claimed_identity', 'kba'];
    expect(key({}, asked)).toBeDefined();
    expect(new Set([key({}, asked), key({}, MATCHED), key({}, PROVEN), key({}, SHOWN)]).size).toBe(4);
    expect(key({}, [...MATCHED, 'kba'])).toBe(key({}, MATCHED));
    expect(key({}, [...PROVEN, 'kba', ...SHOWN])).toBe(key({}, PROVEN));
  });

  test.each([
    [[]], [['claimed_identity']], [['claimed_identity', 'phone_possession']], [['kba']], [['identity_match', 'phone_possession']],
    // What was shown without a face to it, or not accepted, is nobody's.
    [['document']], [['document', 'face_match']], [['document', 'liveness']], [['face_match', 'liveness', 'capture_device']],
    [['claimed_identity', 'document_attempt', 'face_match', 'liveness']],
  ] as const)('is nobody where nothing was established: %j', (kinds) => {
    expect(key({}, kinds)).toBeUndefined();
  });

  test('keeps letters of every script', () => {
    expect(key({ givenName: '山田' })).not.toBe(key({ givenName: '鈴木' }));
    expect(key({ givenName: 'Олена' })).toBe(key({ givenName: 'ОЛЕНА' }));
  });

  test('prints as hidden', () => {
    expect(`${identityKey(recorded(SHOWN, PERSON, documentOf(PASSPORT)))}`).not.toContain(PASSPORT.number);
  });
});

describe('the identity that a document finds', () => {
  test('is its issuer, type, number, family name and birth date, whatever else it says and whoever claims what', () => {
    const renamed = { familyName: "O'Neil-Angstroem", givenName: 'JOSEPH', expiryDate: '2040-01-01', method: 'barcode' } as const;
    expect(documentKey(renamed)).toBe(documentKey());
    expect(documentKey({}, ['claimed_identity', ...SHOWN, 'phone_possession'], { familyName: 'Somebody', phone: '+447400999999' })).toBe(documentKey());
  });

  test.each([
    ['another number', { number: '925665417' }],
    ['another issuer', { issuer: 'IRL' }],
    ['another type', { type: 'identity_card' }],
    // A document made up around somebody else's number must not reach their account.
    ['another family name', { familyName: 'MALLORY' }],
    ['another birth date', { birthDate: '1985-03-28' }],
    ['the border between issuer and number moved', { issuer: 'GBR9', number: '25665416' }],
  ] as const)('is another: %s', (_name, change) => {
    expect(documentKey(change)).not.toBe(documentKey());
  });

  test('is that of the first of two documents', () => {
    const card: ReadDocument = { ...PASSPORT, type: 'identity_card', number: 'X1' };
    const dual = (...documents: readonly ReadDocument[]): string | undefined => identityKey(recorded(SHOWN, PERSON, documentOf(...documents)))?.open();
    expect(dual(PASSPORT, card)).toBe(documentKey());
    expect(dual(card, PASSPORT)).not.toBe(documentKey());
  });

  test('outweighs a mere match, for a document is held and a match only known', () => {
    expect(documentKey({}, [...MATCHED, ...SHOWN])).toBe(documentKey());
  });

  test('is not guessed from evidence of another shape', () => {
    const broken = recorded(SHOWN, PERSON, { documents: [] });
    expect(() => identityKey(broken)).toThrow(expect.objectContaining({ code: 'evidence_unreadable' }));
  });
});
