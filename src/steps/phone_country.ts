import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Calling code of a number (E.164), without the plus; undefined for what is none. */
export function callingCodeOf(phone: string): string | undefined {
  return parsePhoneNumberFromString(phone)?.countryCallingCode;
}

/**
 * Whether a phone may be one of this country (ISO 3166-1 alpha-2). Calling codes are compared: several countries share
 * one, and which of them a number belongs to is often not to be told. Undefined where either is not known.
 */
export function phoneFits(phone: string, country: string | undefined): boolean | undefined {
  const code = callingCodeOf(phone);
  if (code === undefined || country === undefined || !isSupportedCountry(country)) return undefined;
  return getCountryCallingCode(country) === code;
}
