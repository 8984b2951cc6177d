import type { SmsSender } from '../ports.ts';
import type { OutboxStore } from './store.ts';

/** What a simulated network does with messages to some numbers (E.164); all others are kept and accepted. */
export interface OutboxTrouble {
  readonly rejected: ReadonlySet<string>;
  readonly unknown: ReadonlySet<string>;
}

const NO_TROUBLE: OutboxTrouble = { rejected: new Set(), unknown: new Set() };

/**
 * A sender without a network: messages are kept for a developer to read. Sending one message twice keeps it once.
 *
 * @param clock epoch milliseconds
 */
export function outboxSender(
  store: OutboxStore,
  trouble: OutboxTrouble = NO_TROUBLE,
  clock: () => number = Date.now,
): SmsSender {
  const provider = 'outbox';
  return {
    name: provider,
    async send({ id, to, body, link }) {
      if (trouble.rejected.has(to.open())) return { kind: 'rejected', provider, code: 'unreachable' };
      // Kept all the same: this is the case where the answer got lost and the message did not.
      await store.add({ id, to, body, link, sentAt: clock() });
      if (trouble.unknown.has(to.open())) return { kind: 'unknown', provider, code: 'timed_out' };
      return { kind: 'accepted', provider, providerMessageId: id };
    },
  };
}
