/** What else a decision writes, in its own transaction. */
import type { Transaction } from 'kysely';
import type { Decision, Journey } from '../journey/journey.ts';
import type { Database } from './tables.ts';
import { queueWebhookEvent } from './webhook_outbox.ts';

/** Called once per journey, when its decision is written. */
export async function writeDecided(tx: Transaction<Database>, journey: Journey, decision: Decision, now: number): Promise<void> {
  await queueWebhookEvent(tx, {
    type: 'journey.decided', mode: journey.mode, workflowId: journey.workflowId, clientId: journey.clientId, journeyId: journey.id, at: now,
    data: {
      transaction_id: journey.id, decision: decision.verdict, policy: decision.policy,
      reasons: decision.reasons.map(({ code }) => code), decided_at: new Date(decision.at).toISOString(),
    },
  });
}
