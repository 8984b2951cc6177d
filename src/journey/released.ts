/** What an approval tells about the person: what they said, less what no source that knew them would confirm. Pure. */
import { z } from 'zod';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import { knownPersonOf } from './device_evidence.ts';
import { documentEvidenceOf, newestOf, type ReadDocument } from './document_evidence.ts';
import type { ClaimedIdentity, Evidence } from './journey.ts';
import { heldPhone, ofOnePerson } from './one_person.ts';
import { vouchedDocument } from './review_evidence.ts';
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
const NOBODY: ClaimedIdentity = { givenName: '', familyName: '', street: '', city: '', region: '', postalCode: '', country: '', phone: '' };

/** The attributes that no source confirmed among those that recognised the person; what was never asked is none of them. */
export function withheld(sources: readonly SourceFinding[]): ReadonlySet<MatchAttribute> {
  const [first, ...others] = sources.filter(({ outcome }) => outcome === 'match');
  return new Set(first?.missed.filter((name) => others.every(({ missed }) => missed.includes(name))));
}

/**
 * What tokens and the account may tell after an approval; undefined where nobody was identified, or several people were.
 *
 * @throws GatehouseError `evidence_unreadable` where the evidence does not have its shape: nothing is told then
 */
export function releasedProfile(all: readonly Evidence[]): Personal<ReleasedProfile> | undefined {
  const evidence = ofOnePerson(all);
  const person = byReviewer(evidence) ?? byMatch(evidence) ?? byDocument(evidence) ?? byQuestions(evidence);
  if (!person) return byEarlierVerification(evidence);
  const email = emailOf(evidence);
  return person.map((known) => ({ ...known, ...(email === undefined ? {} : { email }), phoneVerified: known.phone !== '' && known.phone === heldPhone(evidence) }));
}

const claimedOf = (evidence: readonly Evidence[]): Personal<ClaimedIdentity> | undefined =>
  newestOf(evidence, 'claimed_identity')?.data as Personal<ClaimedIdentity> | undefined;

/** Confirmed by a carrier or an identity database; what they missed is withheld. */
function byMatch(evidence: readonly Evidence[]): Personal<ClaimedIdentity> | undefined {
  const match = newestOf(evidence, 'identity_match');
  const claimed = claimedOf(evidence);
  if (!match || !claimed) return undefined;
  const read = findings.safeParse(match.data.open());
  if (!read.success) throw unreadable();
  const missed = withheld([read.data.carrier, read.data.database]);
  const document = documentEvidenceOf(evidence)?.documents[0];
  const empty = Object.fromEntries([...missed].map((name) => [name, '']));
  // A document read later in the journey says what it says, and fills what the records would not confirm.
  return claimed.map((person) => ({ ...person, ...empty, ...(document ? fromDocument(document) : {}) }));
}

/** Read from a document: its names and birth date, its address where it carries one; of what was typed, the phone only if it was held. */
function byDocument(evidence: readonly Evidence[]): Personal<ClaimedIdentity> | undefined {
  const document = documentEvidenceOf(evidence)?.documents[0];
  if (!document) return undefined;
  return Personal.of({ ...NOBODY, ...fromDocument(document), phone: heldPhone(evidence) ?? '' });
}

/** Read from a document that a reviewer vouched for. What was typed beside it is not told: nobody but them compared the two. */
function byReviewer(evidence: readonly Evidence[]): Personal<ClaimedIdentity> | undefined {
  const document = vouchedDocument(evidence);
  return document && Personal.of({ ...NOBODY, ...fromDocument(document) });
}

function fromDocument({ givenName, familyName, birthDate, address }: ReadDocument): Partial<ClaimedIdentity> {
  return { givenName, familyName, ...(birthDate === '' ? {} : { birthDate }), ...address };
}

/** Questions that this person alone should know the answers to stand for the details they were drawn from. */
function byQuestions(evidence: readonly Evidence[]): Personal<ClaimedIdentity> | undefined {
  if (!newestOf(evidence, 'kba')) return undefined;
  return claimedOf(evidence)?.map((person) => ({ ...person, phone: '' }));
}

/** Somebody who came back is who they were when they were verified; nothing was established anew. */
function byEarlierVerification(evidence: readonly Evidence[]): Personal<ReleasedProfile> | undefined {
  const known = knownPersonOf(evidence);
  return known && Personal.of(known.profile as unknown as ReleasedProfile);
}

function emailOf(evidence: readonly Evidence[]): string | undefined {
  const session = newestOf(evidence, 'session');
  const typed = session ? typedEmail.safeParse(session.data.open()) : undefined;
  if (typed?.success === false) throw unreadable();
  return typed?.data.email;
}

function unreadable(): GatehouseError {
  return new GatehouseError('evidence_unreadable', 500, 'recorded evidence does not have its shape');
}
