import { describe, expect, test } from 'vitest';
import { decide } from '../../src/journey/decide.ts';
import type { StepResult } from '../../src/journey/journey.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { policyOf, workflowDefinition, type Workflow, type WorkflowSource } from '../../src/journey/workflow.ts';

const NOW = 1_800_000_000_000;
const workflow: Workflow = { id: 'onboarding', version: 7, definition: workflowDefinition.parse(TEMPLATES['user_onboarding'] as WorkflowSource) };

function result(reasons: StepResult['reasons'], outcome = 'refused'): StepResult {
  return { node: 'sms_link', step: 'sms_link', outcome, reasons, at: NOW - 1 };
}

describe('a decision', () => {
  test.each(['approve', 'deny', 'review'] as const)('by a route to %s carries the reasons of the result that led there', (verdict) => {
    const last = result([{ code: 'reportedByUser', detail: { tries: 1 } }]);
    expect(decide({ results: [last] }, workflow, { kind: 'end', verdict, last }, NOW)).toEqual({
      verdict, reasons: [{ code: 'reportedByUser', detail: { tries: 1 } }], policy: 'onboarding@7', at: NOW,
    });
  });

  test('by a result without reasons names step and outcome: there is always a reason', () => {
    const last = result([], 'confirmed');
    expect(decide({ results: [last] }, workflow, { kind: 'end', verdict: 'approve', last }, NOW).reasons).toEqual([{ code: 'sms_link_confirmed' }]);
  });

  test.each(['unknown_node', 'unrouted_outcome', 'circular_route'] as const)('on facts that do not fit (%s) denies', (code) => {
    expect(decide({ results: [] }, workflow, { kind: 'lost', code }, NOW)).toEqual({ verdict: 'deny', reasons: [{ code }], policy: 'onboarding@7', at: NOW });
  });

  test.each(['journey_expired', 'step_unavailable', 'evidence_missing', 'cancelled_by_person'] as const)('on an interruption (%s) denies, naming the node and what came before', (code) => {
    const results = [result([{ code: 'older' }]), result([{ code: 'violation' }], 'no_match')];
    const decision = decide({ results }, workflow, { kind: 'interrupted', code, node: 'document_selfie' }, NOW);
    expect(decision).toEqual({
      verdict: 'deny', reasons: [{ code, detail: { node: 'document_selfie' } }, { code: 'violation' }], policy: 'onboarding@7', at: NOW,
    });
  });

  test('on an interruption before anything was recorded has the interruption alone', () => {
    expect(decide({ results: [] }, workflow, { kind: 'interrupted', code: 'journey_expired' }, NOW).reasons).toEqual([{ code: 'journey_expired' }]);
  });

  test('names its policy by workflow and version', () => {
    expect(policyOf(workflow)).toBe('onboarding@7');
  });
});
