import { fetchLimited } from '../fetch_limited.ts';
import type { SmsSender } from '../ports.ts';
import type { HttpSmsConfig } from './config.ts';
import { judgeSend } from './reply.ts';
import { sendRequest } from './request.ts';

/** Sends by the operator's own service. @param clock epoch milliseconds */
export function httpSmsSender(config: HttpSmsConfig, clock: () => number = Date.now): SmsSender {
  const provider = 'http';
  return {
    name: provider,
    async send(message) {
      const call = sendRequest(config, message, clock());
      const reply = await fetchLimited(call, AbortSignal.timeout(config.timeoutMs));
      if (reply.kind === 'timed_out') return { kind: 'unknown', provider, code: 'timed_out' };
      if (reply.kind === 'broke') return { kind: 'unknown', provider, code: reply.code };
      return { ...judgeSend(reply), provider };
    },
  };
}
