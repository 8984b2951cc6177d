/** What another policy would have said of sessions that were decided already. Pure but for the addresses it is given. */
import type { DecisionRecord, SessionOutcome } from '../../journey/rules/decision_record.ts';
import type { EffectivePolicy } from '../../journey/rules/risk_policy.ts';
import { limitedRules, type VelocityRule } from '../../journey/rules/velocity.ts';
import { decideAgain } from './policy_signals.ts';

export interface Replayed {
  readonly was: SessionOutcome;
  readonly now: SessionOutcome;
  readonly score: { readonly was: number; readonly now: number };
  readonly rule: { readonly was: string; readonly now: string };
  /** Why it may have come out otherwise: counting had stopped before the new limit, or the address is gone. */
  readonly uncertain: 'count' | 'address' | undefined;
}

/** Whether a policy's lists of nets, or those it was recorded under, have a say: then the address is needed. */
export function needsAddress(policy: EffectivePolicy, record: DecisionRecord): boolean {
  return policy.deniedNets.length > 0 || policy.allowedNets.length > 0
    || record.signals.some(({ code }) => code === 'denied_net' || code === 'denied_nets_unreadable') || (record.version === 2 && record.allowListed !== null);
}

/** A recorded decision under a policy; undefined for one written before records held what that takes. */
export function replayOne(policy: EffectivePolicy, record: DecisionRecord, rules: readonly VelocityRule[], address: string | undefined): Replayed | undefined {
  if (record.version !== 2) return undefined;
  const again = decideAgain(policy, record, rules, address);
  const limited = limitedRules(rules, policy.velocity);
  const stopped = (record.facts.velocity ?? []).some(({ rule, count, cap }) => {
    const limits = limited.find(({ name }) => name === rule);
    return limits !== undefined && count >= cap && Math.max(limits.challengeAt, limits.denyAt) > cap && count < limits.denyAt;
  });
  return {
    was: record.outcome,
    now: again.outcome,
    score: { was: record.score, now: again.score },
    rule: { was: record.rule, now: again.rule },
    uncertain: stopped ? 'count' : needsAddress(policy, record) && address === undefined ? 'address' : undefined,
  };
}
