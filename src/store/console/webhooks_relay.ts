/** Makes deliveries of the events that wait: one for each endpoint that wants it, together with its job. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';
import type { WebhookJobs } from './webhooks_jobs.ts';

interface Waiting { readonly id: string; readonly type: string; readonly mode: 'test' | 'live'; readonly workflow_id: string | null; readonly endpoint_id: string | null }
interface Wanting { readonly id: string; readonly mode: 'test' | 'live'; readonly workflow_id: string | null; readonly events: readonly string[]; readonly slow: boolean; readonly enabled: boolean }

export function newDeliveryId(): string {
  return `dlv_${randomBytes(18).toString('base64url')}`;
}

/** Whether an endpoint is told of an event. Pure. */
export function wants(endpoint: Omit<Wanting, 'slow' | 'enabled'>, event: Omit<Waiting, 'id'>): boolean {
  // What is for one endpoint alone is told to that one, whatever it subscribes to.
  return endpoint.mode === event.mode && (event.endpoint_id === null ? endpoint.events.includes(event.type) : event.endpoint_id === endpoint.id)
    && (endpoint.workflow_id === null || endpoint.workflow_id === event.workflow_id);
}

/** At most so many events, the oldest first; gives how many there were. Any number of processes may do it at once. */
export async function relayEvents(db: Db, jobs: WebhookJobs, most: number, now: number): Promise<number> {
  // Without a transaction first: there is nothing nearly always.
  const any = await db.selectFrom('webhook_event').select('id').where('fanned_at', 'is', null).limit(1).executeTakeFirst();
  if (!any) return 0;
  return db.transaction().execute(async (tx) => {
    const events = await tx.selectFrom('webhook_event').select(['id', 'type', 'mode', 'workflow_id', 'endpoint_id'])
      .where('fanned_at', 'is', null).orderBy('at').limit(most).forUpdate().skipLocked().execute();
    if (events.length === 0) return 0;
    const endpoints = await tx.selectFrom('webhook_endpoint').select(['id', 'mode', 'workflow_id', 'events', 'slow', 'enabled'])
      .where((eb) => eb.or([eb('enabled', '=', true), eb('disabled_because', '!=', 'by_staff')])).execute();
    const pairs = events.flatMap((event) => endpoints.filter((endpoint) => wants(endpoint, event)).map((endpoint) => ({ event, endpoint })));
    const wanted = (enabled: boolean) => pairs.filter(({ endpoint }) => endpoint.enabled === enabled)
      .map(({ event, endpoint }) => ({ eventId: event.id, type: event.type, endpointId: endpoint.id, slow: endpoint.slow }));
    await queueDeliveries(tx, jobs, wanted(true), now);
    await writeMissed(tx, wanted(false), now);
    await tx.updateTable('webhook_event').set({ fanned_at: now }).where('id', 'in', events.map(({ id }) => id)).execute();
    return events.length;
  });
}

/**
 * What an endpoint missed while it was switched off by itself: failed deliveries without a job, which can be sent once
 * somebody has mended it.
 */
async function writeMissed(tx: Transaction<Database>, list: readonly { readonly eventId: string; readonly type: string; readonly endpointId: string }[], now: number): Promise<void> {
  if (list.length === 0) return;
  await tx.insertInto('webhook_delivery').values(list.map(({ eventId, type, endpointId }) => ({
    id: newDeliveryId(), event_id: eventId, endpoint_id: endpointId, type, state: 'failed' as const, job_id: null, round: 0, tries: 0, next_at: null,
    last_at: null, last_status: null, last_error: 'endpoint_disabled', created_at: now,
  }))).onConflict((conflict) => conflict.columns(['event_id', 'endpoint_id']).doNothing()).execute();
}

/** One delivery and one job each; what has its delivery already gets no other. Gives the ids of the new deliveries. */
export async function queueDeliveries(
  tx: Transaction<Database>, jobs: WebhookJobs,
  list: readonly { readonly eventId: string; readonly type: string; readonly endpointId: string; readonly slow: boolean }[], now: number,
): Promise<readonly string[]> {
  if (list.length === 0) return [];
  const wanted = list.map((one) => ({ ...one, id: newDeliveryId(), jobId: randomUUID() }));
  const { rows } = await sql<{ id: string }>`
    INSERT INTO webhook_delivery (id, event_id, endpoint_id, type, state, job_id, round, tries, next_at, created_at)
    SELECT id, event_id, endpoint_id, type, 'waiting', job_id, 0, 0, ${now}::bigint, ${now}::bigint
    FROM json_to_recordset(${JSON.stringify(wanted.map(({ id, eventId, endpointId, type, jobId }) => ({ id, event_id: eventId, endpoint_id: endpointId, type, job_id: jobId })))}::text::json)
      AS wanted (id text, event_id text, endpoint_id text, type text, job_id uuid)
    ON CONFLICT (event_id, endpoint_id) DO NOTHING
    RETURNING id`.execute(tx);
  const made = new Set(rows.map(({ id }) => id));
  await jobs.send(tx, wanted.filter(({ id }) => made.has(id)).map(({ id, jobId, endpointId, slow }) => ({ jobId, deliveryId: id, endpointId, slow, waitMs: 0 })));
  return [...made];
}
