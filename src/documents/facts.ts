/**
 * What can be learned from pictures of a document and of its holder, as plain facts: each with its measure, and "could
 * not read" apart from everything else. Nothing here knows a journey, a policy or a threshold that an operator sets.
 *
 * The values are personal data. They travel between the reading process and the caller, who wraps them.
 */

export const DOCUMENT_TYPES = ['passport', 'driving_licence', 'identity_card'] as const;
export type DocumentType = (typeof DOCUMENT_TYPES)[number];

export const SIDES = ['front', 'back'] as const;
export type Side = (typeof SIDES)[number];

/** The engines that read; each proves itself on a built-in sample before it is believed. */
export const ENGINES = ['barcode', 'mrz', 'text', 'face', 'pose'] as const;
export type EngineName = (typeof ENGINES)[number];

/** `why` is a code: `starting`, `self_test_failed`, `not_enabled`, `not_installed`, `crashed`. */
export type EngineStatus = { readonly kind: 'ready'; readonly version: string } | { readonly kind: 'unavailable'; readonly why: string };

/** Something read, or the reason why not. `confidence` is 0 to 1. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T; readonly confidence: number }
  | { readonly kind: 'unread'; readonly why: string };

/** What is wrong with a picture, for which a person can do something about it. */
export type QualityProblem = 'blurred' | 'glare' | 'too_dark' | 'too_bright' | 'too_small';

export interface Quality {
  /** Variance of the Laplacian at a fixed size: larger is sharper. */
  readonly sharpness: number;
  /** Share of burnt-out pixels in the largest bright spot, 0 to 1. */
  readonly glare: number;
  /** Median brightness, 0 to 255. */
  readonly brightness: number;
  /** Pixels. */
  readonly longSide: number;
  readonly problems: readonly QualityProblem[];
}

/** A picture made safe: decoded, turned upright and encoded again; nothing of the sent bytes is left but the pixels. */
export interface SafeImage {
  /** JPEG, sRGB, at most 2400 pixels a side, without any metadata. */
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly quality: Quality;
  /** What was sent. */
  readonly format: 'jpeg' | 'png' | 'webp' | 'heic';
  /** Software that the metadata named before it was dropped, where that software edits pictures. */
  readonly editedBy: string | undefined;
}

/** A point in pixels of the safe image. */
export type Point = readonly [x: number, y: number];
/** Corners, clockwise from the document's own upper left. */
export type Outline = readonly [Point, Point, Point, Point];

export type MrzFormat = 'TD1' | 'TD2' | 'TD3';
export type MrzCheckName = 'number' | 'birth' | 'expiry' | 'optional' | 'composite';

/** ICAO 9303 part 3: what the machine-readable zone says. Dates are `YYYY-MM-DD`; the empty string where it says nothing. */
export interface MrzFields {
  /** `P`, `ID`, `I`, `AC`, … without fillers. */
  readonly documentCode: string;
  /** Three letters as printed, `UTO` for instance. */
  readonly issuer: string;
  readonly number: string;
  readonly nationality: string;
  readonly birthDate: string;
  readonly sex: 'M' | 'F' | 'X';
  readonly expiryDate: string;
  readonly familyName: string;
  readonly givenName: string;
  /** The name field is full to its last place: names may have been cut. */
  readonly nameTruncated: boolean;
}

export interface MrzReading {
  readonly format: MrzFormat;
  readonly fields: MrzFields;
  readonly checks: readonly { readonly name: MrzCheckName; readonly ok: boolean }[];
  /** Of all cells, 0 to 1. */
  readonly lowestProbability: number;
  /** Cells that the classifier doubted and a check digit settled. */
  readonly repaired: number;
  /** All check digits hold, at most one cell repaired, lowest probability at least 0.5. Otherwise: take the picture again. */
  readonly trusted: boolean;
  /** Every cell was read with certainty, whatever the check digits say: a digit that fails then is printed wrong. */
  readonly certain: boolean;
  readonly outline: Outline;
}

/** AAMVA DL/ID Card Design Standard, annex D: what the PDF417 says. Dates are `YYYY-MM-DD`, empty where absent. */
export interface BarcodeReading {
  /** Issuer identification number, six digits. */
  readonly iin: string;
  readonly version: number;
  readonly subfile: 'DL' | 'ID';
  /** The jurisdiction of a known IIN, as two letters (`US-FL` style: `US-FL`, `CA-ON`, `UTO-ZZ` for specimens); undefined where the IIN is not known. */
  readonly jurisdiction: string | undefined;
  readonly number: string;
  readonly familyName: string;
  readonly givenName: string;
  readonly middleName: string;
  /** Generation, as it stands there: `JR`, `III`. Absent where it names none. */
  readonly suffix?: string;
  readonly birthDate: string;
  readonly expiryDate: string;
  readonly issueDate: string;
  readonly street: string;
  readonly city: string;
  readonly region: string;
  readonly postalCode: string;
  /** `USA` or `CAN`. */
  readonly country: string;
  readonly nameTruncated: boolean;
  /** Codes of what is wrong with the data: `missing_DAQ`, `bad_date_DBB`, `duplicate_DCS`, … Empty: sound. */
  readonly faults: readonly string[];
  /** Codes of what is written against the standard, by issuers too, while the data reads: `bad_designator`, `offset_mismatch`, `length_mismatch`. */
  readonly notes: readonly string[];
}

export interface PrintLine {
  readonly text: string;
  /** 0 to 1: of the worst word. A line with a date is read twice, and has little where the readings differ. */
  readonly confidence: number;
  /** In pixels of the straightened page; which value stands under which label. */
  readonly box?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}
/** Printed text with the machine-readable zone masked out, in reading order. */
export interface PrintReading {
  readonly lines: readonly PrintLine[];
}

/** Pixels between the outer corners of the eyes: a smaller face is neither compared nor counted as turned (measured: docs/documents.md). */
export const LEAST_EYE_DISTANCE = 40;

export interface FaceFound {
  /** Detector's score, 0 to 1. */
  readonly score: number;
  /** Pixels between the outer corners of the eyes. */
  readonly eyeDistance: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** Signs that only ever raise doubt: never proof of anything. */
export interface RecaptureSigns {
  /** Peak ratio of periodic patterns as a photographed screen shows them; at least 40 is suspicious. */
  readonly screenPeak: number;
  /** Mean saturation, 0 to 1; a photocopy has hardly any. */
  readonly saturation: number;
}

/** Everything one side of a document gave. */
export interface SideReading {
  readonly outline: Reading<Outline>;
  readonly mrz: Reading<MrzReading>;
  readonly barcode: Reading<BarcodeReading>;
  readonly print: Reading<PrintReading>;
  /** Faces on this side, largest first; unread where the face engine is unavailable. */
  readonly faces: Reading<readonly FaceFound[]>;
  readonly recapture: RecaptureSigns;
}

/** What a reader needs to know: which engines are worth their time for this side. */
export interface SideWanted {
  readonly side: Side;
  readonly type: DocumentType;
}

export type HeadTurn = 'left' | 'right' | 'centre';

/** One frame of the challenge. */
export interface FramePose {
  readonly faces: number;
  /** Degrees; positive where the person turned to their own left. Undefined where no single face was found. */
  readonly yaw: number | undefined;
  /** Of the largest face. */
  readonly eyeDistance: number | undefined;
}

export interface FaceMatch {
  /** Euclidean distance of the document's portrait to the best frontal frame; 0 is the same picture. */
  readonly distance: number;
  /** Largest distance among all faces of the frontal frames: whether one and the same person sat there throughout. */
  readonly spread: number;
  /**
   * How far the face of each challenge frame, in the order they were given, is from the best frontal one; of several faces
   * in a frame the furthest. Undefined where a frame shows none.
   */
  readonly challengeDistances: readonly (number | undefined)[];
  /** Most faces seen in any one frame. */
  readonly mostFaces: number;
  /** 128 numbers of the best frontal frame: biometric. Kept nowhere unless a workflow asks to find the same face again. */
  readonly template: readonly number[];
}
