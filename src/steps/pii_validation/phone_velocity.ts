import { VELOCITY_RULES, velocityOf, type VelocityCounts } from '../../journey/rules/velocity.ts';
import type { PhoneVelocity } from './index.ts';

/**
 * The phone's rules of the velocity table. Under `test` keys they are evaluated and told, and deny only where the
 * workflow asks for it (SPEC 11): a persona can be run all day.
 */
export function phoneVelocity(counts: VelocityCounts): PhoneVelocity {
  return {
    async check(phone, { journey, workflow, now }) {
      const findings = await velocityOf(counts, VELOCITY_RULES, [{ dimension: 'phone', key: phone }], { mode: journey.mode, now, journeyId: journey.id });
      const over = findings.filter((finding) => finding.verdict === 'deny');
      const enforced = journey.mode === 'live' || workflow.definition.options.risk.velocityDeniesTest;
      return {
        denied: enforced && over.length > 0,
        reasons: over.map(({ rule, count, limit }) => ({ code: 'velocity_phone', detail: { rule, count, limit, enforced } })),
      };
    },
  };
}
