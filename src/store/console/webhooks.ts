/** Webhook endpoints in PostgreSQL: their settings, their secrets, and sending again. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { MOST_ENDPOINTS, MOST_REPLAYED, type Replayed, type WebhookDesk } from '../../admin/webhooks/store.ts';
import type { EndpointSettings } from '../../admin/webhooks/settings.ts';
import type { Vault } from '../../vault/vault.ts';
import { newWebhookSecret } from '../../webhooks/signature.ts';
import type { Database } from '../tables.ts';
import { newEventId } from '../webhook_outbox.ts';
import { audited, type Auditing } from './audit.ts';
import type { WebhookJobs } from './webhooks_jobs.ts';
import { secretContext } from './webhooks_queue.ts';
import { webhookReads } from './webhooks_reads.ts';
import { queueDeliveries } from './webhooks_relay.ts';

export interface WebhookDeskDeps extends Auditing {
  readonly vault: Pick<Vault, 'seal' | 'open' | 'keyedHash'>;
  readonly jobs: WebhookJobs;
}

type Tx = Transaction<Database>;

const target = (id: string) => ({ kind: 'webhook_endpoint', id });

export function webhookDesk(deps: WebhookDeskDeps): WebhookDesk {
  const { jobs, now } = deps;
  const endpointOf = (tx: Tx, id: string) => tx.selectFrom('webhook_endpoint').selectAll().where('id', '=', id).forNoKeyUpdate().executeTakeFirst();
  return {
    ...webhookReads(deps),
    create: (actor, id, settings) => audited<Awaited<ReturnType<WebhookDesk['create']>>>(deps, actor, async (tx) => {
      const { count } = await tx.selectFrom('webhook_endpoint').select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
      if (count >= MOST_ENDPOINTS) return { result: { kind: 'too_many' } as const, fact: undefined };
      const at = now();
      const made = await tx.insertInto('webhook_endpoint').values({
        id, ...columnsOf(settings), enabled: true, disabled_because: null, disabled_at: null, failing_since: null, created_at: at, updated_at: at,
      }).onConflict((conflict) => conflict.column('id').doNothing()).returning('id').executeTakeFirst();
      if (!made) return { result: { kind: 'exists' } as const, fact: undefined };
      const secret = await addSecret(tx, deps, id);
      return { result: { kind: 'created', secret } as const, fact: { action: 'webhook.created', target: target(id), details: toldOf(settings) } };
    }),
    change: (actor, id, settings) => audited(deps, actor, async (tx) => {
      const row = await endpointOf(tx, id);
      if (!row) return { result: false, fact: undefined };
      const before = toldOf({ url: row.url, description: row.description, mode: row.mode, workflowId: row.workflow_id ?? undefined, events: row.events as EndpointSettings['events'], withCredential: row.with_credential });
      await tx.updateTable('webhook_endpoint').set({ ...columnsOf(settings), updated_at: now() }).where('id', '=', id).execute();
      return { result: true, fact: { action: 'webhook.changed', target: target(id), details: { before, after: toldOf(settings) } } };
    }),
    setEnabled: (actor, id, enabled) => audited(deps, actor, async (tx) => {
      const row = await endpointOf(tx, id);
      if (!row || row.enabled === enabled) return { result: row !== undefined, fact: undefined };
      await tx.updateTable('webhook_endpoint').set(enabled
        ? { enabled, disabled_because: null, disabled_at: null, failing_since: null, slow: false, updated_at: now() }
        : { enabled, disabled_because: 'by_staff', disabled_at: now(), updated_at: now() }).where('id', '=', id).execute();
      return { result: true, fact: { action: enabled ? 'webhook.enabled' : 'webhook.disabled', target: target(id), details: { because: row.disabled_because ?? undefined } } };
    }),
    remove: (actor, id) => audited(deps, actor, async (tx) => {
      const row = await endpointOf(tx, id);
      if (!row) return { result: false, fact: undefined };
      await tx.deleteFrom('webhook_endpoint').where('id', '=', id).execute();
      return { result: true, fact: { action: 'webhook.removed', target: target(id), details: { url: shownUrl(row.url), mode: row.mode } } };
    }),
    rotate: (actor, id, current, overlapMs) => audited(deps, actor, async (tx) => {
      if (!(await endpointOf(tx, id))) return { result: undefined, fact: undefined };
      const at = now();
      const old = await tx.updateTable('webhook_secret').set({ expires_at: at + overlapMs }).where('endpoint_id', '=', id).where('id', '=', current).where('expires_at', 'is', null).returning('id').executeTakeFirst();
      if (!old) return { result: undefined, fact: undefined };
      // An earlier rotation's overlap ends with this one: three secrets at a time would be nobody's plan.
      await tx.deleteFrom('webhook_secret').where('endpoint_id', '=', id).where('id', '<>', current).execute();
      const secret = await addSecret(tx, deps, id);
      return { result: secret, fact: { action: 'webhook.secret_rotated', target: target(id), details: { overlap_ms: overlapMs } } };
    }),
    endOldSecrets: (actor, id) => audited(deps, actor, async (tx) => {
      const gone = await tx.deleteFrom('webhook_secret').where('endpoint_id', '=', id).where('expires_at', 'is not', null).returning('id').execute();
      return { result: gone.length, fact: gone.length === 0 ? undefined : { action: 'webhook.old_secrets_ended', target: target(id), details: { count: gone.length } } };
    }),
    test: (actor, id) => audited<Awaited<ReturnType<WebhookDesk['test']>>>(deps, actor, async (tx) => {
      const row = await endpointOf(tx, id);
      if (!row?.enabled) return { result: { kind: row ? 'disabled' : 'not_found' } as const, fact: undefined };
      const eventId = newEventId();
      const at = now();
      // Relayed already: it is for this endpoint alone.
      await tx.insertInto('webhook_event').values({
        id: eventId, type: 'endpoint.test', mode: row.mode, workflow_id: row.workflow_id, client_id: null, journey_id: null,
        data: JSON.stringify({ endpoint_id: id, note: 'Sent by hand, to try this endpoint.' }), at, fanned_at: at, endpoint_id: id,
      }).execute();
      const [deliveryId] = await queueDeliveries(tx, jobs, [{ eventId, type: 'endpoint.test', endpointId: id, slow: row.slow }], at);
      if (deliveryId === undefined) throw new TypeError('a new event has a delivery already');
      return { result: { kind: 'queued', deliveryId } as const, fact: { action: 'webhook.tested', target: target(id), details: { delivery: deliveryId } } };
    }),
    replay: (actor, deliveryId) => audited<Replayed>(deps, actor, async (tx) => {
      const known = await tx.selectFrom('webhook_delivery').select('endpoint_id').where('id', '=', deliveryId).executeTakeFirst();
      const endpoint = known && await endpointOf(tx, known.endpoint_id);
      if (!endpoint) return { result: 'not_found', fact: undefined };
      if (!endpoint.enabled) return { result: 'disabled', fact: undefined };
      const [queued] = await again(tx, deps, endpoint, [deliveryId]);
      return queued === undefined ? { result: 'waiting', fact: undefined }
        : { result: 'queued', fact: { action: 'webhook.replayed', target: { kind: 'webhook_delivery', id: deliveryId }, details: { endpoint: endpoint.id } } };
    }),
    replayFailed: (actor, endpointId, since) => audited(deps, actor, async (tx) => {
      const endpoint = await endpointOf(tx, endpointId);
      if (!endpoint?.enabled) return { result: undefined, fact: undefined };
      const failed = await tx.selectFrom('webhook_delivery').select('id').where('endpoint_id', '=', endpointId).where('state', '=', 'failed')
        .where('created_at', '>=', since).orderBy('created_at').limit(MOST_REPLAYED).execute();
      const queued = await again(tx, deps, endpoint, failed.map(({ id }) => id));
      return { result: queued.length, fact: queued.length === 0 ? undefined : { action: 'webhook.failed_replayed', target: target(endpointId), details: { since, count: queued.length } } };
    }),
  };
}

/** Queue these anew, those that wait already left out; gives the ids of what was queued. */
async function again(tx: Tx, { jobs, now }: WebhookDeskDeps, endpoint: { readonly id: string; readonly slow: boolean }, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const fresh = JSON.stringify(ids.map((id) => ({ id, job_id: randomUUID() })));
  const { rows } = await sql<{ id: string; job_id: string }>`
    UPDATE webhook_delivery SET state = 'waiting', round = 0, job_id = fresh.job_id, next_at = ${now()}::bigint
    FROM json_to_recordset(${fresh}::text::json) AS fresh (id text, job_id uuid)
    WHERE webhook_delivery.id = fresh.id AND webhook_delivery.endpoint_id = ${endpoint.id} AND webhook_delivery.state <> 'waiting'
    RETURNING webhook_delivery.id, webhook_delivery.job_id`.execute(tx);
  await jobs.send(tx, rows.map(({ id, job_id }) => ({ jobId: job_id, deliveryId: id, endpointId: endpoint.id, slow: endpoint.slow, waitMs: 0 })));
  return rows.map(({ id }) => id);
}

async function addSecret(tx: Tx, { vault, now }: WebhookDeskDeps, endpointId: string): Promise<string> {
  const secret = newWebhookSecret();
  const id = randomBytes(9).toString('base64url');
  await tx.insertInto('webhook_secret').values({ id, endpoint_id: endpointId, sealed: vault.seal('webhook', secret, secretContext(endpointId, id)), created_at: now(), expires_at: null }).execute();
  return secret;
}

function columnsOf({ url, description, mode, workflowId, events, withCredential }: EndpointSettings) {
  return { url, description, mode, workflow_id: workflowId ?? null, events: JSON.stringify(events), with_credential: withCredential };
}

/** For the audit log: without the query, where some put a key. */
function toldOf({ url, mode, workflowId, events, withCredential }: EndpointSettings): Readonly<Record<string, unknown>> {
  return { url: shownUrl(url), mode, workflow: workflowId ?? 'all', events, with_credential: withCredential };
}

function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
