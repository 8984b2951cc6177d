import { describe, expect, test } from 'vitest';
import { compared } from '../../../src/admin/cases/pages.ts';
import { filterOf } from '../../../src/admin/cases/routes.ts';
import { clockOf } from '../../../src/admin/cases/words.ts';
import { renderAdmin } from '../../../src/admin/shell.ts';
import { makeViews } from '../../../src/http/views.ts';
import { ROOT } from '../../support/process.ts';
import { SAMPLES } from './samples.ts';

const HOUR = 3_600_000;
const views = makeViews({ dir: `${ROOT}/views`, now: () => Date.UTC(2026, 10, 20) });
const render = (name: string): string => {
  const sample = SAMPLES.find((one) => one.name === name);
  if (!sample) throw new Error(name);
  return renderAdmin(views, sample.page, { csrf: 'c', session: { name: 'Ann', roles: ['reviewer'] }, path: '/admin/cases', errors: sample.errors ?? {}, values: sample.values ?? {}, notice: undefined });
};

describe('pages of cases', () => {
  test.each(SAMPLES.map(({ name }) => name))('%s is shown, and nothing in it becomes markup', (name) => {
    const html = render(name);
    expect(html).toContain('<h1>');
    expect(html).not.toContain('<script>alert');
    expect(html).not.toMatch(/\b(undefined|\[object Object\]|NaN)\b/);
  });

  test('every form that changes a case sends the version that was looked at', () => {
    const html = render('case_open');
    const forms = html.match(/<form[^>]*action="\/admin\/cases\/c1\/(?:approve|deny|again|assign|tags)"[\s\S]*?<\/form>/g) ?? [];
    expect(forms.length).toBeGreaterThanOrEqual(5);
    for (const form of forms) expect(form).toMatch(/name="version" value="3"/);
  });

  test('who only reads is offered nothing to do, and no comment', () => {
    const html = render('case_for_an_auditor');
    expect(html.match(/method="post"/g)).toHaveLength(1);
    expect(html).toContain('for those who work on cases');
  });

  test('a waiting or resolved case cannot be decided', () => {
    for (const name of ['case_waiting', 'case_resolved', 'case_incident']) expect(render(name)).not.toContain('/approve"');
  });
});

describe('words and filters', () => {
  test('the clock', () => {
    const at = { status: 'open', dueAt: 10 * HOUR, resolvedAt: undefined } as const;
    expect(clockOf(at, 7 * HOUR)).toEqual({ text: '3 hours left', overdue: false });
    expect(clockOf(at, 10 * HOUR + 60_000)).toEqual({ text: 'overdue by 1 minute', overdue: true });
    expect(clockOf({ ...at, status: 'waiting' }, 99 * HOUR).overdue).toBe(false);
    expect(clockOf({ ...at, status: 'resolved', resolvedAt: 12 * HOUR }, 99 * HOUR).text).toBe('resolved 2 hours late');
  });

  test('the queue is what is open; what nobody knows narrows nothing', () => {
    const none = { show: '', who: '', workflow: '', tag: '', mode: '' };
    expect(filterOf(none, 'me', 5)).toMatchObject({ status: 'open', assignee: undefined, mode: undefined });
    expect(filterOf({ ...none, show: 'overdue', who: 'me' }, 'me', 5)).toMatchObject({ status: undefined, overdueAt: 5, assignee: { id: 'me' } });
    expect(filterOf({ ...none, show: 'all', who: 'x', mode: 'x' }, 'me', 5)).toMatchObject({ status: undefined, assignee: undefined, mode: undefined });
  });

  test('case and marks do not make two people of one', () => {
    const rows = compared({ claimed: { givenName: 'José', familyName: 'Núñez', street: '', city: '', region: '', postalCode: '', country: 'US', phone: '' }, prefill: undefined, documents: [{ accepted: false, at: 1, document: { type: 'passport', issuer: 'UTO', number: '1', familyName: 'NUNEZ', givenName: 'MARIA', birthDate: '', expiryDate: '', method: 'mrz' } }] });
    expect(rows.filter(({ differs }) => differs).map(({ name }) => name)).toEqual(['Given name']);
  });
});
