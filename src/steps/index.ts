import type { StepName } from '../journey/journey.ts';
import type { Step } from './step.ts';

/** A step whose state's type is forgotten: its own schema reads the state back before anything typed sees it. */
export function anyStep<State>(step: Step<State>): Step {
  return step as unknown as Step;
}

/** The built steps by name. A workflow may route to one that is not here: its journeys end as `step_unavailable`. */
export function stepRegistry(steps: readonly Step[]): ReadonlyMap<StepName, Step> {
  return new Map(steps.map((step) => [step.name, step]));
}
