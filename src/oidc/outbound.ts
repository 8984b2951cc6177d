/**
 * What the OIDC server asks of addresses that clients name: key sets (`jwks_uri`) and the notice that somebody signed out
 * (OIDC Back-Channel Logout 1.0). Both go to the public internet alone, are followed nowhere else, and end in time.
 */
import { fetchFeed } from '../feeds/fetch_feed.ts';
import { Personal } from '../personal.ts';
import { sendWebhook } from '../webhooks/send.ts';

/** Key sets are a few kilobytes. */
const MOST_BYTES = 64 * 1024;
const TIMEOUT_MS = 2_500;

/** The part of `fetch` that the library uses. */
export interface OutboundOptions {
  readonly method?: string | undefined;
  readonly headers?: RequestInit['headers'];
  readonly body?: unknown;
}

/**
 * The library's `fetch`.
 *
 * @param local whether an address on this machine may be called where it is named itself: in development
 * @throws Error with a code and nothing of the address, where there is no answer
 */
export function outboundFetch({ local }: { readonly local: boolean }): (url: string | URL, options?: OutboundOptions) => Promise<Response> {
  return async (url, options = {}) => {
    const to = String(url);
    if (options.method === 'POST') {
      const sent = await sendWebhook({
        url: to, local, timeoutMs: TIMEOUT_MS, body: String(options.body),
        headers: { ...Object.fromEntries(new Headers(options.headers)), 'user-agent': 'gatehouse' },
      });
      if (sent.kind === 'failed') throw new OutboundFailure(sent.fault);
      return new Response(null, { status: sent.status >= 200 && sent.status <= 599 ? sent.status : 502 });
    }
    const fetched = await fetchFeed({ from: { url: Personal.of(to) }, validators: undefined, mostBytes: MOST_BYTES, redirects: 0, local, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (fetched.kind !== 'fetched') throw new OutboundFailure(fetched.kind === 'failed' ? fetched.fault : 'not_fetched');
    return new Response(Buffer.from(fetched.bytes));
  };
}

/** No answer, and why. */
class OutboundFailure extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`an address that a client named gave no answer: ${code}`);
    this.code = code;
  }
}
