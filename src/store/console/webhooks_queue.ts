/** The worker's side of webhooks in PostgreSQL: what to send, and what came of it. */
import { randomInt, randomUUID } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { SYSTEM } from '../../admin/actor.ts';
import type { Personal } from '../../personal.ts';
import type { Vault } from '../../vault/vault.ts';
import type { DueDelivery, TakenJob, TryResult, WebhookQueue } from '../../webhooks/queue.ts';
import { DISABLED_AFTER_MS, waitAfter } from '../../webhooks/schedule.ts';
import type { Db } from '../database.ts';
import type { Database } from '../tables.ts';
import { appendAudit } from './audit.ts';
import type { WebhookJobs } from './webhooks_jobs.ts';
import { relayEvents } from './webhooks_relay.ts';

export interface WebhookQueueDeps {
  readonly db: Db;
  readonly vault: Pick<Vault, 'seal' | 'open' | 'keyedHash'>;
  readonly jobs: WebhookJobs;
  readonly credentialOf: (journeyId: string) => Promise<Personal<string> | undefined>;
  readonly now: () => number;
  readonly logger: { warn(fields: object, message: string): void };
}

const HOUR_MS = 3_600_000;
/** Steps that waits are spread over. */
const CHANCES = 1_000;

/** What binds a sealed secret to its endpoint, and an answer to its try. */
export const secretContext = (endpointId: string, secretId: string): string => `secret\0${endpointId}\0${secretId}`;
export const answerContext = (deliveryId: string, number: number): string => `answer\0${deliveryId}\0${number}`;

export function webhookQueue(deps: WebhookQueueDeps): WebhookQueue {
  const { db, jobs, now } = deps;
  return {
    any: async () => (await db.selectFrom('webhook_endpoint').select('id').limit(1).executeTakeFirst()) !== undefined,
    relay: (most) => relayEvents(db, jobs, most, now()),
    take: (most, without) => jobs.take(most, without),
    load: (job) => load(deps, job),
    credentialOf: deps.credentialOf,
    record: (job, result) => record(deps, job, result),
    async giveBack(job) {
      await db.transaction().execute(async (tx) => {
        const row = await ours(tx, job);
        if (row) {
          const jobId = randomUUID();
          await tx.updateTable('webhook_delivery').set({ job_id: jobId }).where('id', '=', job.deliveryId).execute();
          await jobs.send(tx, [{ jobId, deliveryId: job.deliveryId, endpointId: job.endpointId, slow: false, waitMs: 0 }]);
        }
        await jobs.settle(tx, job);
      });
    },
    async slowEndpoints() {
      return (await db.selectFrom('webhook_endpoint').select('id').where('enabled', '=', true).where('slow', '=', true).execute()).map(({ id }) => id);
    },
  };
}

async function load({ db, vault, jobs, now }: WebhookQueueDeps, job: TakenJob): Promise<DueDelivery | undefined> {
  const row = await db.selectFrom('webhook_delivery as delivery')
    .innerJoin('webhook_event as event', 'event.id', 'delivery.event_id')
    .innerJoin('webhook_endpoint as endpoint', 'endpoint.id', 'delivery.endpoint_id')
    .select(['delivery.state', 'delivery.job_id', 'endpoint.id as endpoint_id', 'endpoint.url', 'endpoint.mode', 'endpoint.with_credential', 'endpoint.enabled',
      'event.id as event_id', 'event.type', 'event.mode as event_mode', 'event.workflow_id', 'event.client_id', 'event.journey_id', 'event.data', 'event.at'])
    .where('delivery.id', '=', job.deliveryId).executeTakeFirst();
  if (row?.state !== 'waiting' || row.job_id !== job.jobId || !row.enabled) {
    await db.transaction().execute(async (tx) => {
      // Of an endpoint that was disabled meanwhile: it can be sent again by hand once it is enabled.
      if (await ours(tx, job)) {
        await tx.updateTable('webhook_delivery').set({ state: 'failed', job_id: null, next_at: null, last_error: 'endpoint_disabled' }).where('id', '=', job.deliveryId).execute();
      }
      await jobs.settle(tx, job);
    });
    return undefined;
  }
  const secrets = await db.selectFrom('webhook_secret').select(['id', 'sealed']).where('endpoint_id', '=', row.endpoint_id)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now())])).orderBy('created_at', 'desc').orderBy('expires_at', 'desc').orderBy('id').execute();
  return {
    deliveryId: job.deliveryId,
    endpoint: { id: row.endpoint_id, url: row.url, mode: row.mode, withCredential: row.with_credential },
    event: {
      id: row.event_id, type: row.type, mode: row.event_mode, workflowId: row.workflow_id ?? undefined, clientId: row.client_id ?? undefined,
      data: row.data as Readonly<Record<string, unknown>>, at: row.at,
    },
    journeyId: row.journey_id ?? undefined,
    secrets: await Promise.all(secrets.map(async ({ id, sealed }) => (await vault.open('webhook', sealed, secretContext(row.endpoint_id, id))).toString('utf8'))),
  };
}

/** The delivery, locked, where this job is still the one that may try it; its endpoint is locked first, as everywhere. */
async function ours(tx: Transaction<Database>, job: TakenJob) {
  const endpoint = await tx.selectFrom('webhook_endpoint').select(['id', 'enabled', 'failing_since', 'slow']).where('id', '=', job.endpointId).forNoKeyUpdate().executeTakeFirst();
  const delivery = await tx.selectFrom('webhook_delivery').select(['tries', 'round']).where('id', '=', job.deliveryId)
    .where('job_id', '=', job.jobId).where('state', '=', 'waiting').forUpdate().executeTakeFirst();
  return endpoint && delivery ? { endpoint, delivery } : undefined;
}

async function record(deps: WebhookQueueDeps, job: TakenJob, result: TryResult): Promise<void> {
  const { db, vault, jobs, now, logger } = deps;
  const disabled = await db.transaction().execute(async (tx) => {
    const found = await ours(tx, job);
    // Somebody else took the claim over and recorded already: the endpoint heard it twice, which it knows by the id.
    if (!found) return void await jobs.settle(tx, job);
    const { endpoint, delivery } = found;
    const [tries, round] = [delivery.tries + 1, delivery.round + 1];
    const delivered = result.outcome === 'delivered';
    const slow = result.error === 'timed_out';
    const failingSince = delivered ? null : endpoint.failing_since ?? result.at;
    const because = !endpoint.enabled || delivered ? undefined
      : result.status === 410 ? 'gone' as const
      : failingSince !== null && result.at - failingSince >= DISABLED_AFTER_MS ? 'failing' as const : undefined;
    const open = endpoint.enabled && because === undefined && !delivered;
    const wait = open ? waitAfter(round, randomInt(CHANCES) / CHANCES, result.retryAfterMs) : undefined;
    const jobId = wait === undefined ? null : randomUUID();
    await tx.insertInto('webhook_try').values({
      delivery_id: job.deliveryId, number: tries, at: result.at, ms: result.ms, status: result.status ?? null, error: result.error ?? null,
      answer: result.answer === undefined ? null : vault.seal('webhook', result.answer, answerContext(job.deliveryId, tries)),
    }).execute();
    await tx.updateTable('webhook_delivery').set({
      tries, round, job_id: jobId, state: delivered ? 'delivered' : jobId === null ? 'failed' : 'waiting', next_at: wait === undefined ? null : now() + wait,
      last_at: result.at, last_status: result.status ?? null, last_error: result.error ?? null,
    }).where('id', '=', job.deliveryId).execute();
    if (jobId !== null && wait !== undefined) await jobs.send(tx, [{ jobId, deliveryId: job.deliveryId, endpointId: job.endpointId, slow, waitMs: wait }]);
    if (endpoint.failing_since !== failingSince || endpoint.slow !== slow || because !== undefined) {
      await tx.updateTable('webhook_endpoint').set({
        failing_since: failingSince, slow, ...(because === undefined ? {} : { enabled: false, disabled_because: because, disabled_at: now(), updated_at: now() }),
      }).where('id', '=', job.endpointId).execute();
    }
    await countHour(tx, job.endpointId, result, delivered);
    await jobs.settle(tx, job);
    if (because !== undefined) {
      await appendAudit(tx, vault, SYSTEM, { action: 'webhook.disabled', target: { kind: 'webhook_endpoint', id: job.endpointId }, details: { because, failing_since: failingSince } }, now());
    }
    return because;
  });
  if (disabled !== undefined) logger.warn({ event: 'webhook_endpoint_disabled', endpoint: job.endpointId, because: disabled }, 'a webhook endpoint was disabled; see the console');
}

async function countHour(tx: Transaction<Database>, endpointId: string, { at, ms }: TryResult, delivered: boolean): Promise<void> {
  await sql`
    INSERT INTO webhook_hour (endpoint_id, hour, delivered, failed, ms)
    VALUES (${endpointId}, ${Math.floor(at / HOUR_MS) * HOUR_MS}, ${delivered ? 1 : 0}, ${delivered ? 0 : 1}, ${ms})
    ON CONFLICT (endpoint_id, hour) DO UPDATE SET
      delivered = webhook_hour.delivered + excluded.delivered, failed = webhook_hour.failed + excluded.failed, ms = webhook_hour.ms + excluded.ms`.execute(tx);
}
