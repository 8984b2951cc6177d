/** What a captured document says, from the one source that is believed: a trusted machine-readable zone, or a sound barcode. Pure. */
import { countryOfIssuer, isSpecimenIssuer } from '../../../documents/countries.ts';
import type { BarcodeReading, DocumentType, MrzReading, Reading, SideReading } from '../../../documents/facts.ts';
import type { ReadDocument } from '../../../journey/document_evidence.ts';
import type { CapturedDocument } from '../facts.ts';

/** A document's data, whoever read it. Dates are `YYYY-MM-DD`, empty where it does not say. */
export interface DocumentData extends Omit<ReadDocument, 'type'> {
  /** By its own code; undefined where the code is none that we know. */
  readonly type: DocumentType | undefined;
  /** ISO 3166-1 alpha-2 of the issuer; undefined where it is not known. */
  readonly country: string | undefined;
  readonly specimen: boolean;
  readonly issueDate: string;
  readonly nameTruncated: boolean;
  /** JR, III and the like, where they stand apart from the family name. */
  readonly suffix?: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Where something stands on a document. */
export interface Placed<T> {
  readonly side: 'front' | 'back';
  readonly value: T;
  readonly confidence: number;
}

/** All that was read of one kind, the front's first. */
export function placed<T>({ front, back }: Pick<CapturedDocument, 'front' | 'back'>, read: (side: SideReading) => Reading<T>): readonly Placed<T>[] {
  const sides: readonly (readonly ['front' | 'back', SideReading | undefined])[] = [['front', front], ['back', back]];
  return sides.flatMap(([side, reading]) => {
    const found = reading === undefined ? undefined : read(reading);
    return found?.kind === 'read' ? [{ side, value: found.value, confidence: found.confidence }] : [];
  });
}

/** Whether the zone may be believed: the reader trusts it, and no check digit says otherwise. */
export function isTrusted(mrz: MrzReading): boolean {
  return mrz.trusted && mrz.checks.every(({ ok }) => ok);
}

/** Whether every element that the barcode's standard demands is there and in its place. */
export function isSound(barcode: BarcodeReading): boolean {
  return barcode.faults.length === 0;
}

/** Every source of this document that may be believed, the one that its type is known by first. */
export function sourcesOf(document: CapturedDocument): readonly Placed<DocumentData>[] {
  const zones = placed(document, (side) => side.mrz).filter(({ value }) => isTrusted(value))
    .map((found) => ({ ...found, value: ofMrz(found.value, found.confidence) }));
  const barcodes = placed(document, (side) => side.barcode).filter(({ value }) => isSound(value))
    .map((found) => ({ ...found, value: ofBarcode(found.value, found.confidence) }));
  return document.type === 'driving_licence' ? [...barcodes, ...zones] : [...zones, ...barcodes];
}

/** The data that counts; undefined where nothing was read that may be believed. */
export function dataOf(document: CapturedDocument): DocumentData | undefined {
  return sourcesOf(document)[0]?.value;
}

/** ICAO 9303 part 4, 4.2.2.1 (P) and parts 5 and 6 (A, C or I), by the first letter of the document code. */
const MRZ_TYPES: Readonly<Record<string, DocumentType>> = { P: 'passport', I: 'identity_card', A: 'identity_card', C: 'identity_card' };

function ofMrz({ fields, lowestProbability }: MrzReading, confidence: number): DocumentData {
  return {
    type: MRZ_TYPES[fields.documentCode.slice(0, 1)],
    issuer: fields.issuer,
    country: countryOfIssuer(fields.issuer),
    specimen: isSpecimenIssuer(fields.issuer),
    number: fields.number,
    familyName: fields.familyName,
    givenName: fields.givenName,
    birthDate: fields.birthDate,
    expiryDate: fields.expiryDate,
    issueDate: '',
    nameTruncated: fields.nameTruncated,
    confidence: Math.min(confidence, lowestProbability),
    method: 'mrz',
  };
}

/** Issuer identification number that AAMVA keeps for specimens and tests. */
const SPECIMEN_IIN = '999999';

/** Whether a barcode is a specimen's. */
export function isSpecimenBarcode({ iin, jurisdiction }: Pick<BarcodeReading, 'iin' | 'jurisdiction'>): boolean {
  return iin === SPECIMEN_IIN || (jurisdiction !== undefined && isSpecimenIssuer(jurisdiction));
}

function ofBarcode(barcode: BarcodeReading, confidence: number): DocumentData {
  const { iin, jurisdiction, street, city, region, postalCode } = barcode;
  const addressCountry = countryOfIssuer(barcode.country);
  return {
    type: barcode.subfile === 'ID' ? 'identity_card' : 'driving_licence',
    // An unknown issuer is told apart from every other by its number.
    issuer: jurisdiction ?? `IIN-${iin}`,
    country: jurisdiction === undefined ? addressCountry : countryOfIssuer(jurisdiction),
    specimen: isSpecimenBarcode(barcode),
    number: barcode.number,
    familyName: barcode.familyName,
    givenName: [barcode.givenName, barcode.middleName].filter((name) => name !== '').join(' '),
    birthDate: barcode.birthDate,
    expiryDate: barcode.expiryDate,
    issueDate: barcode.issueDate,
    nameTruncated: barcode.nameTruncated,
    ...(barcode.suffix === undefined ? {} : { suffix: barcode.suffix }),
    confidence,
    ...(street === '' || addressCountry === undefined ? {} : { address: { street, city, region, postalCode, country: addressCountry } }),
    method: 'barcode',
  };
}

/** What is kept as evidence. @param chosen the type, where the document's own code says none */
export function asEvidence({ type, issuer, number, familyName, givenName, birthDate, expiryDate, address, method }: DocumentData, chosen: DocumentType): ReadDocument {
  return { type: type ?? chosen, issuer, number, familyName, givenName, birthDate, expiryDate, ...(address ? { address } : {}), method };
}

/** A vendor's document, to be judged by the same rules. */
export function ofVendor(document: ReadDocument): DocumentData {
  return {
    ...document,
    country: countryOfIssuer(document.issuer),
    specimen: isSpecimenIssuer(document.issuer),
    issueDate: '',
    nameTruncated: false,
    confidence: 1,
  };
}
