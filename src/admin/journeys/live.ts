/** What a journey that is not decided is waiting for, in a sentence. Pure. */
import type { StepName } from '../../journey/journey.ts';
import { standing } from '../../journey/next.ts';
import type { WorkflowDefinition } from '../../journey/workflow.ts';
import type { FoundJourney } from './found.ts';

export interface Live {
  /** The node it stands at; undefined where the workflow cannot say. */
  readonly node: string | undefined;
  readonly sentence: string;
  /** Its time is over; it is decided within a minute or so. */
  readonly overdue: boolean;
}

const WAITS: Readonly<Record<StepName, string>> = {
  trusted_device: 'The browser is asked for its key.',
  session_risk: 'The first page is shown.',
  pii_validation: 'The person is asked for name, address and phone.',
  sms_link: 'A link is about to be sent to the phone.',
  document_selfie: 'The person is asked for a document.',
  kba: 'The person is asked questions.',
  otp: 'The person is asked for a code.',
  watchlist: 'Watchlists are asked.',
};

/** What an event of the present node makes of it; the latest that has a row counts. */
const AFTER: Readonly<Record<string, string>> = {
  'messageDelivery success': 'Waiting for the phone: the link was sent and is not confirmed yet.',
  'messageDelivery fail': 'The message with the link could not be sent; the person may try again.',
  'message_delivery success': 'Waiting for the phone: the link arrived and is not confirmed yet.',
  'message_delivery failure': 'The message with the link did not arrive; the person may try again.',
  'capture_handover success': 'Waiting for pictures: the phone has taken over.',
  'biometric_consent success': 'Waiting for pictures: the person agreed to the comparison.',
  'document_capture success': 'Waiting for more pictures.',
  'document_capture failure': 'A picture has to be taken again.',
  'selfie_capture success': 'The pictures are being looked at.',
  'selfie_capture failure': 'The selfie has to be taken again.',
  'proofing_data_input success': 'Carrier and identity records are asked.',
  'knowledge_questions_consent success': 'Waiting for answers to the questions.',
};

/** Undefined for a journey that is decided. */
export function liveState(found: FoundJourney, definition: WorkflowDefinition | undefined, now: number): Live | undefined {
  if (found.decision) return undefined;
  const overdue = now >= found.expiresAt;
  const stand = definition && standing({ results: found.results }, { id: found.workflowId, version: found.workflowVersion, definition });
  if (stand?.kind !== 'at') return { node: undefined, overdue, sentence: 'It is about to be decided.' };
  const since = found.events.findLast(({ node, layer, name, outcome }) => node === stand.node && Object.hasOwn(AFTER, `${name} ${outcome}`) && layer !== 'phase');
  const sentence = overdue ? 'Time ran out; it is decided within a minute.' : ((since && AFTER[`${since.name} ${since.outcome}`]) ?? WAITS[stand.step]);
  return { node: stand.node, overdue, sentence };
}
