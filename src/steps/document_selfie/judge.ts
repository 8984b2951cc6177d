/**
 * The judgement on a document and its holder, from separate findings: each check says pass, fail, doubt or unknown, the workflow
 * says what that does, and what is not known is never taken for a yes. Pure.
 */
import { DOCUMENT_CHECKS, type CaptureSlot, type Finding } from '../../journey/document_checks.ts';
import type { ReadDocument } from '../../journey/document_evidence.ts';
import type { DocumentOptions } from '../../journey/document_options.ts';
import type { ClaimedIdentity, Mode, Reason } from '../../journey/journey.ts';
import { asEvidence, dataOf, ofVendor } from './checks/document_data.ts';
import { checkAll, modeOf, SLOTS, type ToldFindings } from './checks/index.ts';
import { outcomeOf, outcomeOfFinding, reasonOf, reasonsOf, worstOutcome, type Outcome } from './checks/outcome.ts';
import { sameDocument } from './checks/data_rules.ts';
import { vendorFindings, type VendorFinished } from './checks/vendor.ts';
import type { JudgedFacts } from './facts.ts';
import type { CaptureProblem } from './pages.ts';

export { sideProblem } from './checks/side.ts';
export type { ToldFindings } from './checks/index.ts';
export type { VendorFinished } from './checks/vendor.ts';

export interface Judgement {
  /** `fail` beats `doubtful` beats `pass`. */
  readonly outcome: Outcome;
  /** Every check that was made, whether it decided anything or not. */
  readonly findings: readonly Finding[];
  /** Codes and measures only; worst first. */
  readonly reasons: readonly Reason[];
  /** What was read, for evidence; personal. */
  readonly documents: readonly ReadDocument[];
}

/**
 * The judgement on what our own pages captured and our own engine read.
 *
 * @param told findings of an outcome file; they count under `test` keys alone
 */
export function judge(facts: JudgedFacts, options: DocumentOptions, told: ToldFindings = {}): Judgement {
  const findings = checkAll(facts, options, told).map(({ finding }) => finding);
  return { outcome: outcomeOf(findings, options), findings, reasons: reasonsOf(findings, options), documents: readDocuments(facts) };
}

function readDocuments({ documents }: JudgedFacts): readonly ReadDocument[] {
  return documents.flatMap((document) => {
    const data = dataOf(document);
    return data === undefined ? [] : [asEvidence(data, document.type)];
  });
}

/**
 * The judgement where the documents alone make it a plain no, so that nobody's face is taken for nothing; undefined where
 * they do not. To be asked when no further picture would mend anything ({@link again}).
 *
 * @param told as for {@link judge}
 */
export function lostAlready(facts: JudgedFacts, options: DocumentOptions, told: ToldFindings = {}): Judgement | undefined {
  const findings = checkAll(facts, options, told).map(({ finding }) => finding).filter(({ code }) => DOCUMENT_CHECKS[code].slot !== 'selfie');
  const lost = findings.filter((finding) => outcomeOfFinding(finding, options) === 'fail');
  return lost.length === 0 ? undefined : { outcome: 'fail', findings, reasons: lost.map(reasonOf), documents: readDocuments(facts) };
}

/** Something to capture again, and what to tell the person. */
export interface Again {
  readonly slot: CaptureSlot;
  readonly problem: CaptureProblem;
  /** Of which document, from 0; absent for the selfie. */
  readonly document?: number;
}

/**
 * What to capture again before the judgement stands: a check that may be retried, that a new picture could mend, and that has attempts
 * left. Undefined where there is none, and where a plain no stands already that no picture would change.
 *
 * @param told as for {@link judge}
 * @param document only what mends this one (or the selfie), where several were captured
 */
export function again(facts: JudgedFacts, options: DocumentOptions, told: ToldFindings = {}, document?: number): Again | undefined {
  const checked = checkAll(facts, options, told);
  const lost = checked.some(({ finding }) => modeOf(finding.code, options) === 'required' && outcomeOfFinding(finding, options) === 'fail');
  if (lost) return undefined;
  return checked
    .flatMap(({ finding, mends }) => (finding.status !== 'pass' && modeOf(finding.code, options) === 'retry' ? mends : []))
    .filter((mend) => document === undefined || mend.document === undefined || mend.document === document)
    .filter(({ slot }) => facts.attemptsLeft[slot] > 0)
    .toSorted((one, other) => SLOTS.indexOf(one.slot) - SLOTS.indexOf(other.slot))[0];
}

/** What a vendor's document and findings are held against. */
export interface VendorFacts {
  readonly claimed: ClaimedIdentity | undefined;
  readonly mode: Mode;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** How many other persons came with this document; absent where nobody looked. */
  readonly otherPersons?: number | undefined;
}

/**
 * The judgement on what a vendor read. Its word alone approves nobody: a pass also needs a document, findings of which
 * none fails, a face that was compared (`selfie_matches`) and a live person.
 */
export function vendorJudgement(result: VendorFinished, facts: VendorFacts, options: DocumentOptions): Judgement {
  const findings = vendorFindings(result, { ...facts, chosen: undefined }, options);
  const ours = outcomeOf(findings, options);
  const theirs: Outcome = result.verdict === 'doubt' ? 'doubtful' : result.verdict;
  const word: Reason = { code: 'vendor_verdict', detail: { verdict: result.verdict, authenticity: result.authenticityVerified } };
  const document = result.document?.open();
  return {
    outcome: worstOutcome([theirs, ours]),
    findings,
    reasons: [word, ...reasonsOf(findings, options)],
    documents: document === undefined ? [] : [document],
  };
}

/** Two judgements on one person, ours and a vendor's: the worse counts, and both must have read one and the same document. */
export function both(ours: Judgement, theirs: Judgement): Judgement {
  const [mine, yours] = [ours.documents[0], theirs.documents[0]];
  const same = mine && yours ? sameDocument(ofVendor(mine), ofVendor(yours)) : undefined;
  const differ = same?.status !== 'pass';
  const outcome = worstOutcome([ours.outcome, theirs.outcome, ...(differ ? ['doubtful' as const] : [])]);
  const decided = [ours, theirs].filter((judgement) => judgement.outcome !== 'pass').flatMap(({ reasons }) => reasons);
  const codes = new Set(ours.findings.map(({ code }) => code));
  const another: Reason = { code: 'vendor_read_another_document', detail: { why: same?.why ?? 'not_read' } };
  return {
    outcome,
    // Of a check that both made, the vendor's word is told where it is the worse.
    findings: [
      ...ours.findings.map((finding) => theirs.findings.find(({ code, status }) => code === finding.code && status !== 'pass') ?? finding),
      ...theirs.findings.filter(({ code }) => !codes.has(code)),
    ],
    reasons: outcome === 'pass' ? [...ours.reasons, ...theirs.reasons] : [...decided, ...(differ ? [another] : [])],
    documents: ours.documents,
  };
}
