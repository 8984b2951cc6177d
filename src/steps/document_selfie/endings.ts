/** How the step ends: the outcome, the timeline's last lines, and the clocks of its pictures. Pure. */
import type { JourneyEvent } from '../../events/events.ts';
import type { Evidence, Reason } from '../../journey/journey.ts';
import type { Change } from '../step.ts';
import type { BegunView, State } from './state.ts';

const HOUR = 3_600_000;

/** The step's outcomes, as `journey/steps.ts` announces them. */
export type Outcome =
  | 'pass' | 'fail' | 'doubtful' | 'cannot_capture' | 'consent_declined' | 'refused' | 'could_not_tell' | 'timed_out' | 'broke';

/**
 * The change that ends the step. What was read lives on in evidence alone, so the state is emptied; the pictures get the
 * clock that the workflow gives them.
 */
export function endWith(view: BegunView, outcome: Outcome, reasons: readonly Reason[], more: { readonly evidence?: readonly Evidence[]; readonly events?: readonly JourneyEvent[] } = {}): Change<State> {
  const { imageHours, reviewImageHours } = view.workflow.definition.options.documents;
  const hours = outcome === 'doubtful' ? reviewImageHours : imageHours;
  const reason = outcome === 'pass' ? {} : { reason: reasons[0]?.code ?? outcome };
  return {
    state: emptied(view.state),
    // All, not only those that the state names: a crash, or a picture sent twice, leaves copies that nobody refers to.
    images: { ids: 'all', deleteAt: view.now + hours * HOUR },
    events: more.events ?? [],
    end: {
      outcome,
      reasons,
      evidence: more.evidence ?? [],
      events: [
        { layer: 'label', name: 'document_verification', outcome: outcome === 'pass' ? 'success' : 'failure', ...reason },
        { layer: 'phase', name: 'documentVerification', outcome: outcome === 'pass' ? 'next' : 'exit', ...reason },
      ],
    },
  };
}

function emptied({ startedAt, where, consent, failures }: State): State {
  return { startedAt, where, ...(consent ? { consent } : {}), documents: [], failures };
}
