/** What an earlier verification still says about the person who comes back. Pure. */
import type { ClaimedIdentity, Evidence } from '../../journey/journey.ts';
import { knownPersonOf } from '../../journey/device_evidence.ts';
import { newestOf } from '../../journey/document_evidence.ts';
import { levelOf } from '../../journey/levels.ts';
import { releasedProfile, type ReleasedProfile } from '../../journey/released.ts';
import { Personal } from '../../personal.ts';

/** Whom a journey verified. */
export interface Verified {
  readonly profile: Personal<ReleasedProfile>;
  /** E.164; a carrier or identity record matched it to the person. */
  readonly linkPhone: Personal<string> | undefined;
  /** What that journey reached, an `acr` value. */
  readonly acr: string;
}

/**
 * Read an approved journey's evidence; undefined where it established nobody, or is gone.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function verifiedBy(evidence: readonly Evidence[]): Verified | undefined {
  const profile = releasedProfile(evidence);
  const acr = levelOf(evidence.map(({ kind }) => kind));
  return profile === undefined || acr === undefined ? undefined : { profile, linkPhone: matchedPhone(evidence), acr };
}

/** The phone that was matched in this journey, or in the one that it rests on. */
function matchedPhone(evidence: readonly Evidence[]): Personal<string> | undefined {
  const claimed = newestOf(evidence, 'claimed_identity')?.data.open() as ClaimedIdentity | undefined;
  const phone = newestOf(evidence, 'identity_match') && claimed ? claimed.phone : knownPersonOf(evidence)?.linkPhone;
  return phone === undefined || phone === '' ? undefined : Personal.of(phone);
}
