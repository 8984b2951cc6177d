/**
 * What a record of a place database says, whoever published it: nested as MaxMind and DB-IP have it, or flat as
 * ip-location-db and IPinfo do. The one place that knows their shapes.
 */

/** What is known of an address; what is not known is absent. */
export interface RecordFacts {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly radiusKm?: number;
  /** Number of the autonomous system. */
  readonly asn?: number;
}

/** Publishers that give a point without saying how good it is mean a city, and are often one beside the right one. */
const ASSUMED_RADIUS_KM = 100;

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** The first that is a country's code: names of countries stand in fields of the same name. */
function countryIn(...candidates: readonly unknown[]): string | undefined {
  return candidates.find((one): one is string => typeof one === 'string' && /^[A-Z]{2}$/.test(one));
}

/** A number, or digits (IPinfo writes coordinates as text), within bounds. */
function numberIn(least: number, most: number, ...candidates: readonly unknown[]): number | undefined {
  return candidates
    .map((one) => (typeof one === 'string' && /^-?\d{1,10}(\.\d{1,20})?$/.test(one) ? Number(one) : one))
    .find((one): one is number => typeof one === 'number' && one >= least && one <= most);
}

/** Read a record; anything unexpected in it is left out. */
export function recordFacts(record: unknown): RecordFacts {
  const fields = fieldsOf(record);
  const location = fieldsOf(fields['location']);
  const country = countryIn(
    fieldsOf(fields['country'])['iso_code'], fields['country_code'], fields['country'], fieldsOf(fields['registered_country'])['iso_code'],
  );
  const latitude = numberIn(-90, 90, location['latitude'], fields['latitude'], fields['lat']);
  const longitude = numberIn(-180, 180, location['longitude'], fields['longitude'], fields['lng'], fields['lon']);
  // 0, 0 is how some say that they do not know.
  const located = latitude !== undefined && longitude !== undefined && !(latitude === 0 && longitude === 0);
  const radius = numberIn(0, 20_000, location['accuracy_radius'], fields['accuracy_radius'], fields['radius']);
  const number = fields['autonomous_system_number'] ?? fields['asn'] ?? fieldsOf(fields['traits'])['autonomous_system_number'];
  const asn = numberIn(1, 4_294_967_295, typeof number === 'string' ? number.replace(/^AS/i, '') : number);
  return {
    ...(country === undefined ? {} : { country }),
    ...(located ? { latitude, longitude, radiusKm: radius ?? ASSUMED_RADIUS_KM } : {}),
    ...(asn === undefined ? {} : { asn }),
  };
}
