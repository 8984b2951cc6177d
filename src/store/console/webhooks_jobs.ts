/** Jobs of webhooks: one for every try that is to come, made and settled in the transaction that says why. */
import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { TakenJob } from '../../webhooks/queue.ts';
import { withinTransaction, type Jobs } from '../jobs.ts';
import type { Database } from '../tables.ts';

const QUEUE = 'webhook_delivery';
/** A claim of a process that died is taken over after this, seconds; a try and its record take far less. */
const CLAIM_SECONDS = 60;
/** An endpoint's tries at a time, all processes together. */
const AT_ONCE = 4;
/** An endpoint that hung at its last try gets one at a time. */
const SLOW = 'slow';

/** A try to come. */
export interface NewJob {
  readonly jobId: string;
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly slow: boolean;
  /** Milliseconds from now. */
  readonly waitMs: number;
}

export interface WebhookJobs {
  send(tx: Transaction<Database>, jobs: readonly NewJob[]): Promise<void>;
  take(most: number, without: readonly string[]): Promise<readonly TakenJob[]>;
  /** The job has been dealt with; nothing where the claim had lapsed. */
  settle(tx: Transaction<Database>, job: TakenJob): Promise<void>;
}

/** Make the queue where it is not there yet. */
export async function webhookJobs(jobs: Jobs): Promise<WebhookJobs> {
  if (!(await jobs.getQueue(QUEUE))) {
    await jobs.createQueue(QUEUE, {
      // How often an endpoint is tried is not the queue's business; a claim that lapsed is always taken over.
      retryLimit: 1_000_000, retryDelay: 0, expireInSeconds: CLAIM_SECONDS, retentionSeconds: 30 * 86_400, deleteAfterSeconds: 3_600,
    });
  }
  // The queue's facts are remembered at their first use, which must not be within a transaction: an embedded database
  // has one connection, and that is taken then.
  await jobs.deleteJob(QUEUE, randomUUID());
  return {
    async send(tx, list) {
      if (list.length === 0) return;
      await jobs.insert(QUEUE, list.map(({ jobId, deliveryId, endpointId, slow, waitMs }) => ({
        id: jobId, data: { delivery: deliveryId, endpoint: endpointId },
        group: slow ? { id: endpointId, tier: SLOW } : { id: endpointId },
        ...(waitMs > 0 ? { startAfter: Math.ceil(waitMs / 1_000) } : {}),
      })), { db: withinTransaction(tx) });
    },
    async take(most, without) {
      if (most <= 0) return [];
      const taken = await jobs.fetch<{ readonly delivery: string; readonly endpoint: string }>(QUEUE, {
        batchSize: most, ignoreGroups: [...without], groupConcurrency: { default: AT_ONCE, tiers: { [SLOW]: 1 } },
      });
      return taken.map(({ id, retryCount, data }) => ({ jobId: id, claim: retryCount, deliveryId: data.delivery, endpointId: data.endpoint }));
    },
    async settle(tx, job) {
      await jobs.deleteJob(QUEUE, { id: job.jobId, retryCount: job.claim }, { db: withinTransaction(tx) });
    },
  };
}
