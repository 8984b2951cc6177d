/** What else a decision writes, in its own transaction. */
import type { Transaction } from 'kysely';
import type { JourneyEvent } from '../events/events.ts';
import type { Decision, Journey } from '../journey/journey.ts';
import type { Recording } from '../journey/store.ts';
import { runAutomations } from './console/automations_writing.ts';
import { openJourneyCase, resolveByRoute } from './console/cases_writing.ts';
import type { Database } from './tables.ts';
import { queueWebhookEvent } from './webhook_outbox.ts';

/**
 * Called whenever the engine's own decision is written: once per journey, and once more for each time it was asked again.
 * Gives what happened by it, for the timeline: the rules that ran now, and none that ran for this journey before.
 */
export async function writeDecided(tx: Transaction<Database>, journey: Journey, decision: Decision, now: number, { waits, automations = [] }: Pick<Recording, 'waits' | 'automations'>): Promise<readonly JourneyEvent[]> {
  await queueWebhookEvent(tx, {
    type: 'journey.decided', mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now,
    data: {
      transaction_id: journey.id, decision: decision.verdict, policy: decision.policy,
      reasons: decision.reasons.map(({ code }) => code), decided_at: new Date(decision.at).toISOString(),
    },
  });
  if (waits) await openJourneyCase(tx, journey, decision, waits, now);
  else if ((journey.reviews?.length ?? 0) > 0) await resolveByRoute(tx, journey, decision, now);
  const ran = await runAutomations(tx, journey, decision, automations, now);
  return ran.map((name) => ({ layer: 'label', name: 'automation_rule', outcome: 'success', reason: name }));
}
