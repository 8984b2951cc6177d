/**
 * The people the sandbox knows. All are invented (Andrew and Andrea Roshell after a widely published test pair); their
 * postal codes in GB and CA use combinations that are not delivered to.
 */

export interface SandboxRecord {
  readonly givenName: string;
  readonly familyName: string;
  readonly streetNumber: string;
  readonly streetName: string;
  readonly city: string;
  /** The region as people write it; the first is how records hold it. */
  readonly region: readonly [string, ...string[]];
  readonly postalCode: string;
  readonly country: string;
  readonly birthDate: string;
}

export interface Persona extends SandboxRecord {
  /**
   * `known`: carrier and identity database hold this person, the carrier for whatever ordinary number is asked.
   * `stranger`: they hold somebody else under the number and at the address, so nothing matches.
   */
  readonly standing: 'known' | 'stranger';
}

export const PERSONAS: readonly Persona[] = [
  {
    standing: 'known',
    givenName: 'Andrew',
    familyName: 'Roshell',
    streetNumber: '2591',
    streetName: 'Brunswick Ct',
    city: 'Kissimmee',
    region: ['FL', 'Florida'],
    postalCode: '34743',
    country: 'US',
    birthDate: '1969-09-26',
  },
  {
    standing: 'stranger',
    givenName: 'Andrea',
    familyName: 'Roshell',
    streetNumber: '2591',
    streetName: 'Brunswick Ct',
    city: 'Kissimmee',
    region: ['FL', 'Florida'],
    postalCode: '34743',
    country: 'US',
    birthDate: '1969-09-26',
  },
  {
    standing: 'known',
    givenName: 'Imogen',
    familyName: 'Hartley-Vance',
    streetNumber: '27',
    streetName: 'Larkspur Row',
    city: 'Harrogate',
    region: ['North Yorkshire', 'N Yorkshire', 'Yorkshire'],
    postalCode: 'HG2 9ZX',
    country: 'GB',
    birthDate: '1984-03-17',
  },
  {
    standing: 'known',
    givenName: 'Nolan',
    familyName: 'Okafor-Reid',
    streetNumber: '418',
    streetName: 'Tamarack Lane',
    city: 'Peterborough',
    region: ['ON', 'Ontario'],
    postalCode: 'K9H 0Z9',
    country: 'CA',
    birthDate: '1991-11-05',
  },
];

/** Who is really on record where a persona is a stranger: alike in nothing. */
export const SOMEBODY_ELSE: SandboxRecord = {
  givenName: 'Wilhelmina',
  familyName: 'Utzig',
  streetNumber: '9',
  streetName: 'Juniper Gulch Pkwy',
  city: 'Boise',
  region: ['ID', 'Idaho'],
  postalCode: '83799',
  country: 'US',
  birthDate: '1948-01-31',
};
