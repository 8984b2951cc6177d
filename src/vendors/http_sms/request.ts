import type { OutgoingCall } from '../fetch_limited.ts';
import type { TextMessage } from '../ports.ts';
import type { HttpSmsConfig } from './config.ts';
import { SIGNATURE_HEADER, signatureOf, TIMESTAMP_HEADER } from './signature.ts';

/** One signed message. The id stays the same over retries of one send: the other side de-duplicates by it. */
export function sendRequest(config: HttpSmsConfig, message: TextMessage, now: number): OutgoingCall {
  const body = JSON.stringify({
    id: message.id,
    to: message.to.open(),
    body: message.body.open(),
    validitySeconds: message.validitySeconds,
  });
  const timestamp = String(Math.floor(now / 1000));
  return {
    url: config.url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'idempotency-key': message.id,
      [TIMESTAMP_HEADER]: timestamp,
      [SIGNATURE_HEADER]: signatureOf(config.secret.open(), timestamp, body),
    },
    body,
  };
}
