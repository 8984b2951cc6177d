import type { ClaimedIdentity, EvidenceKind } from './journey.ts';

/**
 * The text whose keyed hash finds a person's account again, or undefined where nothing was established.
 *
 * It begins with how strongly the identity was established: an account whose phone was proven must never be reached by
 * somebody who merely knows its owner's name, address and number, so a match without possession lives apart. Pure.
 */
export function identityKey(claimed: ClaimedIdentity, kinds: readonly EvidenceKind[]): string | undefined {
  if (!kinds.includes('identity_match')) return undefined;
  const strength = kinds.includes('phone_possession') ? 'phone' : 'match';
  return JSON.stringify([strength, claimed.phone, plain(claimed.familyName), plain(claimed.givenName)]);
}

/** Letters and digits only, without accents and case: the same person typed twice is the same person. */
function plain(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
