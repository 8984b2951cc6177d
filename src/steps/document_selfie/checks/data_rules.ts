/** Checks on what a document says, whoever read it: our engine or a vendor. Pure. */
import { SPECIMEN_ISSUER } from '../../../documents/countries.ts';
import type { DocumentType } from '../../../documents/facts.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { ClaimedIdentity, Mode } from '../../../journey/journey.ts';
import { compareNames } from '../names/compare_names.ts';
import { isDate, yearsAfter, yearsBetween } from './calendar.ts';
import type { DocumentData } from './document_data.ts';
import { hasNoCountry } from './issuers.ts';
import { doubt, fail, pass, unknown, type Verdict } from './verdict.ts';

/** What a document is held against. */
export interface Circumstances {
  readonly mode: Mode;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly claimed: ClaimedIdentity | undefined;
  /** As the person chose; undefined where they chose at a vendor. */
  readonly chosen: { readonly type: DocumentType; readonly country: string } | undefined;
}

export type DataRule = (data: DocumentData, circumstances: Circumstances, options: DocumentOptions) => Verdict;

/** The document is of a type that the workflow accepts. People choose the wrong one: what counts and is kept is what was read. */
export const typeAccepted: DataRule = ({ type }, { chosen }, { types }) => {
  if (type === undefined) return fail('unknown_type');
  if (!types.includes(type)) return fail('type_not_accepted');
  return chosen === undefined || chosen.type === type ? pass() : pass({ asChosen: false });
};

/**
 * The issuer's country is one that the workflow accepts; an issuer that nobody knows is accepted by none. Where every country is,
 * a known issuer that is none of today's countries is for a person to decide.
 */
export const countryAccepted: DataRule = (data, { mode, chosen }, { countries }) => {
  // A specimen stands for the document that was chosen: the sandbox has no other.
  const country = data.specimen && mode === 'test' ? (chosen?.country ?? countries[0] ?? data.issuer) : data.country;
  if (country === undefined) return countries.length === 0 && hasNoCountry(data.issuer) ? doubt('issuer_without_country') : fail('unknown_issuer');
  return countries.length === 0 || countries.includes(country) ? pass() : fail('country_not_accepted');
};

/** Valid through its last day. A document that names none, as permanent ones do, is not taken for expired, nor for valid. */
export const notExpired: DataRule = ({ expiryDate }, { today }) => {
  if (expiryDate === '') return unknown('no_expiry_date');
  if (!isDate(expiryDate) || !isDate(today)) return unknown('no_such_date');
  return expiryDate >= today ? pass() : fail('expired');
};

export const oldEnough: DataRule = ({ birthDate }, { today }, { minimumAge }) => {
  if (minimumAge === 0) return pass({ asked: 0 });
  if (!isDate(birthDate) || !isDate(today)) return unknown('no_birth_date');
  return yearsBetween(birthDate, today) >= minimumAge ? pass({ asked: minimumAge }) : fail('under_age', { asked: minimumAge });
};

/** Years that nobody has lived, and for which nothing is issued. */
const LONGEST_LIFE = 130;
const LONGEST_VALIDITY = 50;

/** Birth before issue before expiry, each a day of the calendar, none in the wrong half of time. */
export const datesPlausible: DataRule = ({ birthDate, issueDate, expiryDate }, { today }) => {
  if (!isDate(today)) return unknown('no_such_date');
  const said = [birthDate, issueDate, expiryDate].filter((date) => date !== '');
  if (said.some((date) => !isDate(date))) return fail('no_such_date');
  if (birthDate === '') return unknown('no_birth_date');
  if (birthDate > today) return fail('born_in_future');
  if (yearsBetween(birthDate, today) > LONGEST_LIFE) return fail('born_too_long_ago');
  if (issueDate > today) return fail('issued_in_future');
  const inOrder = said.every((date, index) => index === 0 || (said[index - 1] ?? '') < date);
  if (!inOrder) return fail('dates_out_of_order');
  if (expiryDate === '') return unknown('no_expiry_date');
  return expiryDate > yearsAfter(today, LONGEST_VALIDITY) ? fail('expires_too_late') : pass();
};

/** Specimens prove nobody: good for trying things out, and for nothing else. */
export function specimenAllowed(specimen: boolean, mode: Mode): Verdict {
  return specimen && mode === 'live' ? fail('specimen') : pass({ specimen });
}

export const notASpecimen: DataRule = ({ specimen }, { mode }) => specimenAllowed(specimen, mode);

export const nameMatchesClaim: DataRule = ({ familyName, givenName, nameTruncated, suffix = '' }, { claimed }) =>
  claimed === undefined ? unknown('nothing_claimed') : heldAgainst(claimed, compareNames({ familyName, givenName, truncated: nameTruncated, suffix }, claimed));

/** A person who said a name is not taken for its holder because nobody could tell. */
export function heldAgainst(claimed: ClaimedIdentity | undefined, verdict: Verdict): Verdict {
  return claimed !== undefined && verdict.status === 'unknown' ? { ...verdict, status: 'doubt' } : verdict;
}

export const birthDateMatchesClaim: DataRule = ({ birthDate }, { claimed }) => {
  if (claimed?.birthDate === undefined || claimed.birthDate === '') return unknown('nothing_claimed');
  if (birthDate === '') return unknown('no_birth_date');
  return birthDate === claimed.birthDate ? pass() : fail('birth_date_differs');
};

/** What an account is found by must be there: without it two strangers would be one person. */
export function complete({ issuer, number, familyName, givenName }: DocumentData): Verdict {
  if (issuer === '' || number === '') return unknown('no_number');
  return familyName === '' && givenName === '' ? unknown('no_name') : pass();
}

/** Two readings of one document, by two readers who spell and abbreviate in their own ways. */
export function sameDocument(one: DocumentData, other: DocumentData): Verdict {
  if (one.type !== other.type) return fail('type_differs');
  const issuers = [one, other].map(({ issuer, country, specimen }) => (specimen ? SPECIMEN_ISSUER : (country ?? issuer)));
  if (issuers[0] !== issuers[1]) return fail('issuer_differs');
  const [number, otherNumber] = [one, other].map((data) => data.number.replace(/[^A-Za-z0-9]/g, '').toUpperCase());
  if (number === '' || number !== otherNumber) return fail('number_differs');
  return samePerson(one, other);
}

/** Two documents of one person: of two types, with one name and one day of birth. */
export function agree(first: DocumentData, second: DocumentData): Verdict {
  return first.type !== undefined && first.type === second.type ? fail('same_type') : samePerson(first, second);
}

function samePerson(first: DocumentData, second: DocumentData): Verdict {
  if (first.birthDate === '' || second.birthDate === '') return unknown('no_birth_date');
  if (first.birthDate !== second.birthDate) return fail('birth_date_differs');
  const names = [first, second].map(({ familyName, givenName, nameTruncated, suffix = '' }) => ({ familyName, givenName, truncated: nameTruncated, suffix }));
  const [one, other] = names;
  if (!one || !other) return unknown('no_name');
  const verdict = compareNames(one, other);
  const reverse = compareNames(other, one);
  // A name that one of them cuts may be compared either way round.
  const best = [verdict, reverse].find(({ status }) => status === 'pass') ?? verdict;
  return best.status === 'doubt' ? doubt(best.why ?? 'names_differ') : best;
}
