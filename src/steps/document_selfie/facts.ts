/**
 * What the judgement looks at: everything that was learned from the pictures, the person and the past. Plain data,
 * personal throughout: whoever keeps it wraps it. A reading may come from the engine or from the sandbox's outcome file.
 */
import type { DocumentType, FaceMatch, QualityProblem, SideReading } from '../../documents/facts.ts';
import type { CaptureSlot } from '../../journey/document_checks.ts';
import type { ClaimedIdentity, Mode } from '../../journey/journey.ts';

/** One document, as far as it was captured. */
export interface CapturedDocument {
  /** As the person chose. */
  readonly type: DocumentType;
  /** ISO 3166-1 alpha-2, as the person chose. */
  readonly country: string;
  readonly front: SideReading;
  /** Undefined where the document has none, or none was captured. */
  readonly back: SideReading | undefined;
  /** Picture editors that the sent files named; empty where none did. */
  readonly editedBy: readonly string[];
  readonly captureAttempts: Readonly<Partial<Record<CaptureSlot, number>>>;
  /** What was wrong with the pictures that were taken in the end; absent where nobody measured. */
  readonly quality?: readonly QualityProblem[] | undefined;
}

export interface SelfieFacts {
  /** How the challenge ended; undefined where it never came to an end. `why` is a code. */
  readonly liveness:
    | { readonly passed: boolean; readonly why?: string | undefined; readonly method: 'live' | 'photo'; readonly frames: number }
    | undefined;
  /** Undefined where nothing was compared: no usable portrait, no frontal face, or no engine. */
  readonly match: FaceMatch | undefined;
  readonly faceEngine: 'ready' | 'unavailable';
  /** Code of why the engine is unavailable. */
  readonly why?: string | undefined;
}

export interface JudgedFacts {
  /** One, or two for dual document; the first is the one that identifies. */
  readonly documents: readonly CapturedDocument[];
  readonly selfie: SelfieFacts;
  readonly claimed: ClaimedIdentity | undefined;
  readonly mode: Mode;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** How many other persons came with this document; undefined where nobody looked. */
  readonly otherPersons: number | undefined;
  /** Smallest face distance to another person of this workflow; undefined where there is none, or nobody looked. */
  readonly nearestFace: number | undefined;
  /** Captures that are left, per slot. */
  readonly attemptsLeft: Readonly<Record<CaptureSlot, number>>;
}
