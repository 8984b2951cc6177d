/** Every page of the console in every state there is a sample of. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ACTIONS, mayDo, ROLES, type Action, type Role } from '../../src/admin/permissions.ts';
import { NAV } from '../../src/admin/nav.ts';
import { renderAdmin } from '../../src/admin/shell.ts';
import { makeViews } from '../../src/http/views.ts';
import { ROOT } from '../support/process.ts';
import { allSamples } from './all_samples.ts';

const samples = await allSamples();
const views = makeViews({ dir: join(ROOT, 'views') });
const SESSION = { name: '<script>alert(2)</script>', roles: ['administrator'] as const };

describe('pages of the console', () => {
  test('have samples with names of their own, for every template', () => {
    const names = samples.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const templates = readdirSync(join(ROOT, 'views/admin'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.njk')).map((file) => `admin/${file}`);
    const shown = new Set(samples.map(({ page }) => page.view));
    // What is no page: the frame, and parts that pages import.
    const parts = /^admin\/(?:layout|.*parts[\w]*)\.njk$/;
    expect(templates.filter((file) => !parts.test(file) && !shown.has(file) && !/(^|\/)_/.test(file))).toEqual([]);
  });

  test.each(samples.map((sample) => [sample.name, sample] as const))('%s', (_name, { page, errors = {}, values = {}, notice }) => {
    const html = renderAdmin(views, page, { csrf: 'a-form-token', session: page.area === undefined ? undefined : SESSION, path: '/admin/x', errors, values, notice });
    // What people typed stays text.
    expect(html).not.toMatch(/<script>|<img src=x|javascript:|\son\w+=/i);
    expect(html).not.toMatch(/\[object Object\]|undefined|NaN|\[personal\]/);
    expect(html).not.toMatch(/\sstyle=/);
    expect(html.match(/<h1\b/g)).toHaveLength(1);
    // Every form that is posted carries its token.
    for (const [form] of html.matchAll(/<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/g)) expect(form).toContain('name="csrf" value="a-form-token"');
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    for (const field of Object.keys(errors)) expect(html).toContain(`id="${field}"`);
    if (page.area !== undefined) expect(NAV.map(({ area }) => area).concat('me')).toContain(page.area);
  });
});

/** Role × action, written out: a change of the table in `permissions.ts` has to be meant twice. A: administrator, W: workflow author, R: reviewer, U: auditor, S: support. */
const MAY: Readonly<Record<Action, string>> = {
  'self.manage': 'AWRUS', 'overview.read': 'AWRUS',
  'workflow.read': 'AWRUS', 'workflow.edit': 'AW', 'workflow.deploy': 'AW',
  'key.read': 'AWUS', 'key.manage': 'AW',
  'journey.read': 'AWRUS', 'journey.reveal': 'ARS',
  'account.read': 'ARUS', 'account.revoke': 'AS', 'account.merge': 'A', 'account.export': 'A', 'account.erase': 'A', 'account.hold': 'A',
  'case.read': 'ARUS', 'case.work': 'ARS', 'case.decide': 'AR',
  'list.read': 'AWRUS', 'list.manage': 'AR',
  'vendor.read': 'AWRUS', 'feed.refresh': 'AW',
  'webhook.read': 'AWUS', 'webhook.manage': 'AW',
  'audit.read': 'AU', 'audit.export': 'AU', 'staff.read': 'AU', 'staff.manage': 'A', 'token.read': 'AU', 'token.manage': 'A',
};
const LETTERS: Readonly<Record<Role, string>> = { administrator: 'A', workflow_author: 'W', reviewer: 'R', auditor: 'U', support: 'S' };

describe('permissions', () => {
  test.each(ROLES)('%s may do what is written here', (role) => {
    expect(ACTIONS.filter((action) => mayDo([role], action))).toEqual(ACTIONS.filter((action) => MAY[action].includes(LETTERS[role])));
  });
  test('an auditor changes nothing', () => {
    for (const action of ACTIONS) if (!/\.(?:read|export)$/.test(action) && action !== 'self.manage') expect(mayDo(['auditor'], action), action).toBe(false);
  });
});
