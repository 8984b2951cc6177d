import { deviceKeysOf } from '../../journey/device_evidence.ts';
import type { ClaimedIdentity, Evidence, Reason } from '../../journey/journey.ts';
import { effectivePolicy, type CurrentPolicies } from '../../journey/rules/risk_policy.ts';
import { VELOCITY_RULES, limitedRules, velocityOf, type VelocityCounts, type VelocityDimension, type VelocityKey } from '../../journey/rules/velocity.ts';
import { SOFT_DIMENSIONS } from '../../journey/rules/velocity_rules.ts';
import { Personal } from '../../personal.ts';
import { canonicalEmail, failureNetOf } from '../counted_as.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { callingCodeOf, phoneFits } from '../phone_country.ts';
import { sessionEvidenceOf } from '../session_evidence.ts';
import type { PhoneVelocity } from './index.ts';

/** What details are counted by that somebody sends: who they say they are, with everything they come with. */
export function claimKeys(claimed: ClaimedIdentity, evidence: readonly Evidence[]): readonly VelocityKey[] {
  const { identity, phone, device, email, fingerprint } = known(claimed, evidence);
  const pair = (dimension: VelocityDimension, value: string | undefined, peer: string | undefined): readonly VelocityKey[] =>
    value === undefined || peer === undefined ? [] : [{ dimension, key: Personal.of(value), peer: Personal.of(peer) }];
  return [
    ...pair('phone', phone, identity),
    ...pair('identity', identity, phone),
    ...pair('identity_device', identity, device),
    ...pair('device', device, identity),
    ...pair('email', email, identity),
    ...pair('fingerprint_identity', fingerprint, identity),
  ];
}

/** What details are counted by, as failures, until somebody confirms them: tries in parallel then all see each other. */
export function triedKeys(claimed: ClaimedIdentity, evidence: readonly Evidence[]): readonly VelocityKey[] {
  const { phone, device, net } = known(claimed, evidence);
  const of = (dimension: VelocityDimension, value: string | undefined): readonly VelocityKey[] => (value === undefined ? [] : [{ dimension, key: Personal.of(value) }]);
  return [...of('failed_phone', phone), ...of('failed_device', device), ...of('failed_net', net)];
}

/** Rows that take a person back whom nobody confirmed: a name mistyped, or made up, is nobody who used this phone. */
export function personTakenBack(claimed: ClaimedIdentity, evidence: readonly Evidence[]): readonly VelocityKey[] {
  return claimKeys(claimed, evidence).map(({ dimension, key }) => ({ dimension, key }));
}

/** Rows that take a failure back which was none: confirmed after all, or nobody could say. */
export function failureTakenBack(claimed: ClaimedIdentity, evidence: readonly Evidence[]): readonly VelocityKey[] {
  return triedKeys(claimed, evidence).map((tried) => ({ ...tried, peer: Personal.of('none') }));
}

interface Known {
  readonly identity: string;
  readonly phone: string;
  /** Thumbprint of the key that the browser showed. */
  readonly device: string | undefined;
  readonly email: string | undefined;
  readonly fingerprint: string | undefined;
  readonly net: string | undefined;
}

function known(claimed: ClaimedIdentity, evidence: readonly Evidence[]): Known {
  const session = sessionEvidenceOf(evidence);
  return {
    identity: identityOf(claimed),
    phone: claimed.phone,
    device: deviceKeysOf(evidence).find(({ channel }) => channel === 'browser')?.thumbprint,
    email: session?.email === undefined ? undefined : canonicalEmail(session.email),
    fingerprint: session && fingerprintOf(session.userAgent, session.device, session.collector),
    net: session && failureNetOf(session.address),
  };
}

/** One person however they spell themselves: the name with the date of birth, or without one with the postal code. */
function identityOf({ givenName, familyName, birthDate, country, postalCode }: ClaimedIdentity): string {
  const plain = (text: string): string => text.normalize('NFKD').replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
  const post = plain(postalCode);
  // The last four of a ZIP+4 tell streets apart, not people.
  return [plain(givenName), plain(familyName), birthDate ?? `${country}${country === 'US' ? post.slice(0, 5) : post}`].join(' ');
}

/**
 * The rules of the velocity table that details are judged by, once they are counted. Under `test` keys they are evaluated
 * and told, and deny only where the workflow asks for it (SPEC 11): a persona can be run all day.
 */
export function phoneVelocity(counts: VelocityCounts, policies: CurrentPolicies): PhoneVelocity {
  return {
    async check(claimed, { journey, workflow, now, evidence }) {
      const person = claimed.open();
      const own = workflow.definition.options.risk;
      const policy = effectivePolicy(own, (await policies.of(workflow.id)).active);
      const keys = [
        ...claimKeys(person, evidence), ...triedKeys(person, evidence),
        { dimension: 'failed_link', key: Personal.of(person.phone) } as const,
      ].filter(({ dimension }) => !SOFT_DIMENSIONS.includes(dimension));
      const findings = await velocityOf(counts, limitedRules(VELOCITY_RULES, policy.velocity), keys, { mode: journey.mode, now, journeyId: journey.id });
      const enforced = journey.mode === 'live' || own.velocityDeniesTest;
      const reached = (verdict: 'deny' | 'challenge', code: string): readonly Reason[] => findings
        .filter((finding) => finding.verdict === verdict)
        .map(({ rule, count, limit }) => ({ code, detail: { rule, count, limit, enforced } }));
      const [denying, challenging] = [reached('deny', 'velocity_phone'), reached('challenge', 'velocity_phone_challenge')];
      const worst = denying.length > 0 ? 'deny' : challenging.length > 0 ? 'challenge' : 'within';
      return { verdict: enforced ? worst : 'within', reasons: [...denying, ...challenging, ...abroad(person.phone, evidence)] };
    },
  };
}

/** A phone of another country than the browser's address: told, and nothing more. */
function abroad(phone: string, evidence: readonly Evidence[]): readonly Reason[] {
  const there = sessionEvidenceOf(evidence)?.placeCountry;
  if (phoneFits(phone, there) !== false) return [];
  return [{ code: 'phone_country_differs', detail: { callingCode: callingCodeOf(phone) ?? null, address: there ?? null } }];
}
