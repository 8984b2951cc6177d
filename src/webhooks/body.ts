import type { Mode } from '../journey/journey.ts';
import type { Personal } from '../personal.ts';

/** An event as it is told. */
export interface ToldEvent {
  readonly id: string;
  readonly type: string;
  readonly mode: Mode;
  readonly workflowId: string | undefined;
  readonly clientId: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Bodies stay below this, bytes: Standard Webhooks advises 20 kB. */
export const MOST_BODY_BYTES = 20_000;
/** What a value may take up in a body that would be too large otherwise. */
const SHORT = 200;

/**
 * The body of a request: `{ type, timestamp, data }`. Data that would be too large keep their short parts and say so with
 * `truncated`; the id in them leads to the rest. Pure.
 *
 * @param credential the application's own name for its user, for endpoints that ask for it
 */
export function webhookBody(event: ToldEvent, credential?: Personal<string>): string {
  const told = (data: Readonly<Record<string, unknown>>): string => JSON.stringify({
    type: event.type,
    timestamp: new Date(event.at).toISOString(),
    data: {
      ...data, mode: event.mode,
      ...(event.workflowId === undefined ? {} : { workflow: event.workflowId }),
      ...(event.clientId === undefined ? {} : { client_id: event.clientId }),
      ...(credential === undefined ? {} : { login_hint: credential.open() }),
    },
  });
  const whole = told(event.data);
  if (Buffer.byteLength(whole) < MOST_BODY_BYTES) return whole;
  const short = Object.entries(event.data).filter(([, value]) => (JSON.stringify(value) ?? '').length <= SHORT).slice(0, 20);
  return told({ ...Object.fromEntries(short), truncated: true });
}
