import type { Personal } from '../personal.ts';
import type { SmsSender } from './ports.ts';

/**
 * A sender of the real world as test keys may use it: for the operator's own numbers alone. A persona of the sandbox
 * matches with whatever number is typed, so without this anybody could have strangers sent messages, without limit.
 *
 * @param numbers E.164; a message to any other one is rejected as `not_a_test_number`, and nobody is asked
 */
export function onlyTestNumbers(sender: SmsSender, numbers: Personal<ReadonlySet<string>>): SmsSender {
  return {
    name: sender.name,
    async send(message) {
      if (!numbers.open().has(message.to.open())) return { kind: 'rejected', provider: sender.name, code: 'not_a_test_number' };
      return sender.send(message);
    },
  };
}
