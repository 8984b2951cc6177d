import { describe, expect, it } from 'vitest';
import type { VendorAnswer } from '../../../src/vendors/ports.ts';
import { specialNumber } from '../../../src/vendors/sandbox/numbers.ts';
import type { SpecialNumberName } from '../../../src/vendors/sandbox/numbers.ts';
import { expectWellFormed } from './vendor_answer.ts';

/** What each kind of trouble must come to; `code` is checked where it does not depend on the vendor's own words. */
const TROUBLES: readonly { name: SpecialNumberName; kind: VendorAnswer<unknown>['kind']; code?: RegExp }[] = [
  { name: 'slow', kind: 'timed_out' },
  { name: 'broken', kind: 'broke', code: /^http_500$/ },
  { name: 'malformed_json', kind: 'broke', code: /^malformed_reply$/ },
  { name: 'malformed_shape', kind: 'broke', code: /^malformed_reply$/ },
  { name: 'rate_limited', kind: 'broke', code: /^(http_429|TOO_MANY_REQUESTS)$/ },
  { name: 'reset', kind: 'broke', code: /^connection_lost$/ },
  { name: 'huge', kind: 'broke', code: /^reply_too_large$/ },
];

/**
 * Trouble by the table: whatever a vendor does, the port answers with the right kind and never throws.
 *
 * @param ask ask the port about a number
 */
export function troubleContract(ask: (phone: string) => Promise<VendorAnswer<unknown>>): void {
  describe('in trouble', () => {
    it.each(TROUBLES)('$name is $kind', async ({ name, kind, code }) => {
      const answer = await ask(specialNumber(name));
      expect(answer.kind).toBe(kind);
      expectWellFormed(answer);
      if (code !== undefined) expect('code' in answer && answer.code).toMatch(code);
    });
  });
}
