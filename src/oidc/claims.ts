/**
 * Every claim this server can give, in one table: discovery, userinfo and the ID token are derived from it. A new claim
 * is a new row. `acr`, `amr` and `auth_time` are said by the library from the session; what was proven about the
 * person and how they logged in this time are not mixed (SPEC 6).
 */
import type { Personal } from '../personal.ts';
import type { AccountProfile } from './account.ts';
import type { GrantOutcome } from './records.ts';

/** Where claims are read from. */
export interface ClaimSources {
  /** Undefined for a denial: nothing was established about anybody. */
  readonly profile: Personal<AccountProfile> | undefined;
  readonly outcome: GrantOutcome;
}

interface Claim {
  readonly name: string;
  /** The scope that asks for it; scope `openid` puts it into the ID token, the others into userinfo only. */
  readonly scope: 'openid' | 'profile' | 'address' | 'phone' | 'email' | 'evidence';
  /** Absent where the library says it. */
  readonly read?: (sources: ClaimSources) => unknown;
}

const fromProfile = (read: (profile: AccountProfile) => unknown) => (sources: ClaimSources): unknown => {
  const profile = sources.profile?.open();
  return profile && read(profile);
};

export const CLAIMS: readonly Claim[] = [
  { name: 'sub', scope: 'openid' },
  { name: 'acr', scope: 'openid' },
  { name: 'amr', scope: 'openid' },
  { name: 'auth_time', scope: 'openid' },
  { name: 'policyDecision', scope: 'openid', read: ({ outcome }) => outcome.verdict },
  { name: 'transaction_id', scope: 'openid', read: ({ outcome }) => outcome.journeyId },
  { name: 'asi', scope: 'openid', read: ({ outcome }) => outcome.journeyId },
  { name: 'simulated', scope: 'openid', read: ({ outcome }) => outcome.summary.simulated },
  { name: 'persistent_id', scope: 'openid', read: ({ outcome }) => outcome.summary.persistentId },
  { name: 'given_name', scope: 'profile', read: fromProfile((person) => person.givenName) },
  { name: 'family_name', scope: 'profile', read: fromProfile((person) => person.familyName) },
  { name: 'name', scope: 'profile', read: fromProfile((person) => `${person.givenName} ${person.familyName}`.trim()) },
  { name: 'birthdate', scope: 'profile', read: fromProfile((person) => person.birthDate) },
  { name: 'address', scope: 'address', read: fromProfile(addressOf) },
  { name: 'phone_number', scope: 'phone', read: fromProfile((person) => person.phone) },
  { name: 'phone_number_verified', scope: 'phone', read: fromProfile((person) => person.phoneVerified) },
  { name: 'email', scope: 'email', read: fromProfile((person) => person.email) },
  // It was typed, and nobody wrote to it.
  { name: 'email_verified', scope: 'email', read: fromProfile((person) => (person.email ? false : undefined)) },
  { name: 'evidence', scope: 'evidence', read: ({ outcome }) => ({ policy: outcome.policy, steps: outcome.summary.steps }) },
];

/** Scope → names of its claims, as the library's configuration and discovery want it. */
export const CLAIMS_BY_SCOPE: Readonly<Record<string, string[]>> = Object.fromEntries(
  [...new Set(CLAIMS.map((claim) => claim.scope))].map((scope) => [
    scope,
    CLAIMS.filter((claim) => claim.scope === scope).map((claim) => claim.name),
  ]),
);

/** Scopes and single claims of a request. */
export interface WantedClaims {
  readonly scopes: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
}

const isWanted = (claim: Claim, wanted: WantedClaims): boolean =>
  claim.scope === 'openid' || wanted.scopes.has(claim.scope) || wanted.claims.has(claim.name);

/** Whether any wanted claim tells about the person: otherwise the profile can stay sealed. */
export function wantsProfile(wanted: WantedClaims): boolean {
  return CLAIMS.some((claim) => claim.scope !== 'openid' && claim.scope !== 'evidence' && isWanted(claim, wanted));
}

/** Read the claims that scopes or the `claims` parameter ask for; what is not known is left out, never null. */
export function readClaims(sources: ClaimSources, wanted: WantedClaims): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const claim of CLAIMS) {
    if (!claim.read || !isWanted(claim, wanted)) continue;
    const value = claim.read(sources);
    if (value !== undefined && value !== '') read[claim.name] = value;
  }
  return read;
}

/** OIDC Core 5.1.1; empty members are left out, and so is an address without any: not every document carries one. */
function addressOf(person: AccountProfile): Readonly<Record<string, string>> | undefined {
  const place = [person.city, [person.region, person.postalCode].filter(Boolean).join(' ')].filter(Boolean).join(', ');
  const members = {
    formatted: [person.street, place, person.country].filter(Boolean).join('\n'),
    street_address: person.street,
    locality: person.city,
    region: person.region,
    postal_code: person.postalCode,
    country: person.country,
  };
  const known = Object.entries(members).filter(([, value]) => value !== '');
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
