import type { Decision, Journey, Reason, StepResult } from './journey.ts';
import type { Standing } from './next.ts';
import type { ListedCode } from './rules/lists.ts';
import { policyOf, type Workflow } from './workflow.ts';

/** Why a journey ends without any route having led there. */
export type Interruption = 'journey_expired' | 'step_unavailable' | 'evidence_missing' | 'cancelled_by_person' | 'account_erased' | 'trust_ended' | 'approved_nobody' | ListedCode;

/**
 * Approve, deny or review, always with reasons. An end by route carries the reasons of the result that led there, or
 * that outcome's name where it had none; an interruption and anything not understood deny. Pure.
 */
export function decide(
  journey: Pick<Journey, 'results'>,
  workflow: Workflow,
  cause: Exclude<Standing, { kind: 'at' }> | { readonly kind: 'interrupted'; readonly code: Interruption; readonly node?: string },
  now: number,
): Decision {
  const policy = policyOf(workflow);
  if (cause.kind === 'interrupted') {
    const detail = cause.node === undefined ? undefined : { node: cause.node };
    return { verdict: 'deny', reasons: [{ code: cause.code, ...(detail ? { detail } : {}) }, ...carried(journey)], policy, at: now };
  }
  if (cause.kind === 'lost') return { verdict: 'deny', reasons: [{ code: cause.code }], policy, at: now };
  const { last } = cause;
  return { verdict: cause.verdict, reasons: ownReasons(last), policy, at: now };
}

/** The reasons of a result; that outcome's name where it has none. Pure. */
export function ownReasons(last: Pick<StepResult, 'step' | 'outcome' | 'reasons'>): readonly Reason[] {
  return last.reasons.length > 0 ? last.reasons : [{ code: `${last.step}_${last.outcome}` }];
}

/** The last result's reasons: they tell an operator why the journey came as far as the interruption. */
function carried(journey: Pick<Journey, 'results'>): readonly Reason[] {
  return journey.results.at(-1)?.reasons ?? [];
}
