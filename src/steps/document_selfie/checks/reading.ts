/** Checks on whether and how well a document's machine-readable data was read. Pure. */
import type { BarcodeReading } from '../../../documents/facts.ts';
import { countryOfIssuer } from '../../../documents/countries.ts';
import type { CapturedDocument } from '../facts.ts';
import { compareNames } from '../names/compare_names.ts';
import { complete } from './data_rules.ts';
import { isSound, isSpecimenBarcode, isTrusted, placed, sourcesOf, type DocumentData } from './document_data.ts';
import { dataSlot, ofEach, worthAnother } from './each_document.ts';
import { codeOr, fail, pass, unknown, worst, type Verdict } from './verdict.ts';

/** A trusted machine-readable zone or a sound barcode; where there are several, they tell of one person. */
export const dataRead = ofEach((document, index) => {
  const [first, ...others] = sourcesOf(document);
  if (!first) return notRead(document, index);
  if (others.some(({ value }) => contradicts(first.value, value))) return fail('sources_disagree');
  const whole = complete(first.value);
  return whole.status === 'pass' ? { ...pass({ source: first.value.method, side: first.side }), confidence: first.value.confidence } : whole;
});

function notRead(document: CapturedDocument, index: number): Verdict {
  const why = 'unreadable';
  const slot = dataSlot(document.type);
  const reading = slot === 'front' ? document.front : document.back;
  if (isSettled(document) || (reading && !worthAnotherSide(reading))) return unknown(why);
  return { ...unknown(why), mends: [{ slot, problem: 'unreadable', document: index }] };
}

/** Read beyond doubt, and wrong: another picture of it would say the same. */
function isSettled(document: CapturedDocument): boolean {
  return placed(document, (side) => side.mrz).some(({ value }) => value.certain) || placed(document, (side) => side.barcode).length > 0;
}

function worthAnotherSide({ mrz, barcode }: CapturedDocument['front']): boolean {
  return [mrz, barcode].some(worthAnother) || (mrz.kind === 'read' && !mrz.value.trusted);
}

function contradicts(one: DocumentData, other: DocumentData): boolean {
  if (one.birthDate !== other.birthDate || (one.method === other.method && one.number !== other.number)) return true;
  return compareNames({ ...one, truncated: one.nameTruncated || other.nameTruncated }, other).status === 'fail';
}

/** The picture was good enough to be read, or nothing was wrong with it. */
export const pictureQuality = ofEach((document, index) => {
  const { quality, type } = document;
  if (sourcesOf(document).length > 0) return pass();
  const [problem] = quality ?? [];
  if (problem === undefined) return quality === undefined ? unknown('not_measured') : pass();
  return { ...fail(problem), mends: [{ slot: dataSlot(type), problem, document: index }] };
});

/** A digit that is wrong where every cell was read with certainty was printed wrong (ICAO 9303 part 3, 4.9). */
export const checkDigits = ofEach((document) => {
  const [first, ...others] = placed(document, (side) => side.mrz).map(({ value }) => {
    const wrong = value.checks.filter(({ ok }) => !ok);
    if (wrong[0]) return value.certain ? fail(`check_digit_${wrong[0].name}`, { wrong: wrong.length }) : unknown('uncertain');
    return value.checks.length > 0 && (value.certain || isTrusted(value)) ? pass({ digits: value.checks.length }) : unknown('uncertain');
  });
  return first === undefined ? unknown('no_mrz') : worst(first, ...others);
});

/** Error correction leaves a barcode's text exact: what is wrong with it was written so. */
export const barcodeSound = ofEach((document) => {
  const [first, ...others] = placed(document, (side) => side.barcode).map(({ value }) =>
    (isSound(value) ? pass() : fail(codeOr(value.faults[0], 'unsound'), { faults: value.faults.length })));
  return first === undefined ? unknown('no_barcode') : worst(first, ...others);
});

/** Editions of the AAMVA card design standard whose versions are known, 2000 to 2020. Newer ones keep to the same elements. */
const VERSIONS = { first: 1, last: 10 };

export const issuerKnown = ofEach((document) => {
  const [first, ...others] = placed(document, (side) => side.barcode).map(({ value }) => issuerOf(value));
  return first === undefined ? unknown('no_barcode') : worst(first, ...others);
});

function issuerOf(barcode: BarcodeReading): Verdict {
  const { jurisdiction, version } = barcode;
  if (!(version >= VERSIONS.first)) return fail('unknown_version', { version });
  if (jurisdiction === undefined) return fail('unknown_issuer');
  const country = countryOfIssuer(jurisdiction);
  // An issuer of one country whose cards name another is none that we know.
  if (!isSpecimenBarcode(barcode) && country !== countryOfIssuer(barcode.country)) return fail('issuer_of_other_country');
  return version > VERSIONS.last ? { ...pass({ version }), why: 'newer_version' } : pass({ version });
}
