/**
 * The signature of both directions: HMAC-SHA256 over `<timestamp>.<body>`, hex, in two headers. The time is signed with
 * the body, so that neither can be replayed with the other changed.
 */
import { createHmac } from 'node:crypto';
import { sameSecret } from '../../constant_time.ts';

export const TIMESTAMP_HEADER = 'x-gatehouse-timestamp';
export const SIGNATURE_HEADER = 'x-gatehouse-signature';

/** How far a timestamp may be from our clock, either way, milliseconds. */
export const WINDOW_MS = 5 * 60 * 1000;

/** The value of the signature header. `timestamp` is epoch seconds, as written in its header. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`, 'utf8').digest('hex')}`;
}

/** Check a signature, then its age: an unsigned time says nothing. `now` is epoch milliseconds. */
export function checkSignature(
  secret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: number,
): 'good' | 'bad_signature' | 'stale' {
  const timestamp = headers[TIMESTAMP_HEADER] ?? '';
  const given = headers[SIGNATURE_HEADER] ?? '';
  if (!/^\d{1,12}$/.test(timestamp) || !sameSecret(given, signatureOf(secret, timestamp, body))) return 'bad_signature';
  return Math.abs(now - Number(timestamp) * 1000) <= WINDOW_MS ? 'good' : 'stale';
}
