import { getCountries, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max';
import type { ClaimedIdentity } from '../../journey/journey.ts';
import type { FieldErrors } from '../step.ts';
import { addressForm } from './address_forms.ts';

/** What reading the form needs to know of the workflow. */
export interface FormPolicy {
  readonly askBirthDate: boolean;
  readonly phoneCountries: readonly string[];
}

export type FormRead =
  | { readonly kind: 'read'; readonly claimed: ClaimedIdentity }
  | { readonly kind: 'faults'; readonly errors: FieldErrors };

/** Numbered apart from the states, and part of the country all the same: an address there is a US address. */
const US_TERRITORIES: ReadonlySet<string> = new Set(['AS', 'GU', 'MP', 'PR', 'VI']);

const COUNTRIES: ReadonlySet<string> = new Set(getCountries());

/** Field name, longest accepted value in characters, whether it must be filled whatever the country. */
const TEXT_FIELDS = [
  ['given_name', 100, true],
  ['family_name', 100, true],
  ['street', 200, true],
  ['city', 100, true],
  ['region', 100, false],
  ['postal_code', 20, false],
  ['country', 2, true],
  ['phone', 40, true],
  ['birth_date', 10, false],
] as const;
type Field = (typeof TEXT_FIELDS)[number][0];

/**
 * Control characters, signs that turn the direction of text (what is reviewed would not be what is sent), and the
 * brackets no name or address has: refused at the edge rather than carried along.
 */
const FOREIGN = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}<>{}]/u;

/**
 * Read the personal form: every fault at its field, all at once. Pure.
 *
 * @param today `YYYY-MM-DD`, for the birth date
 */
export function readForm(values: Readonly<Record<string, string>>, policy: FormPolicy, today: string): FormRead {
  const errors: Record<string, string> = {};
  const typed = {} as Record<Field, string>;
  for (const [field, longest, needed] of TEXT_FIELDS) {
    const value = (values[field] ?? '').normalize('NFC').trim().replace(/\s+/gu, ' ');
    typed[field] = value;
    if (value === '') {
      if (needed) errors[field] = 'required';
    } else if (value.length > longest) errors[field] = 'too_long';
    else if (FOREIGN.test(value)) errors[field] = 'invalid_characters';
  }
  const country = typed.country.toUpperCase();
  if (!errors.country && !COUNTRIES.has(country)) errors.country = 'country_invalid';
  const form = addressForm(country);

  const postalCode = form.tidyPostalCode(typed.postal_code);
  if (!errors.postal_code) {
    if (postalCode === '') {
      if (form.postalCodeNeeded) errors.postal_code = 'required';
    } else if (form.postalCode && !form.postalCode.test(postalCode)) errors.postal_code = 'postal_code_invalid';
  }
  const region = form.regions ? form.regions.get(typed.region.toLowerCase()) : typed.region;
  if (!errors.region) {
    if (typed.region === '') {
      if (form.regionNeeded) errors.region = 'required';
    } else if (region === undefined) errors.region = 'region_invalid';
  }
  const phone = errors.phone || errors.country ? undefined : readPhone(typed.phone, country, policy);
  if (phone?.kind === 'fault') errors.phone = phone.key;

  let birthDate: string | undefined;
  if (policy.askBirthDate && !errors.birth_date) {
    const fault = birthDateFault(typed.birth_date, today);
    if (fault) errors.birth_date = fault;
    else birthDate = typed.birth_date;
  }
  if (Object.keys(errors).length > 0 || phone?.kind !== 'number') return { kind: 'faults', errors };
  return {
    kind: 'read',
    claimed: {
      givenName: typed.given_name,
      familyName: typed.family_name,
      street: typed.street,
      city: typed.city,
      region: region ?? '',
      postalCode,
      country,
      phone: phone.e164,
      ...(birthDate === undefined ? {} : { birthDate }),
    },
  };
}

function readPhone(
  typed: string,
  country: string,
  policy: FormPolicy,
): { readonly kind: 'number'; readonly e164: string } | { readonly kind: 'fault'; readonly key: string } {
  // The whole field is the number: none is fished out of other text.
  const number = parsePhoneNumberFromString(typed, { defaultCountry: country as CountryCode, extract: false });
  if (!number?.isValid() || number.ext !== undefined) return { kind: 'fault', key: 'phone_invalid' };
  // Neighbours that share a calling code are other countries (Guernsey is not GB), and their messages cost more.
  const place = US_TERRITORIES.has(number.country ?? '') ? 'US' : (number.country ?? '');
  const reachable = !policy.phoneCountries.includes(country) || policy.phoneCountries.includes(place);
  return reachable ? { kind: 'number', e164: number.number } : { kind: 'fault', key: 'phone_country' };
}

function birthDateFault(typed: string, today: string): string | undefined {
  if (typed === '') return 'required';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(typed)) return 'birth_date_invalid';
  const date = new Date(`${typed}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== typed) return 'birth_date_invalid';
  if (typed > today) return 'birth_date_future';
  return typed < '1890-01-01' ? 'birth_date_invalid' : undefined;
}

/** The form's fields for a person already read, to fill it again. */
export function formValues(claimed: ClaimedIdentity): Readonly<Record<string, string>> {
  return {
    given_name: claimed.givenName,
    family_name: claimed.familyName,
    street: claimed.street,
    city: claimed.city,
    region: claimed.region,
    postal_code: claimed.postalCode,
    country: claimed.country,
    phone: claimed.phone,
    birth_date: claimed.birthDate ?? '',
  };
}
