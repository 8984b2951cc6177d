/** Steps and routes of a draft, as the form has them, and changed by it. Pure. */
import { STEP_NAMES, type StepName } from '../../journey/journey.ts';
import { STEP_FACTS } from '../../journey/steps.ts';
import type { Target, WorkflowDefinition } from '../../journey/workflow.ts';
import { inOrder } from './graph.ts';
import { END_TEXTS, STEP_TEXTS, outcomeTitle } from './step_texts.ts';
import { MOST_NODES } from './read_definition.ts';

type Nodes = WorkflowDefinition['nodes'];

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** A step of the form. */
export interface NodeView {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly entry: boolean;
  readonly outcomes: readonly { readonly field: string; readonly title: string; readonly text: string; readonly chosen: string; readonly choices: readonly Choice[] }[];
}

const valueOf = (target: Target | undefined): string => (target === undefined ? '' : 'end' in target ? `end:${target.end}` : `go:${target.go}`);

/** What a node is called where a form offers it: its step, and its own name where that is another. */
export function nodeTitle(name: string, step: StepName): string {
  return name === step ? STEP_TEXTS[step].title : `${STEP_TEXTS[step].title} (${name})`;
}

/**
 * Every step with every outcome, in the order in which people come to them, however they were kept; routes that lead
 * nowhere, or that the step does not have, are shown as such.
 */
export function nodeViews({ entry, nodes }: Pick<WorkflowDefinition, 'entry' | 'nodes'>, typed: Readonly<Record<string, string>> = {}): readonly NodeView[] {
  const ordered = inOrder({ entry, nodes }).flatMap((name) => (nodes[name] ? [{ name, ...nodes[name] }] : []));
  const targets: readonly Choice[] = [
    ...ordered.map(({ name, step }) => ({ value: `go:${name}`, text: nodeTitle(name, step) })),
    ...Object.entries(END_TEXTS).map(([end, { title }]) => ({ value: `end:${end}`, text: title })),
  ];
  return ordered.map(({ name, step, routes }) => {
    const known = STEP_FACTS[step].outcomes;
    const others = Object.keys(routes).filter((outcome) => !known.includes(outcome));
    return {
      name, title: STEP_TEXTS[step].title, text: STEP_TEXTS[step].text, entry: name === entry,
      outcomes: [...known, ...others].map((outcome) => {
        const field = `route.${name}.${outcome}`;
        const chosen = typed[field] ?? valueOf(Object.hasOwn(routes, outcome) ? routes[outcome] : undefined);
        const extra = chosen === '' ? [{ value: '', text: 'Choose what follows' }] : targets.some(({ value }) => value === chosen) ? [] : [{ value: chosen, text: `${chosen.slice(3)} (not there)` }];
        return {
          field, title: outcomeTitle(outcome), chosen, text: STEP_TEXTS[step].outcomes[outcome] ?? 'The step does not have this outcome any more.',
          choices: [...extra, ...targets.filter(({ value }) => value !== `go:${name}`), ...(known.includes(outcome) ? [] : [{ value: 'remove', text: 'Take this route out' }])],
        };
      }),
    };
  });
}

/** The routes as they were chosen; outcomes that were not sent stay. */
export function withRoutes({ nodes, entry }: Pick<WorkflowDefinition, 'nodes' | 'entry'>, form: Readonly<Record<string, string>>): { readonly entry: string; readonly nodes: unknown } {
  const next = Object.entries(nodes).map(([name, node]) => {
    const routes = new Map<string, unknown>(Object.entries(node.routes));
    for (const outcome of new Set([...STEP_FACTS[node.step].outcomes, ...routes.keys()])) {
      const chosen = form[`route.${name}.${outcome}`];
      if (chosen === undefined || chosen === '') continue;
      if (chosen === 'remove') routes.delete(outcome);
      else routes.set(outcome, chosen.startsWith('end:') ? { end: chosen.slice(4) } : { go: chosen.slice(3) });
    }
    return [name, { ...node, routes: Object.fromEntries(routes) }] as const;
  });
  return { entry: form['entry'] ?? entry, nodes: Object.fromEntries(next) };
}

export type NodesChanged = { readonly kind: 'changed'; readonly nodes: Nodes } | { readonly kind: 'refused'; readonly field: string; readonly text: string };

/** With another step, all of whose outcomes deny until somebody leads them elsewhere. */
export function withNode(nodes: Nodes, name: string, step: string): NodesChanged {
  if (!(STEP_NAMES as readonly string[]).includes(step)) return { kind: 'refused', field: 'step', text: 'Choose a step.' };
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(name)) return { kind: 'refused', field: 'node', text: 'Give small letters, digits and underscores, a letter first; at most 41.' };
  if (Object.hasOwn(nodes, name)) return { kind: 'refused', field: 'node', text: 'There is a step of this name. Give another name.' };
  if (Object.keys(nodes).length >= MOST_NODES) return { kind: 'refused', field: 'step', text: `A workflow has at most ${MOST_NODES} steps.` };
  const routes = Object.fromEntries(STEP_FACTS[step as StepName].outcomes.map((outcome) => [outcome, { end: 'deny' as const }]));
  return { kind: 'changed', nodes: { ...nodes, [name]: { step: step as StepName, routes } } };
}

/** Without a step; routes that led to it deny until somebody leads them elsewhere. */
export function withoutNode({ nodes, entry }: Pick<WorkflowDefinition, 'nodes' | 'entry'>, name: string): NodesChanged {
  if (!Object.hasOwn(nodes, name)) return { kind: 'refused', field: 'nodes', text: 'There is no such step any more.' };
  if (name === entry) return { kind: 'refused', field: 'entry', text: 'The workflow begins with this step: let it begin elsewhere first.' };
  const left = Object.entries(nodes).filter(([one]) => one !== name).map(([one, node]) => [one, {
    ...node, routes: Object.fromEntries(Object.entries(node.routes).map(([outcome, target]) => [outcome, 'go' in target && target.go === name ? { end: 'deny' as const } : target])),
  }] as const);
  return { kind: 'changed', nodes: Object.fromEntries(left) };
}

/** Steps to choose from, and a name for each that is free. */
export function stepChoices(nodes: Nodes): readonly { readonly value: StepName; readonly text: string; readonly hint: string }[] {
  return STEP_NAMES.map((step) => ({ value: step, text: STEP_TEXTS[step].title + (Object.hasOwn(nodes, step) ? ' (another one)' : ''), hint: STEP_TEXTS[step].text }));
}

/** A free name for a step: its own, or with a number. */
export function freeName(nodes: Nodes, step: string): string {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? step : `${step}_${count}`;
    if (!Object.hasOwn(nodes, name)) return name;
  }
}
