/** Ways to spoil a document, each as what is printed for people to read and what machines read beside it. */
import { SOMEBODY, type SpecimenPerson } from './people.ts';

export const TAMPERS = ['badCheckDigit', 'editedBirthDate', 'expired', 'swappedPortrait', 'barcodeOfAnother', 'otherName'] as const;
export type Tamper = (typeof TAMPERS)[number];

export interface Made {
  /** For people's eyes: text and portrait. */
  readonly printed: SpecimenPerson;
  /** For the machine-readable zone and the barcode. */
  readonly machine: SpecimenPerson;
  /** One check digit of the machine-readable zone is printed wrong. */
  readonly wrongDigit: boolean;
}

const alike = (person: SpecimenPerson): Made => ({ printed: person, machine: person, wrongDigit: false });
const yearsLater = (date: string, years: number): string => String(Number(date.slice(0, 4)) + years) + date.slice(4);

const WAYS: Readonly<Record<Tamper, (person: SpecimenPerson) => Made>> = {
  badCheckDigit: (person) => ({ ...alike(person), wrongDigit: true }),
  /** Ten years younger on the page; the machine-readable data still tells the truth. */
  editedBirthDate: (person) => ({ ...alike(person), printed: { ...person, birthDate: yearsLater(person.birthDate, 10) } }),
  /** In every place, so that nothing but the date itself gives it away. */
  expired: (person) => alike({ ...person, issuedOn: '2009-04-16', expiresOn: '2019-04-15' }),
  swappedPortrait: (person) => alike({ ...person, portrait: person.portrait === 'two' ? 'one' : 'two' }),
  barcodeOfAnother: (person) => ({ ...alike(person), machine: SOMEBODY }),
  /** Another family name in every place of this side: spoilt beside an honest other side, or beside what was claimed. */
  otherName: (person) => alike({ ...person, familyName: 'Imposter' }),
};

/** What stands where on a document that is, or is not, tampered with. */
export function made(person: SpecimenPerson, tamper: Tamper | undefined): Made {
  return tamper === undefined ? alike(person) : WAYS[tamper](person);
}
