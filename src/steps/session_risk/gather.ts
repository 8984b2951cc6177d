/**
 * Everything that is looked at in a session, put together and decided: for the first page, and for whoever comes back by
 * a trusted device. Asks the feeds and the store, and the resolver for the mail add-on; writes nothing: what is to be
 * counted and kept is handed back, and the engine writes it with the change.
 */
import { effectivePolicy, type CurrentPolicies } from '../../journey/rules/risk_policy.ts';
import type { Signal } from '../../journey/rules/signal.ts';
import { judgeTravel, type SeenPlace, type TravelFinding } from '../../journey/rules/travel.ts';
import {
  VELOCITY_RULES, countsOf, limitedRules, talliesOf, velocityQuestions, widestRules, type VelocityCounts, type VelocityRule,
} from '../../journey/rules/velocity.ts';
import type { Evidence, Mode, Visitor } from '../../journey/journey.ts';
import type { Place, RiskDecided, Sighting } from '../../journey/store.ts';
import type { Lists } from '../../journey/rules/lists.ts';
import { policyOf, type Workflow } from '../../journey/workflow.ts';
import { Personal } from '../../personal.ts';
import { deviceClass } from '../device_class.ts';
import type { Counted } from '../step.ts';
import { addressSignals } from './address_signals.ts';
import { readCollector } from './collector.ts';
import { collectorSignals } from './collector_signals.ts';
import { emailSignals } from './email_signals.ts';
import { fillSignals, type Sign } from './fill_signals.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { headerSignals } from './header_signals.ts';
import { allowedBy, listSignals, lookAtSession } from './list_signals.ts';
import type { MailExchangers } from './mail_exchangers.ts';
import { decideUnder, type Findings } from './policy_signals.ts';
import type { RiskFeeds } from './risk_feeds.ts';
import { sessionEvidence } from '../session_evidence.ts';
import { travelSignal } from './travel_signal.ts';
import { judgedKeys, provedKeys, sessionKeys } from './velocity_signal.ts';

/** Where somebody was last seen. Implemented by `store/sightings.ts`. */
export interface LastSightings {
  last(mode: Mode, subject: Personal<string>): Promise<SeenPlace | undefined>;
}

export interface GatherDeps {
  readonly feeds: RiskFeeds;
  readonly velocity: VelocityCounts;
  readonly sightings: LastSightings;
  readonly policies: CurrentPolicies;
  readonly mail: MailExchangers;
  /** A keyed hash, base64url: signs the time at which a page was shown. */
  readonly sign: Sign;
  /** The operator's own lists; absent where there are none, and then nothing is said of them. */
  readonly lists?: Lists;
  /** In place of the built-in table. */
  readonly velocityRules?: readonly VelocityRule[];
}

export interface GatherInput {
  readonly visitor: Visitor;
  /** As posted: `collector`, and on a page with a form the signed time and the field that must stay empty. */
  readonly values: Readonly<Record<string, string>>;
  readonly workflow: Workflow;
  readonly mode: Mode;
  readonly journeyId: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The node whose page with a form was filled in; absent where none was, and then nothing is said of how. */
  readonly form?: string | undefined;
  /** As answered on the first page. */
  readonly country?: string | undefined;
  readonly email?: string | undefined;
  readonly username?: string | undefined;
  /** E.164, of the person as known; its country is compared with the address's. */
  readonly phone?: Personal<string> | undefined;
  /** Whose travel is judged: the account of somebody known, or the application's own name for them. */
  readonly subject?: Personal<string> | undefined;
  /** Thumbprint of the key that the browser showed: what it is counted by. */
  readonly device?: Personal<string> | undefined;
  /**
   * The device that proved its key: it is counted and judged by itself alone, and not by what it shares with strangers
   * (an office's address, a family's laptop).
   */
  readonly proved?: Personal<string> | undefined;
  /** This journey's session was counted and sighted before: it is judged again, not counted again. */
  readonly again?: boolean | undefined;
}

/** All that a change holds of a session. */
export interface Gathered {
  readonly decision: RiskDecided;
  /** Kind `session`. */
  readonly evidence: Evidence;
  readonly counts: readonly Counted[];
  readonly sightings: readonly Sighting[];
}

/** Look at a session and decide it under the policy in force; the one in the shadow is asked too, and only recorded. */
export async function gatherSignals(deps: GatherDeps, input: GatherInput): Promise<Gathered> {
  const { visitor, workflow, mode, journeyId, now, email, subject } = input;
  const own = workflow.definition.options.risk;
  const address = visitor.address.open();
  const reading = readCollector(input.values['collector']);
  const data = reading.kind === 'read' ? reading.data : undefined;
  const place = deps.feeds.locate(address);
  const keyed = { address, email, device: input.device?.open(), fingerprint: fingerprintOf(visitor.userAgent, deviceClass(visitor.userAgent, visitor.headers, data), data) };

  const { active, shadow } = await deps.policies.of(workflow.id);
  const policy = effectivePolicy(own, active);
  const shadowPolicy = shadow && effectivePolicy(own, shadow);
  const rules = deps.velocityRules ?? VELOCITY_RULES;
  const counted = input.proved ? provedKeys(input.proved) : sessionKeys(keyed);
  const judged = input.proved ? counted : judgedKeys(keyed);
  // Counted as far as either policy looks.
  const asked = velocityQuestions(
    widestRules([policy, ...(shadowPolicy ? [shadowPolicy] : [])].map(({ velocity }) => limitedRules(rules, velocity))), judged, mode, now,
  );
  const [lists, counts, travelled, mail] = await Promise.all([
    deps.feeds.look(address),
    // Counted with the answer, so sessions that start in parallel do not see each other: near enough for a signal of
    // many. Limits that must hold exactly (phone, messages) count first and judge afterwards.
    deps.velocity.count(asked, journeyId),
    subject ? travelOf(deps.sightings, mode, subject, place, now) : undefined,
    email !== undefined && own.emailRisk ? emailSignals(email, { disposable: deps.feeds.disposable, mail: (domain) => deps.mail.of(domain) }) : [],
  ]);
  // Ids and thumbprints never look alike, nor do an account's id and an application's name for its user.
  const devices = [input.device, input.proved].flatMap((one) => one?.open() ?? []);
  const listed = deps.lists && lookAtSession(deps.lists, { address, email, phone: input.phone, devices, accountId: subject?.open() }, { mode, workflowId: workflow.id, now });
  const signals: readonly Signal[] = [
    ...(listed ? listSignals(listed) : []),
    ...addressSignals(address, {
      lists, place, now, country: input.country,
      phone: input.phone?.open(),
      timezone: data?.timezone ?? undefined,
    }),
    travelSignal(travelled),
    ...headerSignals(visitor),
    ...collectorSignals(reading, visitor),
    ...mail,
    ...(input.form === undefined ? [] : fillSignals(deps.sign, input.values, { journeyId, node: input.form, now })),
  ];
  const findings: Findings = {
    signals, address,
    facts: { ...(place?.country === undefined ? {} : { country: place.country }), velocity: [...talliesOf(asked, counts)], ...(listed ? allowedBy(listed) : {}) },
  };
  const name = policyOf(workflow);
  const record = decideUnder(policy, findings, rules, mode, name);
  // Only a clean session says where somebody was: a stranger who names them must not send them on a journey.
  const sighted = subject && input.again !== true && record.outcome === 'allow' && (place.country !== undefined || place.latitude !== undefined);
  return {
    decision: {
      record,
      policyVersion: policy.version,
      ...(shadowPolicy ? { shadow: { record: decideUnder(shadowPolicy, findings, rules, mode, name), policyVersion: shadowPolicy.version } } : {}),
    },
    evidence: sessionEvidence(input, data, bare(place)),
    counts: input.again === true ? [] : countsOf(mode, counted),
    sightings: sighted ? [{ subject, place: bare(place) }] : [],
  };
}

async function travelOf(sightings: LastSightings, mode: Mode, subject: Personal<string>, place: Place, now: number): Promise<TravelFinding> {
  const last = await sightings.last(mode, subject);
  return judgeTravel(last, { place, at: now });
}

/** The place alone, without what it was read from. */
function bare({ country, latitude, longitude, radiusKm, network }: Place): Place {
  return {
    ...(country === undefined ? {} : { country }),
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
    ...(radiusKm === undefined ? {} : { radiusKm }),
    ...(network === undefined ? {} : { network }),
  };
}
