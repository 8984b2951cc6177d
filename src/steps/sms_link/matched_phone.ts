import { knownPersonOf } from '../../journey/device_evidence.ts';
import { newestOf } from '../../journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence } from '../../journey/journey.ts';

/**
 * The number that a record matched to the person: as they typed it in this journey, or as it was matched when they were
 * verified and known since. The newer match counts; undefined where there is none, whatever number was merely typed. Pure.
 */
export function matchedPhone(evidence: readonly Evidence[]): string | undefined {
  const matched = evidence.findLast(({ kind }) => kind === 'identity_match' || kind === 'known_person');
  if (matched?.kind === 'known_person') return knownPersonOf(evidence)?.linkPhone;
  return matched && (newestOf(evidence, 'claimed_identity')?.data.open() as ClaimedIdentity | undefined)?.phone;
}
