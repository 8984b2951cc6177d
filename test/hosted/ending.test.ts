import { describe, expect, it } from 'vitest';
import { endingOf } from '../../src/hosted/ending.ts';
import type { Verdict } from '../../src/journey/journey.ts';

const decided = (verdict: Verdict, ...codes: string[]) =>
  endingOf({ rest: { kind: 'decided', decision: { verdict, reasons: codes.map((code) => ({ code })), policy: 'w@1', at: 0 } } });

describe('how a journey ended', () => {
  it.each([
    ['deny', ['journey_expired'], 'expired'],
    ['deny', ['step_unavailable', 'record_mismatch'], 'step_unavailable'],
    ['deny', ['cancelled_by_person', 'session_allowed'], 'stopped'],
    ['deny', ['evidence_missing'], 'denied'],
    ['deny', ['record_mismatch'], 'denied'],
    ['deny', ['record_mismatch', 'step_unavailable'], 'denied'],
    ['deny', [], 'denied'],
    ['review', ['record_mismatch'], 'review'],
  ] as const)('%s for %j is told as %s', (verdict, codes, ending) => {
    expect(decided(verdict, ...codes)).toBe(ending);
  });

  it('is a plain no where nothing was decided', () => {
    expect(endingOf({ rest: { kind: 'working' } })).toBe('denied');
  });
});
