import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../src/journey/journey.ts';
import { standing } from '../../src/journey/next.ts';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition, type Workflow, type WorkflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';

const source = TEMPLATES['user_onboarding'] as WorkflowSource;
/** From where everybody goes whom no device stands for. */
const DEFINITION: WorkflowDefinition = workflowDefinition.parse({ ...source, entry: 'session_risk' });

function workflow(change: Partial<WorkflowDefinition> = {}): Workflow {
  return { id: 'w', version: 1, definition: { ...DEFINITION, ...change } };
}

function result(node: string, outcome: string, step = node as StepResult['step']): StepResult {
  return { node, step, outcome, reasons: [], at: 1 };
}

describe('the position worked out from recorded facts', () => {
  test.each([
    ['nothing recorded: the entry', [], { kind: 'at', node: 'session_risk', step: 'session_risk' }],
    ['one result: where its outcome leads', [result('session_risk', 'challenge')], { kind: 'at', node: 'pii_validation', step: 'pii_validation' }],
    ['two results', [result('session_risk', 'allow'), result('pii_validation', 'match')], { kind: 'at', node: 'sms_link', step: 'sms_link' }],
    ['the other branch', [result('session_risk', 'allow'), result('pii_validation', 'broke')], { kind: 'at', node: 'document_selfie', step: 'document_selfie' }],
    ['in any order: facts, not a cursor', [result('pii_validation', 'match'), result('session_risk', 'allow')], { kind: 'at', node: 'sms_link', step: 'sms_link' }],
    ['a result of a node that is not on the way counts for nothing', [result('sms_link', 'confirmed')], { kind: 'at', node: 'session_risk', step: 'session_risk' }],
    ['an outcome without a route', [result('session_risk', 'maybe')], { kind: 'lost', code: 'unrouted_outcome' }],
    ['an outcome named like a built-in method', [result('session_risk', 'toString')], { kind: 'lost', code: 'unrouted_outcome' }],
  ] as const)('%s', (_name, results, expected) => {
    expect(standing({ results }, workflow())).toEqual(expected);
  });

  test('an end tells which result led there', () => {
    const last = result('session_risk', 'deny');
    expect(standing({ results: [last] }, workflow())).toEqual({ kind: 'end', verdict: 'deny', last });
  });

  test('a later record of the same node replaces an earlier one', () => {
    const results = [result('session_risk', 'deny'), result('session_risk', 'allow')];
    expect(standing({ results }, workflow())).toMatchObject({ kind: 'at', node: 'pii_validation' });
  });

  test.each(['nowhere', 'constructor', 'hasOwnProperty'])('an entry called %s that is no node', (entry) => {
    expect(standing({ results: [] }, workflow({ entry }))).toEqual({ kind: 'lost', code: 'unknown_node' });
  });

  test.each(['nowhere', 'constructor'])('a target called %s that is no node', (go) => {
    const nodes = { session_risk: { step: 'session_risk', routes: { allow: { go } } } } as const;
    expect(standing({ results: [result('session_risk', 'allow')] }, workflow({ nodes }))).toEqual({ kind: 'lost', code: 'unknown_node' });
  });

  test('a circle ends instead of turning for ever', () => {
    const nodes = {
      session_risk: { step: 'session_risk', routes: { allow: { go: 'second' } } },
      second: { step: 'kba', routes: { pass: { go: 'session_risk' } } },
    } as const;
    const results = [result('session_risk', 'allow'), result('second', 'pass', 'kba')];
    expect(standing({ results }, workflow({ nodes }))).toEqual({ kind: 'lost', code: 'circular_route' });
  });

  test('one step may stand at two nodes', () => {
    const nodes = {
      first: { step: 'kba', routes: { fail: { go: 'again' } } },
      again: { step: 'kba', routes: { fail: { end: 'deny' } } },
    } as const;
    const at = workflow({ entry: 'first', nodes });
    expect(standing({ results: [result('first', 'fail', 'kba')] }, at)).toEqual({ kind: 'at', node: 'again', step: 'kba' });
    expect(standing({ results: [result('first', 'fail', 'kba'), result('again', 'fail', 'kba')] }, at)).toMatchObject({ kind: 'end', verdict: 'deny' });
  });
});
