import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillSignals, shownAtToken } from '../../../src/steps/session_risk/fill_signals.ts';
import { NOW, sign } from './world.ts';

const at = { journeyId: 'j1', node: 'session_risk', now: NOW };
const shown = (ago: number, other: Partial<typeof at> = {}): string => shownAtToken(sign, { ...at, now: NOW - ago, ...other });
const timeCode = (token: string | undefined): string | undefined =>
  fillSignals(sign, token === undefined ? {} : { shown_at: token }, at).find(({ id }) => id === 'fill_time')?.code;

describe('the time a page took', () => {
  test.each([
    ['at once', shown(0), 'filled_fast'],
    ['just too fast', shown(1_999), 'filled_fast'],
    ['as fast as a person may be', shown(2_000), 'filled_in_time'],
    ['after an hour', shown(3_600_000), 'filled_in_time'],
    ['missing', undefined, 'shown_at_missing'],
    ['empty', '', 'shown_at_missing'],
    ['of another journey', shown(9_000, { journeyId: 'j2' }), 'shown_at_forged'],
    ['of another node', shown(9_000, { node: 'other' }), 'shown_at_forged'],
    ['from the future', shown(-1), 'shown_at_forged'],
    ['a time of its own', shown(0).replace(/^\d+/, String(NOW - 9_000)), 'shown_at_forged'],
    ['unsigned', `${NOW - 9_000}`, 'shown_at_forged'],
    ['signed by nobody', `${NOW - 9_000}.`, 'shown_at_forged'],
    ['no number', `1e3.${sign('x')}`, 'shown_at_forged'],
  ])('%s', (_name, token, code) => {
    expect(timeCode(token)).toBe(code);
  });

  test('garbage never throws and is never in time', () => {
    fc.assert(fc.property(fc.string(), (token) => {
      expect(['shown_at_missing', 'shown_at_forged']).toContain(timeCode(token));
    }));
  });
});

test('the field nobody sees: absent and empty are clean, anything else is not, and is not repeated', () => {
  const honeypot = (values: Record<string, string>) => fillSignals(sign, values, at).find(({ id }) => id === 'honeypot');
  expect(honeypot({})?.code).toBe('honeypot_empty');
  expect(honeypot({ homepage: '' })?.code).toBe('honeypot_empty');
  expect(honeypot({ homepage: 'planted' })).toMatchObject({ code: 'honeypot_filled', severity: 'high', details: {} });
});
