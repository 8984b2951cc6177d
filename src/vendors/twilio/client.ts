/**
 * Twilio over the wire: the line-type look-up and the message sender.
 */
import { broke, SIMULATED_HEADER, timed } from '../answer.ts';
import type { VendorIdentity } from '../answer.ts';
import { fetchLimited } from '../fetch_limited.ts';
import type { LineTypePort, SmsSender } from '../ports.ts';
import type { TwilioLookupConfig, TwilioMessagesConfig } from './config.ts';
import { judgeLookup, judgeMessage } from './reply.ts';
import { lookupRequest, messageRequest } from './request.ts';

/** @param identity who stands in the record; `simulated` only for the sandbox */
export function twilioLineType(config: TwilioLookupConfig, identity: VendorIdentity): LineTypePort {
  return {
    async lookup(phone) {
      const answer = timed(identity);
      const reply = await fetchLimited(lookupRequest(config, phone.open()), AbortSignal.timeout(config.timeoutMs));
      if (reply.kind !== 'reply') return answer(reply);
      // A simulator answering for a live vendor would put made-up facts into real decisions.
      if (!identity.simulated && reply.header(SIMULATED_HEADER) !== null) return answer(broke('simulated_reply'));
      return answer(judgeLookup(reply));
    },
  };
}

/**
 * The sender. Twilio does not de-duplicate: after a time-out the message may or may not be under way, and sending the
 * same link again is harmless.
 */
export function twilioSmsSender(config: TwilioMessagesConfig, statusUrl: string): SmsSender {
  const provider = 'twilio';
  return {
    name: provider,
    async send(message) {
      const call = messageRequest(config, message, statusUrl);
      const reply = await fetchLimited(call, AbortSignal.timeout(config.timeoutMs));
      if (reply.kind === 'timed_out') return { kind: 'unknown', provider, code: 'timed_out' };
      if (reply.kind === 'broke') return { kind: 'unknown', provider, code: reply.code };
      return { ...judgeMessage(reply), provider };
    },
  };
}
