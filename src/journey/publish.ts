import { automationFaults, type AutomationFault } from './publish_automations.ts';
import { DOCUMENT_CHECKS, type CheckCode, type CheckFacts } from './document_checks.ts';
import { chanceOfGuessing, MOST_GUESSED } from './guessing.ts';
import { STEP_FACTS } from './steps.ts';
import { LINE_TYPES, type Target, type WorkflowDefinition } from './workflow.ts';

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
    | 'approval_after_failure'
    | 'step_before_its_evidence'
    | 'allConfiguredAsRisky'
    | 'nonForbidden'
    | 'match_cannot_pass'
    | 'thresholds_contradict'
    | 'missing_consent_text'
    | 'missing_async_ui_redirect'
    | 'bad_async_ui_redirect'
    | 'dual_needs_two_types'
    | 'dual_needs_own_capture'
    | 'faces_need_own_capture'
    | 'kba_cannot_pass'
    | 'kba_guessable'
    | 'check_is_fixed'
    | 'trust_outlives_journeys'
    | AutomationFault;
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
  return [...faults, ...policyFaults(definition), ...automationFaults(definition), ...textFaults(definition, locales)];
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

/** An outcome of a node, and where it leads. */
interface Hop {
  readonly node: string;
  readonly outcome: string;
  readonly target: Target;
}

function hopsFrom({ nodes }: WorkflowDefinition, node: string): readonly Hop[] {
  return Object.entries(nodes[node]?.routes ?? {}).map(([outcome, target]) => ({ node, outcome, target }));
}

/** Nodes that can be reached from the entry along hops that `open` lets through. Linear, however many ways there are. */
function reach(definition: WorkflowDefinition, open: (hop: Hop) => boolean = () => true): ReadonlySet<string> {
  const reached = new Set<string>([definition.entry]);
  // A Set's iterator also visits what is added on the way.
  for (const node of reached) {
    for (const hop of hopsFrom(definition, node)) if (open(hop) && 'go' in hop.target) reached.add(hop.target.go);
  }
  return reached;
}

function* walkFaults(definition: WorkflowDefinition): Generator<PublishFault> {
  const { nodes } = definition;
  const reached = reach(definition);
  const circular = closesCircle(definition);
  if (circular !== undefined) yield { code: 'circular_route', at: `nodes.${circular}` };
  const hops = [...reached].flatMap((node) => hopsFrom(definition, node));
  const approvals = hops.filter(({ target }) => 'end' in target && target.end === 'approve');
  if (approvals.length === 0) yield { code: 'no_way_to_approve', at: 'nodes' };

  // An approval is unproven where some way leads to it on which nothing proved who the person is.
  const unproven = reach(definition, (hop) => !factOf(definition, hop, 'proves'));
  for (const hop of approvals) {
    const at = `nodes.${hop.node}.routes.${hop.outcome}`;
    if (!factOf(definition, hop, 'approves')) yield { code: 'approval_after_failure', at };
    else if (unproven.has(hop.node) && !factOf(definition, hop, 'proves')) yield { code: 'approval_without_proof', at };
  }
  // After a plain no, success elsewhere does not make up for it.
  const hopeful = leadingTo(hops, approvals.map(({ node }) => node));
  for (const hop of hops) {
    if ('go' in hop.target && hopeful.has(hop.target.go) && factOf(definition, hop, 'forbids')) {
      yield { code: 'approval_after_failure', at: `nodes.${hop.node}.routes.${hop.outcome}` };
    }
  }
  for (const name of reached) {
    const step = nodes[name]?.step;
    const after = step === undefined ? [] : STEP_FACTS[step].after;
    const around = after.length === 0 ? undefined : reach(definition, (hop) => !after.some((needed) => nodes[hop.node]?.step === needed.step && (needed.outcome ?? hop.outcome) === hop.outcome));
    if (around?.has(name)) yield { code: 'step_before_its_evidence', at: `nodes.${name}` };
  }
  for (const name of Object.keys(nodes)) {
    if (!reached.has(name)) yield { code: 'unreachable_node', at: `nodes.${name}` };
  }
}

/** These nodes, and all from which one of them can be reached. Linear, as {@link reach} is. */
function leadingTo(hops: readonly Hop[], nodes: readonly string[]): ReadonlySet<string> {
  const before = new Map<string, string[]>();
  for (const { node, target } of hops) {
    if (!('go' in target)) continue;
    const earlier = before.get(target.go);
    if (earlier) earlier.push(node);
    else before.set(target.go, [node]);
  }
  const found = new Set(nodes);
  for (const node of found) for (const earlier of before.get(node) ?? []) found.add(earlier);
  return found;
}

/** A node whose hop leads back to one on the way to it; undefined where there is none. */
function closesCircle(definition: WorkflowDefinition): string | undefined {
  const finished = new Set<string>();
  const visit = (node: string, way: ReadonlySet<string>): string | undefined => {
    if (finished.has(node)) return undefined;
    const here = new Set([...way, node]);
    for (const { target } of hopsFrom(definition, node)) {
      if ('end' in target) continue;
      const closing = here.has(target.go) ? node : visit(target.go, here);
      if (closing !== undefined) return closing;
    }
    finished.add(node);
    return undefined;
  };
  return visit(definition.entry, new Set());
}

/** Whether this outcome of this node is among those that its step has listed under a fact. */
function factOf({ nodes }: WorkflowDefinition, hop: Hop, fact: 'proves' | 'approves' | 'forbids'): boolean {
  const step = nodes[hop.node]?.step;
  return step !== undefined && STEP_FACTS[step][fact].includes(hop.outcome);
}

function* policyFaults({ nodes, options }: WorkflowDefinition): Generator<PublishFault> {
  const { risk, phoneRisk, match, documents, kba, devices, retentionDays } = options;
  // Coming back rests on the journey that verified the person: trust cannot be used once that is deleted.
  if (devices.trust && retentionDays < Math.max(devices.desktopDays, devices.phoneDays)) yield { code: 'trust_outlives_journeys', at: 'options.retentionDays' };
  if (documents.dual && documents.types.length < 2) yield { code: 'dual_needs_two_types', at: 'options.documents.types' };
  // A vendor answers with one document, and shows us no face.
  if (documents.dual && documents.capture !== 'own') yield { code: 'dual_needs_own_capture', at: 'options.documents.capture' };
  if (documents.findSameFace && documents.capture === 'vendor') yield { code: 'faces_need_own_capture', at: 'options.documents.findSameFace' };
  if (documents.faceMatch > documents.faceReview) yield { code: 'thresholds_contradict', at: 'options.documents.faceMatch' };
  for (const [code, mode] of Object.entries(documents.checks)) {
    const facts: CheckFacts = DOCUMENT_CHECKS[code as CheckCode];
    if (facts.fixed && mode !== facts.mode) yield { code: 'check_is_fixed', at: `options.documents.checks.${code}` };
  }
  if (kba.right > kba.questions) yield { code: 'kba_cannot_pass', at: 'options.kba.right' };
  if (chanceOfGuessing(kba) > MOST_GUESSED) yield { code: 'kba_guessable', at: 'options.kba.right' };
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
  if (options.asyncUIRedirect === undefined) {
    if (!options.documents.returnPage) yield { code: 'missing_async_ui_redirect', at };
  } else if (!landable(options.asyncUIRedirect)) yield { code: 'bad_async_ui_redirect', at };
}

/** https, an app's own scheme (reverse-DNS, RFC 8252 section 7.1), or http on the loopback for trying things out. */
function landable(address: string): boolean {
  const url = URL.parse(address);
  if (!url || url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(url.protocol);
}
