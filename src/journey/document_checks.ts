/**
 * Every check on a document and its holder: a stable code, what a workflow's author gets by default, and what a person
 * is asked to do again where trying again can help. A new check is a row here and a rule in `steps/document_selfie/checks/`.
 */

/** What a finding does. A workflow may choose for each check, except where the table says it is fixed. */
export const CHECK_MODES = [
  /** A plain no ends the step as `fail`. */
  'required',
  /** Ask for that side again while attempts are left; then as `required`. */
  'retry',
  /** A no makes the outcome `doubtful`: a human decides, or the workflow's route for it. */
  'review',
  /** Recorded and told to the operator; decides nothing. */
  'advisory',
  'off',
] as const;
export type CheckMode = (typeof CHECK_MODES)[number];

/** What is captured again to mend a finding. */
export type CaptureSlot = 'front' | 'back' | 'selfie';

export interface CheckFacts {
  readonly mode: CheckMode;
  /** "Could not tell" makes the outcome `doubtful`: an approval stands on this one. */
  readonly essential: boolean;
  readonly slot: CaptureSlot;
  /** The mode cannot be chosen. */
  readonly fixed?: true;
}

export const DOCUMENT_CHECKS = {
  /** The picture of the document is sharp, bright and free of glare enough to be read. */
  picture_quality: { mode: 'retry', essential: false, slot: 'front' },
  /** A trusted machine-readable zone or a sound barcode was read. */
  data_read: { mode: 'retry', essential: true, slot: 'front' },
  type_accepted: { mode: 'required', essential: true, slot: 'front' },
  country_accepted: { mode: 'required', essential: true, slot: 'front' },
  not_expired: { mode: 'required', essential: true, slot: 'front' },
  old_enough: { mode: 'required', essential: true, slot: 'front' },
  /** Birth before issue before expiry, none of them in the wrong half of time. */
  dates_plausible: { mode: 'required', essential: true, slot: 'front' },
  /** Check digits of the machine-readable zone (ICAO 9303 part 3, 4.9), where each cell was read with certainty. */
  check_digits: { mode: 'required', essential: false, slot: 'front' },
  /** The barcode's structure and mandatory elements (AAMVA, annex D). */
  barcode_sound: { mode: 'required', essential: false, slot: 'back' },
  /** The barcode's version and issuer are known ones. */
  issuer_known: { mode: 'review', essential: false, slot: 'back' },
  barcode_matches_print: { mode: 'required', essential: false, slot: 'front' },
  mrz_matches_print: { mode: 'required', essential: false, slot: 'front' },
  /** One face, large enough to compare, on the document. */
  portrait_present: { mode: 'retry', essential: true, slot: 'front' },
  name_matches_claim: { mode: 'required', essential: false, slot: 'front' },
  birth_date_matches_claim: { mode: 'required', essential: false, slot: 'front' },
  /** Two documents of one person (dual document). */
  documents_agree: { mode: 'required', essential: false, slot: 'front' },
  /** No other person came with this document before. */
  document_not_reused: { mode: 'review', essential: false, slot: 'front' },
  /** No pattern of a photographed screen. */
  not_a_screen: { mode: 'review', essential: false, slot: 'front' },
  not_a_photocopy: { mode: 'review', essential: false, slot: 'front' },
  /** The file names no software that edits pictures. */
  not_edited: { mode: 'review', essential: false, slot: 'front' },
  /** Documents of the sandbox's invented issuers prove nobody: refused for `live` keys. */
  not_a_specimen: { mode: 'required', essential: true, slot: 'front', fixed: true },
  /** The challenge was followed: the head turned both ways, and the same person sat there throughout. */
  live_person: { mode: 'retry', essential: true, slot: 'selfie' },
  /** Nobody else is in the frames. */
  one_face: { mode: 'retry', essential: false, slot: 'selfie' },
  /** The selfie against the document's portrait. */
  selfie_matches: { mode: 'required', essential: true, slot: 'selfie' },
  /** The same face under another identity; asked only where the workflow says so, and never a denial by itself. */
  face_not_seen_elsewhere: { mode: 'review', essential: false, slot: 'selfie', fixed: true },
} as const satisfies Readonly<Record<string, CheckFacts>>;

export type CheckCode = keyof typeof DOCUMENT_CHECKS;
export const CHECK_CODES = Object.keys(DOCUMENT_CHECKS) as readonly CheckCode[];

/** `doubt`: measured, and between yes and no. `unknown`: could not be measured; neither a yes nor a no. */
export type FindingStatus = 'pass' | 'fail' | 'doubt' | 'unknown';

/** One check's result. The detail is never personal: measures, thresholds, codes. */
export interface Finding {
  readonly code: CheckCode;
  readonly status: FindingStatus;
  /** Why, as a code: `expired`, `check_digit_birth`, `distance`, `glare`, … */
  readonly why?: string;
  /** 0 to 1, where it was measured. */
  readonly confidence?: number;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}
