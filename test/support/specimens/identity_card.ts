/** The identity card: ID-1, 85.6 by 54 millimetres, with a TD1 zone on its back. */
import { box, label, labelled, mrzLines, page, printedPortrait, specimen, text, value } from './draw.ts';
import { printedDate } from './dates.ts';
import { cardLines, withWrongDigit } from './mrz_text.ts';
import type { SpecimenPerson } from './people.ts';
import { made, type Tamper } from './tampers.ts';

const CARD = { width: 85.6, height: 54, hue: 95 } as const;
/** Place of the document number's check digit in the first line. */
const NUMBER_DIGIT = 14;

/** PNG. */
export async function identityFront(person: SpecimenPerson, tamper?: Tamper): Promise<Buffer> {
  const { printed } = made(person, tamper);
  const given = [printed.givenName, printed.middleName].filter((name) => name !== undefined).join(' ');
  return page(CARD, [
    text(5, 7, 3.4, 'UTOPIA  IDENTITY CARD', '#131', 'sansBold'),
    labelled(34, 13, 'Surname', printed.familyName.toUpperCase()),
    labelled(34, 21, 'Given names', given.toUpperCase()),
    labelled(34, 29, 'Date of birth', printedDate(printed.birthDate)),
    labelled(34, 37, 'Document No.', printed.cardNumber),
    labelled(34, 45, 'Date of expiry', printedDate(printed.expiresOn)),
    specimen(33, 44, 7.5),
  ], [{ picture: await printedPortrait(printed.portrait, 26, 34), x: 4, y: 12 }]);
}

/** PNG. */
export async function identityBack(person: SpecimenPerson, tamper?: Tamper): Promise<Buffer> {
  const { printed, machine, wrongDigit } = made(person, tamper);
  const lines = cardLines(machine);
  return page(CARD, [
    label(5, 7, 'Address'), value(5, 11.5, printed.street.toUpperCase()), value(5, 16, `${printed.city} ${printed.postalCode}`.toUpperCase()),
    label(5, 22, 'Authority'), value(5, 26, 'UTOPIA REGISTRY'),
    specimen(38, 28, 7),
    box(0, 31, 85.6, 23, 'fill="#fff" opacity="0.72"'),
    mrzLines(4.8, 37.6, wrongDigit ? withWrongDigit(lines, 0, NUMBER_DIGIT) : lines),
  ]);
}
