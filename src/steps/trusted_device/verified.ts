/** What an earlier verification still says about the person who comes back. */
import { knownPersonOf } from '../../journey/device_evidence.ts';
import { newestOf } from '../../journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence } from '../../journey/journey.ts';
import { levelOf } from '../../journey/levels.ts';
import { ofOnePerson } from '../../journey/one_person.ts';
import { releasedProfile, type ReleasedProfile } from '../../journey/released.ts';
import { Personal } from '../../personal.ts';

/** Whom a journey verified. */
export interface Verified {
  /** The journey that verified them, and not one in which they were merely known. */
  readonly journeyId: string;
  readonly profile: Personal<ReleasedProfile>;
  /** E.164; a carrier or identity record matched it to the person. */
  readonly linkPhone: Personal<string> | undefined;
  /** What that journey reached, an `acr` value. */
  readonly acr: string;
}

/**
 * Reads whom an approved journey verified; undefined where it established nobody, or is gone. A journey in which somebody
 * was merely known says nothing of its own: the one it rests on is read, and where that is deleted nothing is left, so
 * that coming back never renews what is kept of a person.
 *
 * @param evidenceOf a journey's evidence; empty where it is gone
 * @throws GatehouseError `evidence_unreadable`
 */
export function verifiedBy(evidenceOf: (journeyId: string) => Promise<readonly Evidence[]>): (journeyId: string) => Promise<Verified | undefined> {
  return async (journeyId) => {
    const evidence = ofOnePerson(await evidenceOf(journeyId));
    const known = knownPersonOf(evidence);
    if (!known) return verifiedIn(journeyId, evidence);
    const earlier = ofOnePerson(await evidenceOf(known.journeyId));
    return knownPersonOf(earlier) ? undefined : verifiedIn(known.journeyId, earlier);
  };
}

function verifiedIn(journeyId: string, evidence: readonly Evidence[]): Verified | undefined {
  const profile = releasedProfile(evidence);
  const acr = levelOf(evidence);
  return profile === undefined || acr === undefined ? undefined : { journeyId, profile, linkPhone: matchedPhone(evidence), acr };
}

function matchedPhone(evidence: readonly Evidence[]): Personal<string> | undefined {
  const claimed = newestOf(evidence, 'claimed_identity')?.data.open() as ClaimedIdentity | undefined;
  return newestOf(evidence, 'identity_match') && claimed && claimed.phone !== '' ? Personal.of(claimed.phone) : undefined;
}
