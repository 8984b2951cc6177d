/** Judging what carrier, database and phone-risk vendors answered. Pure: tables in, an outcome with reasons out. */
import type { Reason } from '../../journey/journey.ts';
import type { MatchAttribute, MatchPolicy, PhoneRiskPolicy, LineType } from '../../journey/workflow.ts';
import type { MatchAnswer, VendorAnswer } from '../../vendors/ports.ts';

/** "No" and the three ways of not knowing stay apart; each is routable. */
export type Trouble = 'could_not_tell' | 'timed_out' | 'broke';

export interface Judged<Good extends string, Bad extends string> {
  readonly outcome: Good | Bad | Trouble;
  readonly reasons: readonly Reason[];
}

/** Whether one source's record is this person, by thresholds, must-match and k-of-n. */
export function judgeSource(answer: VendorAnswer<MatchAnswer>, policy: MatchPolicy, asked: readonly MatchAttribute[]): Judged<'match', 'no_match'> {
  if (answer.kind !== 'answer') return trouble(answer);
  const available = asked.filter((name) => (answer.value.attributes[name]?.verdict ?? 'not_available') !== 'not_available').length;
  const matched = matchedBy(answer.value, policy, asked);
  const counts = { matched: matched.size, asked: asked.length, available, needed: policy.atLeast };
  if (available === 0) return { outcome: 'could_not_tell', reasons: [{ code: 'nothing_on_record' }] };
  // An attribute that was not asked, because the person left it out, has not matched.
  if (matched.size >= policy.atLeast && policy.mustMatch.every((name) => matched.has(name))) {
    return { outcome: 'match', reasons: [{ code: 'record_match', detail: counts }] };
  }
  return { outcome: 'no_match', reasons: [{ code: 'violation', detail: counts }] };
}

function matchedBy({ attributes }: MatchAnswer, policy: MatchPolicy, asked: readonly MatchAttribute[]): ReadonlySet<MatchAttribute> {
  return new Set(asked.filter((name) => {
    const verdict = attributes[name];
    if (!verdict || verdict.verdict === 'not_available') return false;
    // Scores are optional by the standard: without one, only a plain match counts.
    const score = verdict.score ?? (verdict.verdict === 'match' ? 100 : 0);
    return score >= (policy.thresholds[name] ?? 101);
  }));
}

/** What was asked of a source and did not match its record, whether it said no or had nothing to say. */
export function missedBy(answer: VendorAnswer<MatchAnswer>, policy: MatchPolicy, asked: readonly MatchAttribute[]): readonly MatchAttribute[] {
  const matched = answer.kind === 'answer' ? matchedBy(answer.value, policy, asked) : new Set();
  return asked.filter((name) => !matched.has(name));
}

/** A match by either source counts; a plain "no" of either outweighs the other's not knowing. */
export function judgeIdentity(sources: readonly Judged<'match', 'no_match'>[]): Judged<'match', 'no_match'> {
  for (const outcome of ['match', 'no_match', 'timed_out', 'broke', 'could_not_tell'] as const) {
    const found = sources.filter((source) => source.outcome === outcome);
    if (found.length > 0) return { outcome, reasons: found.flatMap((source) => source.reasons) };
  }
  return { outcome: 'could_not_tell', reasons: [{ code: 'no_source' }] };
}

/** The answers to the phone-risk checks that the policy enables; a check that is off is absent. */
export interface PhoneRiskAnswers {
  readonly lineType?: VendorAnswer<{ readonly lineType: LineType | null }>;
  readonly simSwap?: VendorAnswer<{ readonly swapped: boolean | null }>;
  readonly recycled?: VendorAnswer<{ readonly recycled: boolean | null }>;
}

/** Every enabled check must pass; one that could not be made does not count as passed. */
export function judgePhoneRisk(answers: PhoneRiskAnswers, policy: PhoneRiskPolicy): Judged<'clean', 'phone_risk'> {
  const checks: Judged<'clean', 'phone_risk'>[] = [];
  if (policy.lineType) checks.push(judgeLineType(answers.lineType, policy.riskyLineTypes));
  if (policy.simSwap) checks.push(judgeFlag(answers.simSwap, (value) => value.swapped, 'simChangeDetected'));
  if (policy.recycled) checks.push(judgeFlag(answers.recycled, (value) => value.recycled, 'numberRecycled'));
  for (const outcome of ['phone_risk', 'timed_out', 'broke', 'could_not_tell'] as const) {
    const found = checks.filter((check) => check.outcome === outcome);
    if (found.length > 0) return { outcome, reasons: found.flatMap((check) => check.reasons) };
  }
  return { outcome: 'clean', reasons: [] };
}

function judgeLineType(answer: PhoneRiskAnswers['lineType'], risky: readonly LineType[]): Judged<'clean', 'phone_risk'> {
  if (answer?.kind !== 'answer') return trouble(answer);
  const { lineType } = answer.value;
  if (lineType === null) return { outcome: 'phone_risk', reasons: [{ code: 'unsupportedPhoneNumber' }] };
  return risky.includes(lineType)
    ? { outcome: 'phone_risk', reasons: [{ code: 'forbiddenType', detail: { type: lineType } }] }
    : { outcome: 'clean', reasons: [] };
}

function judgeFlag<T>(answer: VendorAnswer<T> | undefined, read: (value: T) => boolean | null, code: string): Judged<'clean', 'phone_risk'> {
  if (answer?.kind !== 'answer') return trouble(answer);
  const raised = read(answer.value);
  if (raised === null) return { outcome: 'could_not_tell', reasons: [{ code: `${code}_unknown` }] };
  return raised ? { outcome: 'phone_risk', reasons: [{ code }] } : { outcome: 'clean', reasons: [] };
}

function trouble(answer: Exclude<VendorAnswer<unknown>, { kind: 'answer' }> | undefined): { outcome: Trouble; reasons: readonly Reason[] } {
  if (!answer || answer.kind === 'not_configured') return { outcome: 'could_not_tell', reasons: [{ code: 'not_configured' }] };
  const vendor = { vendor: answer.meta.vendor };
  if (answer.kind === 'timed_out') return { outcome: 'timed_out', reasons: [{ code: 'vendor_timed_out', detail: vendor }] };
  return { outcome: answer.kind, reasons: [{ code: answer.kind === 'broke' ? 'vendor_broke' : 'vendor_could_not_tell', detail: { ...vendor, answer: answer.code } }] };
}

/** The whole step: the person must match, and then the phone must be clean. */
export function judge(
  identity: Judged<'match', 'no_match'>,
  phone: Judged<'clean', 'phone_risk'>,
): Judged<'match', 'no_match' | 'phone_risk'> {
  if (identity.outcome !== 'match') return { outcome: identity.outcome, reasons: identity.reasons };
  if (phone.outcome !== 'clean') return { outcome: phone.outcome, reasons: phone.reasons };
  return { outcome: 'match', reasons: identity.reasons };
}
