/**
 * Coming back while the session's proof is recent: no page, no script, so only what the request itself shows is judged, by
 * the very policy that judges a session. Nothing is denied here. Whatever is not plainly in order leads to the hosted
 * pages, where the step looks closely.
 */
import { sameSecret } from '../../constant_time.ts';
import { hardwareStanding } from '../../devices/dbsc.ts';
import type { HardwareKey } from '../../devices/store.ts';
import type { Mode, Visitor } from '../../journey/journey.ts';
import { KINDS_OF_PERSON, listedCode, thingsOfDecision, type Lists, type Looked } from '../../journey/rules/lists.ts';
import { effectivePolicy, type CurrentPolicies, type EffectivePolicy } from '../../journey/rules/risk_policy.ts';
import { judgeTravel, type SeenPlace } from '../../journey/rules/travel.ts';
import { VELOCITY_RULES, limitedRules, talliesOf, velocityQuestions, type VelocityTally } from '../../journey/rules/velocity.ts';
import type { Place, WorkflowStore } from '../../journey/store.ts';
import type { WorkflowOptions } from '../../journey/workflow.ts';
import { Personal } from '../../personal.ts';
import { addressSignals } from '../session_risk/address_signals.ts';
import { headerSignals } from '../session_risk/header_signals.ts';
import { allowedBy, listSignals } from '../session_risk/list_signals.ts';
import { decideUnder } from '../session_risk/policy_signals.ts';
import type { RiskFeeds } from '../session_risk/risk_feeds.ts';
import { travelSignal } from '../session_risk/travel_signal.ts';

/** The device behind a decision, as it stands now. Hashes are of its cookies; times are epoch milliseconds. */
export interface DeviceStanding {
  readonly tokenHash: string | undefined;
  readonly previousHash: string | undefined;
  readonly previousUntil: number | undefined;
  readonly trustedUntil: number | undefined;
  readonly hardware?: HardwareKey | undefined;
}

/** A request that a stored decision would satisfy. */
export interface SilentReturn {
  readonly outcome: {
    /** `workflow@version`, by which it was decided. */
    readonly policy: string;
    readonly journeyId: string;
    readonly accountId: string;
    readonly decidedAt: number;
    readonly deviceId: string | undefined;
    /** Every device that its approval bound, the phone that confirmed the link too. */
    readonly boundDevices: readonly string[];
    /** Undefined where the device is gone. */
    readonly device: DeviceStanding | undefined;
    /** What the decision tells about its person, opened when asked for; that asks no database. */
    readonly profile: () => Promise<Personal<unknown> | undefined>;
  };
  readonly mode: Mode;
  /** Hash of the device cookie that came with it. */
  readonly presented: string | undefined;
  /** Hash of the cookie of a key in hardware that came with it. */
  readonly bound?: string | undefined;
  readonly visitor: Visitor;
}

/** One return of a device, to be counted. */
export interface CountedReturn {
  readonly mode: Mode;
  /** The journey whose decision would be used again. */
  readonly journeyId: string;
  readonly deviceId: string;
  /** Hash of the device cookie that came with it. */
  readonly presented: string | undefined;
  readonly subject: Personal<string>;
  /** Of the risk policy; 0 is the workflow's own. */
  readonly policyVersion: number;
  readonly country: string | undefined;
  readonly now: number;
  /** Returns after it are counted, epoch milliseconds. */
  readonly since: number;
}

/** The record of silent returns, one row for each decision that is used again. Implemented in `store/silent_return.ts`. */
export interface SilentReturns {
  /** Count this one, in one statement: how many the device had before it, and where its person was last seen. */
  count(one: CountedReturn): Promise<{ readonly before: number; readonly last: SeenPlace | undefined }>;
  /** This return was accepted, and its person is therefore at a place. */
  sighted(mode: Mode, subject: Personal<string>, place: Place, now: number): Promise<void>;
  /** The return that was counted last is not silent after all. */
  refused(journeyId: string, code: string, now: number): Promise<void>;
}

export interface SilentDeps {
  readonly feeds: Pick<RiskFeeds, 'look' | 'locate'>;
  readonly workflows: Pick<WorkflowStore, 'version'>;
  readonly policies: CurrentPolicies;
  readonly returns: SilentReturns;
  /** The operator's own lists, from memory; absent where there are none. */
  readonly lists?: Lists;
  /** Keys in hardware are asked for. */
  readonly hardwareKeys?: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A session alone, whose browser showed no key, is a proof for as long as this, whatever the workflow says of longer ones, milliseconds. */
const WITHOUT_DEVICE_MS = 15 * 60_000;
/** Within this time a sighting at the same place tells nothing new and is not written, milliseconds. */
const SIGHTING_PAUSE_MS = 10 * 60_000;
/** They compare the address with what only a page tells. */
const TOLD_BY_PAGES: readonly string[] = ['place', 'phone_country', 'timezone'];
/** What is not looked at here cannot be held against the return, whatever a policy says of not being able to look. */
const WITHOUT_PAGE = { fingerprint: 'ignore' } as const;
const WITHOUT_DEVICE = { ...WITHOUT_PAGE, velocity: 'ignore', travel: 'ignore' } as const;
const RETURNS = VELOCITY_RULES.filter(({ dimension }) => dimension === 'return');

/**
 * Why the pages are owed: a code that is logged, `cookie_missing`, `cookie_of_another_device`, `device_gone`, `trust_ended`,
 * `policy_gone` (the workflow version it was decided by), `identity_wanted` (the application has to supply one),
 * `session_without_device` (only so long), `hardware_key_missing`, `listed_identity`, `listed_device`, `listed_phone` and
 * `listed_email` (an operator's block, whatever the risk policy says), or the code of the signal that decided. Undefined where the
 * decision may be used again as it stands.
 */
export async function judgeSilentReturn(deps: SilentDeps, asked: SilentReturn): Promise<string | undefined> {
  const now = deps.now();
  const { outcome, mode } = asked;
  const standing = outcome.deviceId === undefined ? undefined : deviceFault(outcome.device, asked.presented, now);
  if (standing) return standing;
  if (deps.hardwareKeys === true && outcome.device && hardwareStanding({ hardware: outcome.device.hardware }, asked.bound, now) === 'missing') return 'hardware_key_missing';
  const decidedBy = await policyOfOutcome(deps, outcome.policy);
  if (!decidedBy) return 'policy_gone';
  const { policy, options } = decidedBy;
  // Whoever cuts the supplied identity out of the address must not be answered as if none were needed.
  if (options.identity === 'application') return 'identity_wanted';
  if (options.devices.trust && outcome.deviceId === undefined && now - outcome.decidedAt >= WITHOUT_DEVICE_MS) return 'session_without_device';
  const listed = deps.lists?.look(
    { address: asked.visitor.address.open(), ...thingsOfDecision({ ...outcome, profile: await outcome.profile() }) },
    { mode, workflowId: policyName(outcome.policy).workflowId, now },
  );
  // Before it is counted: somebody who is kept out has not come back.
  const person = listed?.blocked.find(({ kind }) => KINDS_OF_PERSON.includes(kind));
  if (person) return listedCode(person.kind);
  const place = deps.feeds.locate(asked.visitor.address.open());
  if (outcome.deviceId === undefined) return decide(deps, asked, { policy, place, now, listed });

  const { journeyId, deviceId } = outcome;
  const subject = Personal.of(outcome.accountId);
  const questions = velocityQuestions(limitedRules(RETURNS, policy.velocity), [{ dimension: 'return', key: Personal.of(deviceId) }], mode, now);
  const { before, last } = await deps.returns.count({
    mode, journeyId, deviceId, presented: asked.presented, subject, policyVersion: policy.version, country: place.country, now, since: Math.min(now, ...questions.map(({ since }) => since)),
  });
  const tallies = talliesOf(questions, new Map(questions.map(({ rule, cap }) => [rule, Math.min(before, cap)])));
  const refusal = await decide(deps, asked, { policy, place, now, listed, of: { tallies, last } });
  if (refusal !== undefined) await deps.returns.refused(journeyId, refusal, now);
  // Only who was let through says where its person is: asking again must not make a journey look possible.
  else if (isNews(last, place, now)) await deps.returns.sighted(mode, subject, place, now);
  return refusal;
}

interface Known {
  readonly policy: EffectivePolicy;
  readonly place: ReturnType<SilentDeps['feeds']['locate']>;
  readonly now: number;
  readonly listed: Looked | undefined;
  /** Of the device; absent where the decision has none. */
  readonly of?: { readonly tallies: readonly VelocityTally[]; readonly last: SeenPlace | undefined };
}

/** By the rules of a session; the code that stands against a silent return. */
async function decide(deps: SilentDeps, { outcome, mode, visitor }: SilentReturn, { policy, place, now, listed, of }: Known): Promise<string | undefined> {
  const address = visitor.address.open();
  const lists = await deps.feeds.look(address);
  const travel = of && travelSignal(judgeTravel(of.last, { place, at: now }));
  const signals = [
    ...(listed ? listSignals(listed) : []),
    ...addressSignals(address, { lists, place, now, country: undefined, phone: undefined, timezone: undefined }).filter(({ id }) => !TOLD_BY_PAGES.includes(id)),
    ...headerSignals(visitor),
    ...(travel ? [travel] : []),
  ];
  const record = decideUnder(
    { ...policy, unknown: { ...policy.unknown, ...(of ? WITHOUT_PAGE : WITHOUT_DEVICE) } },
    { signals, address, facts: { ...(place.country === undefined ? {} : { country: place.country }), velocity: [...(of?.tallies ?? [])], ...(listed ? allowedHere(listed) : {}) } },
    VELOCITY_RULES, mode, outcome.policy,
  );
  const [why, heaviest] = record.reasons;
  // A score by itself says little: what weighed most in it is told.
  if (record.outcome !== 'allow') return (record.rule === 'score' ? heaviest ?? why : why)?.code ?? record.rule;
  // A cookie may be a copy, and no key answers here: travel that weighs anything at all is looked at closely.
  const far = record.rule !== 'allow_list' && record.points.some(({ code, points, enforced }) => code === travel?.code && points > 0 && enforced);
  return far ? travel?.code : undefined;
}

/** Both are remembered by their stores: a silent return hardly ever reads them. */
async function policyOfOutcome({ workflows, policies }: SilentDeps, name: string): Promise<{ readonly policy: EffectivePolicy; readonly options: WorkflowOptions } | undefined> {
  const { workflowId, version } = policyName(name);
  const workflow = await workflows.version(workflowId, version);
  const options = workflow?.definition.options;
  return workflow && options && { policy: effectivePolicy(options.risk, (await policies.of(workflow.id)).active), options };
}

/** `workflow@version`, taken apart. Pure. */
function policyName(name: string): { readonly workflowId: string; readonly version: number } {
  const cut = name.lastIndexOf('@');
  return { workflowId: name.slice(0, cut), version: Number(name.slice(cut + 1)) };
}

/** Places that are let past the score. A device is not: its cookie may be a copy, and no key answers here. Pure. */
function allowedHere(listed: Looked): ReturnType<typeof allowedBy> {
  return allowedBy({ ...listed, allowed: listed.allowed.filter(({ kind }) => kind === 'address' || kind === 'net') });
}

/** The browser must be the one that the decision was made in. Pure. */
function deviceFault(device: DeviceStanding | undefined, presented: string | undefined, now: number): string | undefined {
  if (!device) return 'device_gone';
  if (presented === undefined) return 'cookie_missing';
  const previous = device.previousUntil !== undefined && now < device.previousUntil ? device.previousHash : undefined;
  if (!same(presented, device.tokenHash) && !same(presented, previous)) return 'cookie_of_another_device';
  return device.trustedUntil !== undefined && now < device.trustedUntil ? undefined : 'trust_ended';
}

/** Whether a sighting here would say more than the last one does. What stands for no place is never compared. Pure. */
function isNews(last: SeenPlace | undefined, place: Place, now: number): boolean {
  if (place.country === undefined && place.latitude === undefined) return false;
  if (place.network !== undefined && place.network !== 'access') return false;
  if (!last || now - last.at >= SIGHTING_PAUSE_MS) return true;
  return (['country', 'latitude', 'longitude', 'network'] as const).some((part) => last.place[part] !== place[part]);
}

function same(presented: string, stored: string | undefined): boolean {
  return stored !== undefined && sameSecret(presented, stored);
}
