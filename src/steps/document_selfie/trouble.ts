/**
 * Trouble that says nothing about the pictures. A job that failed is tried once more by itself, then the step ends as what
 * it was; a job for which there was no room waits, for as long as the journey lives: load must deny nobody. Pure.
 */
import type { JobAnswer } from '../../documents/reader.ts';
import type { BlockName } from '../../events/events.ts';
import type { Change } from '../step.ts';
import { endWith, type Outcome } from './endings.ts';
import { nameOf, owedOf, type Task } from './position.ts';
import type { BegunView, State, View } from './state.ts';

/** A job that fails is tried so often. */
const MOST_TRIES = 2;
/** Between the tries of one that found no room, milliseconds; the last pause again and again. */
const PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
const LONGEST_PAUSE = 15_000;

/** How a task can come to nothing through no fault of the pictures. */
export type Trouble = 'timed_out' | 'crashed' | 'busy' | 'picture_gone';

const OUTCOMES: Readonly<Record<Exclude<Trouble, 'busy'>, Outcome>> = { timed_out: 'timed_out', crashed: 'broke', picture_gone: 'broke' };

/** Whether an answer says nothing about the pictures, and is no refusal either. */
export function isTrouble(answer: JobAnswer<unknown>): answer is Extract<JobAnswer<unknown>, { readonly kind: 'timed_out' | 'crashed' | 'busy' }> {
  return answer.kind === 'timed_out' || answer.kind === 'crashed' || answer.kind === 'busy';
}

/** What the trouble of the task that is owed changes. */
export function troubled(view: BegunView, block: BlockName, kind: Trouble): Change<State> {
  const owed = owedOf(view);
  const task = owed.at === 'work' ? nameOf(owed) : '';
  const { times, busy } = view.state.trouble?.task === task ? view.state.trouble : { times: 0, busy: 0 };
  const line = { layer: 'block', name: block, outcome: 'fail', reason: kind } as const;
  if (kind === 'busy') {
    const until = view.now + (PAUSES[busy] ?? LONGEST_PAUSE);
    // Told while the pauses grow: the timeline is not a log of every try.
    return { state: { ...view.state, trouble: { task, times, busy: busy + 1, until } }, events: busy < PAUSES.length ? [line] : [] };
  }
  const tried = times + 1;
  const events = [{ ...line, details: { try: tried } }];
  // A picture that is gone does not come back by asking again.
  if (tried < MOST_TRIES && kind !== 'picture_gone') return { state: { ...view.state, trouble: { task, times: tried, busy } }, events };
  return endWith(view, OUTCOMES[kind], [{ code: `reader_${kind}`, detail: { block, tries: tried } }], { events });
}

/** The state with its trouble forgotten: the task was done. */
export function untroubled(state: State): State {
  const { trouble: _, ...kept } = state;
  return kept;
}

/** The view of the state that is current, if it still waits for this very task; undefined where the answer is no longer wanted. */
export function stillWanted(current: View, task: Task, about: string): BegunView | undefined {
  const { state } = current;
  if (!state) return undefined;
  const view: BegunView = { ...current, state };
  const position = owedOf(view);
  return position.at === 'work' && position.task === task && position.about === about ? view : undefined;
}
