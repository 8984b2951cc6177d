/** The fields of the form that the application filled in: shown, not asked, and nothing posted for them counts. */
import type { ClaimedIdentity, Prefill } from '../../journey/journey.ts';
import type { FieldErrors } from '../step.ts';
import { readForm, type FormPolicy } from './form.ts';

const FIELD_OF: Readonly<Record<keyof Omit<Prefill, 'email'>, string>> = {
  givenName: 'given_name', familyName: 'family_name', street: 'street', city: 'city', region: 'region',
  postalCode: 'postal_code', country: 'country', phone: 'phone', birthDate: 'birth_date',
};

/** Form values of what was supplied, by field. */
export function suppliedValues(supplied: Prefill | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(FIELD_OF).flatMap(([name, field]) => {
    const value = supplied?.[name as keyof Prefill];
    return value === undefined ? [] : [[field, value]];
  }));
}

/** A field that was supplied, and the message key of what is wrong with it. */
export interface SuppliedFault {
  readonly field: string;
  readonly fault: string;
}

/** The first fault at a field that was supplied, among all that a form has. */
export function lockedFault(errors: FieldErrors, supplied: Prefill | undefined): SuppliedFault | undefined {
  const values = suppliedValues(supplied);
  const [field, fault] = Object.entries(errors).find(([name]) => Object.hasOwn(values, name)) ?? [];
  return field === undefined || fault === undefined ? undefined : { field, fault };
}

/**
 * A fault in what was supplied, which nobody at the page could mend; undefined where the rest can be asked for. Judged
 * with every other field left out, so their being empty is not held against it.
 */
export function suppliedFault(supplied: Prefill, policy: FormPolicy, today: string): SuppliedFault | undefined {
  const values = suppliedValues(supplied);
  const read = readForm(values, policy, today);
  if (read.kind === 'read') return undefined;
  const [field, fault] = Object.entries(read.errors).find(([name, key]) => Object.hasOwn(values, name) && key !== 'required') ?? [];
  // A region or a phone can only be judged beside its country.
  if (field === undefined || fault === undefined || (values['country'] === undefined && ['region', 'postal_code', 'phone'].includes(field))) return undefined;
  return { field, fault };
}

/** What is claimed: the supplied birth date too, where the form does not ask for one. */
export function withSupplied(claimed: ClaimedIdentity, supplied: Prefill | undefined): ClaimedIdentity {
  return supplied?.birthDate === undefined ? claimed : { ...claimed, birthDate: supplied.birthDate };
}
