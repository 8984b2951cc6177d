import type { WorkflowDefinition } from '../../src/journey/workflow.ts';

/** One way through a workflow: the nodes passed and the end it leads to. */
export interface Way {
  readonly passed: readonly { readonly node: string; readonly outcome: string }[];
  readonly end: 'approve' | 'deny' | 'review' | 'circular';
}

/** Every way through a workflow whose targets all exist. */
export function* ways(definition: WorkflowDefinition): Generator<Way> {
  const walk = function* (at: string, passed: Way['passed']): Generator<Way> {
    if (passed.some((hop) => hop.node === at)) {
      yield { passed, end: 'circular' };
      return;
    }
    for (const [outcome, target] of Object.entries(definition.nodes[at]?.routes ?? {})) {
      const hops = [...passed, { node: at, outcome }];
      if ('end' in target) yield { passed: hops, end: target.end };
      else yield* walk(target.go, hops);
    }
  };
  yield* walk(definition.entry, []);
}
