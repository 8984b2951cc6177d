import { expect } from 'vitest';
import type { VendorAnswer } from '../../../src/vendors/ports.ts';

/** What every answer of every vendor owes: a known kind, a code that is a word, and a record of who answered. */
export function expectWellFormed(answer: VendorAnswer<unknown>): void {
  expect(['answer', 'could_not_tell', 'timed_out', 'broke', 'not_configured']).toContain(answer.kind);
  if (answer.kind === 'not_configured') return;
  if ('code' in answer) expect(answer.code).toMatch(/^[A-Za-z][A-Za-z0-9_.]{2,80}$/);
  expect(answer.meta.vendor).toMatch(/^[a-z][a-z0-9_]+$/);
  expect(Number.isInteger(answer.meta.latencyMs)).toBe(true);
  expect(answer.meta.latencyMs).toBeGreaterThanOrEqual(0);
}
