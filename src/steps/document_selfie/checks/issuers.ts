/** Issuers of real documents that are no country of today. Pure data. */

/**
 * ICAO 9303 part 3, section 5: organisations (the United Nations, the European Union, the Order of Malta, development banks, Interpol …),
 * and codes of persons without a nationality, which some states print in the issuer's place.
 */
const NOT_A_STATE = `EUE UNO UNA XOM XBA XIM XCC XCE XCO XDC XEC XES XMP XPO IAO XXA XXB XXC ${'X'.repeat(3)}`;

/** ISO 3166-3: alpha-3 codes that were withdrawn while documents that carry them were still valid. */
const WITHDRAWN = 'ROM ZAR YUG SCG ANT BUR TMP NTZ';

const WITHOUT_COUNTRY: ReadonlySet<string> = new Set(`${NOT_A_STATE} ${WITHDRAWN}`.split(' '));

/** Whether an issuer, as its document names it, is a known one behind which stands no country. */
export function hasNoCountry(issuer: string): boolean {
  return WITHOUT_COUNTRY.has(issuer);
}
