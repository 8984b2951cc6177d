import { describe, expect, test } from 'vitest';
import { CHOSEN_EVENTS, readSettings, type TypedSettings } from '../../../src/admin/webhooks/settings.ts';

const RULES = { development: false, workflows: ['onboarding'] };
const typed = (facts: Partial<TypedSettings> = {}): TypedSettings => ({
  url: 'https://app.example.com/hook', description: ' Shop ', mode: 'live', workflow: '', events: ['journey.decided'], withCredential: false, ...facts,
});

describe('settings of an endpoint', () => {
  test('are read and tidied', () => {
    expect(readSettings(typed({ url: ' https://APP.example.com/hook ', workflow: 'onboarding' }), RULES)).toEqual({
      kind: 'read', settings: { url: 'https://app.example.com/hook', description: 'Shop', mode: 'live', workflowId: 'onboarding', events: ['journey.decided'], withCredential: false },
    });
  });

  test.each([
    ['mode', { mode: 'both' }], ['mode', { mode: '' }], ['url', { url: 'http://app.example.com/' }], ['workflow', { workflow: 'other' }],
    ['events', { events: [] }], ['events', { events: ['journey.decided', 'journey.everything'] }], ['events', { events: ['endpoint.test'] }],
    ['description', { description: 'x'.repeat(201) }], ['description', { description: 'a\nb' }],
  ])('a wrong %s is told at its field', (field, wrong) => {
    const outcome = readSettings(typed(wrong), RULES);
    expect(outcome.kind === 'faults' && Object.keys(outcome.faults)).toEqual([field]);
  });

  test('a test is not chosen: it is sent whoever asks', () => {
    expect(CHOSEN_EVENTS).not.toContain('endpoint.test');
    expect(CHOSEN_EVENTS.length).toBeGreaterThan(5);
  });
});
