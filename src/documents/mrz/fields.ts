import type { MrzFields, MrzFormat } from '../facts.ts';
import { longNumber } from './checks.ts';
import { birthDateOf, expiryDateOf } from './dates.ts';

/** ICAO 9303 parts 4 to 6: the fields of a zone whose lines have their full length. `today` is `YYYY-MM-DD`. */
export function fieldsOf(format: MrzFormat, lines: readonly string[], today: string): MrzFields {
  const [first = '', second = '', third = ''] = lines;
  const card = format === 'TD1';
  const name = card ? third : first.slice(5);
  const { familyName, givenName } = namesOf(name);
  const dates = card ? { birth: second.slice(0, 6), sex: second[7], expiry: second.slice(8, 14) } : { birth: second.slice(13, 19), sex: second[20], expiry: second.slice(21, 27) };
  const number = card
    ? { text: first.slice(5, 14), digit: first[14] ?? '', optional: first.slice(15) }
    : { text: second.slice(0, 9), digit: second[9] ?? '', optional: second.slice(28, format === 'TD3' ? 42 : 35) };
  return {
    documentCode: withoutFillers(first.slice(0, 2)),
    issuer: withoutFillers(first.slice(2, 5)),
    number: withoutFillers(longNumber(number.text, number.digit, number.optional)?.number ?? number.text),
    nationality: withoutFillers(card ? second.slice(15, 18) : second.slice(10, 13)),
    birthDate: birthDateOf(dates.birth, today),
    sex: dates.sex === 'M' || dates.sex === 'F' ? dates.sex : 'X',
    expiryDate: expiryDateOf(dates.expiry, today),
    familyName, givenName,
    nameTruncated: name.length > 0 && !name.endsWith('<'),
  };
}

/** Fillers at the end say nothing; within a name one stands for a space, hyphen or apostrophe. */
const withoutFillers = (text: string): string => text.replace(/<+$/, '').replaceAll('<', ' ').trim();

/** Two fillers part family name and given names (part 3, 4.6); without them all of it is one name. */
function namesOf(field: string): { familyName: string; givenName: string } {
  const parting = field.indexOf('<<');
  if (parting < 0) return { familyName: withoutFillers(field), givenName: '' };
  return { familyName: withoutFillers(field.slice(0, parting)), givenName: withoutFillers(field.slice(parting + 2)).replace(/ +/g, ' ') };
}
