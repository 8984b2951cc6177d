/** What the worker asks of the database. Implemented in `store/console/webhooks_queue.ts`. */
import type { Mode } from '../journey/journey.ts';
import type { Personal } from '../personal.ts';
import type { ToldEvent } from './body.ts';

/** A try that is due and that this process alone has, for a while. */
export interface TakenJob {
  readonly jobId: string;
  /** Which attempt of the job this is: a claim that lapsed cannot settle the job any more. */
  readonly claim: number;
  readonly deliveryId: string;
  readonly endpointId: string;
}

/** What is needed to make a try. */
export interface DueDelivery {
  readonly deliveryId: string;
  readonly endpoint: { readonly id: string; readonly url: string; readonly mode: Mode; readonly withCredential: boolean };
  readonly event: ToldEvent;
  readonly journeyId: string | undefined;
  /** All that are valid, the newest first. */
  readonly secrets: readonly string[];
}

/** What came of a try. */
export interface TryResult {
  /** When it began, epoch milliseconds, and how long it took. */
  readonly at: number;
  readonly ms: number;
  readonly outcome: 'delivered' | 'failed';
  /** HTTP status; undefined where there was no answer. */
  readonly status: number | undefined;
  /** Why it failed: `timed_out` and its like, `status_500`, `redirect_refused`. */
  readonly error: string | undefined;
  /** The beginning of the answer, without the credential that it may have been told. */
  readonly answer: Buffer | undefined;
  /** What the endpoint asked to be waited for, milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export interface WebhookQueue {
  /** Whether there is any endpoint at all; where there is none, nothing else need be asked. */
  any(): Promise<boolean>;
  /** Make deliveries and jobs of the events that wait, at most so many events; gives how many there were. */
  relay(most: number): Promise<number>;
  /** Take tries that are due, at most so many, none of these endpoints. */
  take(most: number, without: readonly string[]): Promise<readonly TakenJob[]>;
  /** What to send; undefined where nothing is to be sent any more, and the job is settled with that. */
  load(job: TakenJob): Promise<DueDelivery | undefined>;
  /** The application's own name for the person of a journey, while it is kept. */
  credentialOf(journeyId: string): Promise<Personal<string> | undefined>;
  /** Record a try and what comes next, in one transaction. */
  record(job: TakenJob, result: TryResult): Promise<void>;
  /** Give a job back untried: the gateway stops. */
  giveBack(job: TakenJob): Promise<void>;
  /** Endpoints that were last seen to hang. */
  slowEndpoints(): Promise<readonly string[]>;
}
