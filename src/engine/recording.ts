import type { JourneyEvent } from '../events/events.ts';
import type { Journey, StepName, Visitor } from '../journey/journey.ts';
import type { Recording } from '../journey/store.ts';
import { STEP_FACTS } from '../journey/steps.ts';
import { GatehouseError } from '../errors.ts';
import { Personal } from '../personal.ts';
import type { Change } from '../steps/step.ts';

/** A recording that changes nothing yet. */
export function emptyRecording(journey: Journey, now: number): Recording {
  return {
    node: undefined, now, states: journey.states,
    events: [], evidence: [], consents: [], links: [], counts: [], messages: [], delivered: [],
  };
}

/**
 * What a step's change writes. The visitor is kept, sealed, as the proof beside each consent.
 *
 * @throws GatehouseError `unknown_outcome` for an outcome the step never announced: it could not be routed
 */
export function recordingOf(
  journey: Journey,
  at: { readonly node: string; readonly step: StepName },
  change: Change<unknown>,
  now: number,
  visitor: Visitor | undefined,
): Recording {
  const { end } = change;
  if (end && !STEP_FACTS[at.step].outcomes.includes(end.outcome)) {
    throw new GatehouseError('unknown_outcome', 500, `step ${at.step} ended with an outcome it does not announce`);
  }
  const events: JourneyEvent[] = [...(change.events ?? []), ...(end?.events ?? [])];
  return {
    node: at.node,
    now,
    states: change.state === undefined ? journey.states : journey.states.map((kept) => ({ ...kept, [at.node]: change.state })),
    ...(end ? { result: { node: at.node, step: at.step, outcome: end.outcome, reasons: end.reasons, at: now } } : {}),
    events,
    evidence: end?.evidence ?? [],
    consents: (change.consents ?? []).map((consent) => ({
      ...consent,
      proof: Personal.of({ address: visitor?.address.open(), userAgent: visitor?.userAgent }),
    })),
    links: change.links ?? [],
    counts: change.counts ?? [],
    messages: change.messages ?? [],
    delivered: change.delivered ?? [],
    ...(change.images ? { images: change.images } : {}),
    ...(change.documentSeen ? { documentSeen: change.documentSeen } : {}),
    ...(change.faceSeen ? { faceSeen: change.faceSeen } : {}),
    ...(change.risk ? { risk: change.risk } : {}),
    ...(change.sightings ? { sightings: change.sightings } : {}),
  };
}
