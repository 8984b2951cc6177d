/** The passport's page: TD3, 125 by 88 millimetres. */
import { box, labelled, mrzLines, page, printedPortrait, specimen, text, value, label } from './draw.ts';
import { printedDate } from './dates.ts';
import { passportLines, STATE, withWrongDigit } from './mrz_text.ts';
import type { SpecimenPerson } from './people.ts';
import { made, type Tamper } from './tampers.ts';

/** Place of the document number's check digit in the second line. */
const NUMBER_DIGIT = 9;

/** PNG. */
export async function passport(person: SpecimenPerson, tamper?: Tamper): Promise<Buffer> {
  const { printed, machine, wrongDigit } = made(person, tamper);
  const lines = passportLines(machine);
  const given = [printed.givenName, printed.middleName].filter((name) => name !== undefined).join(' ');
  return page({ width: 125, height: 88, hue: 205 }, [
    text(42, 9, 4, 'UTOPIA', '#123', 'sansBold'), text(84, 9, 3, 'PASSPORT', '#123'),
    labelled(42, 14.5, 'Type', 'P'), labelled(60, 14.5, 'Code', STATE), labelled(84, 14.5, 'Passport No.', printed.passportNumber),
    labelled(42, 23, 'Surname', printed.familyName.toUpperCase()),
    labelled(42, 31, 'Given names', given.toUpperCase()),
    labelled(42, 39, 'Nationality', 'UTOPIAN'),
    labelled(42, 47, 'Date of birth', printedDate(printed.birthDate)), label(84, 47, 'Sex'), value(84, 51, printed.sex),
    labelled(42, 55, 'Date of issue', printedDate(printed.issuedOn)), labelled(84, 55, 'Date of expiry', printedDate(printed.expiresOn)),
    specimen(44, 58, 11),
    box(0, 64.8, 125, 23.2, 'fill="#fff" opacity="0.72"'),
    mrzLines(6.2, 74.4, wrongDigit ? withWrongDigit(lines, 1, NUMBER_DIGIT) : lines),
  ], [{ picture: await printedPortrait(printed.portrait, 33, 43), x: 5, y: 17 }]);
}
