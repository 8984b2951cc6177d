/** Looking at webhooks: endpoints with their health, deliveries with their log, and what is too old to keep. */
import { sql, type Selectable } from 'kysely';
import type { Delivery, EndpointHealth, WebhookDesk, WebhookEndpoint } from '../../admin/webhooks/store.ts';
import type { Vault } from '../../vault/vault.ts';
import { webhookBody } from '../../webhooks/body.ts';
import type { WebhookEventType } from '../../webhooks/events.ts';
import type { Db } from '../database.ts';
import { deleteOldest } from '../delete_oldest.ts';
import type { WebhookTables } from './webhooks_tables.ts';
import { answerContext } from './webhooks_queue.ts';

const DAY_MS = 86_400_000;

export type WebhookReads = Pick<WebhookDesk, 'endpoints' | 'endpoint' | 'deliveries' | 'delivery'>;

export function webhookReads({ db, vault, now }: { readonly db: Db; readonly vault: Pick<Vault, 'open'>; readonly now: () => number }): WebhookReads {
  const health = async (ids: readonly string[]): Promise<ReadonlyMap<string, EndpointHealth>> => {
    if (ids.length === 0) return new Map();
    const rows = await db.selectFrom('webhook_hour').select(['endpoint_id', sql<number>`sum(delivered)::int`.as('delivered'), sql<number>`sum(failed)::int`.as('failed'), sql<number>`sum(ms)::float8`.as('ms')])
      .where('endpoint_id', 'in', [...ids]).where('hour', '>', now() - DAY_MS).groupBy('endpoint_id').execute();
    return new Map(rows.map(({ endpoint_id, delivered, failed, ms }) => [endpoint_id, { delivered, failed, meanMs: delivered + failed === 0 ? undefined : Math.round(ms / (delivered + failed)) }]));
  };
  const none: EndpointHealth = { delivered: 0, failed: 0, meanMs: undefined };
  return {
    async endpoints() {
      const rows = await db.selectFrom('webhook_endpoint').selectAll().orderBy('created_at', 'desc').orderBy('id').execute();
      const found = await health(rows.map(({ id }) => id));
      return rows.map((row) => ({ ...endpointOf(row), health: found.get(row.id) ?? none }));
    },
    async endpoint(id) {
      const row = await db.selectFrom('webhook_endpoint').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return undefined;
      const [found, secrets] = await Promise.all([
        health([id]),
        db.selectFrom('webhook_secret').select(['id', 'created_at', 'expires_at']).where('endpoint_id', '=', id)
          .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now())])).orderBy('created_at', 'desc').orderBy('expires_at', 'desc').orderBy('id').execute(),
      ]);
      return { ...endpointOf(row), health: found.get(id) ?? none, secrets: secrets.map((secret) => ({ id: secret.id, createdAt: secret.created_at, expiresAt: secret.expires_at ?? undefined })) };
    },
    async deliveries({ endpointId, state }, after, most) {
      let query = db.selectFrom('webhook_delivery').selectAll().where('endpoint_id', '=', endpointId);
      if (state !== undefined) query = query.where('state', '=', state);
      if (after) query = query.where(sql<boolean>`(created_at, id) < (${after.createdAt}::bigint, ${after.id})`);
      return (await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(most).execute()).map(deliveryOf);
    },
    async delivery(id) {
      const row = await db.selectFrom('webhook_delivery').selectAll().where('id', '=', id).executeTakeFirst();
      if (!row) return undefined;
      const [event, endpoint, tries, others] = await Promise.all([
        db.selectFrom('webhook_event').selectAll().where('id', '=', row.event_id).executeTakeFirstOrThrow(),
        db.selectFrom('webhook_endpoint').selectAll().where('id', '=', row.endpoint_id).executeTakeFirstOrThrow(),
        db.selectFrom('webhook_try').selectAll().where('delivery_id', '=', id).orderBy('number', 'desc').limit(100).execute(),
        db.selectFrom('webhook_delivery').innerJoin('webhook_endpoint', 'webhook_endpoint.id', 'webhook_delivery.endpoint_id')
          .select(['webhook_delivery.id', 'endpoint_id', 'url', 'state']).where('event_id', '=', row.event_id).where('webhook_delivery.id', '<>', id).execute(),
      ]);
      return {
        ...deliveryOf(row), endpoint: endpointOf(endpoint), journeyId: event.journey_id ?? undefined,
        body: webhookBody({
          id: event.id, type: event.type, mode: event.mode, workflowId: event.workflow_id ?? undefined, clientId: event.client_id ?? undefined,
          data: event.data as Readonly<Record<string, unknown>>, at: event.at,
        }),
        log: await Promise.all(tries.map(async ({ number, at, ms, status, error, answer }) => ({
          number, at, ms, status: status ?? undefined, error: error ?? undefined,
          answer: answer === null ? undefined : (await vault.open('webhook', answer, answerContext(id, number))).toString('utf8'),
        }))),
        elsewhere: others.map((other) => ({ id: other.id, endpointId: other.endpoint_id, url: other.url, state: other.state })),
      };
    },
  };
}

/** Delete events that are older, with their deliveries and log, in one bounded batch; gives how many went. */
export async function purgeWebhookEvents(db: Db, before: number, most: number): Promise<number> {
  return deleteOldest(db, 'webhook_event', 'at', sql`at < ${before}`, most);
}

/** Delete what is counted by the hour and no longer looked at, and secrets whose overlap is over. */
export async function purgeWebhookLeftovers(db: Db, now: number): Promise<void> {
  await db.deleteFrom('webhook_hour').where('hour', '<', now - 2 * DAY_MS).execute();
  await db.deleteFrom('webhook_secret').where('expires_at', '<', now).execute();
}

type Row<T extends keyof WebhookTables> = Selectable<WebhookTables[T]>;

function endpointOf(row: Row<'webhook_endpoint'>): WebhookEndpoint {
  return {
    id: row.id, url: row.url, description: row.description, mode: row.mode, workflowId: row.workflow_id ?? undefined, events: row.events as readonly WebhookEventType[],
    withCredential: row.with_credential, enabled: row.enabled, disabledBecause: row.disabled_because ?? undefined, disabledAt: row.disabled_at ?? undefined,
    failingSince: row.failing_since ?? undefined, slow: row.slow, createdAt: row.created_at,
  };
}

function deliveryOf(row: Row<'webhook_delivery'>): Delivery {
  return {
    id: row.id, eventId: row.event_id, endpointId: row.endpoint_id, type: row.type, state: row.state, tries: row.tries, nextAt: row.next_at ?? undefined,
    lastAt: row.last_at ?? undefined, lastStatus: row.last_status ?? undefined, lastError: row.last_error ?? undefined, createdAt: row.created_at,
  };
}
