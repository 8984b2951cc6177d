import type { ClaimedIdentity } from '../../journey/journey.ts';
import type { MatchAttribute, WorkflowOptions } from '../../journey/workflow.ts';
import { Personal } from '../../personal.ts';
import type { MatchAnswer, VendorAnswer, VendorSet } from '../../vendors/ports.ts';
import type { PhoneRiskAnswers } from './judge.ts';

/** What the world answered about one person. */
export interface Answers {
  readonly carrier: VendorAnswer<MatchAnswer>;
  readonly database: VendorAnswer<MatchAnswer>;
  readonly phone: PhoneRiskAnswers;
}

/** The attributes that the policy has thresholds for and the person gave. */
export function askedAttributes(claimed: ClaimedIdentity, options: WorkflowOptions): readonly MatchAttribute[] {
  const named = Object.keys(options.match.thresholds) as MatchAttribute[];
  return named.filter((name) => (claimed[name] ?? '') !== '');
}

const DAY = 86_400_000;

/** Ask the carrier, the identity database and every enabled phone-risk check at the same time. */
export async function askAll(
  vendors: VendorSet,
  claimed: ClaimedIdentity,
  asked: readonly MatchAttribute[],
  options: WorkflowOptions,
  now: number,
): Promise<Answers> {
  const { phoneRisk } = options;
  const phone = Personal.of(claimed.phone);
  const query = Personal.of({
    phone: claimed.phone,
    attributes: Object.fromEntries(asked.map((name) => [name, claimed[name] ?? ''])),
  });
  const since = new Date(now - phoneRisk.recycledWithinDays * DAY).toISOString().slice(0, 10);
  const [carrier, database, lineType, simSwap, recycled] = await Promise.all([
    vendors.carrierMatch.match(query),
    vendors.databaseMatch.match(query),
    phoneRisk.lineType ? vendors.lineType.lookup(phone) : undefined,
    phoneRisk.simSwap ? vendors.simSwap.check(phone, phoneRisk.simSwapWindowHours) : undefined,
    phoneRisk.recycled ? vendors.numberRecycling.check(phone, since) : undefined,
  ]);
  return {
    carrier,
    database,
    phone: { ...(lineType ? { lineType } : {}), ...(simSwap ? { simSwap } : {}), ...(recycled ? { recycled } : {}) },
  };
}
