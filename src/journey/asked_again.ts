/** Whether an approval that came of a step asked again needs a reviewer's word all the same. Pure. */
import { plain } from './binding.ts';
import { documentEvidenceOf, shownIn } from './document_evidence.ts';
import type { Evidence, Journey } from './journey.ts';
import { ofOnePerson } from './one_person.ts';
import { identifies } from './review_evidence.ts';

/** The reason code, and the tag of the case. */
export const ASKED_AGAIN = 'asked_again';

/**
 * A reviewer chose the step and may hand its link to whom they like, so what comes of it is not approved on their word
 * alone: under four eyes never without a second person, and otherwise only where the document that was accepted now names
 * whom every attempt before it named.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function reviewedOnceMore({ reviews = [] }: Pick<Journey, 'reviews'>, evidence: readonly Evidence[], fourEyes: boolean): boolean {
  if (!reviews.some(({ verdict }) => verdict === 'again')) return false;
  if (fourEyes) return true;
  const accepted = documentEvidenceOf(ofOnePerson(evidence))?.documents[0];
  const attempts = shownIn(evidence, 'document_attempt');
  if (!accepted || !identifies(accepted) || attempts.length === 0) return true;
  return !attempts.every(([before]) => before !== undefined && before.birthDate === accepted.birthDate
    && plain(before.familyName) === plain(accepted.familyName) && plain(before.number) === plain(accepted.number));
}
