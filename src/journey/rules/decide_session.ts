import type { Mode, Reason } from '../journey.ts';
import type { RiskPolicy } from '../workflow.ts';
import type { DecisionRecord } from './decision_record.ts';
import { HARD_RULES } from './hard_rules.ts';
import { classOf, pointsOf } from './points.ts';
import type { Signal } from './signal.ts';

/** Whether a code counts for this kind of key: see `SignalClass`. */
function enforced(code: string, mode: Mode, policy: RiskPolicy): boolean {
  if (mode === 'live') return true;
  const kind = classOf(code);
  if (kind === 'velocity') return policy.velocityDeniesTest;
  return kind === 'network';
}

/** Reason for a signal: its own details with the points it added. */
function reasonOf(found: Signal, points: number): Reason {
  return { code: found.code, detail: { ...found.details, points } };
}

/**
 * Decides a session: hard rules first, in their order, then additive points against two thresholds. Every rule that
 * matched and every point is recorded, enforced or not.
 *
 * @param policyName `workflow@version`
 */
export function decideSession(
  signals: readonly Signal[],
  policy: RiskPolicy,
  mode: Mode,
  policyName: string,
): DecisionRecord {
  const rules = HARD_RULES.flatMap(({ name, outcome, codes }) => {
    const hit = signals.find(({ code }) => codes.includes(code));
    return hit ? [{ name, outcome, code: hit.code, enforced: enforced(hit.code, mode, policy) }] : [];
  });
  const weighed = signals
    .map((found) => ({ found, points: pointsOf(found.code, policy.points), counts: enforced(found.code, mode, policy) }))
    .filter(({ points, found }) => points > 0 || found.severity !== 'none');
  const sum = weighed.reduce((total, { points, counts }) => total + (counts ? points : 0), 0);
  const score = Math.min(100, Math.max(0, sum));

  const hard = rules.find((rule) => rule.enforced);
  const byScore = score >= policy.denyAt ? 'deny' : score >= policy.challengeAt ? 'challenge' : 'allow';
  // A hard rule decides upwards only: a hard challenge never softens a score that denies.
  const deciding = hard && (hard.outcome === 'deny' || byScore !== 'deny') ? hard : undefined;
  const outcome = deciding?.outcome ?? byScore;

  const thresholds = { challengeAt: policy.challengeAt, denyAt: policy.denyAt };
  const counted = weighed.filter(({ counts }) => counts).sort((a, b) => b.points - a.points);
  const primary = counted.filter(({ found }) => found.code === deciding?.code);
  const others = counted.filter(({ found }) => found.code !== deciding?.code);
  const reasons: Reason[] = [
    ...primary.map(({ found, points }) => reasonOf(found, points)),
    ...(deciding ? [] : [{ code: `score_${byScore}`, detail: { score, ...thresholds } }]),
    ...others.map(({ found, points }) => reasonOf(found, points)),
  ];
  return {
    version: 1,
    policy: policyName,
    mode,
    signals: [...signals],
    rules,
    points: weighed.map(({ found, points, counts }) => ({ code: found.code, points, enforced: counts })),
    score,
    thresholds,
    rule: deciding?.name ?? 'score',
    outcome,
    reasons: reasons.map(({ code, detail }) => (detail ? { code, detail: { ...detail } } : { code })),
  };
}
