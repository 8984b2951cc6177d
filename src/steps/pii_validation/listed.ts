/** What the operator's lists say of who somebody says they are. */
import type { ClaimedIdentity, Evidence, Journey, Reason } from '../../journey/journey.ts';
import { claimedIdentities, reasonsAgainst, type Lists, type ListHit } from '../../journey/rules/lists.ts';
import { Personal } from '../../personal.ts';
import { sessionEvidenceOf } from '../session_evidence.ts';

export interface ListedClaim {
  /** Every block, in the order of the kinds; or that nobody can tell. */
  readonly against: readonly Reason[];
  readonly phoneAllowed: boolean;
}

export function listedClaim(
  lists: Lists, claimed: ClaimedIdentity, { journey, evidence, now }: { readonly journey: Journey; readonly evidence: readonly Evidence[]; readonly now: number },
): ListedClaim {
  const scope = { mode: journey.mode, workflowId: journey.workflowId, now };
  const emails = [sessionEvidenceOf(evidence)?.email, journey.opening.prefill?.open().email].filter((email) => email !== undefined);
  const looks = [
    lists.look({ phone: Personal.of(claimed.phone), identities: claimedIdentities(Personal.of(claimed)) }, scope),
    ...[...new Set(emails)].map((email) => lists.look({ email: Personal.of(email) }, scope)),
  ];
  const hits = (which: 'blocked' | 'allowed'): readonly ListHit[] => looks.flatMap((look) => look[which]);
  return {
    against: reasonsAgainst({ fresh: looks.every(({ fresh }) => fresh), blocked: hits('blocked'), allowed: [] }),
    phoneAllowed: hits('allowed').some(({ kind }) => kind === 'phone'),
  };
}
