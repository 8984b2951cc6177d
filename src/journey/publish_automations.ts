/** What publishing refuses of a workflow's automation: names that nothing has, rules that can never run. Pure. */
import type { StepName } from './journey.ts';
import { STEP_NAMES } from './journey.ts';
import { isKnownReason } from './reason_texts.ts';
import { VERDICTS_ON } from './rules/automations.ts';
import { STEP_FACTS } from './steps.ts';
import type { WorkflowDefinition } from './workflow.ts';

export type AutomationFault =
  | 'rule_named_twice'
  | 'rule_does_twice'
  | 'rule_verdict_never'
  | 'rule_review_without_approval'
  | 'rule_unknown_reason'
  | 'rule_unknown_outcome';

/** Faults at `options.automations.<index>.<field>`, the field being one of the form's: name, verdicts, reasons, outcomes, do. */
export function* automationFaults({ nodes, options }: Pick<WorkflowDefinition, 'nodes' | 'options'>): Generator<{ readonly code: AutomationFault; readonly at: string }> {
  const names = new Set<string>();
  const steps = new Set(Object.values(nodes).map(({ step }) => step));
  for (const [index, rule] of options.automations.entries()) {
    const at = (field: string): string => `options.automations.${index}.${field}`;
    if (names.has(rule.name)) yield { code: 'rule_named_twice', at: at('name') };
    names.add(rule.name);
    const possible = VERDICTS_ON[rule.on];
    if (rule.when.verdicts.some((verdict) => !possible.includes(verdict))) yield { code: 'rule_verdict_never', at: at('when.verdicts') };
    if (rule.when.reasons.some((code) => !isKnownReason(code))) yield { code: 'rule_unknown_reason', at: at('when.reasons') };
    if (rule.when.outcomes.some((wanted) => !isOutcome(wanted, steps))) yield { code: 'rule_unknown_outcome', at: at('when.outcomes') };
    const actions = rule.do.map(({ action }) => action);
    if (new Set(actions).size < actions.length) yield { code: 'rule_does_twice', at: at('do') };
    // Only an approval can be put to review: the rule has to be one that approvals meet.
    const meets = possible.includes('approve') && (rule.when.verdicts.length === 0 || rule.when.verdicts.includes('approve'));
    if (actions.includes('review') && !meets) yield { code: 'rule_review_without_approval', at: at('do') };
  }
}

/** Whether a step of this workflow can end so. */
function isOutcome(wanted: string, steps: ReadonlySet<StepName>): boolean {
  const [step, outcome, ...more] = wanted.split(':');
  const known = STEP_NAMES.find((name) => name === step);
  return known !== undefined && steps.has(known) && more.length === 0 && outcome !== undefined && STEP_FACTS[known].outcomes.includes(outcome);
}
