/** Every check and its rule: a new check is a row of the journey's table, and a row here. */
import {
  CHECK_CODES, DOCUMENT_CHECKS, type CaptureSlot, type CheckCode, type CheckFacts, type CheckMode, type Finding, type FindingStatus,
} from '../../../journey/document_checks.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { JudgedFacts } from '../facts.ts';
import * as data from './data_rules.ts';
import { dataOf } from './document_data.ts';
import { ofData } from './each_document.ts';
import { notAPhotocopy, notAScreen, notASpecimen, notEdited, portraitPresent } from './picture.ts';
import { barcodeMatchesPrint, mrzMatchesPrint } from './print.ts';
import { barcodeSound, checkDigits, dataRead, issuerKnown, pictureQuality } from './reading.ts';
import { faceNotSeenElsewhere, livePerson, oneFace, selfieMatches } from './selfie.ts';
import { fail, pass, unknown, type Mend, type Rule } from './verdict.ts';

const documentsAgree: Rule = ({ documents }) => {
  const [first, second] = documents;
  if (!first || !second) return unknown('document_missing');
  const [one, other] = [dataOf(first), dataOf(second)];
  if (first.type === second.type) return fail('same_type');
  return one && other ? data.agree(one, other) : unknown('not_read');
};

/**
 * Sees the same document (issuer, type and number) in the hand of another user: told apart by the application's own name
 * for its user, else by the phone they claim, else by the name on the document itself. It does not see a document that
 * nobody came with before, or one whose number was changed.
 */
const documentNotReused: Rule = ({ otherPersons }) => {
  if (otherPersons === undefined) return unknown('not_looked_up');
  return otherPersons > 0 ? fail('document_of_others', { others: otherPersons }) : pass();
};

export const RULES: Readonly<Record<CheckCode, Rule>> = {
  picture_quality: pictureQuality,
  data_read: dataRead,
  type_accepted: ofData(data.typeAccepted),
  country_accepted: ofData(data.countryAccepted),
  not_expired: ofData(data.notExpired),
  old_enough: ofData(data.oldEnough),
  dates_plausible: ofData(data.datesPlausible),
  check_digits: checkDigits,
  barcode_sound: barcodeSound,
  issuer_known: issuerKnown,
  barcode_matches_print: barcodeMatchesPrint,
  mrz_matches_print: mrzMatchesPrint,
  portrait_present: portraitPresent,
  name_matches_claim: (facts, options) => data.heldAgainst(facts.claimed, ofData(data.nameMatchesClaim)(facts, options)),
  birth_date_matches_claim: ofData(data.birthDateMatchesClaim),
  documents_agree: documentsAgree,
  document_not_reused: documentNotReused,
  not_a_screen: notAScreen,
  not_a_photocopy: notAPhotocopy,
  not_edited: notEdited,
  not_a_specimen: notASpecimen,
  live_person: livePerson,
  one_face: oneFace,
  selfie_matches: selfieMatches,
  face_not_seen_elsewhere: faceNotSeenElsewhere,
};

/** Checks that ask something only where the workflow, or what was captured, gives them something to ask. */
const APPLIES: Readonly<Partial<Record<CheckCode, (facts: JudgedFacts, options: DocumentOptions) => boolean>>> = {
  documents_agree: ({ documents }, { dual }) => dual || documents.length > 1,
  face_not_seen_elsewhere: (_facts, { findSameFace }) => findSameFace,
};

/** What an approval stands on: these are judged whatever the workflow says, and less than a pass is never a pass. */
export const GROUND: readonly CheckCode[] = ['data_read', 'portrait_present', 'selfie_matches', 'live_person'];

/** What a finding of this check does in this workflow. */
export function modeOf(code: CheckCode, { checks }: DocumentOptions): CheckMode {
  const { fixed, mode }: CheckFacts = DOCUMENT_CHECKS[code];
  const chosen = fixed ? mode : (checks[code] ?? mode);
  return GROUND.includes(code) && (chosen === 'off' || chosen === 'advisory') ? 'review' : chosen;
}

/** One check, judged. */
export interface Checked {
  readonly finding: Finding;
  /** What a new picture could mend; empty for a pass. */
  readonly mends: readonly Mend[];
}

/** Findings that the sandbox's outcome file sets in place of the rules' own. */
export type ToldFindings = Readonly<Partial<Record<CheckCode, FindingStatus>>>;

/**
 * Every check that is on, in the table's order.
 *
 * @param told believed under `test` keys alone
 */
export function checkAll(facts: JudgedFacts, options: DocumentOptions, told: ToldFindings = {}): readonly Checked[] {
  return CHECK_CODES.filter((code) => modeOf(code, options) !== 'off' && (APPLIES[code]?.(facts, options) ?? true)).map((code) => {
    const status = facts.mode === 'test' ? told[code] : undefined;
    if (status !== undefined) return { finding: { code, status, why: 'outcome_file' }, mends: [] };
    const { mends = [], ...verdict } = RULES[code](facts, options);
    return { finding: { code, ...verdict }, mends };
  });
}

/** The order in which captures are asked for again. */
export const SLOTS: readonly CaptureSlot[] = ['front', 'back', 'selfie'];
