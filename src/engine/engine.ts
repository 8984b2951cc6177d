/**
 * The doors to a journey: open it, look at it, answer it, from the browser or from the phone. Answers, returns and
 * vendor notices all enter here and go through {@link settle}.
 */
import { randomUUID } from 'node:crypto';
import { GatehouseError } from '../errors.ts';
import type { Journey, Mode, Opening } from '../journey/journey.ts';
import type { LoadedJourney } from '../journey/store.ts';
import { standing } from '../journey/next.ts';
import type { DeliveryReport } from '../vendors/ports.ts';
import type { Workflow } from '../journey/workflow.ts';
import type { FieldErrors, PageShown, Step, Submission } from '../steps/step.ts';
import { cancel, settle, viewOf, type EngineDeps, type Position } from './advance.ts';
import { emptyRecording, recordingOf } from './recording.ts';
import { askAgain, reviewJourney, settleUnreviewed, type AgainRequest, type Reviewed, type ReviewRequest } from './review.ts';

export interface OpenRequest {
  readonly interactionUid: string;
  readonly clientId: string;
  readonly workflowId: string;
  readonly mode: Mode;
  readonly opening: Opening;
  /** The journey cannot outlive what it answers, epoch milliseconds. */
  readonly latest: number;
}

/** What became of a form. */
export type Answered =
  | { readonly kind: 'moved'; readonly position: Position }
  /** Shown again with what was typed. `page` is the one the form stood on. */
  | { readonly kind: 'invalid'; readonly errors: FieldErrors; readonly position: Position };

/** A one-time link that still asks something. */
export interface OpenLink extends LoadedJourney {
  readonly kind: 'open';
  readonly workflow: Workflow;
  readonly node: string;
  readonly step: Step;
  readonly page: PageShown;
}

/** What a phone with a one-time link stands before. Unknown, spent and expired links, and those of a step that is over, are all gone. */
export type PhoneSight = OpenLink | { readonly kind: 'gone' };

/** What a phone that captures stands before: it follows its journey, as the browser does. */
export type CaptureSight =
  | OpenLink
  | { readonly kind: 'gone' }
  /** Somebody is reading what it sent. */
  | ({ readonly kind: 'working'; readonly workflow: Workflow } & LoadedJourney)
  /** The step is over, or the journey is; `outcome` is undefined where the journey ended before the step did. */
  | ({ readonly kind: 'over'; readonly workflow: Workflow; readonly outcome: string | undefined } & LoadedJourney);

/** What became of a form that a phone sent. */
export type LinkAnswered =
  /** Not taken: the phone is shown what it stands before. */
  | PhoneSight
  /** `sight` is what the phone stood before; `journey` is where its answer led. */
  | { readonly kind: 'done'; readonly outcome: string; readonly sight: OpenLink; readonly journey: Journey }
  | { readonly kind: 'invalid'; readonly errors: FieldErrors; readonly sight: OpenLink };

export interface Engine {
  /** The journey of an interaction, begun now if it was not. */
  open(request: OpenRequest): Promise<Position>;
  byInteraction(uid: string): Promise<Position | undefined>;
  byId(id: string): Promise<Position | undefined>;
  submit(journeyId: string, submission: Submission): Promise<Answered>;
  /** Changes nothing at all: link previews and scanners call this. */
  peekLink(tokenHash: string): Promise<PhoneSight>;
  submitLink(tokenHash: string, submission: Submission): Promise<LinkAnswered>;
  /**
   * Bring the journey behind a claimed capture to rest and say what its phone stands before. Not for one-time links that
   * anybody may look at: this moves the journey along.
   */
  followLink(tokenHash: string): Promise<CaptureSight>;
  /** The person stops here: a denial with reason `cancelled_by_person`, unless the journey was decided before. */
  cancel(journeyId: string): Promise<Position>;
  /** A person on the staff approves or denies a journey that waits for one. */
  review(request: ReviewRequest): Promise<Reviewed>;
  /** They ask for one step again. */
  askAgain(request: AgainRequest): Promise<Reviewed>;
  /** Give the person more time, within the workflow's limits; false where no more may be given. */
  extend(journeyId: string, latest: number): Promise<boolean>;
  /**
   * Decide journeys that nobody came back to, and those that nobody reviewed for as long as they are kept, at most so many
   * of each; gives how many there were of the more.
   */
  settleOverdue(most: number): Promise<number>;
  /** An authenticated delivery report; false where nobody knows the message, or not yet: a report can overtake the send's record. */
  delivered(report: DeliveryReport): Promise<boolean>;
}

const MOST_CONFLICTS = 20;
/** A provider's word as the message's row has it; absent where it tells nothing new. */
const MESSAGE_STATUS: Readonly<Partial<Record<DeliveryReport['status'], 'sent' | 'delivered' | 'failed'>>> = { sent: 'sent', delivered: 'delivered', failed: 'failed', opted_out: 'failed' };
const DAY = 86_400_000;

export function makeEngine(deps: EngineDeps): Engine {
  const positionOf = async (loaded: LoadedJourney | undefined): Promise<Position | undefined> =>
    loaded ? settle(deps, loaded) : undefined;

  const open = async (request: OpenRequest): Promise<Position> => {
    const existing = await deps.journeys.byInteraction(request.interactionUid);
    if (existing) return settle(deps, existing);
    const workflow = await deps.workflows.deployed(request.workflowId);
    if (!workflow) throw new GatehouseError('workflow_not_deployed', 503, 'the key belongs to a workflow without a deployed version', { visitor: 'unavailable' });
    if (workflow.definition.options.identity === 'application' && !request.opening.prefill) {
      throw new GatehouseError('identity_not_supplied', 400, 'the workflow checks people against the identity that the application supplies, and none came');
    }
    const now = deps.now();
    const wanted = now + workflow.definition.options.journeySeconds * 1000;
    return settle(
      deps,
      await deps.journeys.open({
        id: randomUUID(),
        workflowId: workflow.id,
        workflowVersion: workflow.version,
        mode: request.mode,
        clientId: request.clientId,
        interactionUid: request.interactionUid,
        createdAt: now,
        expiresAt: Math.min(wanted, request.latest),
        deleteAt: now + workflow.definition.options.retentionDays * DAY,
        opening: request.opening,
        events: [{ layer: 'phase', name: 'journey', outcome: 'start' }],
      }),
    );
  };

  const submit = async (journeyId: string, submission: Submission): Promise<Answered> => {
    for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
      const loaded = await deps.journeys.byId(journeyId);
      if (!loaded) throw new GatehouseError('journey_gone', 410, 'the journey no longer exists', { visitor: 'session_not_found' });
      const position = await settle(deps, loaded);
      const { rest } = position;
      // A form of another page, an older version or a finished journey changes nothing: the person is shown where they are.
      if (rest.kind !== 'page') return { kind: 'moved', position };
      const known = rest.page.name === submission.page || rest.page.back?.name === submission.page;
      const current = !(rest.page.exact && rest.page.name === submission.page) || submission.version === position.journey.version;
      if (!known || !current) return { kind: 'moved', position };
      const now = deps.now();
      const view = viewOf(position, position.workflow, rest.node, rest.step, now);
      const result = await rest.step.submit(submission, view);
      if (result.kind === 'invalid') return { kind: 'invalid', errors: result.errors, position };
      const at = { node: rest.node, step: rest.step.name };
      const written = await deps.journeys.record(position.journey, recordingOf(position.journey, at, result.change, now, submission.visitor));
      if (written) return { kind: 'moved', position: await settle(deps, written) };
    }
    throw contended();
  };

  const sight = async (tokenHash: string): Promise<PhoneSight> => {
    const gone: PhoneSight = { kind: 'gone' };
    const found = await deps.journeys.byLink(tokenHash);
    if (!found) return gone;
    const now = deps.now();
    const { journey } = found;
    if (journey.decision || now >= found.linkExpiresAt || now >= journey.expiresAt) return gone;
    const workflow = await deps.workflows.version(journey.workflowId, journey.workflowVersion);
    if (!workflow) return gone;
    const stand = standing(journey, workflow);
    if (stand.kind !== 'at' || stand.node !== found.node) return gone;
    const step = deps.steps.get(stand.step);
    const page = step?.phonePage?.(viewOf(found, workflow, found.node, step, now), tokenHash);
    return step && page ? { ...found, kind: 'open', workflow, step, page } : gone;
  };

  return {
    open,
    byInteraction: async (uid) => positionOf(await deps.journeys.byInteraction(uid)),
    byId: async (id) => positionOf(await deps.journeys.byId(id)),
    submit,
    peekLink: sight,
    async followLink(tokenHash) {
      const found = await deps.journeys.byLink(tokenHash);
      if (!found || deps.now() >= found.linkExpiresAt) return { kind: 'gone' };
      const position = await settle(deps, found);
      const own = position.journey.results.find((one) => one.node === found.node);
      if (own || position.rest.kind === 'decided') return { ...position, kind: 'over', outcome: own?.outcome };
      if (position.rest.kind === 'working') return { ...position, kind: 'working' };
      return sight(tokenHash);
    },
    async submitLink(tokenHash, submission) {
      for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
        const seen = await sight(tokenHash);
        if (seen.kind === 'gone' || seen.page.name !== submission.page) return seen;
        if (seen.page.exact && submission.version !== seen.journey.version) return seen;
        const { journey, workflow, step } = seen;
        const now = deps.now();
        const result = await step.submit({ ...submission, linkHash: tokenHash }, viewOf(seen, workflow, seen.node, step, now));
        if (result.kind === 'invalid') return { kind: 'invalid', errors: result.errors, sight: seen };
        const written = await deps.journeys.record(journey, recordingOf(journey, { node: seen.node, step: step.name }, result.change, now, submission.visitor));
        if (!written) continue;
        // Decide at once, whether or not the desktop is still there to ask.
        const position = await settle(deps, written);
        const own = position.journey.results.find((one) => one.node === seen.node);
        return own ? { kind: 'done', outcome: own.outcome, sight: seen, journey: position.journey } : seen;
      }
      throw contended();
    },
    async cancel(journeyId) {
      const loaded = await deps.journeys.byId(journeyId);
      if (!loaded) throw new GatehouseError('journey_gone', 410, 'the journey no longer exists', { visitor: 'session_not_found' });
      return cancel(deps, loaded);
    },
    review: (request) => reviewJourney(deps, request),
    askAgain: (request) => askAgain(deps, request),
    async settleOverdue(most) {
      const ids = await deps.journeys.overdue(deps.now(), most);
      for (const id of ids) await positionOf(await deps.journeys.byId(id));
      return Math.max(ids.length, await settleUnreviewed(deps, most));
    },
    async extend(journeyId, latest) {
      for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
        const loaded = await deps.journeys.byId(journeyId);
        if (!loaded) return false;
        const position = await settle(deps, loaded);
        const { journey, workflow, rest } = position;
        const { journeySeconds, maxExtensions } = workflow.definition.options;
        if (rest.kind === 'decided' || journey.extensions >= maxExtensions) return false;
        const expiresAt = Math.min(journey.expiresAt + (journeySeconds * 1000) / 2, latest);
        if (expiresAt <= journey.expiresAt) return false;
        const now = deps.now();
        if (await deps.journeys.record(journey, { ...emptyRecording(journey, now), expiresAt })) return true;
      }
      throw contended();
    },
    async delivered(report) {
      for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
        const found = await deps.journeys.byMessage(report.provider, report.providerMessageId);
        if (!found) return false;
        const said = MESSAGE_STATUS[report.status];
        if (said && attempt === 0) await deps.journeys.messageReported(found.messageId, said, report.code ?? (report.status === 'opted_out' ? 'opted_out' : undefined), deps.now());
        if (found.journey.decision) return true;
        const workflow = await deps.workflows.version(found.journey.workflowId, found.journey.workflowVersion);
        const stand = workflow ? standing(found.journey, workflow) : undefined;
        const step = stand?.kind === 'at' ? deps.steps.get(stand.step) : undefined;
        if (!workflow || stand?.kind !== 'at' || !step?.report) return true;
        const now = deps.now();
        const change = step.report({ messageId: found.messageId, status: report.status, ...(report.code === undefined ? {} : { code: report.code }) }, viewOf(found, workflow, stand.node, step, now));
        if (!change) return true;
        const written = await deps.journeys.record(found.journey, recordingOf(found.journey, stand, change, now, undefined));
        if (written) {
          await settle(deps, written);
          return true;
        }
      }
      throw contended();
    },
  };
}


function contended(): GatehouseError {
  return new GatehouseError('journey_contended', 503, 'a journey changed faster than an answer could be recorded', { visitor: 'unavailable' });
}
