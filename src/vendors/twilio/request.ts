/**
 * Building Twilio's requests, purely.
 */
import type { OutgoingCall } from '../fetch_limited.ts';
import type { TextMessage } from '../ports.ts';
import type { TwilioLookupConfig, TwilioMessagesConfig } from './config.ts';

/** Lookup v2, line type only. The address holds the number: it must never be logged. */
export function lookupRequest(config: TwilioLookupConfig, phone: string): OutgoingCall {
  return {
    url: `${config.base}/v2/PhoneNumbers/${encodeURIComponent(phone)}?Fields=line_type_intelligence`,
    method: 'GET',
    headers: { authorization: basic(config), accept: 'application/json' },
  };
}

/**
 * Messages API: create.
 *
 * @param statusUrl where reports are sent; part of what their signature covers
 */
export function messageRequest(config: TwilioMessagesConfig, message: TextMessage, statusUrl: string): OutgoingCall {
  const form = new URLSearchParams({
    To: message.to.open(),
    ...('number' in config.from
      ? { From: config.from.number }
      : { MessagingServiceSid: config.from.messagingServiceSid }),
    Body: message.body.open(),
    StatusCallback: statusUrl,
    // Twilio allows 1 to 36000 seconds.
    ValidityPeriod: String(Math.min(36_000, Math.max(1, Math.floor(message.validitySeconds)))),
  });
  return {
    url: `${config.base}/2010-04-01/Accounts/${config.accountSid}/Messages.json`,
    method: 'POST',
    headers: {
      authorization: basic(config),
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: form.toString(),
  };
}

function basic(config: TwilioLookupConfig): string {
  return `Basic ${Buffer.from(`${config.username}:${config.password.open()}`).toString('base64')}`;
}
