import type { Position } from '../engine/advance.ts';

/** How a journey without success ended, as a person and an application may know it: never which check failed. */
export type Ending = 'denied' | 'step_unavailable' | 'expired' | 'review' | 'stopped';

/** Interruptions with words of their own, by the code of the decision's first reason. */
const INTERRUPTED: ReadonlyMap<string, Ending> = new Map([
  ['journey_expired', 'expired'],
  ['step_unavailable', 'step_unavailable'],
  ['cancelled_by_person', 'stopped'],
]);

/** The kind of end of a journey that was not approved. Pure. */
export function endingOf({ rest }: Pick<Position, 'rest'>): Ending {
  if (rest.kind !== 'decided') return 'denied';
  const { verdict, reasons } = rest.decision;
  if (verdict === 'review') return 'review';
  return INTERRUPTED.get(reasons[0]?.code ?? '') ?? 'denied';
}
