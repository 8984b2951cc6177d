/** What happened is written down in the transaction it happened in; telling endpoints of it comes afterwards. */
import { randomBytes } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { WebhookEvent } from '../webhooks/events.ts';
import type { Database } from './tables.ts';

/** Write an event in the transaction of what it tells of; gives its id, the `webhook-id` of every delivery of it. */
export async function queueWebhookEvent(tx: Transaction<Database>, event: WebhookEvent): Promise<string> {
  const id = `evt_${randomBytes(18).toString('base64url')}`;
  await tx.insertInto('webhook_event').values({
    id, type: event.type, mode: event.mode, workflow_id: event.workflowId ?? null, client_id: event.clientId ?? null,
    journey_id: event.journeyId ?? null, data: JSON.stringify(event.data), at: event.at, fanned_at: null,
  }).execute();
  return id;
}
