/**
 * Sends pictures with the page's form and tells how that went. What was taken stays in memory until it got through; it
 * is safe to send again, because the server takes an answer to one page only once.
 */

export type Answer =
  /** Taken; `href` is the page that follows. */
  | { readonly kind: 'next'; readonly href: string }
  /** Not taken; `problem` is the last part of a message key `capture.problem.…`. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** Nobody answered, or the server is busy. */
  | { readonly kind: 'lost'; readonly busy: boolean }
  /** The page is out of date, or an answer that is not understood: the page itself knows best. */
  | { readonly kind: 'left' };

export interface Part {
  readonly name: string;
  readonly value: string | Blob;
}

/** How the person is kept informed, and asked, while something is on its way. */
export interface Progress {
  sending(): void;
  /**
   * Settles when the person wants to try again. Reconnecting does the same without being asked; `over` is aborted as
   * soon as nobody waits for the person any more.
   */
  stuck(why: 'offline' | 'lost' | 'busy', over: AbortSignal): Promise<void>;
}

/** A slow connection gets this long, milliseconds. */
const PATIENCE_MS = 110_000;
/** Pauses before it is tried again without asking. */
const PAUSES_MS = [1_500, 4_000];

/** Goes on until an answer came, or `signal` ends it. */
export async function sendUntilThrough(form: HTMLFormElement, parts: readonly Part[], progress: Progress, signal?: AbortSignal): Promise<Exclude<Answer, { kind: 'lost' }>> {
  for (let tries = 0; ; tries += 1) {
    progress.sending();
    const answer = await send(form, parts, signal);
    if (answer.kind !== 'lost') return answer;
    const pause = navigator.onLine ? PAUSES_MS[tries] : undefined;
    if (pause !== undefined) await later(pause);
    else {
      const over = new AbortController();
      try {
        await Promise.race([progress.stuck(navigator.onLine ? (answer.busy ? 'busy' : 'lost') : 'offline', over.signal), online(over.signal), ended(signal)]);
      } finally {
        over.abort();
      }
      tries = 0;
    }
    if (signal?.aborted) return { kind: 'left' };
  }
}

/** Sends once: the form's hidden fields, and the parts. */
export async function send(form: HTMLFormElement, parts: readonly Part[], signal?: AbortSignal): Promise<Answer> {
  const body = new FormData();
  for (const field of form.querySelectorAll<HTMLInputElement>('input[type="hidden"]')) {
    if (!parts.some(({ name }) => name === field.name)) body.append(field.name, field.value);
  }
  for (const { name, value } of parts) {
    if (typeof value === 'string') body.append(name, value);
    else body.append(name, value, name);
  }
  // By the attribute: buttons named `action` hide the property of that name.
  const address = form.getAttribute('action') ?? '';
  // By hand: phones a few years old know neither `AbortSignal.timeout` nor `AbortSignal.any`.
  const limit = new AbortController();
  const stop = (): void => limit.abort();
  const timer = setTimeout(stop, PATIENCE_MS);
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted) stop();
    const answer = await fetch(address, { method: 'POST', headers: { accept: 'application/json' }, body, signal: limit.signal });
    if (answer.status === 413) return { kind: 'refused', problem: 'image_too_many_bytes' };
    if (answer.status === 429 || answer.status === 408 || answer.status >= 500) return { kind: 'lost', busy: answer.status === 429 || answer.status === 503 };
    const told: unknown = await answer.json();
    return answer.ok ? nextOf(told) : answer.status === 422 ? refusalOf(told) : { kind: 'left' };
  } catch (error) {
    // An answer that is no JSON is a page meant for eyes.
    return error instanceof SyntaxError || signal?.aborted === true ? { kind: 'left' } : { kind: 'lost', busy: false };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function nextOf(told: unknown): Answer {
  const next = typeof told === 'object' && told !== null && 'next' in told ? told.next : undefined;
  if (typeof next !== 'string') return { kind: 'left' };
  const address = new URL(next, location.href);
  return address.origin === location.origin ? { kind: 'next', href: address.href } : { kind: 'left' };
}

function refusalOf(told: unknown): Answer {
  if (typeof told !== 'object' || told === null) return { kind: 'left' };
  const problem = 'problem' in told ? told.problem : undefined;
  if (typeof problem === 'string') return { kind: 'refused', problem };
  const errors = 'errors' in told && typeof told.errors === 'object' && told.errors !== null ? Object.values(told.errors) : [];
  const first: unknown = errors[0];
  return typeof first === 'string' ? { kind: 'refused', problem: first } : { kind: 'left' };
}

export function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function online(over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const back = (): void => resolve();
    addEventListener('online', back, { once: true });
    over.addEventListener('abort', () => removeEventListener('online', back), { once: true });
  });
}

/** When `signal` is aborted; never without one. */
export function ended(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
}
