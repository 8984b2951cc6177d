/** What the step's end leaves behind as evidence, in the shapes of `journey/document_evidence.ts`. Pure. */
import { z } from 'zod';
import {
  captureDevice, documentEvidence, faceMatchEvidence, livenessEvidence, readDocument, type CaptureDevice, type DocumentEvidence,
} from '../../journey/document_evidence.ts';
import type { ClaimedIdentity, Evidence, EvidenceKind } from '../../journey/journey.ts';
import { suppliedClaim } from '../../journey/supplied.ts';
import { Personal } from '../../personal.ts';
import { asDeviceKeyEvidence } from '../device_key.ts';
import type { Judgement } from './judge.ts';
import type { BegunView, View } from './state.ts';

/** Of our own reading; goes up when what is read, or how it is judged, changes. */
export const READER = { name: 'gatehouse', version: '1' } as const;

/** How faces and document were looked at. */
export interface JudgedBy {
  readonly reader: DocumentEvidence['reader'];
  readonly authenticity: DocumentEvidence['authenticity'];
  readonly face: { readonly distance?: number; readonly threshold?: number; readonly method: string };
  readonly liveness: { readonly method: 'head_turn' | 'photographs' | 'vendor'; readonly frames: number; readonly certified: boolean };
}

function evidenceOf(view: View, kind: EvidenceKind, data: unknown): Evidence {
  return { kind, version: 1, simulated: view.journey.mode === 'test', data: Personal.of(data) };
}

/** What is kept of a capture that was not accepted: as far as it was read, and who came with it. For operators; it proves nothing. */
const documentAttempt = documentEvidence.extend({
  documents: z.array(readDocument).max(2),
  device: captureDevice.optional(),
  /** The claimed phone answered a message on the way here. */
  phoneAnswered: z.boolean(),
});

/** What a judged capture leaves: a document that identifies, its holder's face and phone where it passed; a mere attempt otherwise. */
export function judgedEvidence(view: BegunView, { outcome, documents, findings }: Judgement, by: JudgedBy): readonly Evidence[] {
  const read = { documents, findings, reader: by.reader, authenticity: by.authenticity, at: view.now };
  const device = deviceOf(view);
  const phone = phoneHeld(view);
  if (outcome !== 'pass') return [evidenceOf(view, 'document_attempt', documentAttempt.parse({ ...read, device, phoneAnswered: phone !== undefined }))];
  return [
    evidenceOf(view, 'document', documentEvidence.parse(read)),
    evidenceOf(view, 'face_match', faceMatchEvidence.parse(by.face)),
    evidenceOf(view, 'liveness', livenessEvidence.parse(by.liveness)),
    ...(device ? [evidenceOf(view, 'capture_device', device)] : []),
    ...(view.state.device ? [asDeviceKeyEvidence(view.state.device)] : []),
    ...(phone ? [evidenceOf(view, 'phone_possession', phone)] : []),
  ];
}

/** The phone that captures, once there is one. */
function deviceOf({ state: { where } }: BegunView): CaptureDevice | undefined {
  if (where.kind === 'handover') return undefined;
  const { userAgent, address, device, at } = where.browser;
  return {
    handover: where.kind === 'here' ? 'here' : where.via,
    numberTransfer: where.kind === 'phone' && where.numberTransfer,
    userAgent, address, device, at,
  };
}

/** A link that was sent to the claimed phone alone, and answered there, shows that the phone is held. */
function phoneHeld(view: BegunView): { readonly phone: string; readonly confirmedAt: number; readonly numberTransfer: boolean } | undefined {
  const { where } = view.state;
  const phone = claimedPhone(view);
  if (where.kind !== 'phone' || where.via !== 'sms' || phone === undefined) return undefined;
  return { phone, confirmedAt: where.browser.at, numberTransfer: where.numberTransfer };
}

/** What the person said about themselves earlier in the journey. */
export function claimedOf(view: View): ClaimedIdentity | undefined {
  const claimed = view.evidence.findLast((one) => one.kind === 'claimed_identity')?.data.open() as ClaimedIdentity | undefined;
  return claimed ?? suppliedClaim(view.journey, view.workflow);
}

/** The phone they named; a claim that the application supplied has none that messages may go to. */
export function claimedPhone(view: View): string | undefined {
  return claimedOf(view)?.phone || undefined;
}
