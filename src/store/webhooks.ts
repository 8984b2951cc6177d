/** Everything about webhooks that stands on the database, put together: the job queue, the desk, the worker. */
import type { WebhookDesk } from '../admin/webhooks/store.ts';
import type { Personal } from '../personal.ts';
import type { Vault } from '../vault/vault.ts';
import type { Resolve } from '../webhooks/send.ts';
import { startWebhookWorker, type WebhookWorker } from '../webhooks/worker.ts';
import { webhookDesk } from './console/webhooks.ts';
import { webhookJobs } from './console/webhooks_jobs.ts';
import { webhookQueue } from './console/webhooks_queue.ts';
import type { Db } from './database.ts';
import { startJobs, type JobsLogger } from './jobs.ts';
import { logoutJobs, type LogoutJobs } from './logouts.ts';

export interface WebhooksOptions {
  readonly db: Db;
  readonly vault: Pick<Vault, 'seal' | 'open' | 'keyedHash'>;
  /** The application's own name for the person of a journey, while it is kept. */
  readonly credentialOf: (journeyId: string) => Promise<Personal<string> | undefined>;
  /** Whether test endpoints on this machine may be called; never in production. */
  readonly development: boolean;
  readonly now: () => number;
  readonly logger: JobsLogger;
  /** Tests put their own name server, time limit and patience here. */
  readonly worker?: { readonly resolve?: Resolve; readonly timeoutMs?: number; readonly busyMs?: number; readonly idleMs?: number; readonly drainMs?: number; readonly most?: number };
}

export interface Webhooks {
  readonly desk: WebhookDesk;
  /** Applications to be told of a sign-out wait in the same job queue. */
  readonly logouts: LogoutJobs;
  /** Begin to deliver. */
  start(): WebhookWorker;
  /** Finish what is under way, give the rest back, stop the queue. */
  stop(): Promise<void>;
}

/** @throws GatehouseError `jobs_refused` */
export async function openWebhooks({ db, vault, credentialOf, development, now, logger, worker: options }: WebhooksOptions): Promise<Webhooks> {
  const queue = await startJobs(db, logger);
  const jobs = await webhookJobs(queue);
  const logouts = await logoutJobs(queue, { db, vault, now, logger });
  let worker: WebhookWorker | undefined;
  return {
    desk: webhookDesk({ db, vault, jobs, now }),
    logouts,
    start: () => (worker ??= startWebhookWorker({ queue: webhookQueue({ db, vault, jobs, credentialOf, now, logger }), development, now, logger, ...options })),
    async stop() {
      await worker?.stop();
      await queue.stop({ graceful: false });
    },
  };
}
