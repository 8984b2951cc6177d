/**
 * CAMARA asks for a street's name and number apart; people write them in one line. US, Canadian and British lines begin
 * with the number, most others end with it. A unit ("Apt 4", "Flat 2") belongs to neither.
 */

export interface StreetParts {
  readonly name: string;
  /** Absent where the line has none ("Rose Cottage, Church Lane"). */
  readonly number: string | undefined;
}

const UNIT_AFTER = /[,\s]+(?:apt|apartment|unit|suite|ste|flat|floor|room|#)\.?\s*#?\s*[\w-]+\s*$/iu;
const UNIT_BEFORE = /^(?:apt|apartment|unit|suite|flat)\.?\s*#?\s*[\w-]+\s*[,/]\s*/iu;
const NUMBER_FIRST = /^(\d+[a-z]?(?:\s?[-/]\s?\d+[a-z]?)?)[,\s]+(\S.*)$/iu;
const NUMBER_LAST = /^(\S.*?)[,\s]+(\d+\s?[a-z]?(?:\s?[-/]\s?\d+[a-z]?)?)$/iu;
/** Canada Post writes a unit before the number: `12-345 Main St` is unit 12 of 345. */
const CANADIAN_UNIT = /^\w+\s?-\s?(?=\d)/u;

/** Split one line of address. `country` is ISO 3166-1 alpha-2, where known. */
export function splitStreet(line: string, country: string | undefined): StreetParts {
  const whole = line.trim().replace(/\s+/gu, ' ');
  const bare = whole.replace(UNIT_BEFORE, '').replace(UNIT_AFTER, '');
  const first = NUMBER_FIRST.exec(bare);
  if (first?.[1] !== undefined && first[2] !== undefined) {
    const number = country === 'CA' ? first[1].replace(CANADIAN_UNIT, '') : first[1];
    return { name: first[2], number };
  }
  const last = NUMBER_LAST.exec(bare);
  // "Highway 50" in North America and Britain is a name, not a house.
  if (last?.[1] !== undefined && last[2] !== undefined && !['US', 'CA', 'GB'].includes(country ?? '')) {
    return { name: last[1], number: last[2] };
  }
  return { name: bare === '' ? whole : bare, number: undefined };
}
