/**
 * The shell that moves a journey along, whoever asks: load, work out the position, run the step, record in one
 * transaction guarded by the version, and again until it rests. Nothing here knows a particular step.
 */
import { ASKED_AGAIN, reviewedOnceMore } from '../journey/asked_again.ts';
import { decide, ownReasons, type Interruption } from '../journey/decide.ts';
import type { Decision, Journey, StepName } from '../journey/journey.ts';
import { standing, type Standing } from '../journey/next.ts';
import { firedRules, reviewReasons } from '../journey/rules/automations.ts';
import type { Lists } from '../journey/rules/lists.ts';
import type { JourneyStore, LoadedJourney, Recording, WorkflowStore } from '../journey/store.ts';
import type { Workflow } from '../journey/workflow.ts';
import { GatehouseError } from '../errors.ts';
import { deviceKeysOf } from '../journey/device_evidence.ts';
import { Personal } from '../personal.ts';
import { approvedSightings } from '../steps/session_evidence.ts';
import type { PageShown, Step, StepView } from '../steps/step.ts';
import { bindingOf } from './binding_of.ts';
import { listedAtApproval, withListed } from './listed.ts';
import { emptyRecording, recordingOf } from './recording.ts';

export interface EngineDeps {
  readonly journeys: JourneyStore;
  readonly workflows: WorkflowStore;
  /** The built steps, by name; a workflow may route to one that is missing here. */
  readonly steps: ReadonlyMap<StepName, Step>;
  readonly now: () => number;
  /** How long one process may ask the world before another may try, milliseconds. */
  readonly leaseMs: number;
  /** The operator's own lists; absent where there are none. */
  readonly lists?: Lists;
}

/** Where a journey rests. */
export type Rest =
  | { readonly kind: 'page'; readonly node: string; readonly step: Step; readonly page: PageShown }
  /** Somebody else is asking the world for it right now. */
  | { readonly kind: 'working' }
  | { readonly kind: 'decided'; readonly decision: Decision };

export interface Position extends LoadedJourney {
  readonly workflow: Workflow;
  readonly rest: Rest;
}

/** More rounds than any workflow needs; reaching it is a step that changes nothing and asks again. */
const MOST_ROUNDS = 40;

/** Bring a journey to rest. */
export async function settle(deps: EngineDeps, first: LoadedJourney): Promise<Position> {
  const workflow = await workflowOf(deps, first.journey);
  let loaded = first;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { journey } = loaded;
    const rest = (found: Rest): Position => ({ ...loaded, workflow, rest: found });
    if (journey.decision) return rest({ kind: 'decided', decision: journey.decision });
    const now = deps.now();
    const stand = standing(journey, workflow);
    // An end already reached is decided even when time has run out meanwhile: its last step was acknowledged.
    if (stand.kind !== 'at') {
      loaded = await conclude(deps, loaded, workflow, stand, now);
      continue;
    }
    const interrupted = interruption(deps, loaded, stand.step, now);
    if (interrupted) {
      loaded = await record(deps, loaded, conclusion(loaded, workflow, { kind: 'interrupted', code: interrupted, node: stand.node }, now));
      continue;
    }
    const step = stepFor(deps, stand.step);
    const view = viewOf(loaded, workflow, stand.node, step, now);
    const move = step.move(view);
    if (move.kind === 'show') return rest({ kind: 'page', node: stand.node, step, page: move.page });
    if (move.kind === 'finish') {
      loaded = await record(deps, loaded, recordingOf(journey, stand, { end: move.end }, now, undefined));
      continue;
    }
    if (!step.work) throw new GatehouseError('step_without_work', 500, `step ${step.name} asked for work it cannot do`);
    if (!(await deps.journeys.lease(journey, now, now + Math.max(deps.leaseMs, step.workMs ?? 0)))) {
      const fresh = await reload(deps, loaded);
      if (fresh.journey.version === journey.version) return rest({ kind: 'working' });
      loaded = fresh;
      continue;
    }
    const apply = await step.work(move.task, view);
    loaded = await applyTo(deps, loaded, workflow, stand, step, apply);
  }
  throw new GatehouseError('journey_does_not_rest', 500, `journey ${first.journey.id} did not come to rest`);
}

/** Record what the world answered on the state that is current by now, as long as its node is still the one owed. */
async function applyTo(
  deps: EngineDeps,
  from: LoadedJourney,
  workflow: Workflow,
  at: { readonly node: string; readonly step: StepName },
  step: Step,
  apply: (current: StepView<unknown>) => ReturnType<Awaited<ReturnType<NonNullable<Step['work']>>>>,
): Promise<LoadedJourney> {
  let loaded = from;
  for (let attempt = 0; attempt < MOST_ROUNDS; attempt += 1) {
    const stand = standing(loaded.journey, workflow);
    if (loaded.journey.decision || stand.kind !== 'at' || stand.node !== at.node) return loaded;
    const now = deps.now();
    const change = apply(viewOf(loaded, workflow, at.node, step, now));
    // A late answer to what is no longer asked: whoever asks by now keeps their lease.
    if (!change) return loaded;
    const written = await deps.journeys.record(loaded.journey, recordingOf(loaded.journey, at, change, now, undefined));
    if (written) return written;
    loaded = await reload(deps, loaded);
  }
  throw new GatehouseError('journey_contended', 503, 'a journey changed faster than an answer could be recorded', { visitor: 'unavailable' });
}

function interruption(deps: EngineDeps, loaded: LoadedJourney, name: StepName, now: number): Interruption | undefined {
  if (now >= loaded.journey.expiresAt) return 'journey_expired';
  const step = deps.steps.get(name);
  if (!step) return 'step_unavailable';
  const have = new Set(loaded.evidence.map((evidence) => evidence.kind));
  const ready = [step.needs, ...(step.needsInstead ? [step.needsInstead] : [])].some((kinds) => kinds.every((kind) => have.has(kind)));
  return ready ? undefined : 'evidence_missing';
}

/**
 * End an undecided journey where it stands because the person asked for it; the settled position, whichever came first.
 * Asks the world nothing. A journey that ran out of time, or whose last step was already taken, is decided as that.
 */
export async function cancel(deps: EngineDeps, first: LoadedJourney): Promise<Position> {
  const workflow = await workflowOf(deps, first.journey);
  let loaded = first;
  for (let attempt = 0; attempt < MOST_ROUNDS; attempt += 1) {
    const { journey } = loaded;
    const now = deps.now();
    const stand = standing(journey, workflow);
    if (journey.decision || stand.kind !== 'at' || now >= journey.expiresAt) return settle(deps, loaded);
    loaded = await record(deps, loaded, conclusion(loaded, workflow, { kind: 'interrupted', code: 'cancelled_by_person', node: stand.node }, now));
  }
  throw new GatehouseError('journey_contended', 503, 'a journey changed faster than its end could be recorded', { visitor: 'unavailable' });
}

/** Why what the routes approve is denied: what somebody came back by has ended meanwhile, or the evidence is nobody's. */
const NOT_APPROVED = ['account_erased', 'trust_ended', 'approved_nobody'] as const;

/** Decide by where the routes led, unless what an approval rests on does not hold. */
async function conclude(deps: EngineDeps, loaded: LoadedJourney, workflow: Workflow, led: Exclude<Standing, { kind: 'at' }>, now: number): Promise<LoadedJourney> {
  const stand = led.kind === 'end' && led.verdict === 'approve' && reviewedOnceMore(loaded.journey, loaded.evidence, workflow.definition.options.review.fourEyes)
    ? { ...led, verdict: 'review' as const, last: { ...led.last, reasons: [{ code: ASKED_AGAIN }, ...led.last.reasons] } }
    : led;
  // Blocked since the steps looked, or reached by a path on which none of them does.
  const listed = deps.lists && stand.kind === 'end' && stand.verdict === 'approve' ? listedAtApproval(deps.lists, loaded, now) : undefined;
  if (listed) return record(deps, loaded, withListed(conclusion(loaded, workflow, { kind: 'interrupted', code: listed.code }, now), listed));
  try {
    return await record(deps, loaded, conclusion(loaded, workflow, byRules(stand, loaded.journey, workflow), now));
  } catch (thrown) {
    const ended = thrown instanceof GatehouseError ? NOT_APPROVED.find((code) => code === thrown.code) : undefined;
    if (!ended) throw thrown;
    return record(deps, loaded, conclusion(loaded, workflow, { kind: 'interrupted', code: ended }, now));
  }
}

/** An approval that a rule of the workflow's automation puts to review goes there as if its route led there. */
function byRules(stand: Exclude<Standing, { kind: 'at' }>, { results }: Journey, { definition: { options } }: Workflow): Exclude<Standing, { kind: 'at' }> {
  if (stand.kind !== 'end' || options.automations.length === 0) return stand;
  const own = ownReasons(stand.last);
  const why = reviewReasons(options.automations, { verdict: stand.verdict, reasons: own }, results);
  return why.length === 0 ? stand : { ...stand, verdict: 'review', last: { ...stand.last, reasons: [...why, ...own] } };
}

/** Write, or read again where somebody else was first. */
async function record(deps: EngineDeps, loaded: LoadedJourney, recording: Recording): Promise<LoadedJourney> {
  return (await deps.journeys.record(loaded.journey, recording)) ?? (await reload(deps, loaded));
}

/** Read a journey again; one that is gone was erased while somebody held it. */
export async function reload(deps: EngineDeps, loaded: LoadedJourney): Promise<LoadedJourney> {
  const fresh = await deps.journeys.byId(loaded.journey.id);
  if (!fresh) throw new GatehouseError('journey_gone', 410, 'the journey no longer exists', { visitor: 'session_not_found' });
  return fresh;
}

function conclusion(
  loaded: LoadedJourney,
  workflow: Workflow,
  cause: Exclude<Standing, { kind: 'at' }> | { readonly kind: 'interrupted'; readonly code: Interruption; readonly node?: string },
  now: number,
): Recording {
  const { journey } = loaded;
  const decision = decide(journey, workflow, cause, now);
  const approved = decision.verdict === 'approve';
  const binding = approved ? bindingOf(loaded, workflow, now) : undefined;
  const reason = decision.reasons[0]?.code ?? decision.verdict;
  const fired = firedRules(workflow.definition.options.automations, decision, journey.results);
  return {
    ...emptyRecording(journey, now),
    // What steps kept between requests has done its work; what a decision stands on is in its evidence.
    states: Personal.of({}),
    decision,
    ...(binding ? { binding } : {}),
    ...(approved ? { sightings: approvedSightings(journey, loaded.evidence) } : {}),
    ...(cause.kind === 'end' ? {} : { images: { ids: 'all' as const, deleteAt: now } }),
    ...(decision.verdict === 'review' ? waiting(loaded, workflow, now) : {}),
    ...(fired.length > 0 ? { automations: fired } : {}),
    events: [
      ...(reason === 'journey_expired' ? [{ layer: 'label', name: 'journey_expiry', outcome: 'failure', reason } as const] : []),
      { layer: 'label', name: 'identity_proofing', outcome: approved ? 'success' : 'failure', reason, details: { verdict: decision.verdict } },
      { layer: 'phase', name: 'journey', outcome: approved ? 'next' : 'exit', reason, details: { verdict: decision.verdict } },
    ],
  };
}

const HOUR_MS = 3_600_000;

/** What a journey that waits for a person needs: its case, its pictures as long as somebody may look, its browsers registered. */
function waiting({ evidence }: LoadedJourney, { definition: { options } }: Workflow, now: number): Pick<Recording, 'waits' | 'images'> {
  return {
    waits: { dueAt: now + options.review.slaHours * HOUR_MS, fourEyes: options.review.fourEyes, keys: options.devices.trust ? deviceKeysOf(evidence) : [] },
    images: { ids: 'all', deleteAt: now + options.documents.reviewImageHours * HOUR_MS },
  };
}

/** What a step may look at; a state that does not parse fails closed. */
export function viewOf(loaded: LoadedJourney, workflow: Workflow, node: string, step: Step, now: number): StepView<unknown> {
  const stored = loaded.journey.states.open()[node];
  const state = stored === undefined ? undefined : step.state.safeParse(stored);
  if (state && !state.success) {
    throw new GatehouseError('state_unreadable', 500, `the kept state of step ${step.name} does not have its shape`);
  }
  return { journey: loaded.journey, workflow, node, state: state?.data, now, evidence: loaded.evidence };
}

function stepFor(deps: EngineDeps, name: StepName): Step {
  const step = deps.steps.get(name);
  if (!step) throw new GatehouseError('step_unavailable', 500, `step ${name} is not built`);
  return step;
}

async function workflowOf(deps: EngineDeps, journey: Journey): Promise<Workflow> {
  const workflow = await deps.workflows.version(journey.workflowId, journey.workflowVersion);
  if (!workflow) throw new GatehouseError('workflow_missing', 500, 'the version that a journey began with is not stored');
  return workflow;
}
