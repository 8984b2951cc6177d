/**
 * What people on the staff do to a journey that waits for them: approve it, deny it, or send the person back to one step.
 * Written in one transaction with its case and its audit entry, guarded by the versions of both; of two reviewers who act
 * at once one wins, and the other is told.
 */
import { GatehouseError } from '../errors.ts';
import type { JourneyEvent } from '../events/events.ts';
import type { LoadedJourney, Recording, ReviewRecording } from '../journey/store.ts';
import { beginAgainAt, GATEWAY, isReviewReason, NEVER_CAME, reviewedDecision, reviewedReasons, type ReviewRound, type ReviewVerdict, type Reviewer } from '../journey/review.ts';
import { vouching } from '../journey/review_evidence.ts';
import { policyOf, type Workflow } from '../journey/workflow.ts';
import { Personal } from '../personal.ts';
import type { EngineDeps } from './advance.ts';
import { bindingOf } from './binding_of.ts';
import { listedAtReview } from './listed.ts';
import { emptyRecording } from './recording.ts';

const HOUR_MS = 3_600_000;

interface OfCase {
  readonly journeyId: string;
  readonly caseId: string;
  /** As the reviewer saw it. */
  readonly caseVersion: number;
  /** One of `REVIEW_REASONS`. */
  readonly code: string;
  /** In the reviewer's own words; may hold personal data. */
  readonly words: Personal<string> | undefined;
  readonly by: Reviewer;
}

export interface ReviewRequest extends OfCase {
  readonly verdict: ReviewVerdict;
}

export interface AgainRequest extends OfCase {
  /** The node that the person is sent back to. */
  readonly node: string;
  /** Hash of the one-time link to go on by. */
  readonly linkHash: string | undefined;
}

/** Why nothing was changed. */
export type ReviewRefusal =
  /** Decided meanwhile, asked again, or never in review. */
  | 'not_in_review'
  /** The journey was deleted or its person erased. */
  | 'journey_gone'
  /** Somebody else changed the case since it was looked at. */
  | 'case_moved'
  /** The case asks for two people, and this is not the second. */
  | 'second_person_needed'
  /** Nothing in the journey says who the person is: ask for a step again, or deny. */
  | 'approves_nobody'
  /** The person, their document, phone, email or device is on a list of those who are denied, or the lists could not be read for too long. */
  | 'listed'
  /** The account was erased, or what the person came back by has ended. */
  | 'account_gone'
  /** The reason is none of those offered, or the node none that can be asked again. */
  | 'bad_request';

export type Reviewed =
  | { readonly kind: 'done'; readonly loaded: LoadedJourney; readonly expiresAt: number }
  | { readonly kind: 'refused'; readonly why: ReviewRefusal };

/** What a failed write means; the transaction is undone whole. */
const THROWN: Readonly<Record<string, ReviewRefusal>> = {
  case_moved: 'case_moved', second_person_needed: 'second_person_needed', approved_nobody: 'approves_nobody', account_erased: 'account_gone', trust_ended: 'account_gone',
  lists_stale: 'listed',
};

const refused = (why: ReviewRefusal): Reviewed => ({ kind: 'refused', why });

/** Approve or deny a journey whose decision is `review`. */
export function reviewJourney(deps: EngineDeps, request: ReviewRequest): Promise<Reviewed> {
  if (!isReviewReason(request.verdict, request.code)) return Promise.resolve(refused('bad_request'));
  return attempt(deps, request, (loaded, workflow, now) => {
    const { verdict, code } = request;
    if (verdict === 'deny') return denial(request, loaded, workflow, now);
    const decision = reviewedDecision(verdict, code, policyOf(workflow), now);
    const evidence = [vouching(loaded.evidence, code, now)];
    const whole = { journey: loaded.journey, evidence: [...loaded.evidence, ...evidence] };
    const binding = bindingOf(whole, workflow, now);
    if (deps.lists && listedAtReview(deps.lists, whole, now)) return 'listed';
    return {
      ...emptyRecording(loaded.journey, now),
      decision,
      evidence,
      // No sightings: where the person was when they came is not where they are now.
      binding,
      images: { ids: 'all', deleteAt: now + workflow.definition.options.documents.imageHours * HOUR_MS },
      events: reviewEvents(verdict, code),
      review: reviewOf(request, roundOf(loaded, request, verdict, now)),
    };
  });
}

/**
 * Deny what nobody decided for as long as journeys of its workflow are kept, at most so many; gives how many there were.
 * Without it an open case would keep a person's data for ever.
 */
export async function settleUnreviewed(deps: EngineDeps, most: number): Promise<number> {
  const found = await deps.journeys.unreviewed(deps.now(), most);
  for (const of of found) {
    const request: ReviewRequest = { ...of, verdict: 'deny', code: NEVER_CAME, words: undefined, by: GATEWAY };
    // Decided by a person at this very moment: then there is nothing left to do.
    await attempt(deps, request, (loaded, workflow, now) => denial(request, loaded, workflow, now));
  }
  return found.length;
}

function denial(request: ReviewRequest, loaded: LoadedJourney, workflow: Workflow, now: number): Recording {
  return {
    ...emptyRecording(loaded.journey, now),
    decision: reviewedDecision('deny', request.code, policyOf(workflow), now),
    images: { ids: 'all', deleteAt: now + workflow.definition.options.documents.imageHours * HOUR_MS },
    events: reviewEvents('deny', request.code),
    review: reviewOf(request, roundOf(loaded, request, 'deny', now)),
  };
}

/** Send the person back to a step that they passed: what came of it and after it is dropped, and the journey goes on. */
export function askAgain(deps: EngineDeps, request: AgainRequest): Promise<Reviewed> {
  if (!isReviewReason('again', request.code)) return Promise.resolve(refused('bad_request'));
  return attempt(deps, request, (loaded, workflow, now) => {
    const begun = beginAgainAt(loaded.journey.results, request.node);
    if (!begun) return 'bad_request';
    const expiresAt = now + workflow.definition.options.review.againHours * HOUR_MS;
    return {
      ...emptyRecording(loaded.journey, now),
      states: Personal.of({}),
      events: [
        { layer: 'label', name: 'human_review', outcome: 'success', reason: 'asked_again', details: { node: request.node, code: request.code } },
        { layer: 'phase', name: 'journey', outcome: 'start', reason: 'asked_again' },
      ],
      review: {
        ...reviewOf(request, { ...roundOf(loaded, request, 'again', now), node: request.node, dropped: begun.dropped }),
        again: { results: begun.kept, dropped: begun.dropped.map(({ node }) => node), expiresAt, linkHash: request.linkHash },
      },
    };
  });
}

async function attempt(
  deps: EngineDeps, request: OfCase, make: (loaded: LoadedJourney, workflow: Workflow, now: number) => Recording | ReviewRefusal,
): Promise<Reviewed> {
  const loaded = await deps.journeys.byId(request.journeyId);
  if (!loaded) return refused('journey_gone');
  if (loaded.journey.decision?.verdict !== 'review') return refused('not_in_review');
  const workflow = await deps.workflows.version(loaded.journey.workflowId, loaded.journey.workflowVersion);
  if (!workflow) throw new GatehouseError('workflow_missing', 500, 'the version that a journey began with is not stored');
  try {
    const recording = make(loaded, workflow, deps.now());
    if (typeof recording === 'string') return refused(recording);
    const written = await deps.journeys.record(loaded.journey, recording);
    // Nobody but a reviewer writes to a decided journey, and erasing it: either was first.
    if (!written) return refused('not_in_review');
    return { kind: 'done', loaded: written, expiresAt: written.journey.expiresAt };
  } catch (thrown) {
    const why = thrown instanceof GatehouseError ? THROWN[thrown.code] : undefined;
    if (why === undefined) throw thrown;
    return refused(why);
  }
}

function roundOf({ journey }: LoadedJourney, { by, code }: OfCase, verdict: ReviewRound['verdict'], at: number): ReviewRound {
  if (!journey.decision) throw new GatehouseError('journey_undecided', 500, 'only a decision can be reviewed');
  return { verdict, from: journey.decision, by: { kind: by.kind, id: by.id }, code, at };
}

function reviewOf({ caseId, caseVersion, by, words }: OfCase, round: ReviewRound): ReviewRecording {
  return { caseId, caseVersion, round, by, words };
}

function reviewEvents(verdict: ReviewVerdict, code: string): readonly JourneyEvent[] {
  const approved = verdict === 'approve';
  const reason = reviewedReasons(verdict, code)[0] ?? code;
  return [
    { layer: 'label', name: 'human_review', outcome: approved ? 'success' : 'failure', reason: code },
    { layer: 'label', name: 'identity_proofing', outcome: approved ? 'success' : 'failure', reason, details: { verdict } },
    { layer: 'phase', name: 'journey', outcome: approved ? 'next' : 'exit', reason, details: { verdict } },
  ];
}
