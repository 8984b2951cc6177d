/** What an approval tells about the person: what they said, less what no source that knew them would confirm. Pure. */
import { z } from 'zod';
import { GatehouseError } from '../errors.ts';
import type { Personal } from '../personal.ts';
import type { ClaimedIdentity, Evidence } from './journey.ts';
import { MATCH_ATTRIBUTES, type MatchAttribute } from './workflow.ts';

/** The identity that goes with one decision; a withheld attribute is the empty string. */
export interface ReleasedProfile extends ClaimedIdentity {
  /** As typed on the first page; nobody confirmed it. */
  readonly email?: string;
  readonly phoneVerified: boolean;
}

/** How one source of evidence `identity_match` came out: `missed` was asked of it and did not match. */
export interface SourceFinding {
  readonly outcome: string;
  readonly missed: readonly MatchAttribute[];
}

const finding = z.object({ outcome: z.string(), missed: z.array(z.enum(MATCH_ATTRIBUTES)) });
const findings = z.object({ carrier: finding, database: finding });
const typedEmail = z.object({ email: z.string().optional() });

/** The attributes that no source confirmed among those that recognised the person; what was never asked is none of them. */
export function withheld(sources: readonly SourceFinding[]): ReadonlySet<MatchAttribute> {
  const [first, ...others] = sources.filter(({ outcome }) => outcome === 'match');
  return new Set(first?.missed.filter((name) => others.every(({ missed }) => missed.includes(name))));
}

/**
 * What tokens and the account may tell after an approval; undefined where nobody was identified.
 *
 * @throws GatehouseError `evidence_unreadable` where the evidence does not have its shape: nothing is told then
 */
export function releasedProfile(evidence: readonly Evidence[]): Personal<ReleasedProfile> | undefined {
  const newest = (kind: Evidence['kind']): Evidence | undefined => evidence.findLast((one) => one.kind === kind);
  const match = newest('identity_match');
  const claimed = newest('claimed_identity')?.data as Personal<ClaimedIdentity> | undefined;
  if (!match || !claimed) return undefined;
  const read = findings.safeParse(match.data.open());
  const session = newest('session');
  const typed = session ? typedEmail.safeParse(session.data.open()) : undefined;
  if (!read.success || typed?.success === false) throw new GatehouseError('evidence_unreadable', 500, 'recorded evidence does not have its shape');
  const empty = Object.fromEntries([...withheld([read.data.carrier, read.data.database])].map((name) => [name, '']));
  const email = typed?.data.email;
  return claimed.map((person) => ({
    ...person,
    ...empty,
    ...(email === undefined ? {} : { email }),
    phoneVerified: newest('phone_possession') !== undefined,
  }));
}
