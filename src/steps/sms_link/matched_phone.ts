import { knownPersonOf } from '../../journey/device_evidence.ts';
import { newestOf } from '../../journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence } from '../../journey/journey.ts';

/**
 * The number that a record matched to the person: as they typed it in this journey, or as it was matched when they were
 * verified and known since. The newer match counts; undefined where there is none, whatever number was merely typed. Pure.
 */
export function matchedPhone(evidence: readonly Evidence[]): string | undefined {
  const matched = newestMatch(evidence);
  if (matched?.kind === 'known_person') return knownPersonOf(evidence)?.linkPhone;
  return matched && (newestOf(evidence, 'claimed_identity')?.data.open() as ClaimedIdentity | undefined)?.phone;
}

/**
 * By which a phone is the person's: the newer of the match of their claim and of their being known. A match of an earlier
 * claim says nothing of the one that is made now, as `ofOnePerson` has it. Pure.
 */
export function newestMatch(evidence: readonly Evidence[]): Evidence | undefined {
  const claimedAt = evidence.findLastIndex(({ kind }) => kind === 'claimed_identity');
  return evidence.findLast(({ kind }, at) => kind === 'known_person' || (kind === 'identity_match' && claimedAt >= 0 && at > claimedAt));
}
