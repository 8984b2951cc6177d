/**
 * Coming back while the session's proof is recent: no page, no script, so only what the request itself shows is judged.
 * Nothing is denied here. Whatever is not plainly in order leads to the hosted pages, where the step looks closely.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FeedAnswer } from '../../feeds/feeds.ts';
import { inRange, parseAddress, parseNet } from '../../feeds/address.ts';
import type { Mode } from '../../journey/journey.ts';
import { judgeTravel, type SeenPlace } from '../../journey/rules/travel.ts';
import { effectivePolicy, type CurrentPolicies, type EffectivePolicy } from '../../journey/rules/risk_policy.ts';
import { VELOCITY_RULES, countsOf, judgeVelocity, limitedRules, velocityQuestions, type VelocityQuestion } from '../../journey/rules/velocity.ts';
import type { Place, WorkflowStore } from '../../journey/store.ts';
import { Personal } from '../../personal.ts';

/** The device behind a decision, as it stands now. Hashes are of its cookies; times are epoch milliseconds. */
export interface DeviceStanding {
  readonly tokenHash: string | undefined;
  readonly previousHash: string | undefined;
  readonly previousUntil: number | undefined;
  readonly trustedUntil: number | undefined;
}

/** A request that a stored decision would satisfy. */
export interface SilentReturn {
  readonly outcome: {
    /** `workflow@version`, by which it was decided. */
    readonly policy: string;
    readonly journeyId: string;
    readonly accountId: string;
    readonly deviceId: string | undefined;
    /** Undefined where the device is gone. */
    readonly device: DeviceStanding | undefined;
  };
  readonly mode: Mode;
  /** Hash of the device cookie that came with it. */
  readonly presented: string | undefined;
  readonly address: Personal<string>;
}

/** Judged together because they cost one statement together: nothing else of a silent return writes but its code. */
export interface SilentCounts {
  /**
   * What was counted before, at most each question's cap, by rule; and where the subject was seen last. This return is
   * counted and noted by the same statement.
   */
  judgeAndCount(at: {
    readonly now: number;
    readonly mode: Mode;
    readonly journeyId: string;
    readonly counts: readonly { readonly dimension: string; readonly key: Personal<string> }[];
    readonly questions: readonly VelocityQuestion[];
    readonly subject: Personal<string>;
    /** Undefined where nothing is known of the place: nothing is noted then. */
    readonly place: Place | undefined;
  }): Promise<{ readonly counted: ReadonlyMap<string, number>; readonly last: SeenPlace | undefined }>;
}

export interface SilentDeps {
  readonly feeds: {
    look(address: string): Promise<{ readonly tor: FeedAnswer; readonly denied: FeedAnswer }>;
    locate(address: string): Place | undefined;
  };
  readonly workflows: Pick<WorkflowStore, 'version'>;
  readonly policies: CurrentPolicies;
  readonly counts: SilentCounts;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Why a return is not silent. Codes are stable: they are logged. */
export type SilentRefusal =
  | 'cookie_missing'
  | 'cookie_of_another_device'
  | 'device_gone'
  /** The workflow version it was decided by cannot be found. */
  | 'policy_gone'
  | 'trust_ended'
  | 'address_listed'
  | 'net_denied'
  | 'country_denied'
  | 'returns_too_often'
  | 'travel_impossible';

/** Why the pages are owed; undefined where the decision may be used again as it stands. */
export async function judgeSilentReturn(deps: SilentDeps, asked: SilentReturn): Promise<SilentRefusal | undefined> {
  const now = deps.now();
  const { outcome } = asked;
  const standing = outcome.deviceId === undefined ? undefined : deviceFault(outcome.device, asked.presented, now);
  if (standing) return standing;
  const policy = await policyOfOutcome(deps, outcome.policy);
  if (!policy) return 'policy_gone';
  const address = asked.address.open();
  const { tor, denied } = await deps.feeds.look(address);
  const place = deps.feeds.locate(address);
  // An address that no list could be asked about is no reason to ask its person: the next journey judges it.
  if (tor.kind === 'listed' || denied.kind === 'listed') return 'address_listed';
  if (inDeniedNet(address, policy.deniedNets)) return 'net_denied';
  if (place?.country !== undefined && policy.deniedCountries.includes(place.country)) return 'country_denied';
  return outcome.deviceId === undefined ? undefined : countedFault(deps, { ...asked, deviceId: outcome.deviceId, place, policy, now });
}

/** Both are remembered by their stores: a silent return hardly ever reads them. */
async function policyOfOutcome({ workflows, policies }: SilentDeps, name: string): Promise<EffectivePolicy | undefined> {
  const cut = name.lastIndexOf('@');
  const workflow = await workflows.version(name.slice(0, cut), Number(name.slice(cut + 1)));
  return workflow && effectivePolicy(workflow.definition.options.risk, (await policies.of(workflow.id)).active);
}

/** The browser must be the one that the decision was made in. Pure. */
function deviceFault(device: DeviceStanding | undefined, presented: string | undefined, now: number): SilentRefusal | undefined {
  if (!device) return 'device_gone';
  if (presented === undefined) return 'cookie_missing';
  const previous = device.previousUntil !== undefined && now < device.previousUntil ? device.previousHash : undefined;
  if (!same(presented, device.tokenHash) && !same(presented, previous)) return 'cookie_of_another_device';
  return device.trustedUntil !== undefined && now < device.trustedUntil ? undefined : 'trust_ended';
}

interface ToCount extends SilentReturn {
  readonly deviceId: string;
  readonly place: Place | undefined;
  readonly policy: EffectivePolicy;
  readonly now: number;
}

async function countedFault(deps: SilentDeps, { outcome, mode, deviceId, place, policy, now }: ToCount): Promise<SilentRefusal | undefined> {
  const rules = limitedRules(VELOCITY_RULES, policy.velocity);
  const keys = [{ dimension: 'return', key: Personal.of(deviceId) }] as const;
  const questions = velocityQuestions(rules, keys, mode, now);
  const located = place?.country !== undefined || place?.latitude !== undefined;
  const { counted, last } = await deps.counts.judgeAndCount({
    now, mode, journeyId: outcome.journeyId, counts: countsOf(mode, keys), questions, subject: Personal.of(outcome.accountId), place: located ? place : undefined,
  });
  const often = judgeVelocity(rules, questions, counted).some(({ verdict }) => verdict !== 'within');
  // As in a journey: one sandbox persona is many people's, all day.
  if (often && (mode === 'live' || policy.velocityDeniesTest)) return 'returns_too_often';
  const travel = judgeTravel(last, { place: place ?? {}, at: now });
  return travel.kind === 'impossible' || travel.kind === 'country_changed' ? 'travel_impossible' : undefined;
}

function inDeniedNet(address: string, nets: readonly string[]): boolean {
  const parsed = nets.length === 0 ? undefined : parseAddress(address);
  return parsed !== undefined && nets.some((text) => {
    const net = parseNet(text);
    return net !== undefined && inRange(net, parsed);
  });
}

function same(presented: string, stored: string | undefined): boolean {
  if (stored === undefined) return false;
  const [a, b] = [Buffer.from(presented), Buffer.from(stored)];
  return a.length === b.length && timingSafeEqual(a, b);
}
