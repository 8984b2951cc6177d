import { STEP_FACTS } from './steps.ts';
import { LINE_TYPES, type WorkflowDefinition } from './workflow.ts';

/** One fault that publishing refuses, with the place it stands at. */
export interface PublishFault {
  readonly code:
    | 'unknown_entry'
    | 'unknown_target'
    | 'unrouted_outcome'
    | 'unknown_outcome'
    | 'unreachable_node'
    | 'circular_route'
    | 'no_way_to_approve'
    | 'approval_without_proof'
    | 'step_before_its_evidence'
    | 'allConfiguredAsRisky'
    | 'nonForbidden'
    | 'match_cannot_pass'
    | 'thresholds_contradict'
    | 'missing_consent_text'
    | 'missing_async_ui_redirect'
    | 'bad_async_ui_redirect';
  /** Dotted path into the definition. */
  readonly at: string;
}

/**
 * Everything wrong with a workflow, all at once; an empty list means it may be deployed. Routing is data, so it is
 * tested by walking it: every target exists, every outcome leads somewhere, nothing is unreachable or circular. Pure.
 *
 * @param locales consent texts are demanded in each of these
 */
export function publishFaults(definition: WorkflowDefinition, locales: readonly string[]): readonly PublishFault[] {
  const faults = [...routeFaults(definition)];
  // A broken graph cannot be walked; its own faults come first.
  if (faults.length === 0) faults.push(...walkFaults(definition));
  return [...faults, ...policyFaults(definition), ...textFaults(definition, locales)];
}

function* routeFaults({ entry, nodes }: WorkflowDefinition): Generator<PublishFault> {
  if (!Object.hasOwn(nodes, entry)) yield { code: 'unknown_entry', at: 'entry' };
  for (const [name, node] of Object.entries(nodes)) {
    const { outcomes } = STEP_FACTS[node.step];
    for (const outcome of outcomes) {
      if (!Object.hasOwn(node.routes, outcome)) yield { code: 'unrouted_outcome', at: `nodes.${name}.routes.${outcome}` };
    }
    for (const [outcome, target] of Object.entries(node.routes)) {
      const at = `nodes.${name}.routes.${outcome}`;
      if (!outcomes.includes(outcome)) yield { code: 'unknown_outcome', at };
      if ('go' in target && !Object.hasOwn(nodes, target.go)) yield { code: 'unknown_target', at };
    }
  }
}

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

function* walkFaults(definition: WorkflowDefinition): Generator<PublishFault> {
  const reached = new Set<string>();
  const early = new Set<string>();
  const unproven = new Set<string>();
  let approves = false;
  let circular: string | undefined;
  for (const way of ways(definition)) {
    if (way.end === 'approve') {
      approves = true;
      const last = way.passed.at(-1);
      if (last && !way.passed.some((hop) => proves(definition, hop))) unproven.add(`nodes.${last.node}.routes.${last.outcome}`);
    }
    if (way.end === 'circular') circular ??= way.passed.at(-1)?.node;
    for (const [index, hop] of way.passed.entries()) {
      reached.add(hop.node);
      const step = definition.nodes[hop.node]?.step;
      const before = way.passed.slice(0, index).map((earlier) => definition.nodes[earlier.node]?.step);
      const after = step === undefined ? [] : STEP_FACTS[step].after;
      if (after.length > 0 && !after.some((needed) => before.includes(needed))) early.add(hop.node);
    }
  }
  if (circular !== undefined) yield { code: 'circular_route', at: `nodes.${circular}` };
  if (!approves) yield { code: 'no_way_to_approve', at: 'nodes' };
  for (const at of unproven) yield { code: 'approval_without_proof', at };
  for (const node of early) yield { code: 'step_before_its_evidence', at: `nodes.${node}` };
  for (const node of Object.keys(definition.nodes)) {
    if (!reached.has(node)) yield { code: 'unreachable_node', at: `nodes.${node}` };
  }
}

/** Whether this outcome of this node establishes who the person is. */
function proves({ nodes }: WorkflowDefinition, hop: Way['passed'][number]): boolean {
  const step = nodes[hop.node]?.step;
  return step !== undefined && STEP_FACTS[step].proves.includes(hop.outcome);
}

function* policyFaults({ nodes, options }: WorkflowDefinition): Generator<PublishFault> {
  const { risk, phoneRisk, match } = options;
  if (risk.challengeAt >= risk.denyAt) yield { code: 'thresholds_contradict', at: 'options.risk.challengeAt' };
  if (!Object.values(nodes).some((node) => node.step === 'pii_validation')) return;
  if (phoneRisk.lineType) {
    const risky = new Set(phoneRisk.riskyLineTypes);
    if (LINE_TYPES.every((type) => risky.has(type))) yield { code: 'allConfiguredAsRisky', at: 'options.phoneRisk.riskyLineTypes' };
    if (risky.size === 0) yield { code: 'nonForbidden', at: 'options.phoneRisk.riskyLineTypes' };
  }
  const asked = Object.keys(match.thresholds).filter((name) => name !== 'birthDate' || options.askBirthDate);
  if (match.atLeast > asked.length) yield { code: 'match_cannot_pass', at: 'options.match.atLeast' };
  if (match.mustMatch.some((name) => !asked.includes(name))) yield { code: 'match_cannot_pass', at: 'options.match.mustMatch' };
}

function* textFaults({ nodes, options }: WorkflowDefinition, locales: readonly string[]): Generator<PublishFault> {
  const steps = Object.values(nodes).map((node) => STEP_FACTS[node.step]);
  if (steps.some((step) => step.usesPhone)) {
    for (const locale of locales) {
      if (!options.consentTexts[locale]?.trim()) yield { code: 'missing_consent_text', at: `options.consentTexts.${locale}` };
    }
  }
  if (!steps.some((step) => step.capturesOnPhone)) return;
  const at = 'options.asyncUIRedirect';
  if (options.asyncUIRedirect === undefined) yield { code: 'missing_async_ui_redirect', at };
  else if (!landable(options.asyncUIRedirect)) yield { code: 'bad_async_ui_redirect', at };
}

/** https, an app's own scheme (reverse-DNS, RFC 8252 section 7.1), or http on the loopback for trying things out. */
function landable(address: string): boolean {
  const url = URL.parse(address);
  if (!url || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol);
}
