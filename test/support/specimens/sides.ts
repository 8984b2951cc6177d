/** The documents by kind, and what each has to be photographed of. */
import { identityBack, identityFront } from './identity_card.ts';
import { licenceBack, licenceFront } from './licence.ts';
import { passport } from './passport.ts';
import type { SpecimenPerson } from './people.ts';
import type { Tamper } from './tampers.ts';

export interface SpecimenSide {
  /** As in a file's name. */
  readonly name: string;
  /** PNG. */
  make(person: SpecimenPerson, tamper?: Tamper): Promise<Buffer>;
}

export const SIDES = {
  passport: [{ name: 'passport', make: passport }],
  licence: [
    { name: 'licence-front', make: licenceFront },
    { name: 'licence-back', make: (person: SpecimenPerson, tamper?: Tamper) => licenceBack(person, { tamper }) },
  ],
  card: [{ name: 'card-front', make: identityFront }, { name: 'card-back', make: identityBack }],
} as const satisfies Readonly<Record<string, readonly SpecimenSide[]>>;
