/**
 * One feed fetched under limits: time, size, a few redirects, and public addresses alone. The address is judged where
 * the connection is made, after the name was resolved, so that no answer of a name server comes in between.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { parseAddress } from './address.ts';
import type { FeedFault } from './faults.ts';
import { guardedLookup, REFUSED, resolveAll, type Resolve } from './guarded_lookup.ts';
import { isLoopback, isPublic } from './public_address.ts';
import type { FromUrl } from './source.ts';
import type { Validators } from './store.ts';

export interface FeedCall {
  readonly from: Pick<FromUrl, 'url' | 'header'>;
  /** What the body that is kept is called; undefined asks for a body in any case. */
  readonly validators: Validators | undefined;
  readonly mostBytes: number;
  /** Redirects that are followed; 3. */
  readonly redirects?: number;
  /** Whether an origin on this machine may be called where it is named itself; configuration sees to that for feeds. */
  readonly local?: boolean;
  /** Ends the whole of it, the body included. */
  readonly signal: AbortSignal;
}

export type FetchedFeed =
  | ({ readonly kind: 'fetched'; readonly bytes: Uint8Array } & Validators)
  | ({ readonly kind: 'unchanged' } & Validators)
  | { readonly kind: 'failed'; readonly fault: FeedFault };

export type { Resolve } from './guarded_lookup.ts';

/** Validators come back in every request, and are kept: some headers are longer than either needs. */
const LONGEST_VALIDATOR = 200;

const failed = (fault: FeedFault): FetchedFeed => ({ kind: 'failed', fault });


function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether an origin is on this machine; configuration allows it in development alone, and by these names alone. */
function isLocal(url: URL): boolean {
  const literal = parseAddress(bareHost(url));
  return url.hostname === 'localhost' || (literal !== undefined && isLoopback(literal));
}

function respond(url: URL, headers: Readonly<Record<string, string>>, lookup: LookupFunction, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    // No agent: a connection kept for later would be used again without its address being looked at.
    request(url, { method: 'GET', headers, lookup, signal, agent: false }).on('response', resolve).on('error', reject).end();
  });
}

function validatorsOf({ headers }: http.IncomingMessage): Validators {
  const short = (text: string | undefined): string | undefined => (text !== undefined && text.length <= LONGEST_VALIDATOR ? text : undefined);
  return { etag: short(headers.etag), lastModified: short(headers['last-modified']) };
}

async function bodyOf(response: http.IncomingMessage, mostBytes: number, signal: AbortSignal): Promise<Uint8Array | FeedFault> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Counted as it arrives: Content-Length is the other side's word.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      // Leaving the loop destroys the response, which closes the connection.
      if (size > mostBytes) return 'too_large';
      chunks.push(chunk);
    }
  } catch {
    return abortFault(signal) ?? 'connection_lost';
  }
  return Buffer.concat(chunks);
}

function abortFault(signal: AbortSignal): FeedFault | undefined {
  if (!signal.aborted) return undefined;
  return (signal.reason as { name?: string } | undefined)?.name === 'TimeoutError' ? 'timed_out' : 'stopped';
}

/** Where a redirect leads, if we follow it there. */
function redirectTarget(response: http.IncomingMessage, at: URL, origin: string): URL | undefined {
  const target = URL.parse(response.headers.location ?? '', at.href);
  // Onward to public https alone, or within the origin that the operator named.
  return target && (target.protocol === 'https:' || target.origin === origin) ? target : undefined;
}

/** Fetch it. Never throws; nothing of the address or its header is in what comes back. */
export async function fetchFeed({ from, validators, mostBytes, signal, redirects = 3, local: mayBeLocal = true }: FeedCall, resolve: Resolve = resolveAll): Promise<FetchedFeed> {
  let url = new URL(from.url.open());
  const { origin } = url;
  const local = mayBeLocal && isLocal(url);
  for (let hop = 0; hop <= redirects; hop += 1) {
    const here = url.origin === origin && local;
    const allowed = (text: string): boolean => {
      const address = parseAddress(text);
      return address !== undefined && (isPublic(address) || (here && isLoopback(address)));
    };
    // A host that is an address is never looked up, so it is judged here.
    const host = bareHost(url);
    if (parseAddress(host) !== undefined && !allowed(host)) return failed('address_refused');
    const headers = {
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'gatehouse',
      ...(validators?.etag === undefined ? {} : { 'if-none-match': validators.etag }),
      ...(validators?.lastModified === undefined ? {} : { 'if-modified-since': validators.lastModified }),
      // The key opens the operator's door, and is shown at no other.
      ...(from.header && url.origin === origin ? { [from.header.name.toLowerCase()]: from.header.value.open() } : {}),
    };
    let response: http.IncomingMessage;
    try {
      response = await respond(url, headers, guardedLookup(allowed, resolve), signal);
    } catch (thrown) {
      return failed(abortFault(signal) ?? ((thrown as { code?: string }).code === REFUSED ? 'address_refused' : 'connection_failed'));
    }
    const status = response.statusCode ?? 0;
    if ([301, 302, 303, 307, 308].includes(status)) {
      response.destroy();
      const target = redirectTarget(response, url, origin);
      if (!target) return failed('redirect_refused');
      url = target;
      continue;
    }
    if (status === 200) {
      // We asked for it plain; packed files come as such, and are unpacked under a limit later.
      const encoding = response.headers['content-encoding'] ?? 'identity';
      const stated = Number(response.headers['content-length'] ?? 0);
      if (!['identity', 'gzip', 'x-gzip'].includes(encoding) || stated > mostBytes) {
        response.destroy();
        return failed(stated > mostBytes ? 'too_large' : 'encoding_refused');
      }
      const bytes = await bodyOf(response, mostBytes, signal);
      return typeof bytes === 'string' ? failed(bytes) : { kind: 'fetched', bytes, ...validatorsOf(response) };
    }
    response.destroy();
    if (status === 304 && validators) return { kind: 'unchanged', ...validatorsOf(response) };
    return failed(`status_${status}`);
  }
  return failed('redirect_refused');
}
