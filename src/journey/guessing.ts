/** How likely somebody who knows nothing of a person passes their knowledge questions. Pure. */
import type { KbaOptions } from './document_options.ts';

/** No question has fewer choices: a source that sends fewer has sent no questions (`vendors/kba_http/reply.ts`). */
export const LEAST_CHOICES = 4;

/** A workflow whose questions can be guessed more often than this is not published. */
export const MOST_GUESSED = 0.06;

/**
 * The chance, 0 to 1, that guesses alone pass one of the rounds, at `choices` choices per question, one of them right.
 * Rounds are independent, because each has new questions.
 */
export function chanceOfGuessing({ questions, right, rounds }: Pick<KbaOptions, 'questions' | 'right' | 'rounds'>, choices: number = LEAST_CHOICES): number {
  const hit = 1 / choices;
  let passes = 0;
  for (let hits = right; hits <= questions; hits += 1) passes += combinations(questions, hits) * hit ** hits * (1 - hit) ** (questions - hits);
  return 1 - (1 - passes) ** rounds;
}

/** In how many ways `taken` of `all` can be chosen. */
function combinations(all: number, taken: number): number {
  let ways = 1;
  for (let one = 1; one <= taken; one += 1) ways = (ways * (all - taken + one)) / one;
  return ways;
}
