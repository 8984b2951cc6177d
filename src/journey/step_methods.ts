/** How a step came to its outcome, as tokens tell it under the scope `evidence`: methods and measures, never the person. */
import { captureDevice, documentEvidenceOf, faceMatchEvidence, livenessEvidence, newestOf } from './document_evidence.ts';
import type { Evidence, StepResult } from './journey.ts';

/** Our own engine; every other name stands for a vendor, alone or beside it, and their version is a session of theirs. */
const OWN_READER = 'gatehouse';

export type Methods = Readonly<Record<string, string | number | boolean>>;

/**
 * The methods behind a passed document or questions step; undefined for every other result. Words are the truth of what
 * was done and claim no scheme: reading a document's data proves that it is consistent, not that it is genuine.
 *
 * @throws GatehouseError `evidence_unreadable`
 */
export function stepMethods({ step, outcome }: StepResult, evidence: readonly Evidence[]): Methods | undefined {
  if (outcome !== 'pass') return undefined;
  if (step === 'kba') {
    const { right, asked } = (newestOf(evidence, 'kba')?.data.open() ?? {}) as { readonly right?: number; readonly asked?: number };
    return right === undefined || asked === undefined ? undefined : { method: 'knowledge_questions', right, asked };
  }
  if (step !== 'document_selfie') return undefined;
  const document = documentEvidenceOf(evidence);
  const [first, second] = document?.documents ?? [];
  if (!document || !first) return undefined;
  const liveness = livenessEvidence.safeParse(newestOf(evidence, 'liveness')?.data.open()).data;
  const face = faceMatchEvidence.safeParse(newestOf(evidence, 'face_match')?.data.open()).data;
  const device = captureDevice.safeParse(newestOf(evidence, 'capture_device')?.data.open()).data;
  return {
    method: 'document_and_selfie',
    document_type: first.type,
    ...(second ? { second_document_type: second.type } : {}),
    read_from: first.method,
    // A session id opens the vendor's record of the person, and is nobody's business outside.
    reader: first.method !== 'vendor' && document.reader.name === OWN_READER ? `${OWN_READER} ${document.reader.version}` : document.reader.name,
    document_authenticity: document.authenticity,
    ...(face ? { face_comparison: face.method } : {}),
    ...(liveness ? { liveness: liveness.method, liveness_certified: liveness.certified } : {}),
    ...(device ? { handover: device.handover } : {}),
  };
}
