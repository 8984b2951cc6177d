/** The zones of a country; the accessor is the older spelling of the method, and some engines have only one of them. */
type ZonedLocale = Intl.Locale & { getTimeZones?: () => readonly string[] | undefined; readonly timeZones?: readonly string[] };

/** Offset from UTC at a time, as the engine writes it; undefined for a zone it does not know. */
function offsetOf(timezone: string, now: number): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' })
      .formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value;
  } catch {
    // What a browser sends is anybody's text.
    return undefined;
  }
}

/** Quarters of an hour: no country changes its clocks at any other time. */
const QUARTER_MS = 15 * 60_000;
/** By country, for the quarter it was worked out in: a large country has dozens of zones. */
const worked = new Map<string, { readonly quarter: number; readonly offsets: ReadonlySet<string> }>();

function offsetsIn(country: string, now: number): ReadonlySet<string> {
  const quarter = Math.floor(now / QUARTER_MS);
  const known = worked.get(country);
  if (known?.quarter === quarter) return known.offsets;
  const locale = new Intl.Locale(`und-${country}`) as ZonedLocale;
  const zones = locale.getTimeZones?.() ?? locale.timeZones ?? [];
  const offsets = new Set(zones.flatMap((zone) => offsetOf(zone, now) ?? []));
  worked.set(country, { quarter, offsets });
  return offsets;
}

/**
 * Whether a clock set to this zone shows the time of somewhere in that country now. Offsets are compared, not names: a
 * zone has many. Undefined where either is not known.
 *
 * @param country ISO 3166-1 alpha-2
 */
export function timezoneFits(timezone: string, country: string, now: number): boolean | undefined {
  const offset = offsetOf(timezone, now);
  const offsets = offsetsIn(country, now);
  return offset === undefined || offsets.size === 0 ? undefined : offsets.has(offset);
}
