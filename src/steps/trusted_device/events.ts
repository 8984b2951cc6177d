/** What coming back leaves on the timeline. Codes and counts only. */
import type { JourneyEvent } from '../../events/events.ts';
import type { Evidence, Reason } from '../../journey/journey.ts';
import type { DecisionRecord } from '../../journey/rules/decision_record.ts';
import type { StepEnd } from '../step.ts';
import type { PasskeyJudged } from './passkey_port.ts';
import type { SimFinding, Weighed } from './state.ts';

/** The step's outcomes, as `journey/steps.ts` announces them. */
export type Outcome = 'trusted' | 'elevated' | 'high' | 'blocked' | 'unknown';

export const STARTED: JourneyEvent = { layer: 'phase', name: 'deviceTrust', outcome: 'start' };

/** The step's end, with the lines that close its phase. The primary reason comes first. */
export function endOf(outcome: Outcome, reasons: readonly Reason[], more: { readonly evidence?: readonly Evidence[]; readonly events?: readonly JourneyEvent[] } = {}): StepEnd {
  const trusted = outcome === 'trusted';
  const why = trusted ? {} : { reason: reasons[0]?.code ?? outcome };
  return {
    outcome,
    reasons,
    evidence: more.evidence ?? [],
    events: [
      ...(more.events ?? []),
      { layer: 'label', name: 'device_trust', outcome: trusted ? 'success' : 'failure', ...why, details: { answer: outcome } },
      { layer: 'phase', name: 'deviceTrust', outcome: trusted ? 'next' : 'exit', ...why },
    ],
  };
}

/** What was found out when the browser answered. */
export function weighedEvents({ proof, cookie, band }: Pick<Weighed, 'proof' | 'cookie' | 'band'>, compared: { readonly share: number; readonly differing: readonly string[] } | undefined, record: DecisionRecord): readonly JourneyEvent[] {
  const consistent = band === 'same' || band === 'drifted' || band === 'not_compared';
  const denied = record.outcome === 'deny';
  return [
    proof === 'good'
      ? { layer: 'block', name: 'deviceProof', outcome: 'success', details: { cookie } }
      : { layer: 'block', name: 'deviceProof', outcome: 'fail', reason: proof === 'other_device' ? 'key_of_another_device' : proof, details: { cookie } },
    {
      layer: 'block', name: 'fingerprint', outcome: consistent ? 'success' : 'fail', reason: band,
      ...(compared ? { details: { share: Math.round(compared.share * 100), differing: compared.differing.join(' ') } } : {}),
    },
    {
      layer: 'block', name: 'sessionRisk', outcome: denied ? 'fail' : 'success',
      ...(record.outcome === 'allow' ? {} : { reason: record.reasons[0]?.code ?? record.rule }),
      details: { outcome: record.outcome, score: record.score, rule: record.rule },
    },
  ];
}

/** @param code why the carrier could not tell */
export function simEvents(finding: SimFinding, code?: string): readonly JourneyEvent[] {
  if (finding === 'not_asked') return [];
  const reason = { unchanged: undefined, swapped: 'sim_swapped', could_not_tell: code ?? 'could_not_tell' }[finding];
  return [{ layer: 'block', name: 'simChange', outcome: finding === 'unchanged' ? 'success' : 'fail', ...(reason === undefined ? {} : { reason }) }];
}

export function passkeyEvents(judged: PasskeyJudged): readonly JourneyEvent[] {
  if (judged.kind === 'bad') {
    return [{ layer: 'block', name: 'passkey', outcome: 'fail', reason: judged.code }, { layer: 'label', name: 'passkey', outcome: 'failure', reason: judged.code }];
  }
  const details = { deviceType: judged.deviceType, userVerified: judged.userVerified };
  return [{ layer: 'block', name: 'passkey', outcome: 'success', details }, { layer: 'label', name: 'passkey', outcome: 'success' }];
}
