/**
 * The country an address is registered in, from the data that ships with Gatehouse (CC0; its NRO part asks for credit to
 * nro.net). Registered is not located: good for "from roughly where", never for a denial.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Reader, type CountryResponse } from 'mmdb-lib';
import { formatAddress, parseAddress } from './address.ts';
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

/** Where an address is registered; undefined for private and unknown addresses and for garbage. */
export function roughPlace(address: string): RoughPlace | undefined {
  const parsed = parseAddress(address);
  // The data gives some private nets to a country, because a registry's country holds the rows around them.
  if (parsed === undefined || isReserved(parsed)) return undefined;
  // Read on first use: 8 MB that a process which never shows a place does not need.
  reader ??= open();
  const found: unknown = reader.get(formatAddress(parsed));
  if (typeof found !== 'object' || found === null || !('country_code' in found)) return undefined;
  const { country_code: country } = found;
  return typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? { country } : undefined;
}
