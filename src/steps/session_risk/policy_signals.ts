/**
 * The signals that depend on a policy's own lists and limits. They are made anew for every policy that is asked about the
 * same session: the active one, the one in the shadow, a draft that is replayed.
 */
import { inRange, parseAddress, parseNet, type Address, type Range } from '../../feeds/address.ts';
import type { Mode } from '../../journey/journey.ts';
import { decideSession } from '../../journey/rules/decide_session.ts';
import type { ExplainedDecision, RiskFacts } from '../../journey/rules/decision_record.ts';
import type { EffectivePolicy } from '../../journey/rules/risk_policy.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import { judgeTallies, limitedRules, type VelocityRule } from '../../journey/rules/velocity.ts';
import { fingerprintSignal, velocitySignal } from './velocity_signal.ts';

/** Ids of the signals that are made here. */
const MADE_HERE: readonly string[] = ['workflow_nets', 'denied_countries', 'velocity', 'fingerprint'];

/** Lists are parsed once: a policy's are remembered for as long as the policy itself is. */
const parsedNets = new WeakMap<readonly string[], readonly (Range | undefined)[]>();

function rangesOf(nets: readonly string[]): readonly (Range | undefined)[] {
  const known = parsedNets.get(nets);
  if (known) return known;
  const ranges = nets.map(parseNet);
  parsedNets.set(nets, ranges);
  return ranges;
}

const entryOf = (ranges: readonly (Range | undefined)[], address: Address): number =>
  ranges.findIndex((range) => range !== undefined && inRange(range, address));

function netsSignal(address: Address, nets: readonly string[]): Signal {
  const base = { id: 'workflow_nets', version: 1, details: {}, source: 'workflow' } as const;
  if (nets.length === 0) return { ...base, status: 'unknown', severity: 'none', code: 'denied_nets_not_configured' };
  const parsed = rangesOf(nets);
  const index = entryOf(parsed, address);
  if (index >= 0) return { ...base, status: 'ok', severity: 'high', code: 'denied_net', details: { entry: index } };
  const bad = parsed.filter((net) => net === undefined).length;
  if (bad > 0) return { ...base, status: 'error', severity: 'medium', code: 'denied_nets_unreadable', details: { bad } };
  return { ...base, status: 'ok', severity: 'none', code: 'net_not_denied' };
}

function countrySignal(country: string | undefined, denied: readonly string[]): Signal {
  const base = { id: 'denied_countries', version: 1, details: {}, source: 'workflow' } as const;
  if (denied.length === 0) return { ...base, status: 'unknown', severity: 'none', code: 'denied_countries_not_configured' };
  if (country === undefined) return { ...base, status: 'unknown', severity: 'none', code: 'denied_country_unknown' };
  if (denied.includes(country)) return { ...base, status: 'ok', severity: 'high', code: 'denied_country', details: { country } };
  return { ...base, status: 'ok', severity: 'none', code: 'country_not_denied' };
}

/** What is known of a session before any policy is asked. */
export interface Findings {
  /** Signals that are the same under every policy. */
  readonly signals: readonly Signal[];
  readonly facts: Omit<RiskFacts, 'allowedEntry'>;
  /** Undefined where it is not at hand any more; an address that does not parse is in no list. */
  readonly address: string | undefined;
}

/** Decide a session under a policy. */
export function decideUnder(
  policy: EffectivePolicy, { signals, facts, address }: Findings, rules: readonly VelocityRule[], mode: Mode, policyName: string,
): ExplainedDecision {
  const parsed = address === undefined ? undefined : parseAddress(address);
  const findings = judgeTallies(limitedRules(rules, policy.velocity), facts.velocity ?? []);
  const allowedEntry = parsed ? entryOf(rangesOf(policy.allowedNets), parsed) : -1;
  // A device that proved its key is judged by itself: how many others look like it is not asked, and not held against it.
  const alone = rules.some(({ dimension, name }) => dimension === 'return' && findings.some(({ rule }) => rule === name));
  const own = [
    ...(parsed ? [netsSignal(parsed, policy.deniedNets)] : []),
    countrySignal(facts.country, policy.deniedCountries),
    velocitySignal(findings),
    ...(alone ? [] : [fingerprintSignal(findings)]),
  ];
  return decideSession([...signals, ...own], policy, mode, policyName, { ...facts, ...(allowedEntry < 0 ? {} : { allowedEntry }) });
}

/**
 * A recorded session under another policy. The address is no part of the record: where it is not given, what was said of
 * nets stands as it was recorded.
 */
export function decideAgain(
  policy: EffectivePolicy, record: ExplainedDecision, rules: readonly VelocityRule[], address: string | undefined,
): ExplainedDecision {
  const { allowedEntry, ...facts } = record.facts;
  const signals = record.signals.filter(({ id }) => !MADE_HERE.includes(id) || (id === 'workflow_nets' && address === undefined));
  const again = decideUnder(policy, { signals, facts, address }, rules, record.mode, record.policy);
  if (address !== undefined || allowedEntry === undefined) return again;
  return decideSession(again.signals, policy, record.mode, record.policy, { ...facts, allowedEntry });
}
