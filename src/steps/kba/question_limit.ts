import type { ClaimedIdentity } from '../../journey/journey.ts';
import { velocityOf, type VelocityCounts, type VelocityKey, type VelocityRule } from '../../journey/rules/velocity.ts';
import { Personal } from '../../personal.ts';
import type { QuestionLimit } from './index.ts';

const DAY_SECONDS = 86_400;

/** Sets of questions about one person in 24 hours, in however many journeys: guesses are not to be had without end. */
const MOST_SETS = 3;

/** A set is counted before it is judged, so the count holds the present one. */
const RULE: VelocityRule = {
  name: 'question_sets_per_person_24h', dimension: 'kba', windowSeconds: DAY_SECONDS, of: 'events', challengeAt: MOST_SETS + 1, denyAt: MOST_SETS + 1,
};

/**
 * What the claimed person is counted by: the name with each of birth date, phone and postal code. Each is counted for
 * itself, because who guesses at somebody's questions is free to change what the source of questions does not look at.
 */
export function personKeys({ givenName, familyName, birthDate, phone, country, postalCode }: ClaimedIdentity): readonly VelocityKey[] {
  const name = `${plain(givenName)} ${plain(familyName)}`;
  const post = plain(postalCode);
  const beside = {
    born: birthDate ?? '',
    phone,
    // The last four of a ZIP+4 tell streets apart, not people, and any will do.
    post: post === '' ? '' : `${country}${country === 'US' ? post.slice(0, 5) : post}`,
  };
  return Object.entries(beside).filter(([, value]) => value !== '')
    .map(([what, value]) => ({ dimension: 'kba', key: Personal.of(`${name} ${what} ${value}`) }));
}

/** Letters and digits, without case and accents: another spelling is not another person. */
function plain(text: string): string {
  return text.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
}

/** Like all velocity it is evaluated under every key and denies `live` keys only, unless asked. */
export function questionLimit(counts: VelocityCounts): QuestionLimit {
  return {
    async look(claimed, { journey, workflow, now }) {
      const at = { mode: journey.mode, now, journeyId: journey.id };
      const findings = (await Promise.all(personKeys(claimed).map((key) => velocityOf(counts, [RULE], [key], at)))).flat();
      const most = Math.max(...findings.map(({ count }) => count));
      return {
        // No finding at all is a person whom nothing could be counted by: over, rather than unlimited.
        over: findings.length === 0 || findings.some(({ verdict }) => verdict === 'deny'),
        enforced: journey.mode === 'live' || workflow.definition.options.risk.velocityDeniesTest,
        rule: RULE.name,
        count: Math.max(0, most),
        limit: MOST_SETS,
      };
    },
  };
}
