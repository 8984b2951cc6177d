import type { Journey, StepName, StepResult, Verdict } from './journey.ts';
import type { Workflow } from './workflow.ts';

/** Where a journey stands. */
export type Standing =
  /** This node is owed. */
  | { readonly kind: 'at'; readonly node: string; readonly step: StepName }
  /** The routes led to an end; `last` is the result that led there. */
  | { readonly kind: 'end'; readonly verdict: Verdict; readonly last: StepResult }
  /** The recorded facts and the workflow do not fit together: fails closed. */
  | { readonly kind: 'lost'; readonly code: 'unknown_node' | 'unrouted_outcome' | 'circular_route' };

/**
 * Work out the position from recorded facts: walk the workflow from its entry along the outcomes recorded so far. No
 * cursor is stored, so reload, back button, two tabs and a restart all find the same place. Pure.
 */
export function standing(journey: Pick<Journey, 'results'>, workflow: Workflow): Standing {
  const recorded = new Map(journey.results.map((result) => [result.node, result]));
  const seen = new Set<string>();
  let at = workflow.definition.entry;
  for (;;) {
    const { nodes } = workflow.definition;
    const node = Object.hasOwn(nodes, at) ? nodes[at] : undefined;
    if (!node) return { kind: 'lost', code: 'unknown_node' };
    if (seen.has(at)) return { kind: 'lost', code: 'circular_route' };
    seen.add(at);
    const result = recorded.get(at);
    if (!result) return { kind: 'at', node: at, step: node.step };
    const target = Object.hasOwn(node.routes, result.outcome) ? node.routes[result.outcome] : undefined;
    if (!target) return { kind: 'lost', code: 'unrouted_outcome' };
    if ('end' in target) return { kind: 'end', verdict: target.end, last: result };
    at = target.go;
  }
}
