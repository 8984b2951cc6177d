/** One try of one delivery: load, sign, send, judge the answer, record. */
import type { Resolve } from '../feeds/guarded_lookup.ts';
import type { Personal } from '../personal.ts';
import { webhookBody } from './body.ts';
import type { DueDelivery, TakenJob, TryResult, WebhookQueue } from './queue.ts';
import { retryAfterMs } from './schedule.ts';
import { sendWebhook, type SendResult } from './send.ts';
import { signedHeaders } from './signature.ts';

export interface DeliverDeps {
  readonly queue: Pick<WebhookQueue, 'load' | 'credentialOf' | 'record' | 'giveBack'>;
  readonly now: () => number;
  /** Whether test endpoints on this machine may be called. */
  readonly development: boolean;
  /** Time limit of a request, milliseconds; 15 s. */
  readonly timeoutMs?: number;
  /** Tests put their own name server here. */
  readonly resolve?: Resolve | undefined;
}

const TIMEOUT_MS = 15_000;

/** Make the try that was taken. Rejects only where the database fails; the claim lapses then, and it is tried again. */
export async function deliver(deps: DeliverDeps, job: TakenJob, stop?: AbortSignal): Promise<void> {
  const due = await deps.queue.load(job);
  if (!due) return;
  const credential = due.endpoint.withCredential && due.journeyId !== undefined ? await deps.queue.credentialOf(due.journeyId) : undefined;
  const at = deps.now();
  const sent = await send(deps, due, credential, at, stop);
  if (sent.kind === 'failed' && sent.fault === 'stopped') return deps.queue.giveBack(job);
  await deps.queue.record(job, judged(sent, { at, ms: Math.max(0, deps.now() - at), credential }));
}

function send(deps: DeliverDeps, due: DueDelivery, credential: Personal<string> | undefined, at: number, stop: AbortSignal | undefined): Promise<SendResult> {
  const body = webhookBody(due.event, credential);
  return sendWebhook({
    url: due.endpoint.url, body,
    headers: { ...signedHeaders(due.secrets, due.event.id, body, at) },
    local: deps.development && due.endpoint.mode === 'test',
    timeoutMs: deps.timeoutMs ?? TIMEOUT_MS,
    ...(stop ? { stop } : {}),
  }, deps.resolve);
}

/** What an answer means: 2xx is the only one that is taken for having arrived. Pure. */
export function judged(sent: SendResult, { at, ms, credential }: { readonly at: number; readonly ms: number; readonly credential?: Personal<string> | undefined }): TryResult {
  if (sent.kind === 'failed') return { at, ms, outcome: 'failed', status: undefined, error: sent.fault, answer: undefined, retryAfterMs: undefined };
  const { status } = sent;
  const delivered = status >= 200 && status < 300;
  const error = delivered ? undefined : status >= 300 && status < 400 ? 'redirect_refused' : `status_${status}`;
  return {
    at, ms, status, error, outcome: delivered ? 'delivered' : 'failed',
    answer: sent.answer.byteLength === 0 ? undefined : withoutCredential(sent.answer, credential),
    retryAfterMs: delivered ? undefined : retryAfterMs(sent.retryAfter, at),
  };
}

/** An endpoint that repeats what it was told must not put it into our log. */
function withoutCredential(answer: Buffer, credential: Personal<string> | undefined): Buffer {
  const told = credential?.open();
  if (told === undefined || told === '') return answer;
  const shapes = [told, JSON.stringify(told).slice(1, -1), encodeURIComponent(told)];
  const text = shapes.reduce((left, shape) => left.replaceAll(shape, '[login_hint]'), answer.toString('utf8'));
  // Cut off in the middle of it: the end may hold its beginning.
  return Buffer.from(withoutBeginning(text, told));
}

function withoutBeginning(text: string, told: string): string {
  for (let length = Math.min(told.length, text.length); length >= 3; length -= 1) {
    if (text.endsWith(told.slice(0, length))) return `${text.slice(0, -length)}[login_hint]`;
  }
  return text;
}
