/**
 * Building the four requests, purely. Two-legged tokens: the number stands in the body (CAMARA: otherwise
 * 422 MISSING_IDENTIFIER). Nothing is sent that was not asked for.
 */
import { MATCH_ATTRIBUTES } from '../../journey/workflow.ts';
import type { MatchAttribute } from '../../journey/workflow.ts';
import type { MatchQuery } from '../ports.ts';
import type { CamaraApi } from './apis.ts';
import { splitStreet } from './street.ts';

export interface CamaraRequest {
  readonly api: CamaraApi;
  readonly body: Readonly<Record<string, string | number>>;
}

/** Our attributes that go over under one name of theirs; the street is three, see {@link streetFields}. */
const FIELD_OF: readonly (readonly [MatchAttribute, string])[] = [
  ['givenName', 'givenName'],
  ['familyName', 'familyName'],
  ['city', 'locality'],
  ['region', 'region'],
  ['postalCode', 'postalCode'],
  ['country', 'country'],
  ['birthDate', 'birthdate'],
];

/** The attributes that a query really gives: blank ones are not asked. */
export function givenAttributes(query: MatchQuery): readonly MatchAttribute[] {
  return MATCH_ATTRIBUTES.filter((attribute) => isGiven(query.attributes[attribute]));
}

/** KYC Match 0.4 `/match`; undefined where no attribute is asked, which the standard refuses. */
export function kycMatchRequest(query: MatchQuery): CamaraRequest | undefined {
  const fields: Record<string, string> = {};
  for (const [ours, theirs] of FIELD_OF) {
    const value = query.attributes[ours];
    if (isGiven(value)) fields[theirs] = value;
  }
  Object.assign(fields, streetFields(query.attributes));
  if (Object.keys(fields).length === 0) return undefined;
  return { api: 'kycMatch', body: { phoneNumber: query.phone, ...fields } };
}

/** SIM Swap 2 `/check`. `windowHours` is the look-back, 1 to 2400. */
export function simSwapRequest(phone: string, windowHours: number): CamaraRequest {
  return { api: 'simSwap', body: { phoneNumber: phone, maxAge: windowHours } };
}

/** Number Recycling 0.2 `/check`. `since` is `YYYY-MM-DD`. */
export function numberRecyclingRequest(phone: string, since: string): CamaraRequest {
  return { api: 'numberRecycling', body: { phoneNumber: phone, specifiedDate: since } };
}

/** Number Verification 2 `/verify`; needs a three-legged token of the phone's own browser. */
export function numberVerificationRequest(phone: string): CamaraRequest {
  return { api: 'numberVerification', body: { phoneNumber: phone } };
}

/**
 * Name and number apart, because that is what can be judged exactly; and the whole address as well, where there is
 * enough of it to be whole, because some operators keep only that.
 */
function streetFields(attributes: MatchQuery['attributes']): Record<string, string> {
  const street = attributes.street?.trim();
  if (!isGiven(street)) return {};
  const parts = splitStreet(street, attributes.country);
  const around = [attributes.city, attributes.region, attributes.postalCode].filter(isGiven);
  const whole = isGiven(attributes.city) || isGiven(attributes.postalCode);
  return {
    streetName: parts.name,
    ...(parts.number === undefined ? {} : { streetNumber: parts.number }),
    ...(whole ? { address: [street, ...around].join(', ') } : {}),
  };
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== '';
}
