/** The machine-readable zone as ICAO 9303 parts 3 to 5 prescribe it, for the fictitious state UTO. */
import type { SpecimenPerson } from './people.ts';

export const STATE = 'UTO';

const WEIGHTS = [7, 3, 1] as const;

function valueOf(character: string): number {
  if (character === '<') return 0;
  return /\d/.test(character) ? Number(character) : character.charCodeAt(0) - 55;
}

/** ICAO 9303 part 3, 4.9: weights 7, 3, 1, modulo 10. */
export function checkDigit(field: string): string {
  return String([...field].reduce((sum, character, index) => sum + valueOf(character) * (WEIGHTS[index % 3] ?? 0), 0) % 10);
}

const fill = (text: string, length: number): string => text.padEnd(length, '<').slice(0, length);
const withDigit = (field: string): string => field + checkDigit(field);
const shortDate = (date: string): string => date.replaceAll('-', '').slice(2);
const sexOf = (sex: SpecimenPerson['sex']): string => (sex === 'X' ? '<' : sex);

/** ICAO 9303 part 3, 4.6: apostrophes are left out, hyphens and spaces become fillers. */
function nameParts(name: string): string {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
  return plain.replace(/['’.]/g, '').replace(/[^A-Z]+/g, '<');
}

/** Family name, two fillers, given names; cut where the field ends. */
function nameField(person: SpecimenPerson, length: number): string {
  const given = [person.givenName, person.middleName].filter((name) => name !== undefined).map(nameParts).join('<');
  return fill(`${nameParts(person.familyName)}<<${given}`, length);
}

/** Two lines of 44 characters: the passport (ICAO 9303 part 4). */
export function passportLines(person: SpecimenPerson): readonly [string, string] {
  const number = withDigit(fill(person.passportNumber, 9));
  const birth = withDigit(shortDate(person.birthDate));
  const expiry = withDigit(shortDate(person.expiresOn));
  const optional = withDigit(fill(person.personalNumber ?? '', 14));
  return [
    `P<${STATE}${nameField(person, 39)}`,
    number + STATE + birth + sexOf(person.sex) + expiry + optional + checkDigit(number + birth + expiry + optional),
  ];
}

/** Three lines of 30 characters: the identity card (ICAO 9303 part 5). */
export function cardLines(person: SpecimenPerson): readonly [string, string, string] {
  const first = fill(`I<${STATE}${withDigit(fill(person.cardNumber, 9))}`, 30);
  const birth = withDigit(shortDate(person.birthDate));
  const expiry = withDigit(shortDate(person.expiresOn));
  const optional = fill('', 11);
  return [
    first,
    birth + sexOf(person.sex) + expiry + STATE + optional + checkDigit(first.slice(5) + birth + expiry + optional),
    nameField(person, 30),
  ];
}

/** The lines with the document number's check digit printed one too high: it and the composite then fail. */
export function withWrongDigit<T extends readonly string[]>(lines: T, line: number, at: number): T {
  return lines.map((text, index) =>
    index === line ? text.slice(0, at) + String((Number(text[at]) + 1) % 10) + text.slice(at + 1) : text) as unknown as T;
}
