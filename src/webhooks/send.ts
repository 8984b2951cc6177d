/**
 * One request to an endpoint under limits: time, size, no redirects, and public addresses alone. The address is judged
 * where the connection is made, after the name was resolved, so that no answer of a name server comes in between.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { parseAddress } from '../feeds/address.ts';
import { guardedLookup, resolveAll, type Resolve } from '../feeds/guarded_lookup.ts';
import { isLoopback, isPublic } from '../feeds/public_address.ts';
import { bareHost, namesThisMachine } from './endpoint_url.ts';

export type { Resolve } from '../feeds/guarded_lookup.ts';

export interface OutgoingWebhook {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether an address of this machine may be called where it is named itself. */
  readonly local: boolean;
  /** Time limit for all of it, milliseconds. */
  readonly timeoutMs: number;
  /** Ends it early: the gateway stops. */
  readonly stop?: AbortSignal;
}

/** Why there was no answer. Stable. */
export type SendFault =
  | 'address_refused' | 'name_unknown' | 'timed_out' | 'connection_refused' | 'connection_lost' | 'tls_failed' | 'bad_answer' | 'stopped';

/** What came of it: an answer with whatever status, or none. */
export type SendResult =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined; readonly answer: Buffer }
  | { readonly kind: 'failed'; readonly fault: SendFault };

/** How much of an answer is read and kept, bytes. */
export const ANSWER_BYTES = 1_024;
/** How long an answer's body is waited for once its status is there, milliseconds: it decides nothing. */
const BODY_MS = 2_000;


/** Send it. Never throws; nothing of the address is in what comes back. */
export async function sendWebhook(call: OutgoingWebhook, resolve: Resolve = resolveAll): Promise<SendResult> {
  const url = new URL(call.url);
  const here = call.local && namesThisMachine(url);
  const allowed = (text: string): boolean => {
    const address = parseAddress(text);
    return address !== undefined && (isPublic(address) || (here && isLoopback(address)));
  };
  // A host that is an address is never looked up, so it is judged here.
  const host = bareHost(url);
  if (parseAddress(host) !== undefined && !allowed(host)) return { kind: 'failed', fault: 'address_refused' };
  if (url.protocol !== 'https:' && !here) return { kind: 'failed', fault: 'address_refused' };
  const timeout = AbortSignal.timeout(call.timeoutMs);
  const signal = call.stop ? AbortSignal.any([timeout, call.stop]) : timeout;
  let response: http.IncomingMessage;
  try {
    response = await respond(url, call, guardedLookup(allowed, resolve), signal);
  } catch (thrown) {
    return { kind: 'failed', fault: faultOf(thrown, timeout, call.stop) };
  }
  const retryAfter = response.headers['retry-after'];
  return { kind: 'answered', status: response.statusCode ?? 0, retryAfter, answer: await beginning(response) };
}

function respond(url: URL, { headers, body }: OutgoingWebhook, lookup: LookupFunction, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http;
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    // No agent: a connection kept for later would be used again without its address being looked at.
    request(url, {
      method: 'POST', lookup, signal, agent: false,
      headers: { 'content-type': 'application/json', accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'gatehouse-webhooks', ...headers, 'content-length': bytes.byteLength },
    }).on('response', resolve).on('error', reject).end(bytes);
  });
}

/** The beginning of the answer's body, whatever becomes of the rest. */
async function beginning(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const enough = setTimeout(() => response.destroy(), BODY_MS);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      // Leaving the loop destroys the response, which closes the connection.
      if (size >= ANSWER_BYTES) break;
    }
  } catch {
    // Cut off: the status has been given, and is what counts.
  } finally {
    clearTimeout(enough);
    response.destroy();
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES);
}

const BY_CODE: readonly (readonly [pattern: RegExp, fault: SendFault])[] = [
  [/^EADDRESSREFUSED$/, 'address_refused'],
  [/^(?:ENOTFOUND|EAI_|ENODATA)/, 'name_unknown'],
  [/^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES)$/, 'connection_refused'],
  [/^ETIMEDOUT$/, 'timed_out'],
  [/^HPE_/, 'bad_answer'],
  [/^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/, 'tls_failed'],
];

function faultOf(thrown: unknown, timeout: AbortSignal, stop: AbortSignal | undefined): SendFault {
  if (stop?.aborted) return 'stopped';
  if (timeout.aborted) return 'timed_out';
  // Several addresses were tried, and each failed in its own way: the first tells.
  const failure = thrown instanceof AggregateError ? (thrown.errors[0] as unknown) : thrown;
  const code = String((failure as { code?: unknown } | null)?.code ?? '');
  return BY_CODE.find(([pattern]) => pattern.test(code))?.[1] ?? 'connection_lost';
}
