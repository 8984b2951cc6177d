/**
 * ISO 3166-1 alpha-3 and alpha-2 codes, and what ICAO 9303 part 3, section 5 adds to them for travel documents. Pure data.
 */
import type { DocumentType } from './facts.ts';

/** `AAA:BB`, by alpha-3. */
const ISO_3166_1 = `
ABW:AW AFG:AF AGO:AO AIA:AI ALA:AX ALB:AL AND:AD ARE:AE ARG:AR ARM:AM ASM:AS ATA:AQ ATF:TF ATG:AG AUS:AU AUT:AT AZE:AZ
BDI:BI BEL:BE BEN:BJ BES:BQ BFA:BF BGD:BD BGR:BG BHR:BH BHS:BS BIH:BA BLM:BL BLR:BY BLZ:BZ BMU:BM BOL:BO BRA:BR BRB:BB
BRN:BN BTN:BT BVT:BV BWA:BW CAF:CF CAN:CA CCK:CC CHE:CH CHL:CL CHN:CN CIV:CI CMR:CM COD:CD COG:CG COK:CK COL:CO COM:KM
CPV:CV CRI:CR CUB:CU CUW:CW CXR:CX CYM:KY CYP:CY CZE:CZ DEU:DE DJI:DJ DMA:DM DNK:DK DOM:DO DZA:DZ ECU:EC EGY:EG ERI:ER
ESH:EH ESP:ES EST:EE ETH:ET FIN:FI FJI:FJ FLK:FK FRA:FR FRO:FO FSM:FM GAB:GA GBR:GB GEO:GE GGY:GG GHA:GH GIB:GI GIN:GN
GLP:GP GMB:GM GNB:GW GNQ:GQ GRC:GR GRD:GD GRL:GL GTM:GT GUF:GF GUM:GU GUY:GY HKG:HK HMD:HM HND:HN HRV:HR HTI:HT HUN:HU
IDN:ID IMN:IM IND:IN IOT:IO IRL:IE IRN:IR IRQ:IQ ISL:IS ISR:IL ITA:IT JAM:JM JEY:JE JOR:JO JPN:JP KAZ:KZ KEN:KE KGZ:KG
KHM:KH KIR:KI KNA:KN KOR:KR KWT:KW LAO:LA LBN:LB LBR:LR LBY:LY LCA:LC LIE:LI LKA:LK LSO:LS LTU:LT LUX:LU LVA:LV MAC:MO
MAF:MF MAR:MA MCO:MC MDA:MD MDG:MG MDV:MV MEX:MX MHL:MH MKD:MK MLI:ML MLT:MT MMR:MM MNE:ME MNG:MN MNP:MP MOZ:MZ MRT:MR
MSR:MS MTQ:MQ MUS:MU MWI:MW MYS:MY MYT:YT NAM:NA NCL:NC NER:NE NFK:NF NGA:NG NIC:NI NIU:NU NLD:NL NOR:NO NPL:NP NRU:NR
NZL:NZ OMN:OM PAK:PK PAN:PA PCN:PN PER:PE PHL:PH PLW:PW PNG:PG POL:PL PRI:PR PRK:KP PRT:PT PRY:PY PSE:PS PYF:PF QAT:QA
REU:RE ROU:RO RUS:RU RWA:RW SAU:SA SDN:SD SEN:SN SGP:SG SGS:GS SHN:SH SJM:SJ SLB:SB SLE:SL SLV:SV SMR:SM SOM:SO SPM:PM
SRB:RS SSD:SS STP:ST SUR:SR SVK:SK SVN:SI SWE:SE SWZ:SZ SXM:SX SYC:SC SYR:SY TCA:TC TCD:TD TGO:TG THA:TH TJK:TJ TKL:TK
TKM:TM TLS:TL TON:TO TTO:TT TUN:TN TUR:TR TUV:TV TWN:TW TZA:TZ UGA:UG UKR:UA UMI:UM URY:UY USA:US UZB:UZ VAT:VA VCT:VC
VEN:VE VGB:VG VIR:VI VNM:VN VUT:VU WLF:WF WSM:WS YEM:YE ZAF:ZA ZMB:ZM ZWE:ZW
`;

/**
 * Codes of ICAO 9303 part 3, section 5, parts A to C, that name a country's documents without being its ISO code: Germany's single letter,
 * the kinds of British nationals, Kosovo. `XK` is the user-assigned alpha-2 in general use for Kosovo.
 */
const ICAO_SPECIALS = 'D:DE GBD:GB GBN:GB GBO:GB GBP:GB GBS:GB RKS:XK UNK:XK';

const parse = (table: string): readonly (readonly [string, string])[] =>
  table.trim().split(/\s+/).map((row) => row.split(':') as [string, string]);

const ISO = parse(ISO_3166_1);
const TO_ALPHA_2: ReadonlyMap<string, string> = new Map([...ISO, ...parse(ICAO_SPECIALS)]);
const TO_ALPHA_3: ReadonlyMap<string, string> = new Map(ISO.map(([alpha3, alpha2]) => [alpha2, alpha3]));

/** Utopia, the country of ICAO's specimens; nobody's document is issued by it. */
export const SPECIMEN_ISSUER = 'UTO';

/** A driving licence jurisdiction, `US-FL`. */
const JURISDICTION = /^([A-Z]{2})-[A-Z0-9]{1,3}$/;

/**
 * ISO 3166-1 alpha-2 of the country that stands behind an issuer as its document names it: a three-letter code of ICAO 9303
 * (`D` included), or a jurisdiction (`US-FL`). Undefined for organisations, specimens and whatever is not a known code.
 */
export function countryOfIssuer(issuer: string): string | undefined {
  const jurisdiction = JURISDICTION.exec(issuer)?.[1];
  if (jurisdiction !== undefined) return TO_ALPHA_3.has(jurisdiction) ? jurisdiction : undefined;
  return TO_ALPHA_2.get(issuer);
}

/** ISO 3166-1 alpha-3 of an alpha-2 code; undefined where there is none. */
export function alpha3Of(alpha2: string): string | undefined {
  return TO_ALPHA_3.get(alpha2);
}

/** Whether an issuer is the specimens' own: `UTO`, or a jurisdiction of it (`UTO-ZZ`). */
export function isSpecimenIssuer(issuer: string): boolean {
  return issuer === SPECIMEN_ISSUER || issuer.startsWith(`${SPECIMEN_ISSUER}-`);
}

/** Countries whose driving licences carry a barcode after the AAMVA standard; of all others nothing is read but print. */
const AAMVA_COUNTRIES: ReadonlySet<string> = new Set(['US', 'CA']);

/** Whether documents of a type, from a country (ISO 3166-1 alpha-2), carry what can be read here by machine. */
export function isReadable(type: DocumentType, country: string): boolean {
  return type !== 'driving_licence' || AAMVA_COUNTRIES.has(country);
}
