/** The driving licence of the jurisdiction ZZ: ID-1, with a PDF417 on its back. */
import bwip, { type RenderOptions } from 'bwip-js/node';
import sharp from 'sharp';
import { IIN, JURISDICTION, licenceText } from './aamva_text.ts';
import { box, dots, mm, page, printedPortrait, specimen, text, value } from './draw.ts';
import { slashedDate } from './dates.ts';
import type { SpecimenPerson } from './people.ts';
import { made, type Made, type Tamper } from './tampers.ts';

function withoutCheckDigits(one: Made): Made {
  if (one.wrongDigit) throw new Error('A licence of this kind has no check digit to spoil.');
  return one;
}

const CARD = { width: 85.6, height: 54, hue: 30 } as const;

/** PNG. */
export async function licenceFront(person: SpecimenPerson, tamper?: Tamper): Promise<Buffer> {
  const { printed } = withoutCheckDigits(made(person, tamper));
  const given = [printed.givenName, printed.middleName].filter((name) => name !== undefined).join(' ');
  return page(CARD, [
    text(4, 6.8, 4, `STATE OF ${JURISDICTION}`, '#411', 'sansBold'), text(46, 6.8, 3, 'DRIVER LICENSE', '#411'),
    value(34, 13, `4d DL ${printed.licenceNumber}`),
    value(34, 17.5, `4b EXP ${slashedDate(printed.expiresOn)}`),
    value(34, 22.5, `1 ${printed.familyName.toUpperCase()}`),
    value(34, 26.5, `2 ${given.toUpperCase()}`),
    value(34, 31.5, `8 ${printed.street.toUpperCase()}`),
    value(34, 35.5, `${printed.city.toUpperCase()}, ${JURISDICTION} ${printed.postalCode}`),
    value(34, 40.5, `3 DOB ${slashedDate(printed.birthDate)}`, '#a11'),
    value(34, 45, `15 SEX ${printed.sex}   4a ISS ${slashedDate(printed.issuedOn)}`),
    value(34, 49.5, '9 CLASS D'),
    specimen(33, 46, 7.5),
  ], [{ picture: await printedPortrait(printed.portrait, 27, 35), x: 3.5, y: 11 }]);
}

/** Pixels a module is drawn with, and 0.21 mm of the page: on the pixel grid, as a card printer would. */
const DRAWN_MODULE = 4;
const PAGE_MODULE = 5;
/** Millimetres. */
const BARCODE = { mostWidth: 76, height: 15, top: 32.5 } as const;

/** AAMVA D.3: error correction level 5. The package's types know none of the options that this symbology alone has. */
const PDF417 = (payload: string): RenderOptions & Readonly<Record<string, unknown>> => ({
  bcid: 'pdf417', text: payload, columns: 13, eclevel: 5, scaleX: DRAWN_MODULE, scaleY: DRAWN_MODULE, rowmult: 3, binarytext: true,
});

async function barcode(payload: string): Promise<{ readonly picture: Buffer; readonly width: number }> {
  const drawn = await bwip.toBuffer(PDF417(payload));
  const flat = await sharp(drawn).flatten({ background: '#fff' }).png().toBuffer({ resolveWithObject: true });
  const width = Math.min(dots(BARCODE.mostWidth), Math.round((flat.info.width / DRAWN_MODULE) * PAGE_MODULE));
  return { picture: await sharp(flat.data).resize(width, dots(BARCODE.height), { fit: 'fill', kernel: 'nearest' }).png().toBuffer(), width };
}

export interface LicenceBackOptions {
  /** Text of the barcode, in place of the person's own. */
  readonly payload?: string | undefined;
  readonly tamper?: Tamper | undefined;
}

/** PNG. The barcode is the holder's, unless the person carries another's ({@link SpecimenPerson.barcodeOf}). */
export async function licenceBack(person: SpecimenPerson, { payload, tamper }: LicenceBackOptions = {}): Promise<Buffer> {
  const { machine } = withoutCheckDigits(made(person, tamper));
  const { picture, width } = await barcode(payload ?? licenceText(machine.barcodeOf ?? machine));
  return page(CARD, [
    text(5, 6, 2, 'RESTRICTIONS: NONE     ENDORSEMENTS: NONE', '#111'),
    text(60, 6, 2, `ISSUER ${IIN}`, '#411'),
    box(2, 30, 81.6, 20, 'fill="#fff"'),
    specimen(28, 24, 7),
  ], [{ picture, x: (CARD.width - width / mm(1)) / 2, y: BARCODE.top }]);
}
