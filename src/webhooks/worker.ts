/**
 * Tells endpoints what happened, in every process of the gateway alike: makes deliveries of the events that wait, takes
 * the tries that are due, and makes them side by side. Nothing is kept here: a process that dies loses its claims, and
 * another makes its tries again, with the same ids.
 */
import { deliver, type DeliverDeps } from './deliver.ts';
import type { TakenJob, WebhookQueue } from './queue.ts';

export interface WebhookWorkerDeps extends DeliverDeps {
  readonly queue: WebhookQueue;
  readonly logger: { warn(fields: object, message: string): void };
  /** Requests under way at the same time; 16. */
  readonly most?: number;
  /** How often to look while there is something to do, milliseconds; 1 s. */
  readonly busyMs?: number;
  /** How often to look otherwise; 5 s. */
  readonly idleMs?: number;
  /** How long those under way may take once a stop was asked for; 3 s. */
  readonly drainMs?: number;
}

export interface WebhookWorker {
  /** Take nothing more, let what is under way come to its end for a moment, give the rest back. */
  stop(): Promise<void>;
  /** Look now; tests need not wait. */
  nudge(): void;
}

const EVENTS_AT_ONCE = 100;
/** Time after the last thing to do in which another is likely, milliseconds. */
const LIVELY_MS = 30_000;

export function startWebhookWorker(deps: WebhookWorkerDeps): WebhookWorker {
  const { queue, logger, most = 16, busyMs = 1_000, idleMs = 5_000, drainMs = 3_000 } = deps;
  const underWay = new Map<string, Promise<void>>();
  const endpointOf = new Map<string, string>();
  const ended = new AbortController();
  const stopping = new AbortController();
  let wake: () => void = () => undefined;
  let nudged = false;
  let lastBusy = 0;
  let relayedAt = 0;
  let moreEvents = false;

  const nudge = (): void => {
    nudged = true;
    wake();
  };
  const pause = (milliseconds: number): Promise<void> => new Promise((done) => {
    if (nudged || stopping.signal.aborted) return done();
    const timer = setTimeout(done, milliseconds);
    // The process lives by its listening server; looking for work alone must not keep it.
    timer.unref();
    wake = () => { clearTimeout(timer); done(); };
    return undefined;
  });
  const begin = (job: TakenJob): void => {
    endpointOf.set(job.jobId, job.endpointId);
    underWay.set(job.jobId, deliver(deps, job, ended.signal)
      .catch((thrown: unknown) => logger.warn({ event: 'webhook_try_failed', delivery: job.deliveryId, error: nameOf(thrown) }, 'a delivery could not be tried; it is tried again'))
      .finally(() => {
        underWay.delete(job.jobId);
        endpointOf.delete(job.jobId);
        // There may be more for the room that is free now; an endpoint has a few tries at a time.
        nudge();
      }));
  };
  const round = async (): Promise<void> => {
    if (!(await queue.any())) return;
    const due = Date.now() - relayedAt >= busyMs || moreEvents;
    if (due) relayedAt = Date.now();
    const relayed = due ? await queue.relay(EVENTS_AT_ONCE) : 0;
    if (due) moreEvents = relayed === EVENTS_AT_ONCE;
    const slow = await queue.slowEndpoints();
    const quick = await queue.take(most - underWay.size, slow);
    for (const job of quick) begin(job);
    // Endpoints that hang get half of the room at most, all of them together: the others always have the rest.
    const hanging = [...endpointOf.values()].filter((endpoint) => slow.includes(endpoint)).length;
    const room = Math.min(most - underWay.size, Math.floor(most / 2) - hanging);
    const late = slow.length > 0 && room > 0 ? await queue.take(room, []) : [];
    for (const job of late) begin(job);
    if (relayed + quick.length + late.length > 0) lastBusy = Date.now();
    if (moreEvents) nudge();
  };
  const loop = async (): Promise<void> => {
    await pause(busyMs);
    while (!stopping.signal.aborted) {
      nudged = false;
      await round().catch((thrown: unknown) => {
        logger.warn({ event: 'webhooks_failed', error: nameOf(thrown) }, 'looking for webhooks to deliver failed; it is tried again');
      });
      await pause(Date.now() - lastBusy < LIVELY_MS ? busyMs : idleMs);
    }
  };
  const running = loop();
  return {
    nudge,
    async stop() {
      stopping.abort();
      wake();
      await running;
      const hard = setTimeout(() => ended.abort(), drainMs);
      await Promise.all(underWay.values());
      clearTimeout(hard);
    },
  };
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : 'unknown';
}
