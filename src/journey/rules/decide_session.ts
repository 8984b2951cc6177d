import type { Mode, Reason } from '../journey.ts';
import type { ExplainedDecision, RiskFacts, SessionOutcome } from './decision_record.ts';
import { HARD_RULES, type HardRuleName } from './hard_rules.ts';
import { classOf, pointsOf } from './points.ts';
import type { EffectivePolicy } from './risk_policy.ts';
import type { Signal } from './signal.ts';

/** Whether a code counts for this kind of key: see `SignalClass`. */
function enforced(code: string, mode: Mode, policy: EffectivePolicy): boolean {
  if (mode === 'live') return true;
  const kind = classOf(code);
  if (kind === 'velocity' || kind === 'travel') return policy.velocityDeniesTest;
  return kind === 'network';
}

/** What is asked of the rules; `switchedOff` in addition to what the policy switched off. */
interface Question {
  readonly signals: readonly Signal[];
  readonly policy: EffectivePolicy;
  readonly mode: Mode;
  readonly allowedEntry: number | undefined;
  readonly allowedList?: RiskFacts['allowedList'] | undefined;
  readonly switchedOff?: HardRuleName;
}

interface Weighed {
  readonly found: Signal;
  readonly points: number;
  readonly counts: boolean;
  readonly unknown: boolean;
}

interface Judgement {
  readonly rules: ExplainedDecision['rules'];
  readonly weighed: readonly Weighed[];
  readonly score: number;
  readonly rule: string;
  /** Code that set the deciding rule off. */
  readonly code: string | undefined;
  readonly outcome: SessionOutcome;
}

/** Signals that could not look, by what the policy says of their kind. */
function handlingOf(found: Signal, policy: EffectivePolicy): 'ignore' | 'points' | 'deny' {
  return found.status === 'ok' ? 'points' : (Object.hasOwn(policy.unknown, found.id) ? policy.unknown[found.id] : undefined) ?? 'points';
}

function judge({ signals, policy, mode, allowedEntry, allowedList, switchedOff }: Question): Judgement {
  const rules = HARD_RULES.flatMap(({ name, outcome, codes }) => {
    const hits = signals.filter((found) =>
      name === 'unknown_denied' ? handlingOf(found, policy) === 'deny' : codes.includes(found.code));
    // One that counts sets the rule off, though another that does not was found before it.
    const hit = hits.find(({ code }) => enforced(code, mode, policy)) ?? hits[0];
    const on = name !== switchedOff && policy.rules[name] !== false;
    return hit ? [{ name, outcome, code: hit.code, enforced: enforced(hit.code, mode, policy), on }] : [];
  });
  const weighed = signals
    .map((found) => ({
      found,
      points: handlingOf(found, policy) === 'ignore' ? 0 : pointsOf(found.code, policy.points),
      counts: enforced(found.code, mode, policy),
      unknown: found.status !== 'ok',
    }))
    .filter(({ points, found }) => points > 0 || found.severity !== 'none');
  const sum = weighed.reduce((total, { points, counts }) => total + (counts ? points : 0), 0);
  const score = Math.min(100, Math.max(0, sum));

  const alive = rules.filter((rule) => rule.enforced && rule.on);
  const denying = alive.find(({ outcome }) => outcome === 'deny');
  if (denying) return { rules, weighed, score, rule: denying.name, code: denying.code, outcome: 'deny' };
  if (allowedEntry !== undefined || allowedList !== undefined) return { rules, weighed, score, rule: 'allow_list', code: undefined, outcome: 'allow' };
  const byScore = score >= policy.denyAt ? 'deny' : score >= policy.challengeAt ? 'challenge' : 'allow';
  // A hard rule decides upwards only: a hard challenge never softens a score that denies.
  const challenging = byScore === 'deny' ? undefined : alive.find(({ outcome }) => outcome === 'challenge');
  if (challenging) return { rules, weighed, score, rule: challenging.name, code: challenging.code, outcome: 'challenge' };
  return { rules, weighed, score, rule: 'score', code: undefined, outcome: byScore };
}

/** Each thing that counted taken away in turn, and the rules asked again. */
function whatIf(question: Question, { rules, weighed }: Judgement): ExplainedDecision['whatIf'] {
  const { signals, allowedEntry, allowedList } = question;
  const alive = rules.filter((rule) => rule.enforced && rule.on);
  const codes = new Set([
    ...alive.map(({ code }) => code),
    ...weighed.filter(({ counts, points }) => counts && points > 0).map(({ found }) => found.code),
  ]);
  const row = (without: string, kind: 'signal' | 'rule' | 'allow_list', { outcome, score }: Judgement) => ({ without, kind, outcome, score });
  return [
    ...[...codes].map((code) => row(code, 'signal', judge({ ...question, signals: signals.filter((found) => found.code !== code) }))),
    ...alive.map(({ name }) => row(name, 'rule', judge({ ...question, switchedOff: name }))),
    ...(allowedEntry === undefined && allowedList === undefined ? [] : [row('allow_list', 'allow_list', judge({ ...question, allowedEntry: undefined, allowedList: undefined }))]),
  ];
}

/** Reason for a signal: its own details with the points it added. */
function reasonOf({ found, points }: Weighed): Reason {
  return { code: found.code, detail: { ...found.details, points } };
}

/**
 * Decides a session: hard rules that deny first, in their order; then the list of allowed nets; then additive points
 * against two thresholds, which a hard challenge can only raise. Every rule that was set off and every point is recorded,
 * enforced or not, and what the outcome would have been without each.
 *
 * @param policyName `workflow@version`
 */
export function decideSession(
  signals: readonly Signal[],
  policy: EffectivePolicy,
  mode: Mode,
  policyName: string,
  facts: RiskFacts = {},
): ExplainedDecision {
  const question: Question = { signals, policy, mode, allowedEntry: facts.allowedEntry, allowedList: facts.allowedList };
  const judged = judge(question);
  const { rules, weighed, score, rule, code, outcome } = judged;
  const thresholds = { challengeAt: policy.challengeAt, denyAt: policy.denyAt };
  const counted = weighed.filter(({ counts }) => counts).sort((a, b) => b.points - a.points);
  // A rule may be set off by a signal that weighs nothing: it is the reason all the same.
  const deciding = code === undefined ? undefined : signals.find((found) => found.code === code);
  const primary: Reason[] = deciding
    ? [reasonOf(weighed.find(({ found }) => found.code === code) ?? { found: deciding, points: 0, counts: true, unknown: true })]
    : rule === 'allow_list'
      ? [{ code: 'allow_listed', detail: facts.allowedList ? { list: facts.allowedList.kind, entry: facts.allowedList.entry } : { entry: facts.allowedEntry ?? null } }]
      : [{ code: `score_${outcome}`, detail: { score, ...thresholds } }];
  const reasons = [...primary, ...counted.filter(({ found }) => found.code !== code).map(reasonOf)];
  return {
    version: 2,
    policy: policyName,
    policyVersion: policy.version,
    mode,
    signals: [...signals],
    facts,
    rules,
    points: weighed.map(({ found, points, counts, unknown }) => ({ code: found.code, points, enforced: counts, unknown })),
    score,
    thresholds,
    allowListed: facts.allowedEntry ?? null,
    rule,
    outcome,
    reasons: reasons.map((one) => (one.detail ? { code: one.code, detail: { ...one.detail } } : { code: one.code })),
    whatIf: whatIf(question, judged),
  };
}
