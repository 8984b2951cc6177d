import { plain } from './binding.ts';
import type { ClaimedIdentity, Journey, Prefill } from './journey.ts';
import type { Workflow } from './workflow.ts';

/** The identity that the application supplied and the person must match; undefined where the person says who they are. Pure. */
export function suppliedIdentity(journey: Pick<Journey, 'opening'>, workflow: Workflow): Prefill | undefined {
  return workflow.definition.options.identity === 'application' ? journey.opening.prefill?.open() : undefined;
}

/**
 * The same as a claim, for what compares: what was not supplied is empty. Without the phone, for nobody consented here to
 * have it used. Pure.
 */
export function suppliedClaim(journey: Pick<Journey, 'opening'>, workflow: Workflow): ClaimedIdentity | undefined {
  const supplied = suppliedIdentity(journey, workflow);
  if (!supplied) return undefined;
  const { givenName = '', familyName = '', street = '', city = '', region = '', postalCode = '', country = '', birthDate } = supplied;
  return { givenName, familyName, street, city, region, postalCode, country, phone: '', ...(birthDate === undefined ? {} : { birthDate }) };
}

/**
 * Whether somebody verified earlier is whom the application supplies now: all that it supplies is what was established
 * then. What was withheld then is no agreement. Pure.
 */
export function isSupplied(established: ClaimedIdentity, supplied: Prefill): boolean {
  const { email: _typed, ...fields } = supplied;
  return Object.entries(fields).every(([name, value]) => {
    const known = established[name as keyof ClaimedIdentity] ?? '';
    return known !== '' && plain(known) === plain(value);
  });
}
