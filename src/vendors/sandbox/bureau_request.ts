import type { OutgoingCall } from '../fetch_limited.ts';
import type { MatchQuery } from '../ports.ts';

export interface BureauConfig {
  readonly url: string;
  readonly secret: string;
  /** For one question, milliseconds. */
  readonly timeoutMs: number;
}

/** One question to the identity database; `reference` is ours, a UUID. */
export function bureauRequest(config: BureauConfig, query: MatchQuery, reference: string): OutgoingCall {
  return {
    url: config.url,
    method: 'POST',
    headers: {
      authorization: `Bearer ${config.secret}`,
      'content-type': 'application/json',
      accept: 'application/json',
    },
    body: JSON.stringify({ reference, phone: query.phone, person: query.attributes }),
  };
}
