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
