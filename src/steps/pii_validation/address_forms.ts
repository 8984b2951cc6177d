/**
 * How an address is written, by country: a row per country whose form we know, and a plain one for all others. Facts
 * only; labels are the pages' concern.
 */
export interface AddressForm {
  /** What a postal code looks like after upper-casing and folding spaces; undefined: any. */
  readonly postalCode: RegExp | undefined;
  /** Brings a postal code into the one way of writing it. */
  readonly tidyPostalCode: (typed: string) => string;
  readonly postalCodeNeeded: boolean;
  /** Names and codes of regions, to codes; undefined: any text. */
  readonly regions: ReadonlyMap<string, string> | undefined;
  readonly regionNeeded: boolean;
}

const US_STATES =
  'AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,DC District of Columbia,FL Florida,' +
  'GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,' +
  'MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,' +
  'NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,SC South Carolina,' +
  'SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming,' +
  'PR Puerto Rico,GU Guam,VI Virgin Islands,AS American Samoa,MP Northern Mariana Islands,AA Armed Forces Americas,AE Armed Forces Europe,AP Armed Forces Pacific';
const CA_PROVINCES =
  'AB Alberta,BC British Columbia,MB Manitoba,NB New Brunswick,NL Newfoundland and Labrador,NS Nova Scotia,NT Northwest Territories,' +
  'NU Nunavut,ON Ontario,PE Prince Edward Island,QC Quebec,QC Québec,SK Saskatchewan,YT Yukon';

function regions(table: string): ReadonlyMap<string, string> {
  const rows = table.split(',').map((row) => [row.slice(0, 2), row.slice(3)] as const);
  return new Map(rows.flatMap(([code, name]) => [[code.toLowerCase(), code], [name.toLowerCase(), code]]));
}

const compact = (typed: string): string => typed.toUpperCase().replace(/[\s-]+/g, '');
const inward = (typed: string): string => compact(typed).replace(/^(.+)(.{3})$/, '$1 $2');

const FORMS: Readonly<Record<string, AddressForm>> = {
  US: {
    postalCode: /^\d{5}(-\d{4})?$/,
    tidyPostalCode: (typed) => compact(typed).replace(/^(\d{5})(\d{4})$/, '$1-$2'),
    postalCodeNeeded: true,
    regions: regions(US_STATES),
    regionNeeded: true,
  },
  CA: {
    postalCode: /^[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d$/,
    tidyPostalCode: inward,
    postalCodeNeeded: true,
    regions: regions(CA_PROVINCES),
    regionNeeded: true,
  },
  GB: {
    postalCode: /^(GIR 0AA|[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})$/,
    tidyPostalCode: inward,
    postalCodeNeeded: true,
    regions: undefined,
    regionNeeded: false,
  },
};

const ANY: AddressForm = {
  postalCode: undefined,
  tidyPostalCode: (typed) => typed.toUpperCase().replace(/\s+/g, ' '),
  postalCodeNeeded: false,
  regions: undefined,
  regionNeeded: false,
};

/** The form for a country (ISO 3166-1 alpha-2). */
export function addressForm(country: string): AddressForm {
  return Object.hasOwn(FORMS, country) ? (FORMS[country] ?? ANY) : ANY;
}
