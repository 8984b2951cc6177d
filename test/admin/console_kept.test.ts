/** A form that comes too late for its sign-in: what was typed waits for whoever typed it, and for nobody else. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { OPTION_FIELDS } from '../../src/admin/workflows/option_fields.ts';
import { keepable, KEPT_MS, MOST_KEPT, MOST_KEPT_BYTES } from '../../src/admin/kept.ts';
import type { Role } from '../../src/admin/permissions.ts';
import type { AdminRoute } from '../../src/admin/route.ts';
import { wordsOf } from '../../src/admin/staff/kept_page.ts';
import { GatehouseError } from '../../src/errors.ts';
import { hashOfToken } from '../../src/devices/token.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { purgeKeptForms } from '../../src/store/console/staff_kept.ts';
import { freshDatabase } from '../support/postgres.ts';
import { acceptInvitation, signIn, StaffBrowser, totpCode, type StaffAnswer, type StaffPerson } from '../support/staff.ts';
import { startStaffConsole, type StaffConsole } from './staff/harness.ts';

const IDLE = 31 * 60_000;
const STALE = 11 * 60_000;
const HOSTILE = `<script>alert('kept')</script>"'{{ 7 * 7 }}\nand a second line`;

/** What came through the doors. */
const sent: { readonly door: string; readonly by: string; readonly form: Readonly<Record<string, string>> }[] = [];
let failing = false;

const take = (path: string, more: Partial<AdminRoute> = {}): AdminRoute => ({
  method: 'post', path, action: 'case.work', ...more,
  async handle({ ctx, form, actor }) {
    if (failing) throw new GatehouseError('conflict', 409, 'Somebody else was faster.');
    const { csrf: _, ...fields } = form;
    sent.push({ door: ctx.url, by: actor.id, form: { ...fields } });
    return { kind: 'go', to: '/admin', notice: 'Done.' };
  },
});
const page: AdminRoute = {
  method: 'get', path: '/things/:id', action: 'case.read',
  handle: async () => ({ kind: 'page', page: { view: 'admin/error.njk', title: 'A thing', area: 'overview', trail: [], model: { sentence: '', code: '', reference: '' } } }),
};
const DOORS = [page, take('/things/:id/comment'), take('/things/:id/decide', { fresh: true }), take('/large', { mostFields: 800, mostBytes: 1024 * 1024 })];

describe('a form that came too late', async () => {
  const database = await freshDatabase('pglite');
  const opened: OpenedDatabase = await database.open();
  const console: StaffConsole = await startStaffConsole(opened, { doors: DOORS });
  const { clock, origin } = console;
  const { db } = opened;
  const ada = await acceptInvitation(origin, await console.setup(), { at: clock.now });
  const later = (ms = 30_000): number => (clock.now += ms);
  const adminNow = async (): Promise<StaffBrowser> => {
    const browser = new StaffBrowser(origin);
    expect((await signIn(browser, ada.person, later())).path).toBe('/admin');
    return browser;
  };
  const invited = async (name: string, role: Role): Promise<{ readonly browser: StaffBrowser; readonly person: StaffPerson }> => {
    const link = await (await adminNow()).submit('/admin/staff/invite', { name, [`role_${role}`]: 'on', hours: '24' });
    const address = /https?:\/\/[^\s"<]+\/admin\/invitation\/[\w-]{43}/.exec(link.html)?.[0] ?? '';
    return acceptInvitation(origin, address, { name, email: `${name.toLowerCase()}@example.com`, at: later() });
  };
  const grace = await invited('Grace', 'reviewer');
  const graceId = (await db.selectFrom('staff').select('id').where('name', '=', 'Grace').executeTakeFirstOrThrow()).id;
  /** Sign in where a page asked for it, as its form says. */
  const signInHere = async (browser: StaffBrowser, person: StaffPerson, asked: StaffAnswer): Promise<StaffAnswer> => {
    const to = asked.page.forms.flatMap(({ fields }) => fields).find(({ name }) => name === 'to')?.value ?? '';
    const second = await browser.post('/admin/sign-in', { email: person.email, password: person.password, to }, asked);
    return browser.post('/admin/sign-in/second', { code: totpCode(person.secret, later()) }, second);
  };
  /** Press the button of the page of kept forms. */
  const press = (browser: StaffBrowser, kept: StaffAnswer, index = 0): Promise<StaffAnswer> => {
    const form = kept.page.forms.filter(({ fields }) => fields.some(({ name }) => name === 'kept_form'))[index];
    if (!form) throw new Error('no form waits on this page');
    return browser.post(new URL(form.action, origin).pathname, Object.fromEntries(form.fields.map(({ name, value }) => [name, value])), kept);
  };
  const fresh = async (person: StaffPerson): Promise<StaffBrowser> => {
    const browser = new StaffBrowser(origin);
    expect((await signIn(browser, person, later())).path).toBe('/admin');
    return browser;
  };
  const rows = async (): Promise<number> => (await db.selectFrom('staff_kept_form').select('hash').execute()).length;

  beforeEach(async () => {
    sent.length = 0;
    failing = false;
    await db.deleteFrom('staff_kept_form').execute();
  });
  afterAll(async () => {
    await console.close();
    await opened.close();
    await database.drop();
  });

  test('what was typed when the session had ended is sent after signing in, by a press, once', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t1?tab=notes');
    later(IDLE);
    const asked = await browser.post('/admin/things/t1/comment', { comment: HOSTILE, 'a[]': '1', empty: '' }, at);
    expect(asked.path).toBe('/admin/sign-in?to=%2Fadmin%2Fkept');
    expect(asked.page.text).toContain('is kept for ten minutes');
    expect(sent).toEqual([]);
    const kept = await signInHere(browser, grace.person, asked);
    expect([kept.status, kept.path]).toEqual([200, '/admin/kept']);
    // It says what it would send, and where; nothing of it is markup.
    expect(kept.page.text).toContain('/admin/things/t1/comment');
    expect(kept.page.links.map(({ href }) => href)).toContain(`${origin}/admin/things/t1?tab=notes`);
    expect(kept.page.text).toContain(`<script>alert('kept')</script>"'{{ 7 * 7 }} and a second line`);
    expect(kept.html).not.toContain('<script>alert');
    expect(kept.headers.get('cache-control')).toBe('no-store');
    expect(sent).toEqual([]);
    const done = await press(browser, kept);
    expect([done.status, done.path]).toEqual([200, '/admin']);
    expect(sent).toEqual([{ door: '/admin/things/t1/comment', by: graceId, form: { comment: HOSTILE, 'a[]': '1', empty: '' } }]);
    // Pressed again from the page that the browser still has: nothing waits any more.
    const twice = await press(browser, kept);
    expect(twice.path).toBe('/admin');
    expect(sent).toHaveLength(1);
    expect(await rows()).toBe(0);
    expect(console.log()).not.toContain('a second line');
  });

  test('two presses at one moment send it once', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t2');
    later(IDLE);
    const kept = await signInHere(browser, grace.person, await browser.post('/admin/things/t2/comment', { comment: 'once' }, at));
    await Promise.all([press(browser, kept), press(browser, kept), press(browser, kept)]);
    expect(sent.map(({ form }) => form)).toEqual([{ comment: 'once' }]);
  });

  test('a sign-in that is not fresh any more costs nothing either, with password or from another tab', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t3');
    later(STALE);
    const asked = await browser.post('/admin/things/t3/decide', { reason: 'Its portrait is another person’s.' }, at);
    expect(asked.path).toBe('/admin/again?to=%2Fadmin%2Fkept');
    expect(asked.page.text).toContain('is kept for ten minutes');
    const kept = await browser.post('/admin/again', { password: grace.person.password, code: totpCode(grace.person.secret, later()), to: '/admin/kept' }, asked);
    expect(kept.path).toBe('/admin/kept');
    expect(sent).toEqual([]);
    await press(browser, kept);
    expect(sent.map(({ door, form }) => [door, form])).toEqual([['/admin/things/t3/decide', { reason: 'Its portrait is another person’s.' }]]);
    // The page of another tab has the token of the session before it was proved anew.
    const other = await browser.post('/admin/things/t3/comment', { comment: 'typed in the other tab' }, at);
    expect(other.path).toBe('/admin/kept');
    expect(sent).toHaveLength(1);
    await press(browser, other);
    expect(sent[1]).toMatchObject({ form: { comment: 'typed in the other tab' } });
  });

  test('signing out in one tab does not lose what stands in another', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t4');
    await browser.post('/admin/sign-out', {}, at);
    const kept = await signInHere(browser, grace.person, await browser.post('/admin/things/t4/comment', { comment: 'still here' }, at));
    await press(browser, kept);
    expect(sent.map(({ form }) => form)).toEqual([{ comment: 'still here' }]);
  });

  test('a recovery code leads there as well, and so does beginning the sign-in again', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t5');
    later(IDLE);
    await browser.post('/admin/things/t5/comment', { comment: 'by a recovery code' }, at);
    const begun = await browser.get('/admin/sign-in');
    const to = begun.page.forms.flatMap(({ fields }) => fields).find(({ name }) => name === 'to')?.value;
    expect(to).toBe('/admin/kept');
    const second = await browser.post('/admin/sign-in', { email: grace.person.email, password: grace.person.password, to: '/admin/kept' }, begun);
    later();
    const kept = await browser.post('/admin/sign-in/second', { code: grace.person.recoveryCodes[0] ?? '' }, second);
    expect(kept.path).toBe('/admin/kept');
    expect(kept.page.text).toContain('You used a recovery code');
    await press(browser, kept);
    expect(sent).toHaveLength(1);
  });

  test('somebody else who signs in at this browser neither sees nor sends it, and it is forgotten', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t6');
    later(IDLE);
    const asked = await browser.post('/admin/things/t6/comment', { comment: 'for nobody but Grace' }, at);
    const [{ hash } = { hash: '' }] = await db.selectFrom('staff_kept_form').select('hash').execute();
    const came = await signInHere(browser, ada.person, asked);
    expect(came.path).toBe('/admin');
    expect(came.html).not.toContain('for nobody but Grace');
    // Not by its name either, before or after it went.
    await browser.post('/admin/things/t6/comment', { kept_form: hash }, came);
    expect(sent).toEqual([]);
    expect(await rows()).toBe(0);
  });

  test('who has only its name, or another browser, or another door, does not get it', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t7');
    later(IDLE);
    const kept = await signInHere(browser, grace.person, await browser.post('/admin/things/t7/comment', { comment: 'bound' }, at));
    const [{ hash } = { hash: '' }] = await db.selectFrom('staff_kept_form').select('hash').execute();
    expect(await browser.post('/admin/things/t8/comment', { kept_form: hash }, kept)).toMatchObject({ path: '/admin/kept' });
    const elsewhere = await fresh(grace.person);
    expect(await elsewhere.post('/admin/things/t7/comment', { kept_form: hash }, await elsewhere.get('/admin'))).toMatchObject({ path: '/admin' });
    expect(sent).toEqual([]);
    // Without the token of the session that is there now, not by its owner either.
    expect((await browser.post('/admin/things/t7/comment', { kept_form: hash, csrf: 'A'.repeat(43) }, kept)).status).toBe(403);
    expect((await browser.post('/admin/things/t7/comment', { kept_form: hash, csrf: '' }, kept)).status).toBe(403);
    await press(browser, kept);
    expect(sent).toHaveLength(1);
  });

  test('nobody plants one: another site, a forged mark, that of another person or browser', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t9');
    const mark = /name="csrf" value="([^"]+)"/.exec(at.html)?.[1] ?? '';
    expect(mark.split('.')).toHaveLength(3);
    const other = await fresh(ada.person);
    const mark2 = /name="csrf" value="([^"]+)"/.exec((await other.get('/admin/things/t9')).html)?.[1] ?? '';
    const anonymous = new StaffBrowser(origin);
    await anonymous.get('/admin/sign-in');
    later(IDLE);
    const raw = (headers: Readonly<Record<string, string>>, csrf: string, from = browser): Promise<Response> =>
      fetch(`${origin}/admin/things/t9/comment`, {
        method: 'POST', redirect: 'manual', body: new URLSearchParams({ csrf, comment: 'planted' }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: from.jar.header(new URL('/admin', origin)) ?? '', ...headers },
      });
    expect((await raw({ origin: 'https://elsewhere.example' }, mark)).status).toBe(403);
    expect((await raw({ 'sec-fetch-site': 'cross-site' }, mark)).status).toBe(403);
    const forged = [
      '', mark.split('.')[0] ?? '', `${mark}x`, mark2, `${mark.split('.', 2).join('.')}.${mark2.split('.')[2]}`, mark.replace(graceId, 'staff_nobody'), `${'A'.repeat(43)}.${graceId}.${'A'.repeat(43)}`,
    ];
    for (const csrf of forged) expect([csrf, (await raw({ origin }, csrf)).headers.get('location')]).toEqual([csrf, '/admin/sign-in']);
    // The right mark, in a browser that the page was not shown in.
    for (const from of [other, anonymous]) expect((await raw({ origin }, mark, from)).headers.get('location')).toBe('/admin/sign-in');
    expect(await rows()).toBe(0);
  });

  test('a role that was lost meanwhile is judged when it is sent', async () => {
    const lost = await invited('Edith', 'reviewer');
    const at = await lost.browser.get('/admin/things/t10');
    later(IDLE);
    const asked = await lost.browser.post('/admin/things/t10/comment', { comment: 'not any more' }, at);
    await db.updateTable('staff').set({ roles: 'auditor' }).where('name', '=', 'Edith').execute();
    const kept = await signInHere(lost.browser, lost.person, asked);
    expect(kept.path).toBe('/admin/kept');
    expect((await press(lost.browser, kept)).status).toBe(403);
    expect(sent).toEqual([]);
    // Shut out, they keep nothing any more.
    const again = await lost.browser.get('/admin/things/t10');
    await db.updateTable('staff').set({ disabled_at: clock.now }).where('name', '=', 'Edith').execute();
    await db.deleteFrom('staff_kept_form').execute();
    expect((await lost.browser.post('/admin/things/t10/comment', { comment: 'shut out' }, again)).path).toBe('/admin/sign-in?to=%2Fadmin%2Fthings%2Ft10');
    expect(await rows()).toBe(0);
  });

  test('it waits ten minutes, and what waited longer is swept away', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t11');
    later(IDLE);
    const asked = await browser.post('/admin/things/t11/comment', { comment: 'too late' }, at);
    const kept = await signInHere(browser, grace.person, asked);
    expect(kept.path).toBe('/admin/kept');
    later(KEPT_MS);
    expect((await press(browser, kept)).page.text).toContain('No form of yours waits here any more');
    expect(sent).toEqual([]);
    // Forgotten where it was looked for, and swept where nobody looks.
    expect(await rows()).toBe(0);
    const next = await fresh(grace.person);
    const its = await next.get('/admin/things/t11');
    later(IDLE);
    await next.post('/admin/things/t11/comment', { comment: 'never looked for' }, its);
    expect(await purgeKeptForms(db, later(KEPT_MS - 1), 10)).toBe(0);
    expect(await purgeKeptForms(db, later(1), 10)).toBe(1);
    expect(await rows()).toBe(0);
  });

  test('a door that fails loses nothing: the page before has it still', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t12');
    later(IDLE);
    const kept = await signInHere(browser, grace.person, await browser.post('/admin/things/t12/comment', { comment: 'again' }, at));
    failing = true;
    expect((await press(browser, kept)).status).toBe(409);
    failing = false;
    await press(browser, await browser.get('/admin/kept'));
    expect(sent.map(({ form }) => form)).toEqual([{ comment: 'again' }]);
  });

  test('thrown away it is gone, and nothing was done', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t13');
    later(IDLE);
    const kept = await signInHere(browser, grace.person, await browser.post('/admin/things/t13/comment', { comment: 'never mind' }, at));
    const [{ hash } = { hash: '' }] = await db.selectFrom('staff_kept_form').select('hash').execute();
    const back = await browser.post('/admin/kept/forget', { form: hash }, kept);
    expect([back.path, back.page.text.includes('thrown away')]).toEqual(['/admin/things/t13', true]);
    expect([await rows(), sent.length]).toEqual([0, 0]);
    expect((await browser.get('/admin/kept')).path).toBe('/admin');
  });

  test('only so many wait, the newest, and each has its own button', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t14');
    later(IDLE);
    let asked = at;
    for (let count = 0; count < MOST_KEPT + 2; count += 1) {
      later(1);
      asked = await browser.post(`/admin/things/u${count}/comment`, { comment: `number ${count}` }, at);
    }
    expect(await rows()).toBe(MOST_KEPT);
    const kept = await signInHere(browser, grace.person, asked);
    await press(browser, kept, 1);
    expect(sent.map(({ form }) => form)).toEqual([{ comment: `number ${MOST_KEPT}` }]);
    expect(kept.page.text).not.toContain('number 1');
  });

  test('a large form is kept whole, a huge one is not, and the person is told', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t15');
    later(IDLE);
    const options = Object.fromEntries(Array.from({ length: 700 }, (_, index) => [`option_${index}`, `value of ${index}`]));
    const kept = await signInHere(browser, grace.person, await browser.post('/admin/large', options, at));
    await press(browser, kept);
    expect(sent.map(({ form }) => form)).toEqual([options]);
    const again = await browser.get('/admin/things/t15');
    later(IDLE);
    const asked = await browser.post('/admin/large', { json: 'x'.repeat(MOST_KEPT_BYTES + 1) }, again);
    expect(asked.path).toBe('/admin/sign-in?to=%2Fadmin%2Fthings%2Ft15');
    expect(asked.page.text).toContain('too large to be kept');
    expect((await browser.post('/admin/things/t15/comment', { comment: 'x'.repeat(65 * 1024) }, again)).path).toBe('/admin/sign-in?to=%2Fadmin%2Fthings%2Ft15');
    expect(await rows()).toBe(0);
  });

  test('proofs and secrets are never kept', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/me');
    later(IDLE);
    for (const path of ['/admin/me/password', '/admin/again', '/admin/me/totp', '/admin/me/recovery']) {
      await browser.post(path, { password: 'a new one of enough words', again: 'a new one of enough words', code: '123456' }, at);
    }
    await browser.post('/admin/things/t16/comment', { comment: 'x', clientSecret: 'of an integrator' }, at);
    await browser.post('/admin/things/t16/comment', { comment: 'x', code: '123456' }, at);
    expect(await rows()).toBe(0);
  });

  test('the row says nothing to whoever reads the database, and only its browser’s token is not in it', async () => {
    const browser = await fresh(grace.person);
    const at = await browser.get('/admin/things/t17');
    later(IDLE);
    await browser.post('/admin/things/t17/comment', { comment: 'Kunigunde Unmistakable' }, at);
    const row = await db.selectFrom('staff_kept_form').selectAll().executeTakeFirstOrThrow();
    expect(Buffer.from(row.sealed).toString('latin1')).not.toContain('Unmistakable');
    const cookie = browser.jar.all().find(({ name }) => name === 'gatehouse_staff_kept');
    expect(hashOfToken(cookie?.value ?? '')).toBe(row.hash);
    expect(browser.jar.all().every(({ value }) => !Buffer.from(value, 'base64url').includes('Unmistakable'))).toBe(true);
  });
});

test.each([
  [{ comment: 'x', approveCode: 'manual', reason: 'y' }, true],
  [{ comment: 'x', password: '' }, true],
  [{}, false],
  [{ comment: '' }, false],
  [{ password: 'x' }, false],
  [{ NewPassword: 'x' }, false],
  [{ client_secret: 'x' }, false],
  [{ code: '123456' }, false],
  [{ box: 'sealed' }, false],
  [{ passkey: '{}' }, false],
])('whether %j may be kept: %s', (fields, may) => expect(keepable(fields)).toBe(may));

test('no option of a workflow is taken for a secret: its pages are kept', () => {
  const names = OPTION_FIELDS.map(({ path }) => path);
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !keepable({ [name]: 'x' }))).toEqual([]);
});

test.each([['approveWords', 'approve words'], ['expires_on', 'expires on'], ['option.reuse-seconds', 'option reuse seconds']])('%s reads as %s', (field, words) => expect(wordsOf(field)).toBe(words));
