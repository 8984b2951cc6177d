/** Where an address is, put together from the configured databases and the one that ships with Gatehouse. */
import type { Address } from './address.ts';
import { isStale, type Feed } from './feed.ts';
import type { RecordFacts } from './place_record.ts';
import { isReserved } from './reserved.ts';
import { roughPlaceOf, roughPlaceVersion } from './rough_place.ts';

/** Fits `Place` of the journey's store. What is not known is absent; `{}` for private addresses and for garbage. */
export interface Located {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  /** The place is somewhere within so many kilometres of the point; 100 where the publisher does not say. */
  readonly radiusKm?: number;
  /** `mobile`: a carrier's gateway, which may be far from the phone. `access` only where current lists of hosting and of VPN nets both do not hold it. */
  readonly network?: 'access' | 'mobile' | 'hosting' | 'vpn' | 'relay';
  /** Number of the autonomous system. */
  readonly asn?: number;
  /** Versions of the databases behind the place, by comma. */
  readonly feedVersion?: string;
}

type Kind = 'city' | 'country' | 'asn';
const PLACE_FIELDS = ['country', 'latitude', 'longitude', 'radiusKm'] as const;

/** What the first current database of a kind says that has the field at all. */
function ask(feeds: readonly Feed[], kind: Kind, field: keyof RecordFacts, address: Address, now: number): { readonly facts: RecordFacts; readonly version: string } | undefined {
  for (const feed of feeds) {
    // Nets change hands: an old database is wrong about some people, and says so of none.
    if (feed.source.kind !== kind || feed.loaded?.data.shape !== 'places' || isStale(feed, now)) continue;
    const facts = feed.loaded.data.facts(address);
    if (facts[field] !== undefined) return { facts, version: `${kind}:${feed.loaded.version}` };
  }
  return undefined;
}

/** Country and point of one address come from one database where it has both, so that they agree. */
export function locateIn(feeds: readonly Feed[], address: Address, now: number): Omit<Located, 'network'> {
  if (isReserved(address)) return {};
  const city = ask(feeds, 'city', 'latitude', address, now);
  const country = city?.facts.country === undefined
    ? (ask(feeds, 'country', 'country', address, now) ?? ask(feeds, 'city', 'country', address, now) ?? embeddedCountry(address))
    : city;
  const asn = ask(feeds, 'asn', 'asn', address, now);
  const place = { ...country?.facts, ...city?.facts };
  const versions = new Set([country, city, asn].flatMap((one) => (one ? [one.version] : [])));
  return {
    ...Object.fromEntries(PLACE_FIELDS.filter((field) => place[field] !== undefined).map((field) => [field, place[field]])),
    ...(asn?.facts.asn === undefined ? {} : { asn: asn.facts.asn }),
    ...(versions.size === 0 ? {} : { feedVersion: [...versions].join(',') }),
  };
}

function embeddedCountry(address: Address): { readonly facts: RecordFacts; readonly version: string } | undefined {
  const place = roughPlaceOf(address);
  return place?.country === undefined ? undefined : { facts: { country: place.country }, version: `country:${roughPlaceVersion()}` };
}
