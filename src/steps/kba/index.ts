/**
 * Knowledge questions, for people who cannot show a document (SPEC 4): a few generated questions within a time limit,
 * and once more with new ones. Nobody is asked about the person before their consent is on record (SPEC 12), and sets are
 * counted per person, across journeys, before they are asked for. There is always another way out. Nobody is told which
 * answer was wrong, and which choice is right never comes here at all.
 */
import { z } from 'zod';
import type { JourneyEvent } from '../../events/events.ts';
import type { ClaimedIdentity, Reason } from '../../journey/journey.ts';
import { countsOf } from '../../journey/rules/velocity.ts';
import { Personal } from '../../personal.ts';
import type { VendorAnswer, Vendors } from '../../vendors/ports.ts';
import type { Change, PageShown, Step, StepEnd, StepView, Submission, SubmitResult } from '../step.ts';
import { questionsConsentAgreedTo } from './consent.ts';
import type { KbaPageModels } from './pages.ts';
import { personKeys } from './question_limit.ts';

const questionShape = z.strictObject({ id: z.string(), text: z.string(), choices: z.array(z.strictObject({ id: z.string(), text: z.string() })) });
const roundShape = z.strictObject({
  setId: z.string(),
  questions: z.array(questionShape),
  endsAt: z.number(),
  /** Choices by question, until they are graded. */
  answers: z.record(z.string(), z.string()).optional(),
});
const stateShape = z.strictObject({
  /** Hash of the consent text agreed to. */
  consent: z.string().optional(),
  /** Sets that were counted: each is, before it is asked for. */
  counted: z.number().int().min(0),
  /** The set that is on the screen, or was just answered. */
  round: roundShape.optional(),
  /** Sets that were failed or ran out of time. */
  before: z.array(z.string()),
  declined: z.boolean(),
});
type State = z.infer<typeof stateShape>;
type View = StepView<State>;

const FRESH: State = { counted: 0, before: [], declined: false };

/** How many sets a person was asked of late, in all journeys; looked at when the present one is counted already. */
export interface QuestionLimit {
  look(claimed: ClaimedIdentity, view: Pick<View, 'journey' | 'workflow' | 'now'>): Promise<{
    readonly over: boolean;
    /** Whether going over stops anybody under this key. */
    readonly enforced: boolean;
    readonly rule: string;
    readonly count: number;
    readonly limit: number;
  }>;
}

export interface KbaDeps {
  readonly vendors: Vendors;
  readonly limit: QuestionLimit;
}

export function kba({ vendors, limit }: KbaDeps): Step<State> {
  return {
    name: 'kba',
    needs: ['claimed_identity'],
    yields: ['kba'],
    state: stateShape as z.ZodType<State>,
    move(view) {
      const { options } = view.workflow.definition;
      const state = view.state ?? FRESH;
      if (!options.kba.enabled) return { kind: 'finish', end: ended('not_offered', 'not_enabled') };
      if (state.declined) return { kind: 'finish', end: ended('declined', 'declined_by_person') };
      if (state.consent === undefined) return { kind: 'show', page: consentPage(view) };
      const { round } = state;
      if (round?.answers) return { kind: 'work', task: 'grade' };
      if (round && view.now < round.endsAt) {
        return {
          kind: 'show',
          page: {
            name: 'kba_questions',
            wakeAt: round.endsAt,
            model: { questions: round.questions, endsAt: round.endsAt, round: state.before.length + 1, rounds: options.kba.rounds },
          },
        };
      }
      const failed = state.before.length + (round ? 1 : 0);
      if (failed >= options.kba.rounds) return { kind: 'finish', end: ended('fail', round ? 'out_of_time' : 'wrong_answers') };
      return { kind: 'work', task: state.counted > failed ? 'questions' : 'count' };
    },
    async submit(submission, view) {
      return submission.page === 'kba_consent' ? agree(submission, view) : answer(submission, view);
    },
    async work(task, view) {
      if (task === 'count') return count(view);
      return task === 'grade' ? grade(vendors, view) : draw(vendors, limit, view);
    },
  };
}

function consentPage({ workflow, node }: View): PageShown {
  const target = workflow.definition.nodes[node]?.routes['declined'];
  const model: KbaPageModels['kba_consent'] = { otherWay: target !== undefined && 'go' in target };
  return { name: 'kba_consent', model: { ...model } };
}

function agree(submission: Submission, view: View): SubmitResult<State> {
  if (view.state) return { kind: 'invalid', errors: {} };
  const values = submission.values.open();
  const begun = { layer: 'phase', name: 'knowledgeQuestions', outcome: 'start' } as const;
  if (values['action'] === 'decline') return { kind: 'change', change: { state: { ...FRESH, declined: true }, events: [begun] } };
  if (values['action'] !== 'agree') return { kind: 'invalid', errors: { consent: 'required' } };
  // The hash proves which text stood on the screen; another one must be seen before it can be agreed to.
  const consent = questionsConsentAgreedTo(view.workflow, view.journey.opening.clientName, values['consentHash']);
  if (!consent) return { kind: 'invalid', errors: { consent: 'consent_changed' } };
  return {
    kind: 'change',
    change: {
      state: { ...FRESH, consent: consent.hash },
      consents: [{ purpose: 'knowledge_questions', text: consent.text, locale: consent.locale, method: 'button' }],
      events: [begun, { layer: 'label', name: 'knowledge_questions_consent', outcome: 'success' }],
    },
  };
}

function answer(submission: Submission, view: View): SubmitResult<State> {
  const { state } = view;
  if (!state?.round) return { kind: 'invalid', errors: {} };
  const values = submission.values.open();
  if (values['action'] === 'decline') return { kind: 'change', change: { state: { ...state, round: undefined, declined: true } } };
  const { round } = state;
  const chosen = round.questions.map(({ id, choices }) => [id, choices.find((choice) => choice.id === values[`q_${id}`])?.id] as const);
  const missing = chosen.filter(([, choice]) => choice === undefined);
  if (missing.length > 0) return { kind: 'invalid', errors: Object.fromEntries(missing.map(([id]) => [`q_${id}`, 'required'])) };
  const answers = Object.fromEntries(chosen.map(([id, choice]) => [id, choice ?? '']));
  return { kind: 'change', change: { state: { ...state, round: { ...round, answers } } } };
}

function claimedOf({ evidence }: View): ClaimedIdentity | undefined {
  return (evidence.findLast((one) => one.kind === 'claimed_identity')?.data as Personal<ClaimedIdentity> | undefined)?.open();
}

/** Recorded before anybody is asked: journeys in parallel then all see each other's sets. */
function count(view: View): (current: View) => Change<State> | undefined {
  const claimed = claimedOf(view);
  if (!claimed) return () => ({ end: ended('could_not_tell', 'nobody_to_ask_about') });
  const wanted = (view.state?.counted ?? 0) + 1;
  return ({ state }) =>
    state?.counted === wanted - 1 ? { state: { ...state, counted: wanted }, counts: countsOf(view.journey.mode, personKeys(claimed)) } : undefined;
}

/** New questions; the clock runs from when they are recorded, so that a reload gives no more time. */
async function draw(vendors: Vendors, limit: QuestionLimit, view: View): Promise<(current: View) => Change<State> | undefined> {
  const { options } = view.workflow.definition;
  const { state } = view;
  const claimed = claimedOf(view);
  if (!claimed) return () => ({ end: ended('could_not_tell', 'nobody_to_ask_about') });
  if (state?.consent === undefined) return () => ({ end: ended('could_not_tell', 'missingConsent') });
  const { over, enforced, ...share } = await limit.look(claimed, view);
  if (over && enforced) return () => ({ end: ended('fail', 'velocity_kba', { ...share, enforced }) });
  const before = state.round ? [...state.before, state.round.setId] : state.before;
  const found = await vendors[view.journey.mode].kba.questions(Personal.of(claimed), { count: options.kba.questions, locale: view.journey.opening.locale, before });
  return (current) => {
    // Another process was first: its questions are on the screen.
    if (!current.state || current.state.round?.setId !== state.round?.setId) return undefined;
    if (found.kind !== 'answer') return { end: trouble(found) };
    const { setId, questions } = found.value.open();
    if (before.includes(setId)) return { end: ended('broke', 'same_questions_again') };
    return {
      state: {
        ...current.state,
        round: { setId, questions: questions.map(({ id, text, choices }) => ({ id, text, choices: choices.map((one) => ({ id: one.id, text: one.text })) })), endsAt: current.now + options.kba.seconds * 1000 },
        before,
      },
      events: [
        // What stops nobody under this key leaves its trace all the same.
        ...(over ? [{ layer: 'block', name: 'knowledgeQuestions', outcome: 'success', reason: 'velocity_kba', details: { ...share, enforced } } as const] : []),
        ...(state.round && !state.round.answers ? [roundEvent('out_of_time', before.length)] : []),
      ],
    };
  };
}

async function grade(vendors: Vendors, view: View): Promise<(current: View) => Change<State> | undefined> {
  const round = view.state?.round;
  if (!round?.answers) return () => undefined;
  if (view.state?.consent === undefined) return () => ({ end: ended('could_not_tell', 'missingConsent') });
  const { right: enough } = view.workflow.definition.options.kba;
  const simulated = view.journey.mode === 'test';
  const found = await vendors[view.journey.mode].kba.grade(round.setId, Personal.of(round.answers));
  return ({ state }) => {
    if (!state?.round?.answers || state.round.setId !== round.setId) return undefined;
    if (found.kind !== 'answer') return { end: trouble(found) };
    const { right, asked } = found.value;
    const rounds = state.before.length + 1;
    // The answers have done their work, and are kept no longer.
    const after: State = { ...state, round: undefined, before: [...state.before, round.setId] };
    if (right < enough) return { state: after, events: [roundEvent('wrong_answers', rounds)] };
    const detail = { right, asked, rounds };
    return {
      state: after,
      end: {
        outcome: 'pass',
        reasons: [{ code: 'questions_answered', detail }],
        evidence: [{ kind: 'kba', version: 1, simulated, data: Personal.of({ ...detail, source: found.meta.vendor, at: view.now }) }],
        events: closing('success', 'next'),
      },
    };
  };
}

function roundEvent(reason: string, round: number): JourneyEvent {
  return { layer: 'block', name: 'knowledgeQuestions', outcome: 'fail', reason, details: { round } };
}

function trouble(found: Exclude<VendorAnswer<unknown>, { kind: 'answer' }>): StepEnd {
  if (found.kind === 'not_configured') return ended('could_not_tell', 'not_configured');
  return ended(found.kind, found.kind === 'timed_out' ? 'timeout' : found.code);
}

function ended(outcome: string, reason: string, detail?: NonNullable<Reason['detail']>): StepEnd {
  return { outcome, reasons: [{ code: reason, ...(detail ? { detail } : {}) }], events: closing('failure', 'exit', reason) };
}

function closing(outcome: 'success' | 'failure', phase: 'next' | 'exit', reason?: string): readonly JourneyEvent[] {
  const why = reason === undefined ? {} : { reason };
  return [
    { layer: 'block', name: 'knowledgeQuestions', outcome: outcome === 'success' ? 'success' : 'fail', ...why },
    { layer: 'label', name: 'knowledge_questions', outcome, ...why },
    { layer: 'phase', name: 'knowledgeQuestions', outcome: phase, ...why },
  ];
}
