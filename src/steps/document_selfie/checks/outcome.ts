/** From findings to an outcome, by what the workflow lets each of them do. Pure. */
import { CHECK_CODES, DOCUMENT_CHECKS, type CheckFacts, type Finding } from '../../../journey/document_checks.ts';
import type { DocumentOptions } from '../../../journey/document_options.ts';
import type { Reason } from '../../../journey/journey.ts';
import { GROUND, modeOf } from './index.ts';

/** A plain no beats a doubt, a doubt beats a yes. */
export type Outcome = 'pass' | 'fail' | 'doubtful';

const WORST_FIRST: readonly Outcome[] = ['fail', 'doubtful', 'pass'];

/** The worst of several; of none at all, a doubt. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  return WORST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? 'doubtful';
}

/** What one finding alone would make of everything; `pass` where it decides nothing. */
export function outcomeOfFinding({ code, status }: Finding, options: DocumentOptions): Outcome {
  const mode = modeOf(code, options);
  if (mode === 'off' || mode === 'advisory' || status === 'pass') return 'pass';
  const { essential }: CheckFacts = DOCUMENT_CHECKS[code];
  if (status === 'unknown') return essential ? 'doubtful' : 'pass';
  return status === 'fail' && mode !== 'review' ? 'fail' : 'doubtful';
}

/** The outcome of all of them. An essential check that is on and was not made counts as one that could not tell. */
export function outcomeOf(findings: readonly Finding[], options: DocumentOptions): Outcome {
  const outcome = worstOutcome([...findings, ...notMade(findings, options)].map((finding) => outcomeOfFinding(finding, options)));
  const grounded = GROUND.every((code) => findings.some((finding) => finding.code === code && finding.status === 'pass'));
  return outcome === 'pass' && !grounded ? 'doubtful' : outcome;
}

function notMade(findings: readonly Finding[], options: DocumentOptions): readonly Finding[] {
  return CHECK_CODES.filter((code) => {
    const { essential }: CheckFacts = DOCUMENT_CHECKS[code];
    return essential && modeOf(code, options) !== 'off' && !findings.some((finding) => finding.code === code);
  }).map((code) => ({ code, status: 'unknown', why: 'not_made' }));
}

/** Why it came out so: what decided, worst first; for a pass, how much it stands on. Codes and measures only. */
export function reasonsOf(findings: readonly Finding[], options: DocumentOptions): readonly Reason[] {
  const decided = [...findings, ...notMade(findings, options)].map((finding) => ({ finding, outcome: outcomeOfFinding(finding, options) }))
    .filter(({ outcome }) => outcome !== 'pass')
    .toSorted((one, other) => WORST_FIRST.indexOf(one.outcome) - WORST_FIRST.indexOf(other.outcome));
  if (decided.length > 0) return decided.map(({ finding }) => reasonOf(finding));
  const count = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  return [{ code: 'document_checks_passed', detail: { passed: count('pass'), unknown: count('unknown') } }];
}

/** What one finding tells, without the person. */
export function reasonOf({ code, status, why, detail }: Finding): Reason {
  return { code, detail: { status, ...(why === undefined ? {} : { why }), ...detail } };
}
