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
 *
 * @param only for this endpoint alone, whatever it subscribes to; nothing is written where it is gone or of another mode or workflow
 */
export async function queueWebhookEvent(tx: Transaction<Database>, event: WebhookEvent, only?: string): Promise<string> {
  const id = newEventId();
  await sql`
    INSERT INTO webhook_event (id, type, mode, workflow_id, client_id, journey_id, data, at, endpoint_id)
    SELECT ${id}, ${event.type}, ${event.mode}, ${event.workflowId ?? null}, ${event.clientId ?? null},
      ${event.journeyId ?? null}, ${JSON.stringify(event.data)}::text::jsonb, ${event.at}::bigint, ${only ?? null}::text
    WHERE EXISTS (SELECT 1 FROM webhook_endpoint WHERE mode = ${event.mode} AND (enabled OR disabled_because <> 'by_staff')
      AND (${only ?? null}::text IS NULL OR (id = ${only ?? null}::text AND (workflow_id IS NULL OR workflow_id = ${event.workflowId ?? null}::text))))`.execute(tx);
  return id;
}
