/**
 * The step before any other: looks at the session silently, asks at most one harmless question, and ends as allow,
 * challenge or deny. Whoever is denied here has not been asked for anything that matters.
 */
import { z } from 'zod';
import { decisionRecord, type DecisionRecord } from '../../journey/rules/decision_record.ts';
import type { JourneyEvent } from '../../events/events.ts';
import { Personal } from '../../personal.ts';
import { asDeviceKeyEvidence, deviceKeyModel, readDeviceKey, type DeviceKeyDeps, type DeviceKeyModel } from '../device_key.ts';
import { namedSubject } from '../session_evidence.ts';
import type { Step, StepEnd, StepView } from '../step.ts';
import { COUNTRIES, likelyCountry, readAnswers } from './answers.ts';
import { HONEYPOT_FIELD, shownAtToken } from './fill_signals.ts';
import { gatherSignals, type GatherDeps } from './gather.ts';
import type { PasskeyOffer, SessionPasskeys } from './passkey_port.ts';

const sessionRiskState = z.strictObject({ record: decisionRecord });
export type SessionRiskState = z.infer<typeof sessionRiskState>;

export interface SessionRiskDeps extends GatherDeps {
  readonly deviceKeys: DeviceKeyDeps;
  /** Absent where nobody can come back by a passkey. */
  readonly passkeys?: SessionPasskeys;
}

/** Field that the browser's passkey answer is sent in. */
export const PASSKEY_FIELD = 'passkey';

/** What the page `session_risk` shows. */
export interface SessionRiskPage extends DeviceKeyModel {
  readonly collect: 'country' | 'email' | 'username' | 'nothing';
  /** ISO codes to choose from. */
  readonly countries: readonly string[];
  /** Preselected. */
  readonly country: string;
  /** For the hidden field `shown_at`: when the page was shown, signed. */
  readonly shownAt: string;
  /** Name of the field that people do not see and must stay empty. */
  readonly honeypot: string;
  /** Somebody who has a passkey may come back with it, in the field `passkey`, instead of answering. */
  readonly passkey?: PasskeyOffer | undefined;
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

/** Builds the step. */
export function sessionRisk(deps: SessionRiskDeps): Step<SessionRiskState> {
  return {
    name: 'session_risk',
    needs: [],
    yields: ['session', 'device_key', 'known_person', 'passkey_proof'],
    state: sessionRiskState,

    move(view: StepView<SessionRiskState>) {
      if (view.state !== undefined) {
        const { outcome, reasons } = view.state.record;
        return { kind: 'finish', end: { outcome, reasons } };
      }
      const passkey = deps.passkeys?.offer(view);
      const model: SessionRiskPage = {
        collect: view.workflow.definition.options.risk.collect,
        countries: COUNTRIES,
        country: likelyCountry(view.journey.opening.locale),
        ...deviceKeyModel(deps.deviceKeys, view, 'browser'),
        shownAt: shownAtToken(deps.sign, { journeyId: view.journey.id, node: view.node, now: view.now }),
        honeypot: HONEYPOT_FIELD,
        ...(passkey === undefined ? {} : { passkey }),
      };
      return { kind: 'show', page: { name: 'session_risk', model: { ...model } } };
    },

    async submit(submission, view) {
      const typed = submission.values.open();
      const withPasskey = (typed[PASSKEY_FIELD] ?? '') !== '';
      // Whoever comes with a passkey is known, and has nothing to answer.
      const read = withPasskey ? { answers: {} } : readAnswers(view.workflow.definition.options.risk.collect, typed);
      if ('errors' in read) return { kind: 'invalid', errors: read.errors };
      const shown = withPasskey ? await deps.passkeys?.verify(typed, view) : undefined;
      if (withPasskey && !shown) return { kind: 'invalid', errors: { passkey: 'passkey_refused' } };

      const key = await readDeviceKey(deps.deviceKeys, submission, view, { channel: 'browser' });
      const { decision, evidence, counts } = await gatherSignals(deps, {
        visitor: submission.visitor, values: typed, workflow: view.workflow, mode: view.journey.mode, journeyId: view.journey.id, now: view.now,
        form: view.node, ...read.answers, subject: namedSubject(view.journey),
        device: key && Personal.of(key.thumbprint),
        // A device that was recognised, and was not good enough, had its session looked at already.
        again: view.evidence.some(({ kind }) => kind === 'session'),
      });
      const { record } = decision;
      // A passkey answers a challenge; it does not lift a denial.
      const known = shown && record.outcome !== 'deny' ? shown.known : [];
      const end: StepEnd = {
        outcome: known.length > 0 ? 'known' : record.outcome,
        reasons: known.length > 0 ? [{ code: 'passkey_proved' }, ...record.reasons] : record.reasons,
        evidence: [evidence, ...(key ? [asDeviceKeyEvidence(key)] : []), ...known],
        events: eventsOf(record),
      };
      // Nobody has proved to be the one who was named: they are seen here once the journey is approved.
      return { kind: 'change', change: { state: { record }, counts, risk: decision, end } };
    },
  };
}
