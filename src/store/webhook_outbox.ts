/** What happened is written down in the transaction it happened in; telling endpoints of it comes afterwards. */
import { randomBytes } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { WebhookEvent } from '../webhooks/events.ts';
import type { Database } from './tables.ts';

/** An event's id, which is the `webhook-id` of every delivery of it. */
export function newEventId(): string {
  return `evt_${randomBytes(18).toString('base64url')}`;
}

/**
 * Write an event in the transaction of what it tells of; gives its id. Where nobody would ever be told, because
 * every endpoint of its mode was switched off by somebody here, nothing is written.
 */
export async function queueWebhookEvent(tx: Transaction<Database>, event: WebhookEvent): Promise<string> {
  const id = newEventId();
  await sql`
    INSERT INTO webhook_event (id, type, mode, workflow_id, client_id, journey_id, data, at)
    SELECT ${id}, ${event.type}, ${event.mode}, ${event.workflowId ?? null}, ${event.clientId ?? null},
      ${event.journeyId ?? null}, ${JSON.stringify(event.data)}::text::jsonb, ${event.at}::bigint
    WHERE EXISTS (SELECT 1 FROM webhook_endpoint WHERE mode = ${event.mode} AND (enabled OR disabled_because <> 'by_staff'))`.execute(tx);
  return id;
}
