/**
 * The country an address is registered in, from the data that ships with Gatehouse (CC0; its NRO part asks for credit to
 * nro.net). Registered is not located: good for "from roughly where", never for a denial.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Reader, type CountryResponse } from 'mmdb-lib';
import { formatAddress, parseAddress, type Address } from './address.ts';
import { isReserved } from './reserved.ts';

export interface RoughPlace {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
}

let reader: Reader<CountryResponse> | undefined;

function open(): Reader<CountryResponse> {
  const path = createRequire(import.meta.url).resolve(
    '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
  );
  return new Reader<CountryResponse>(readFileSync(path));
}

// Read on first use: 8 MB that a process which never shows a place does not need.
const opened = (): Reader<CountryResponse> => (reader ??= open());

/** Where an address is registered; undefined for private and unknown addresses. */
export function roughPlaceOf(address: Address): RoughPlace | undefined {
  // The data gives some private nets to a country, because a registry's country holds the rows around them.
  if (isReserved(address)) return undefined;
  const found: unknown = opened().get(formatAddress(address));
  if (typeof found !== 'object' || found === null || !('country_code' in found)) return undefined;
  const { country_code: country } = found;
  return typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? { country } : undefined;
}

/** Where an address is registered; undefined for private and unknown addresses and for garbage. */
export function roughPlace(address: string): RoughPlace | undefined {
  const parsed = parseAddress(address);
  return parsed && roughPlaceOf(parsed);
}

/** The day the shipped data was built. */
export function roughPlaceVersion(): string {
  return `embedded@${opened().metadata.buildEpoch.toISOString().slice(0, 10)}`;
}
