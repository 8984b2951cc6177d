import { Personal } from '../personal.ts';
import { deviceProofOf, knownPersonOf, passkeyProofOf } from './device_evidence.ts';
import { documentEvidenceOf, newestOf, type ReadDocument } from './document_evidence.ts';
import type { ClaimedIdentity, Evidence } from './journey.ts';
import { heldPhone, ofOnePerson } from './one_person.ts';
import { vouchedDocument } from './review_evidence.ts';

/**
 * The text whose keyed hash finds a person's account again, or undefined where nothing was established.
 *
 * It begins with how strongly the identity was established: an account whose phone was proven must never be reached by
 * somebody who merely knows its owner's name, address and number, so each strength lives apart. A document finds the
 * account by issuer, number, family name and birth date together: names and dates alone are shared by strangers, and a
 * number alone would let a document made up around somebody else's number reach their account. Proofs of different people
 * find nobody's ({@link ofOnePerson}). Pure.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function identityKey(all: readonly Evidence[]): Personal<string> | undefined {
  const evidence = ofOnePerson(all);
  const has = (kind: Evidence['kind']): boolean => newestOf(evidence, kind) !== undefined;
  const claimed = newestOf(evidence, 'claimed_identity')?.data as Personal<ClaimedIdentity> | undefined;
  const matched = claimed !== undefined && has('identity_match');
  const byClaim = (strength: string): Personal<string> | undefined =>
    claimed?.map((person) => JSON.stringify([strength, person.phone, plain(person.familyName), plain(person.givenName)]));
  if (matched && has('phone_possession')) return byClaim('phone');
  const vouched = vouchedDocument(evidence);
  // Apart from documents that passed: a reviewer who was deceived must not open the account of who proved more.
  if (vouched) return identityOfDocument('reviewed', vouched);
  const [document] = documentEvidenceOf(evidence)?.documents ?? [];
  if (document && has('face_match') && has('liveness')) return identityOfDocument('document', document);
  if (matched) return byClaim('match');
  return has('kba') ? byClaim('kba') : undefined;
}

/** By how a document was accepted, and what it finds an account by. Pure. */
export function identityOfDocument(strength: 'document' | 'reviewed', { issuer, type, number, familyName, birthDate }: ReadDocument): Personal<string> {
  return Personal.of(JSON.stringify([strength, issuer, type, number, plain(familyName), birthDate]));
}

/**
 * The account of somebody who came back, or undefined. Being recognised is not enough: their own device's key, a passkey
 * of theirs, or the very phone that was matched to them must have answered in this journey. Pure.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function returnedAccount(all: readonly Evidence[]): string | undefined {
  const evidence = ofOnePerson(all);
  const known = knownPersonOf(evidence);
  if (!known) return undefined;
  if (known.by === 'passkey') return passkeyProofOf(evidence) ? known.accountId : undefined;
  const answered = known.linkPhone !== undefined && heldPhone(evidence) === known.linkPhone;
  return deviceProofOf(evidence) || passkeyProofOf(evidence) || answered ? known.accountId : undefined;
}

/** Letters and digits only, without accents and case: the same person typed twice is the same person. */
export function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
