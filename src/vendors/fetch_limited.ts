/**
 * One outgoing call under limits: time, size, and no redirects. Every client of this folder goes through here, so that
 * no vendor can hang a journey, fill the memory, or send us (and a person's data) on to another host.
 */

export interface OutgoingCall {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  /** A response header by its lower-case name. */
  readonly header: (name: string) => string | null;
  readonly body: string;
}

/**
 * What came of it. `code` is ours: `connection_failed` (nothing came, a redirect included), `connection_lost` (it broke
 * off inside the body), `reply_too_large`, `malformed_reply` (not UTF-8). The cause of a network error is dropped on
 * purpose: its text can quote the address, and some addresses hold a phone number.
 */
export type CallResult = Reply | { readonly kind: 'timed_out' } | { readonly kind: 'broke'; readonly code: string };

/** Largest answer read, bytes; every reply we expect is below 10 kB. */
export const MAX_REPLY_BYTES = 262_144;

/** Make the call. Never throws; the time limit is the signal's, and covers the body as well as the headers. */
export async function fetchLimited(
  call: OutgoingCall,
  signal: AbortSignal,
  maxBytes: number = MAX_REPLY_BYTES,
): Promise<CallResult> {
  let response: Response;
  try {
    response = await fetch(call.url, {
      method: call.method,
      headers: call.headers,
      redirect: 'error',
      signal,
      ...(call.body === undefined ? {} : { body: call.body }),
    });
  } catch {
    return signal.aborted ? { kind: 'timed_out' } : { kind: 'broke', code: 'connection_failed' };
  }
  const body = await readBody(response, signal, maxBytes);
  if (typeof body !== 'string') return body;
  return { kind: 'reply', status: response.status, header: (name) => response.headers.get(name), body };
}

async function readBody(
  response: Response,
  signal: AbortSignal,
  maxBytes: number,
): Promise<string | Exclude<CallResult, Reply>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Counted as it arrives: Content-Length is the other side's word, and compressed bodies grow.
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      // Leaving the loop cancels the stream, which closes the connection.
      if (size > maxBytes) return { kind: 'broke', code: 'reply_too_large' };
      chunks.push(chunk);
    }
  } catch {
    return signal.aborted ? { kind: 'timed_out' } : { kind: 'broke', code: 'connection_lost' };
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return { kind: 'broke', code: 'malformed_reply' };
  }
}
