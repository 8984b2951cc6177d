import { velocityOf, type VelocityCounts, type VelocityRule } from '../../journey/rules/velocity.ts';
import type { MessageLimit } from './index.ts';

const DAY_SECONDS = 86_400;

/** Messages per number in 24 hours, by the workflow's own figure; like all velocity it denies `live` keys only, unless asked. */
export function messageLimit(counts: VelocityCounts): MessageLimit {
  return {
    async exceeded(phone, { journey, workflow, now }) {
      const { link, risk } = workflow.definition.options;
      if (journey.mode !== 'live' && !risk.velocityDeniesTest) return false;
      const most = link.maxPerPhonePerDay;
      const rule: VelocityRule = { name: 'messages_per_phone_24h', dimension: 'message', windowSeconds: DAY_SECONDS, of: 'events', challengeAt: most, denyAt: most };
      const findings = await velocityOf(counts, [rule], [{ dimension: 'message', key: phone }], { mode: journey.mode, now, journeyId: journey.id });
      return findings.some((finding) => finding.verdict === 'deny');
    },
  };
}
