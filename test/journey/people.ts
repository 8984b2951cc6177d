/** Two people, and every evidence of each: what is Ann's names nobody but Ann. */
import type { ReadDocument } from '../../src/journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind } from '../../src/journey/journey.ts';
import { Personal } from '../../src/personal.ts';

export interface Somebody {
  readonly claimed: ClaimedIdentity;
  readonly document: ReadDocument;
  readonly accountId: string;
}

export const ANN: Somebody = {
  claimed: { givenName: 'Ann', familyName: 'Archer', street: '1 High St', city: 'Leeds', region: '', postalCode: 'LS1 1AA', country: 'GB', phone: '+447400111111' },
  document: { type: 'passport', issuer: 'GBR', number: '111111111', familyName: 'ARCHER', givenName: 'ANN', birthDate: '1981-01-01', expiryDate: '2031-01-01', method: 'mrz' },
  accountId: 'account-ann',
};
export const BEN: Somebody = {
  claimed: { givenName: 'Ben', familyName: 'Butcher', street: '2 Low Rd', city: 'York', region: '', postalCode: 'YO1 1AA', country: 'GB', phone: '+447400222222' },
  document: { type: 'passport', issuer: 'GBR', number: '222222222', familyName: 'BUTCHER', givenName: 'BEN', birthDate: '1982-02-02', expiryDate: '2032-02-02', method: 'mrz' },
  accountId: 'account-ben',
};

const MATCH = { outcome: 'match', missed: [] };
/** A document as it is recorded; compared with the claim before it where that is said. */
export const documentData = (documents: readonly ReadDocument[], compared?: 'pass' | 'fail' | 'doubt' | 'unknown'): unknown => ({
  documents, findings: compared === undefined ? [] : [{ code: 'name_matches_claim', status: compared }],
  reader: { name: 'gatehouse', version: '1' }, authenticity: 'not_verified', at: 1,
});

export function proofOf(kind: EvidenceKind, { claimed, document, accountId }: Somebody = ANN, change: object = {}): Evidence {
  const all: Partial<Record<EvidenceKind, object>> = {
    claimed_identity: claimed,
    identity_match: { carrier: MATCH, database: MATCH },
    phone_possession: { phone: claimed.phone },
    document: documentData([document], 'pass') as object,
    known_person: { accountId, by: 'device', trustId: `trust-${accountId}`, journeyId: 'first', acr: 'urn:gatehouse:acr:phone', profile: { ...claimed, phoneVerified: true }, linkPhone: claimed.phone, at: 1 },
    device_proof: { deviceId: `device-${accountId}`, accountId, key: 'software', band: 'same', at: 1 },
    passkey_proof: { passkeyId: `passkey-${accountId}`, accountId, deviceType: 'multiDevice', userVerified: true, at: 1 },
  };
  return { kind, version: 1, simulated: true, data: Personal.of({ ...all[kind], ...change }) };
}

/** Known by a passkey, and not by a device. */
export const knownByPasskey = (one: Somebody): Evidence => proofOf('known_person', one, { by: 'passkey', trustId: `passkey-${one.accountId}` });
