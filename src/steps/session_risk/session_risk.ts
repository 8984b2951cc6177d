/**
 * The step before any other: looks at the session silently, asks at most one harmless question, and ends as allow,
 * challenge or deny. Whoever is denied here has not been asked for anything that matters.
 */
import { z } from 'zod';
import { decideSession } from '../../journey/rules/decide_session.ts';
import { decisionRecord, type DecisionRecord } from '../../journey/rules/decision_record.ts';
import { countsOf, VELOCITY_RULES, velocityOf, type VelocityCounts, type VelocityRule } from '../../journey/rules/velocity.ts';
import { policyOf } from '../../journey/workflow.ts';
import type { Visitor } from '../../journey/journey.ts';
import type { JourneyEvent } from '../../events/events.ts';
import type { AddressFeeds } from '../../feeds/feeds.ts';
import type { RoughPlace } from '../../feeds/rough_place.ts';
import { Personal } from '../../personal.ts';
import { browserName } from '../browser_facts.ts';
import { deviceClass } from '../device_class.ts';
import type { Step, StepView } from '../step.ts';
import { addressSignals } from './address_signals.ts';
import { COUNTRIES, likelyCountry, readAnswers, type Answers } from './answers.ts';
import { readCollector, type CollectorReading } from './collector.ts';
import { collectorSignals } from './collector_signals.ts';
import { headerSignals } from './header_signals.ts';
import { SESSION_EVIDENCE_VERSION, type SessionEvidence } from './session_evidence.ts';
import { sessionKeys, velocitySignal } from './velocity_signal.ts';

const sessionRiskState = z.strictObject({ record: decisionRecord });
export type SessionRiskState = z.infer<typeof sessionRiskState>;

export interface SessionRiskDeps {
  readonly feeds: Pick<AddressFeeds, 'look'>;
  readonly velocity: VelocityCounts;
  /** Country an address is registered in; without it the place is unknown. */
  readonly roughPlace?: (address: string) => RoughPlace | undefined;
  /** In place of the built-in table. */
  readonly velocityRules?: readonly VelocityRule[];
}

/** What the page `session_risk` shows. */
export interface SessionRiskPage {
  readonly collect: 'country' | 'email' | 'username' | 'nothing';
  /** ISO codes to choose from. */
  readonly countries: readonly string[];
  /** Preselected. */
  readonly country: string;
}

function eventsOf(record: DecisionRecord): readonly JourneyEvent[] {
  const denied = record.outcome === 'deny';
  // An allowed session has a reason too, but a success says more without it.
  const reason = record.outcome === 'allow' ? {} : { reason: record.reasons[0]?.code ?? record.rule };
  const unenforced = record.points.filter(({ enforced }) => !enforced).length;
  const details = { outcome: record.outcome, score: record.score, rule: record.rule, unenforced };
  return [
    { layer: 'phase', name: 'sessionRisk', outcome: 'start' },
    { layer: 'block', name: 'sessionRisk', outcome: denied ? 'fail' : 'success', ...reason, details },
    { layer: 'label', name: 'session_risk', outcome: denied ? 'failure' : 'success', ...reason },
    { layer: 'phase', name: 'sessionRisk', outcome: denied ? 'exit' : 'next', ...reason },
  ];
}

function evidenceData(
  answers: Answers,
  visitor: Visitor,
  reading: CollectorReading,
  place: RoughPlace | undefined,
  now: number,
): SessionEvidence {
  const browser = browserName(visitor.userAgent);
  const data = reading.kind === 'read' ? reading.data : undefined;
  return {
    ...answers,
    address: visitor.address.open(),
    ...(place?.country === undefined ? {} : { placeCountry: place.country }),
    ...(browser === undefined ? {} : { browser }),
    device: deviceClass(visitor.userAgent, visitor.headers, data),
    userAgent: visitor.userAgent.slice(0, 1024),
    ...(data === undefined ? {} : { collector: data }),
    at: now,
  };
}

/** Builds the step. */
export function sessionRisk(deps: SessionRiskDeps): Step<SessionRiskState> {
  const rules = deps.velocityRules ?? VELOCITY_RULES;

  return {
    name: 'session_risk',
    needs: [],
    yields: ['session'],
    state: sessionRiskState,

    move(view: StepView<SessionRiskState>) {
      if (view.state !== undefined) {
        const { outcome, reasons } = view.state.record;
        return { kind: 'finish', end: { outcome, reasons } };
      }
      const model: SessionRiskPage = {
        collect: view.workflow.definition.options.risk.collect,
        countries: COUNTRIES,
        country: likelyCountry(view.journey.opening.locale),
      };
      return { kind: 'show', page: { name: 'session_risk', model: { ...model } } };
    },

    async submit({ values, visitor }, view) {
      const policy = view.workflow.definition.options.risk;
      const { id: journeyId, mode } = view.journey;
      const typed = values.open();
      const read = readAnswers(policy.collect, typed);
      if ('errors' in read) return { kind: 'invalid', errors: read.errors };
      const { answers } = read;

      const address = visitor.address.open();
      const keys = sessionKeys(address, answers.email);
      const place = deps.roughPlace?.(address);
      const [lists, findings] = await Promise.all([
        deps.feeds.look(address),
        // Counted with the answer, so sessions that start in parallel do not see each other: near enough for a signal of
        // many. Limits that must hold exactly (phone, messages) count first and judge afterwards.
        velocityOf(deps.velocity, rules, keys, { mode, now: view.now, journeyId }),
      ]);
      const reading = readCollector(typed['collector']);
      const signals = [
        ...addressSignals(address, { ...lists, deniedNets: policy.deniedNets, place, country: answers.country }),
        velocitySignal(findings),
        ...headerSignals(visitor),
        ...collectorSignals(reading, visitor),
      ];
      const record = decideSession(signals, policy, mode, policyOf(view.workflow));
      return {
        kind: 'change',
        change: {
          state: { record },
          counts: countsOf(mode, keys),
          end: {
            outcome: record.outcome,
            reasons: record.reasons,
            evidence: [
              {
                kind: 'session',
                version: SESSION_EVIDENCE_VERSION,
                simulated: false,
                data: Personal.of(evidenceData(answers, visitor, reading, place, view.now)),
              },
            ],
            events: eventsOf(record),
          },
        },
      };
    },
  };
}
