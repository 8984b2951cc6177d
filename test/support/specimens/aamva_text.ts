/**
 * What a licence's PDF417 says: AAMVA DL/ID Card Design Standard (2020), annex D, version 10, for the fictitious
 * jurisdiction ZZ with the issuer number 999999.
 */
import type { SpecimenPerson } from './people.ts';

export const IIN = '999999';
export const JURISDICTION = 'ZZ';
const VERSION = '10';

const usDate = (date: string): string => date.slice(5, 7) + date.slice(8, 10) + date.slice(0, 4);
const SEX = { M: '1', F: '2', X: '9' } as const;

/** D.12.4: eleven characters; digits are filled up with noughts to nine, all else with blanks. */
function postalCode(code: string): string {
  const plain = code.replace(/[ -]/g, '').toUpperCase();
  return (/^\d+$/.test(plain) ? plain.padEnd(9, '0') : plain).padEnd(11, ' ').slice(0, 11);
}

function elements(person: SpecimenPerson): readonly (readonly [string, string])[] {
  return [
    ['DAQ', person.licenceNumber],
    ['DCS', person.familyName.toUpperCase()],
    ['DDE', 'N'],
    ['DAC', person.givenName.toUpperCase()],
    ['DDF', 'N'],
    ['DAD', person.middleName?.toUpperCase() ?? 'NONE'],
    ['DDG', 'N'],
    ['DCA', 'D'],
    ['DCB', 'NONE'],
    ['DCD', 'NONE'],
    ['DBD', usDate(person.issuedOn)],
    ['DBB', usDate(person.birthDate)],
    ['DBA', usDate(person.expiresOn)],
    ['DBC', SEX[person.sex]],
    ['DAU', '070 IN'],
    ['DAY', 'BRO'],
    ['DAG', person.street.toUpperCase()],
    ['DAI', person.city.toUpperCase()],
    ['DAJ', person.region.length === 2 ? person.region : JURISDICTION],
    ['DAK', postalCode(person.postalCode)],
    ['DCF', '00000000000000000001'],
    ['DCG', 'USA'],
    ['DDA', 'F'],
    ['DDB', '01012020'],
  ];
}

/** The whole text: header, one designator of subfile `DL`, its elements. */
export function licenceText(person: SpecimenPerson): string {
  const body = `DL${elements(person).map(([code, value]) => code + value).join('\n')}\r`;
  const header = `@\n\x1e\rANSI ${IIN}${VERSION}0001`;
  const four = (value: number): string => String(value).padStart(4, '0');
  // The designator itself is ten characters long: what it points to begins after it.
  return `${header}DL${four(header.length + 10)}${four(body.length)}${body}`;
}
