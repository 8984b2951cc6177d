import { getCountries } from 'libphonenumber-js';
import type { RiskPolicy } from '../../journey/workflow.ts';
import type { FieldErrors } from '../step.ts';

/** What the first page asked for, as given. */
export interface Answers {
  readonly country?: string;
  readonly email?: string;
  readonly username?: string;
}

/** ISO 3166-1 alpha-2 codes (with a few territories beside) that a phone number can belong to. */
export const COUNTRIES: readonly string[] = getCountries();

/** RFC 5321 lengths and a shape that a mail server would take; whether it exists is not asked here. */
const EMAIL = /^[^\s@"(),:;<>[\\\]\p{Cc}]{1,64}@(?=.{1,253}$)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u;
const USERNAME_MAX = 100;

type Read = { readonly answers: Answers } | { readonly errors: FieldErrors };

const READ: Readonly<Record<RiskPolicy['collect'], (values: Readonly<Record<string, string>>) => Read>> = {
  country: ({ country = '' }) => {
    const code = country.trim().toUpperCase();
    return COUNTRIES.includes(code) ? { answers: { country: code } } : { errors: { country: 'country_invalid' } };
  },
  email: ({ email = '' }) => {
    const typed = email.trim();
    return EMAIL.test(typed) ? { answers: { email: typed } } : { errors: { email: 'email_invalid' } };
  },
  username: ({ username = '' }) => {
    const typed = username.trim();
    if (typed === '') return { errors: { username: 'required' } };
    if (typed.length > USERNAME_MAX) return { errors: { username: 'too_long' } };
    if (/\p{Cc}/u.test(typed)) return { errors: { username: 'invalid_characters' } };
    return { answers: { username: typed } };
  },
  nothing: () => ({ answers: {} }),
};

/** Reads the answer to the one question that the workflow asks; anything else in the form is ignored. */
export function readAnswers(collect: RiskPolicy['collect'], values: Readonly<Record<string, string>>): Read {
  return READ[collect](values);
}

/** The country to preselect: the locale's region, or the United States. */
export function likelyCountry(locale: string): string {
  const region = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?-([A-Z]{2})$/.exec(locale)?.[1];
  return region !== undefined && COUNTRIES.includes(region) ? region : 'US';
}
