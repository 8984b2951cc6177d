import { describe, expect, test } from 'vitest';
import { DONE_KIND, landingAddress, landingStatus, opensByItself } from '../../src/hosted/landing.ts';
import type { Journey } from '../../src/journey/journey.ts';
import { STEP_FACTS } from '../../src/journey/steps.ts';

const ID = '7f3c0a52-0000-4000-8000-000000000001';
const over = (outcome: string | undefined, reason?: string): Parameters<typeof landingStatus>[0] => ({
  outcome, journey: { decision: reason === undefined ? undefined : { verdict: 'deny', reasons: [{ code: reason }], policy: 'p@1', at: 0 } } as unknown as Journey,
});

describe('how a capture ended', () => {
  test.each([
    ['pass', 'completed'], ['fail', 'completed'], ['doubtful', 'completed'], ['could_not_tell', 'completed'], ['timed_out', 'completed'], ['broke', 'completed'],
    ['consent_declined', 'declined'], ['refused', 'declined'], ['cannot_capture', 'declined'],
  ])('%s is told as %s', (outcome, status) => {
    expect(landingStatus(over(outcome, 'whatever'))).toBe(status);
  });

  test('every outcome of the step has a row above', () => {
    expect(STEP_FACTS.document_selfie.outcomes.toSorted()).toEqual(['broke', 'cannot_capture', 'consent_declined', 'could_not_tell', 'doubtful', 'fail', 'pass', 'refused', 'timed_out']);
  });

  test.each([['journey_expired', 'expired'], ['step_unavailable', 'expired'], ['cancelled_by_person', 'declined'], [undefined, 'expired']] as const)('a journey that ended by %s before the step did is told as %s', (reason, status) => {
    expect(landingStatus(over(undefined, reason))).toBe(status);
  });

  test('each has a page', () => {
    expect(DONE_KIND).toEqual({ completed: 'done', declined: 'declined', expired: 'expired' });
  });
});

describe('the address to land on', () => {
  test.each([
    ['https://app.example/done', `https://app.example/done?transaction_id=${ID}&status=completed`],
    ['https://app.example', `https://app.example/?transaction_id=${ID}&status=completed`],
    ['https://app.example/done?', `https://app.example/done?transaction_id=${ID}&status=completed`],
    ['https://app.example/done?a=1&b=x%20y+z', `https://app.example/done?a=1&b=x%20y+z&transaction_id=${ID}&status=completed`],
    ['https://app.example/done?a#part', `https://app.example/done?a&transaction_id=${ID}&status=completed#part`],
    ['https://app.example/done?status=approved&transaction_id=1&a=1', `https://app.example/done?a=1&transaction_id=${ID}&status=completed`],
    ['com.example.app://done', `com.example.app://done?transaction_id=${ID}&status=completed`],
    ['com.example.app:/done?x=1', `com.example.app:/done?x=1&transaction_id=${ID}&status=completed`],
    ['http://localhost:4000/back', `http://localhost:4000/back?transaction_id=${ID}&status=completed`],
  ])('%s', (redirect, address) => {
    expect(landingAddress(redirect, ID, 'completed')).toBe(address);
  });

  test.each([['https://app.example/', true], ['http://localhost/', true], ['com.example.app://done', false]])('%s opens by itself: %s', (redirect, itself) => {
    expect(opensByItself(redirect)).toBe(itself);
  });
});
