import { velocityOf, type VelocityCounts, type VelocityRule } from '../../journey/rules/velocity.ts';
import type { MessageLimit } from './index.ts';

const DAY_SECONDS = 86_400;

/**
 * Messages per number in 24 hours, by the workflow's own figure. Like all velocity it is evaluated under every key and
 * denies `live` keys only, unless asked.
 */
export function messageLimit(counts: VelocityCounts): MessageLimit {
  return {
    async look(phone, { journey, workflow, now }, counted) {
      const { link, risk } = workflow.definition.options;
      const limit = link.maxPerPhonePerDay;
      // A message that is counted already may itself be the last of the share.
      const denyAt = counted ? limit + 1 : limit;
      const rule: VelocityRule = { name: 'messages_per_phone_24h', dimension: 'message', windowSeconds: DAY_SECONDS, of: 'events', challengeAt: denyAt, denyAt };
      const [finding] = await velocityOf(counts, [rule], [{ dimension: 'message', key: phone }], { mode: journey.mode, now, journeyId: journey.id });
      // Nothing found is a store that did not answer, which velocityOf has thrown over.
      return { over: finding?.verdict !== 'within', enforced: journey.mode === 'live' || risk.velocityDeniesTest, count: finding?.count ?? 0, limit };
    },
  };
}
