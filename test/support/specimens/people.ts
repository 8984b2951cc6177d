/**
 * Who the specimens are made out to: the sandbox's personas, as citizens of the fictitious state UTO and drivers of the
 * fictitious jurisdiction ZZ. The portraits belong to nobody of that name (see portraits/SOURCES.txt).
 */
import { PERSONAS, SOMEBODY_ELSE, type SandboxRecord } from '../../../src/vendors/sandbox/personas.ts';

/** What is printed on a person's documents. Dates are `YYYY-MM-DD`. */
export interface SpecimenPerson {
  readonly familyName: string;
  readonly givenName: string;
  readonly middleName?: string | undefined;
  readonly birthDate: string;
  readonly sex: 'M' | 'F' | 'X';
  readonly issuedOn: string;
  readonly expiresOn: string;
  readonly passportNumber: string;
  /** Optional data of the passport's second line (ICAO 9303 part 4, 4.2.2.2), up to 14 characters. */
  readonly personalNumber?: string | undefined;
  readonly cardNumber: string;
  readonly licenceNumber: string;
  readonly street: string;
  readonly city: string;
  /** The licence's barcode has room for two letters; a longer one is given there as `ZZ`. */
  readonly region: string;
  readonly postalCode: string;
  /** A picture of one's own, or one of the two that are shipped. */
  readonly portrait: Buffer | 'one' | 'two';
  /** Whose data the licence's barcode carries, where it is not the holder's: a defect that reading it finds. */
  readonly barcodeOf?: SpecimenPerson | undefined;
}

function recordOf(givenName: string): SandboxRecord {
  const found = PERSONAS.find((persona) => persona.givenName === givenName);
  if (found === undefined) throw new Error(`The sandbox has no persona ${givenName}.`);
  return found;
}

type Papers = Pick<SpecimenPerson, 'sex' | 'passportNumber' | 'personalNumber' | 'cardNumber' | 'licenceNumber' | 'portrait' | 'barcodeOf'>;

function person(record: SandboxRecord, papers: Papers): SpecimenPerson {
  return {
    familyName: record.familyName,
    givenName: record.givenName,
    birthDate: record.birthDate,
    issuedOn: '2024-04-16',
    expiresOn: '2034-04-15',
    street: `${record.streetNumber} ${record.streetName}`,
    city: record.city,
    region: record.region[0],
    postalCode: record.postalCode,
    ...papers,
  };
}

/** The one whose barcode is found where it does not belong; carries no portrait that a test would compare. */
export const SOMEBODY: SpecimenPerson = person(SOMEBODY_ELSE, {
  sex: 'F', passportNumber: 'P55014238', cardNumber: 'C77120394', licenceNumber: 'Z700314159', portrait: 'two',
});

/** The personas' documents. Andrea's licence carries somebody else's barcode. */
export const PEOPLE = {
  // The document number of ICAO's own specimen, and its optional data.
  andrew: person(recordOf('Andrew'), {
    sex: 'M', passportNumber: 'L898902C3', personalNumber: 'ZE184226B', cardNumber: 'C40218873', licenceNumber: 'Z123456789', portrait: 'one',
  }),
  andrea: person(recordOf('Andrea'), {
    sex: 'F', passportNumber: 'D23145890', cardNumber: 'C51930462', licenceNumber: 'Z987654321', portrait: 'two', barcodeOf: SOMEBODY,
  }),
  // A number full of what is easily taken for another character.
  imogen: person(recordOf('Imogen'), {
    sex: 'F', passportNumber: 'XK0O1I85B', cardNumber: 'B8S5Z2O01', licenceNumber: 'Z555019283', portrait: 'two',
  }),
  nolan: { ...person(recordOf('Nolan'), {
    sex: 'X', passportNumber: 'N60718254', cardNumber: 'C66402917', licenceNumber: 'Z314159265', portrait: 'one',
  }), middleName: 'Theodore' },
} as const satisfies Readonly<Record<string, SpecimenPerson>>;

export type PersonName = keyof typeof PEOPLE;
