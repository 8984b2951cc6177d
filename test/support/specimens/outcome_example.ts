/** An example of the sandbox's outcome file, in this person's words. */
import { stringify } from 'yaml';
import type { OutcomeFile } from '../../../src/steps/document_selfie/outcome_file.ts';
import type { SpecimenPerson } from './people.ts';

/** YAML, with what else could be said as comments. */
export function outcomeExample(person: SpecimenPerson): string {
  const outcome: OutcomeFile = {
    sandbox: 1,
    document: {
      issuer: 'UTO',
      number: person.passportNumber,
      family_name: person.familyName,
      given_name: person.givenName,
      birth_date: person.birthDate,
      expiry_date: person.expiresOn,
      street: person.street,
      city: person.city,
      region: person.region,
      postal_code: person.postalCode,
    },
    findings: { portrait_present: 'pass', selfie_matches: 'pass', live_person: 'pass' },
  };
  return [
    // First of all: a browser that knows no YAML sends no type either, and the file is then known by its first word.
    stringify(outcome).trimEnd(),
    '# Upload this file in place of a picture. It is taken under test keys only, and all that it sets is marked as simulated.',
    '# What is left out of the document is taken from what the person typed.',
    '# More findings may be set, each pass, fail, doubt or unknown:',
    '#  not_expired: fail',
    '# How long reading takes:',
    '# delay_seconds: 2',
    '# Trouble in place of a reading: timed_out, crashed, busy or unavailable:',
    '# answer: timed_out',
    '',
  ].join('\n');
}
