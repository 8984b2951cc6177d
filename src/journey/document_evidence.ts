/** The shapes of what the document step establishes; stored sealed, read back by what tells of it. */
import { z } from 'zod';
import { DOCUMENT_TYPES } from '../documents/facts.ts';
import { GatehouseError } from '../errors.ts';
import { CHECK_CODES, type CheckCode } from './document_checks.ts';
import type { Evidence, EvidenceKind } from './journey.ts';

const finding = z.object({
  code: z.enum(CHECK_CODES as [CheckCode, ...CheckCode[]]),
  status: z.enum(['pass', 'fail', 'doubt', 'unknown']),
  why: z.string().optional(),
  confidence: z.number().optional(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});

/** One document as it was read. Dates are `YYYY-MM-DD`; empty where the document does not say. */
export const readDocument = z.object({
  type: z.enum(DOCUMENT_TYPES),
  /** As the document names it: ICAO 9303 three-letter code, or a jurisdiction (`US-FL`). */
  issuer: z.string(),
  number: z.string(),
  familyName: z.string(),
  givenName: z.string(),
  birthDate: z.string(),
  expiryDate: z.string(),
  /** Only where the document carries it in machine-readable form. `country` is ISO 3166-1 alpha-2. */
  address: z.object({ street: z.string(), city: z.string(), region: z.string(), postalCode: z.string(), country: z.string() }).optional(),
  /** What the data was taken from. */
  method: z.enum(['mrz', 'barcode', 'vendor']),
});
export type ReadDocument = z.infer<typeof readDocument>;

export const documentEvidence = z.object({
  /** One, or two for dual document; the first is the one that identifies. */
  documents: z.array(readDocument).min(1).max(2),
  findings: z.array(finding),
  /** Who read it: `gatehouse` or the vendor's name, with its version or reference. */
  reader: z.object({ name: z.string(), version: z.string() }),
  /** Photographs cannot prove that a document is genuine; a vendor may say so. */
  authenticity: z.enum(['not_verified', 'verified_by_vendor']),
  at: z.number(),
});
export type DocumentEvidence = z.infer<typeof documentEvidence>;

/** `face_match` and `liveness` as they are kept: measures, no templates. */
export const faceMatchEvidence = z.object({ distance: z.number().optional(), threshold: z.number().optional(), method: z.string() });
export const livenessEvidence = z.object({ method: z.enum(['head_turn', 'photographs', 'vendor']), frames: z.number(), certified: z.boolean() });

/** The phone that captured; device binding builds on it. */
export const captureDevice = z.object({
  /** `here`: the browser that the journey began in. */
  handover: z.enum(['qr', 'sms', 'here']),
  numberTransfer: z.boolean(),
  userAgent: z.string(),
  address: z.string(),
  device: z.enum(['mobile', 'desktop', 'uncertain', 'robot']),
  at: z.number(),
});
export type CaptureDevice = z.infer<typeof captureDevice>;

/**
 * The newest document evidence, opened; undefined where there is none.
 * @throws GatehouseError `evidence_unreadable`
 */
export function documentEvidenceOf(evidence: readonly Evidence[]): DocumentEvidence | undefined {
  const found = newestOf(evidence, 'document');
  if (!found) return undefined;
  const read = documentEvidence.safeParse(found.data.open());
  if (!read.success) throw new GatehouseError('evidence_unreadable', 500, 'recorded evidence of a document does not have its shape');
  return read.data;
}

const shown = z.object({ documents: z.array(readDocument) });

/**
 * What was read of each document that was shown, accepted or in an attempt; of an attempt that may be nothing.
 * @throws GatehouseError `evidence_unreadable`
 */
export function shownIn(evidence: readonly Evidence[], kind: 'document' | 'document_attempt'): readonly (readonly ReadDocument[])[] {
  return evidence.filter((one) => one.kind === kind).map(({ data }) => {
    const read = shown.safeParse(data.open());
    if (!read.success) throw new GatehouseError('evidence_unreadable', 500, `recorded evidence ${kind} does not have its shape`);
    return read.data.documents;
  });
}

/** The newest evidence of a kind. */
export function newestOf(evidence: readonly Evidence[], kind: EvidenceKind): Evidence | undefined {
  return evidence.findLast((one) => one.kind === kind);
}
