/**
 * Specimen documents for tests, demonstrations and measurements: of the fictitious state UTO (ICAO 9303) and the fictitious
 * jurisdiction ZZ (AAMVA, issuer 999999), marked SPECIMEN, made out to the sandbox's personas. No real issuer's
 * design is copied. Everything is drawn from files of this project: the same bytes on every machine.
 */
export { passport } from './passport.ts';
export { licenceBack, licenceFront, type LicenceBackOptions } from './licence.ts';
export { identityBack, identityFront } from './identity_card.ts';
export { CONDITIONS, photographed, type ConditionName } from './conditions.ts';
export { PEOPLE, SOMEBODY, type PersonName, type SpecimenPerson } from './people.ts';
export { TAMPERS, type Tamper } from './tampers.ts';
export { licenceText } from './aamva_text.ts';
export { cardLines, passportLines } from './mrz_text.ts';
