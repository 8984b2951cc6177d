/** What a specimen really says, and how a reading compares with it. */
import type { BarcodeReading, DocumentType, MrzReading, Side, SideReading } from '../../src/documents/facts.ts';
import type { SpecimenPerson } from '../../test/support/specimens/index.ts';
import { SIDES, type SpecimenSide } from '../../test/support/specimens/sides.ts';

/** `asked_again`: nothing that would be believed was read, and the person takes another picture. */
export type Verdict = 'exact' | 'asked_again' | 'wrong';

/** What the documents say, whatever they say it with. */
export interface Truth {
  readonly number: string;
  readonly familyName: string;
  readonly givenName: string;
  readonly birthDate: string;
  readonly expiryDate: string;
}

export function truthOf(person: SpecimenPerson, type: DocumentType): Truth {
  const numbers = { passport: person.passportNumber, identity_card: person.cardNumber, driving_licence: person.licenceNumber } as const;
  // A licence keeps middle names apart.
  const given = type === 'driving_licence' ? person.givenName : [person.givenName, person.middleName].filter((name) => name !== undefined).join(' ');
  return { number: numbers[type], familyName: person.familyName, givenName: given, birthDate: person.birthDate, expiryDate: person.expiresOn };
}

/** Letters as the machine-readable zone has them: it knows no hyphen and no small letters. */
const plain = (text: string): string => text.toUpperCase().replace(/[^A-Z0-9]+/g, ' ').trim();

function agrees(read: Truth, truth: Truth): boolean {
  const keys: readonly (keyof Truth)[] = ['number', 'familyName', 'givenName', 'birthDate', 'expiryDate'];
  return keys.every((key) => plain(read[key]) === plain(truth[key]));
}

/** What a gateway would take a person's data from: a trusted zone, or a barcode of sound structure. */
export function believed(reading: SideReading): MrzReading['fields'] | BarcodeReading | undefined {
  if (reading.mrz.kind === 'read' && reading.mrz.value.trusted) return reading.mrz.value.fields;
  if (reading.barcode.kind === 'read' && reading.barcode.value.faults.length === 0) return reading.barcode.value;
  return undefined;
}

export function verdictOn(reading: SideReading | undefined, truth: Truth): Verdict {
  const read = reading === undefined ? undefined : believed(reading);
  if (read === undefined) return 'asked_again';
  return agrees(read, truth) ? 'exact' : 'wrong';
}

/** The sides that are measured: name, what the capture pages would ask for, and whether a machine can read its data. */
export const MEASURED = [
  { name: 'passport', type: 'passport', side: 'front', specimen: SIDES.passport[0], machine: true },
  { name: 'card back', type: 'identity_card', side: 'back', specimen: SIDES.card[1], machine: true },
  { name: 'licence back', type: 'driving_licence', side: 'back', specimen: SIDES.licence[1], machine: true },
  { name: 'card front', type: 'identity_card', side: 'front', specimen: SIDES.card[0], machine: false },
  { name: 'licence front', type: 'driving_licence', side: 'front', specimen: SIDES.licence[0], machine: false },
] as const satisfies readonly {
  readonly name: string; readonly type: DocumentType; readonly side: Side; readonly specimen: SpecimenSide; readonly machine: boolean;
}[];
export type MeasuredSide = (typeof MEASURED)[number];
