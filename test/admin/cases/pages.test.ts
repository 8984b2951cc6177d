import { describe, expect, test } from 'vitest';
import { compared, summary } from '../../../src/admin/cases/compare_page.ts';
import { jpegSize } from '../../../src/admin/cases/jpeg_size.ts';
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

  test('every line says in words how its two sides stand, and a sentence says it of all', () => {
    const person = { givenName: 'José', familyName: 'Núñez', street: '', city: '', region: '', postalCode: '', country: 'US', phone: '+14075550123', birthDate: '1990-01-01' };
    const passport = { type: 'passport' as const, issuer: 'UTO', number: '1', familyName: 'NUNEZ', givenName: 'MARIA', birthDate: '1990-01-02', expiryDate: '', method: 'mrz' as const };
    const rows = compared({ claimed: person, prefill: undefined, documents: [{ accepted: false, at: 1, document: passport }] });
    expect(Object.fromEntries(rows.map(({ name, how }) => [name, how]))).toMatchObject({ 'Given name': 'differs', 'Family name': 'same', 'Born': 'differs', 'Street': 'neither', 'Phone': 'not on the document', 'Document number': 'not claimed', 'Valid until': 'neither' });
    expect(summary(rows)).toBe('2 of 3 that were both claimed and shown differ: given name, born.');
    expect(summary(rows.filter(({ name }) => name !== 'Given name'))).toBe('1 of 2 that were both claimed and shown differs: born.');
    expect(summary(rows.filter(({ how }) => how !== 'differs'))).toBe('What was both claimed and shown is the same.');
    expect(summary(rows.filter(({ how }) => how === 'neither'))).toContain('nothing could be compared');
  });

  test('the size of a JPEG is told from its header; of anything else nothing', () => {
    const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
    expect(jpegSize(hex('ffd8ffe000044a46ffc0000b0801e0028001011100'))).toEqual({ width: 640, height: 480 });
    expect(jpegSize(hex('ffd8ffc2000b08006400c801011100'))).toEqual({ width: 200, height: 100 });
    // Tables before the frame are passed over, among them the one whose mark lies among the frames'.
    expect(jpegSize(hex('ffd8ffc4000400 00ffc0000b0801e0028001011100'.replace(' ', '')))).toEqual({ width: 640, height: 480 });
    for (const broken of ['', 'ff', 'ffd8', 'ffd8ffe0', 'ffd8ffe0ffff4a46', 'ffd8ffc0000b', '89504e470d0a1a0a0000000d49484452', 'ffd8ffe00000ffe00000']) expect(jpegSize(hex(broken)), broken).toBeUndefined();
    expect(jpegSize(new Uint8Array([0xff, 0xd8, ...Array.from({ length: 5_000 }, () => [0xff, 0xe0, 0, 0]).flat()]))).toBeUndefined();
  });

  test('case and marks do not make two people of one', () => {
    const rows = compared({ claimed: { givenName: 'José', familyName: 'Núñez', street: '', city: '', region: '', postalCode: '', country: 'US', phone: '' }, prefill: undefined, documents: [{ accepted: false, at: 1, document: { type: 'passport', issuer: 'UTO', number: '1', familyName: 'NUNEZ', givenName: 'MARIA', birthDate: '', expiryDate: '', method: 'mrz' } }] });
    expect(rows.filter(({ differs }) => differs).map(({ name }) => name)).toEqual(['Given name']);
  });
});
