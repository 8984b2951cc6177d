/**
 * What a reviewer's approval establishes: that the document of an attempt, which the rules could not accept by
 * themselves, is the person's. Who said so is in the audit log and nowhere in evidence.
 */
import { z } from 'zod';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import { newestOf, readDocument, type ReadDocument } from './document_evidence.ts';
import type { Evidence } from './journey.ts';

export const reviewEvidence = z.strictObject({
  /** `nothing`: what else was established in the journey carries the approval by itself. */
  vouches: z.enum(['document_attempt', 'nothing']),
  /** When the attempt was made that is vouched for: one made later is another. */
  attemptAt: z.number().optional(),
  code: z.string(),
  at: z.number(),
});
export type ReviewEvidence = z.infer<typeof reviewEvidence>;

const attempt = z.object({ documents: z.array(readDocument).max(2), at: z.number() });
type Attempt = z.infer<typeof attempt>;

/** @throws GatehouseError `evidence_unreadable` */
function opened<T>(evidence: readonly Evidence[], kind: 'review' | 'document_attempt', shape: z.ZodType<T>): T | undefined {
  const found = newestOf(evidence, kind);
  if (!found) return undefined;
  const read = shape.safeParse(found.data.open());
  if (!read.success) throw new GatehouseError('evidence_unreadable', 500, `recorded evidence ${kind} does not have its shape`);
  return read.data;
}

/**
 * Whether a document says enough to stand for one person: a missing number or birth date would make strangers of one
 * name one account.
 */
export function identifies({ issuer, number, familyName, birthDate }: ReadDocument): boolean {
  return [issuer, number, familyName, birthDate].every((part) => part.trim() !== '');
}

/** The attempt that was shown last; undefined where a document was accepted since, which stands by itself. */
function readIn(evidence: readonly Evidence[]): { readonly attempt: Attempt; readonly document: ReadDocument } | undefined {
  if (evidence.findLast(({ kind }) => kind === 'document' || kind === 'document_attempt')?.kind !== 'document_attempt') return undefined;
  const made = opened(evidence, 'document_attempt', attempt);
  const document = made?.documents[0];
  return made && document && identifies(document) ? { attempt: made, document } : undefined;
}

/** The evidence that an approval by a reviewer adds. It vouches for what was shown last, where that is an attempt that says who it is. */
export function vouching(evidence: readonly Evidence[], code: string, at: number): Evidence {
  const read = readIn(evidence);
  const data: ReviewEvidence = read ? { vouches: 'document_attempt', attemptAt: read.attempt.at, code, at } : { vouches: 'nothing', code, at };
  return { kind: 'review', version: 1, simulated: evidence.some((one) => one.simulated), data: Personal.of(data) };
}

/**
 * The document that a reviewer vouched for; undefined where none did.
 * @throws GatehouseError `evidence_unreadable`
 */
export function vouchedDocument(evidence: readonly Evidence[]): ReadDocument | undefined {
  const review = opened(evidence, 'review', reviewEvidence);
  if (review?.vouches !== 'document_attempt') return undefined;
  const read = readIn(evidence);
  return read && read.attempt.at === review.attemptAt ? read.document : undefined;
}
