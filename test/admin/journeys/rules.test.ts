import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detailText } from '../../../src/admin/journeys/detail_page.ts';
import type { FoundJourney } from '../../../src/admin/journeys/found.ts';
import { liveState } from '../../../src/admin/journeys/live.ts';
import { REASON_TEXTS, reasonText } from '../../../src/journey/reason_texts.ts';
import { revealReason } from '../../../src/admin/journeys/revealed.ts';
import { journeyListPage } from '../../../src/admin/journeys/list_pages.ts';
import { journeyFilter, listHref, searchOf } from '../../../src/admin/journeys/search_form.ts';
import { journeyView, lineView } from '../../../src/admin/journeys/view.ts';
import { CHECK_CODES } from '../../../src/journey/document_checks.ts';
import { STEP_FACTS } from '../../../src/journey/steps.ts';
import { TEMPLATES } from '../../../src/journey/templates/index.ts';
import { workflowDefinition } from '../../../src/journey/workflow.ts';
import { ROOT } from '../../support/process.ts';
import { FOUND } from './samples.ts';

const definition = workflowDefinition.parse(TEMPLATES['user_onboarding']);
const RUNNING: FoundJourney = { ...FOUND, decision: undefined, decidedAt: undefined, results: FOUND.results.slice(0, 3), events: [] };
const event = (node: string, name: string, outcome: string, layer = 'block') => ({ at: 1, node, layer, name, outcome, reason: undefined, details: undefined });

describe('filters', () => {
  test('offer the steps that are there', () => {
    const { steps } = journeyListPage({ found: { lines: [], next: undefined }, search: searchOf({}), choices: { workflows: [], keys: [] }, further: false, people: false }).model['choices'] as { readonly steps: readonly { readonly value: string }[] };
    const folders = readdirSync(join(ROOT, 'src/steps'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(steps.map(({ value }) => value).filter((value) => value !== '').toSorted()).toEqual(folders.toSorted());
  });
  test('mean what was typed', () => {
    expect(journeyFilter(searchOf({ workflow: ' w ', key: 'k', mode: 'live', decision: 'running', reason: 'r', step: 'otp', from: '2026-01-02', until: '2026-01-02' }))).toEqual({
      errors: {},
      filter: { workflowId: 'w', clientId: 'k', mode: 'live', verdict: 'running', reason: 'r', step: 'otp', from: Date.UTC(2026, 0, 2), until: Date.UTC(2026, 0, 3) },
    });
  });
  test('that mean nothing are faults, each at its field, never an unfiltered list', () => {
    expect(Object.keys(journeyFilter(searchOf({ mode: 'both', decision: 'constructor', step: '__proto__', from: 'yesterday', until: '2026-02-31x' })).errors).toSorted()).toEqual(['decision', 'from', 'mode', 'step', 'until']);
  });
  test('stand in the path of a list, escaped, and nothing else does', () => {
    expect(listHref(searchOf({ workflow: 'a&b=c', other: 'x' }), 'c')).toBe('/admin/journeys?workflow=a%26b%3Dc&before=c');
    expect(listHref(searchOf({}))).toBe('/admin/journeys');
  });
});

describe('what a journey waits for', () => {
  test('is nothing once it is decided', () => expect(liveState(FOUND, definition, 0)).toBeUndefined());
  test.each([
    [[], 'A link is about to be sent'],
    [[event('sms_link', 'messageDelivery', 'success')], 'Waiting for the phone: the link was sent'],
    [[event('sms_link', 'messageDelivery', 'success'), event('sms_link', 'message_delivery', 'failure', 'label')], 'did not arrive'],
    [[event('pii_validation', 'proofing_data_input', 'success')], 'A link is about to be sent'],
    [[event('sms_link', 'constructor', 'success')], 'A link is about to be sent'],
  ])('is told by the last event of its step: %j', (events, sentence) => {
    expect(liveState({ ...RUNNING, events }, definition, FOUND.createdAt)).toMatchObject({ node: 'sms_link', overdue: false, sentence: expect.stringContaining(sentence) as string });
  });
  test('is its decision where time ran out, or the routes are at an end, or not known', () => {
    expect(liveState(RUNNING, definition, RUNNING.expiresAt)).toMatchObject({ overdue: true, sentence: expect.stringContaining('Time ran out') as string });
    expect(liveState({ ...RUNNING, results: FOUND.results }, definition, 0)).toMatchObject({ node: undefined });
    expect(liveState(RUNNING, undefined, 0)).toMatchObject({ node: undefined });
  });
  test('has a sentence for every step', () => {
    for (const step of Object.keys(STEP_FACTS)) {
      const alone = workflowDefinition.parse({ name: 'n', template: 't', entry: 'only', nodes: { only: { step, routes: {} } } });
      expect(liveState({ ...RUNNING, results: [] }, alone, 0)?.sentence, step).toMatch(/\.$/);
    }
  });
});

describe('reasons', () => {
  test('of every check on a document have a sentence; unknown ones none, whatever they are called', () => {
    for (const code of CHECK_CODES) expect(reasonText(code), code).toMatch(/\.$/);
    for (const code of ['nothing_known', 'constructor', '__proto__', 'toString']) expect(reasonText(code)).toBe('');
    for (const [code, text] of Object.entries(REASON_TEXTS)) expect(text, code).toMatch(/^[A-Z“].*\.$/);
  });
  test('of a reveal are tidied, and have to say something', () => {
    expect(revealReason('  ticket\n\n 4711  ')).toEqual({ reason: 'ticket 4711' });
    for (const typed of ['', '123456789', ' \n a b c ', 'x'.repeat(501)]) expect(revealReason(typed)).toHaveProperty('fault');
  });
  test('have details in words', () => expect(detailText({ a: 1, b: '', c: null, d: { e: [1] } })).toBe('a 1, c null, d {"e":[1]}'));
});

test('a journey as JSON has times as text, nulls rather than holes, and nothing undefined', () => {
  const view = journeyView(RUNNING);
  expect(view).toMatchObject({ transaction_id: FOUND.id, decision: null, created_at: '2026-11-20T09:30:00.000Z', silent_returns: { count: 14, refused: { count: 2 } } });
  const holes = (value: unknown): boolean => value === undefined || (typeof value === 'object' && value !== null && Object.values(value).some(holes));
  expect(holes(view)).toBe(false);
  expect(holes(lineView({ id: 'i', workflowId: 'w', clientId: 'c', mode: 'test', createdAt: 0, verdict: undefined, reason: undefined, lastStep: undefined }))).toBe(false);
});
