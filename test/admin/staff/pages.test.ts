import { describe, expect, test } from 'vitest';
import type { Role } from '../../../src/admin/permissions.ts';
import { renderAdmin } from '../../../src/admin/shell.ts';
import { makeViews } from '../../../src/http/views.ts';
import { readPage } from '../../support/html.ts';
import { ROOT } from '../../support/process.ts';
import { SAMPLES } from './samples.ts';

const views = makeViews({ dir: `${ROOT}/views`, now: () => Date.UTC(2026, 10, 20, 10) });
const ALONE = ['sign_in', 'second', 'setup', 'invited', 'reset', 'link_gone', 'enrol', 'codes_first', 'arrived'];

describe('the staff’s pages', () => {
  test.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (name, { page, errors = {}, values = {}, notice }) => {
    const session = ALONE.some((one) => name.startsWith(`staff_${one}`)) ? undefined : { name: '<b>Ada</b>', roles: ['administrator'] as readonly Role[] };
    const html = renderAdmin(views, page, { csrf: 'token', session, path: '/admin/staff', errors, values, notice });
    expect(html).not.toMatch(/<script>|<b>Ada/);
    const read = readPage(html, 'https://id.example.com/admin/staff');
    expect(read.heading).toBe(page.title);
    for (const form of read.forms) expect(form.fields.find(({ name: field }) => field === 'csrf')?.value, form.action).toBe('token');
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    // Every fault leads to its field.
    for (const [field, text] of Object.entries(errors)) {
      expect(ids).toContain(field);
      expect(read.text.split(text).length - 1, field).toBeGreaterThan(1);
    }
  });
});
