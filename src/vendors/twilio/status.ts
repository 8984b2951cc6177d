/**
 * Twilio's status callbacks: `X-Twilio-Signature` is the base64 HMAC-SHA1, keyed with the account's auth token, of the
 * full public address followed by every POST parameter, sorted by name, name and value without anything between.
 */
import { createHmac } from 'node:crypto';
import { sameSecret } from '../../constant_time.ts';
import type { DeliveryReport } from '../ports.ts';
import { PROVIDER_MESSAGE_ID } from '../status.ts';
import type { StatusReader } from '../status.ts';
import { MESSAGE_ERRORS, MESSAGE_STATUS_OF } from './codes.ts';
import type { TwilioMessagesConfig } from './config.ts';

/** The signature that belongs to an address and its parameters. */
export function twilioSignature(authToken: string, url: string, params: URLSearchParams): string {
  // Twilio's own libraries take repeated values once, sorted.
  const pairs = [...new Set(params.keys())]
    .toSorted()
    .map((name) => name + [...new Set(params.getAll(name))].toSorted().join(name));
  return createHmac('sha1', authToken).update(url + pairs.join(''), 'utf8').digest('base64');
}

/** Reads callbacks of one account. */
export function twilioStatusReader(config: TwilioMessagesConfig): StatusReader {
  return ({ url, headers, body }) => {
    const params = new URLSearchParams(body);
    const given = headers['x-twilio-signature'] ?? '';
    if (!sameSecret(given, twilioSignature(config.authToken.open(), url, params))) {
      return { kind: 'refused', code: 'bad_signature' };
    }
    const report = reportFrom(params);
    return report === undefined ? { kind: 'refused', code: 'malformed' } : { kind: 'report', report };
  };
}

function reportFrom(params: URLSearchParams): DeliveryReport | undefined {
  const sid = params.get('MessageSid') ?? '';
  const said = params.get('MessageStatus') ?? '';
  if (!PROVIDER_MESSAGE_ID.test(sid) || said === '') return undefined;
  const status = (Object.hasOwn(MESSAGE_STATUS_OF, said) ? MESSAGE_STATUS_OF[said] : undefined) ?? 'unknown';
  const errorCode = params.get('ErrorCode') ?? '';
  if (!/^[1-9]\d{3,5}$/.test(errorCode)) return { provider: 'twilio', providerMessageId: sid, status };
  const code = MESSAGE_ERRORS.find((row) => row.twilio === Number(errorCode))?.code ?? `twilio_${errorCode}`;
  return {
    provider: 'twilio',
    providerMessageId: sid,
    status: code === 'opted_out' ? 'opted_out' : status,
    code,
  };
}
