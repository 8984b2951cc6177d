/** Which of a journey's evidence is about one and the same person, whose journey it may be. Pure. */
import { z } from 'zod';
import { GatehouseError } from '../errors.ts';
import { deviceProofOf, knownPersonOf, passkeyProofOf } from './device_evidence.ts';
import { documentEvidenceOf, newestOf } from './document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind } from './journey.ts';
import { vouchedDocument } from './review_evidence.ts';

const possession = z.object({ phone: z.string().min(1) });

/** What somebody else said of the claim, or showed for it. */
const OF_THE_CLAIM: ReadonlySet<EvidenceKind> = new Set(['identity_match', 'kba']);
const OF_THE_DOCUMENT: ReadonlySet<EvidenceKind> = new Set(['document', 'face_match', 'liveness']);
/** Who was verified anew needs none of these, and must not be told by them. */
const OF_THE_KNOWN: ReadonlySet<EvidenceKind> = new Set(['known_person', 'device_proof', 'passkey_proof']);
/** What may be another's than the document's that a reviewer vouched for. */
const BESIDE_A_REVIEW: ReadonlySet<EvidenceKind> = new Set([...OF_THE_CLAIM, ...OF_THE_DOCUMENT, ...OF_THE_KNOWN, 'claimed_identity', 'phone_possession']);

/**
 * The evidence that an approval may rest on: all of it is about one person. Evidence is put together from several steps,
 * and each step proves something of whoever it asked; two proofs count together only where they say that they mean the
 * same one. What an earlier claim, or somebody known earlier in the journey, was proven by is left out. Where the phone
 * in hand is not the phone of the person, or a key that signed stands for another account, nothing is left: whoever
 * mixes people is nobody.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function ofOnePerson(all: readonly Evidence[]): readonly Evidence[] {
  // A reviewer compared what nothing else could: the document that they vouched for stands by itself, with nobody's claim.
  if (vouchedDocument(all)) return without(all, BESIDE_A_REVIEW);
  const evidence = without(all, new Set(['review']));
  const claimedAt = evidence.findLastIndex(({ kind }) => kind === 'claimed_identity');
  const current = evidence.filter(({ kind }, at) => !OF_THE_CLAIM.has(kind) || (claimedAt >= 0 && at > claimedAt));
  const verified = verifiedAnew(current);
  if (verified) return withOwnPhone(without(verified, OF_THE_KNOWN), phoneClaimed(verified));
  const known = knownPersonOf(current);
  if (!known) return current;
  const [device, passkey] = [deviceProofOf(current), passkeyProofOf(current)];
  if ([device, passkey].some((proof) => proof !== undefined && proof.accountId !== known.accountId)) return [];
  // A passkey stands for its person by itself; a device's proof belongs to who is known by that device.
  if (known.by === 'passkey' && (device !== undefined || (passkey !== undefined && passkey.passkeyId !== known.trustId))) return [];
  return withOwnPhone(current, known.linkPhone);
}

/**
 * The number in hand, as the newest possession says; undefined where there is none.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function heldPhone(evidence: readonly Evidence[]): string | undefined {
  const found = newestOf(evidence, 'phone_possession');
  if (!found) return undefined;
  const read = possession.safeParse(found.data.open());
  if (!read.success) throw new GatehouseError('evidence_unreadable', 500, 'recorded evidence phone_possession does not have its shape');
  return read.data.phone;
}

/** Without what belongs to another than the one established; undefined where nobody was. */
function verifiedAnew(evidence: readonly Evidence[]): readonly Evidence[] | undefined {
  const has = (kind: EvidenceKind): boolean => evidence.some((one) => one.kind === kind);
  const [asked, shown] = [has('identity_match') || has('kba'), has('document')];
  if (!asked && !shown) return undefined;
  if (!shown || documentOfClaim(evidence)) return evidence;
  // Nobody compared the two. A face was held against the document: it stands by itself, and so does what records say.
  const alone = !asked || (has('face_match') && has('liveness'));
  return alone ? without(evidence, new Set([...OF_THE_CLAIM, 'claimed_identity', 'phone_possession'])) : without(evidence, OF_THE_DOCUMENT);
}

/** Whether the document names who the claim before it names. */
function documentOfClaim(evidence: readonly Evidence[]): boolean {
  const at = (kind: EvidenceKind): number => evidence.findLastIndex((one) => one.kind === kind);
  if (at('claimed_identity') < 0 || at('document') < at('claimed_identity')) return false;
  return documentEvidenceOf(evidence)?.findings.some(({ code, status }) => code === 'name_matches_claim' && status === 'pass') === true;
}

function phoneClaimed(evidence: readonly Evidence[]): string | undefined {
  return (newestOf(evidence, 'claimed_identity')?.data.open() as ClaimedIdentity | undefined)?.phone;
}

function withOwnPhone(evidence: readonly Evidence[], own: string | undefined): readonly Evidence[] {
  const held = heldPhone(evidence);
  return held === undefined || held === own ? evidence : [];
}

function without(evidence: readonly Evidence[], kinds: ReadonlySet<EvidenceKind>): readonly Evidence[] {
  return evidence.filter(({ kind }) => !kinds.has(kind));
}
