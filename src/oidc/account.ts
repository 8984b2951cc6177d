/**
 * The person behind a token, as the library asks for them. An account is a row; a denial that an application wants to
 * see as a token belongs to nobody, so its subject is made of the journey alone.
 */
import { z } from 'zod';
import type { Account } from 'oidc-provider';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import { readClaims, wantsProfile } from './claims.ts';
import type { AccountRow, GrantOutcome } from './records.ts';

/** What is sealed with a decision: the identity that matched, and whether the phone was in hand. Withheld strings are empty. */
export const accountProfile = z.object({
  givenName: z.string(),
  familyName: z.string(),
  street: z.string(),
  city: z.string(),
  region: z.string(),
  postalCode: z.string(),
  country: z.string(),
  phone: z.string(),
  birthDate: z.string().optional(),
  email: z.string().optional(),
  phoneVerified: z.boolean(),
});
export type AccountProfile = z.infer<typeof accountProfile>;

const DENIED = 'denied:';

/** The subject of a denial given as a token: one per journey, so that it links to nothing. */
export function deniedAccountId(journeyId: string): string {
  return DENIED + journeyId;
}

/** Whether an account id is that of a denial. */
export function isDenied(accountId: string): boolean {
  return accountId.startsWith(DENIED);
}

/** What {@link findAccount} reads with: the request's own reads. */
export interface AccountReads {
  account(accountId: string): Promise<AccountRow | undefined>;
  /** The decision behind the Grant in use. */
  outcome(): Promise<GrantOutcome | undefined>;
}

/** Look an account up; undefined where it is unknown or erased, which ends every session and token of it. */
export async function findAccount(accountId: string, reads: AccountReads): Promise<Account | undefined> {
  const row = isDenied(accountId) ? undefined : await reads.account(accountId);
  if (!isDenied(accountId) && (!row || row.erased)) return undefined;
  return {
    accountId,
    async claims(use, scope, requested) {
      const outcome = await reads.outcome();
      if (!outcome) throw new GatehouseError('outcome_missing', 500, 'a grant has no decision behind it');
      if (outcome.accountId !== accountId) throw new GatehouseError('outcome_of_another_account', 500, 'a grant and its decision name different accounts');
      // Scopes speak for userinfo alone (`conformIdTokenClaims`): what the ID token leaves out need not be opened for it.
      const scopes = new Set(use === 'id_token' ? ['openid'] : scope.split(' '));
      const wanted = { scopes, claims: new Set(Object.keys(requested)) };
      const profile = row && wantsProfile(wanted) ? await profileOf(outcome) : undefined;
      return { sub: accountId, ...readClaims({ profile, outcome }, wanted) };
    },
  };
}

/** The profile of a decision; one that does not have its shape is a bug and fails closed. */
async function profileOf(outcome: GrantOutcome): Promise<Personal<AccountProfile> | undefined> {
  return (await outcome.profile())?.map((stored) => {
    const parsed = accountProfile.safeParse(stored);
    if (!parsed.success) throw new GatehouseError('profile_unreadable', 500, 'the profile sealed with a decision does not have its shape');
    return parsed.data;
  });
}
