import { afterAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../../support/postgres.ts';
import { SoftAuthenticator } from '../../support/authenticator.ts';
import { acceptInvitation, secretOn, signIn, StaffBrowser, STAFF_PASSWORD, totpCode, type StaffAnswer } from '../../support/staff.ts';
import { tokenDesk } from '../../../src/store/console/tokens.ts';
import { startStaffConsole } from './harness.ts';

const STEP = 30_000;

/** What an authenticator is asked on a page. */
function asked<T>(came: StaffAnswer, name: 'passkey' | 'passkey-new'): T {
  const raw = new RegExp(`data-${name}="([^"]+)"`).exec(came.html)?.[1] ?? '';
  return JSON.parse(raw.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')) as T;
}
type Creation = Parameters<SoftAuthenticator['create']>[0];
type Request = Parameters<SoftAuthenticator['get']>[1];

describe('the staff in the console', async () => {
  const database = await freshDatabase('pglite');
  const opened = await database.open();
  const console = await startStaffConsole(opened);
  const { clock, origin } = console;
  const { browser: ada, person } = await acceptInvitation(origin, await console.setup(), { at: clock.now });
  afterAll(async () => {
    await console.close();
    await opened.close();
    await database.drop();
  });
  const later = (ms = STEP): number => (clock.now += ms);
  const again = async (): Promise<void> => {
    const came = await ada.submit('/admin/again', { password: person.password, code: totpCode(person.secret, later()), to: '/admin' });
    if (came.path !== '/admin') throw new Error('not proved again');
  };
  const invited = async (roles: Readonly<Record<string, string>> = { role_reviewer: 'on' }): Promise<string> => {
    await again();
    const came = await ada.submit('/admin/staff/invite', { name: 'Grace', hours: '24', ...roles });
    const link = /class="staff-link"[^>]*>([^<]+)</.exec(came.html)?.[1];
    if (link === undefined) throw new Error(`no link: ${came.status} ${came.path} ${came.page.text}`);
    return link;
  };
  const join = async (email: string, roles?: Readonly<Record<string, string>>) => acceptInvitation(origin, await invited(roles), { name: 'Grace Hopper', email, at: clock.now });
  const idOf = async (email: string): Promise<string> => {
    const list = await ada.get('/admin/staff');
    const row = list.html.split('<tr>').find((one) => one.includes(email)) ?? '';
    return /\/admin\/staff\/(staff_[\w-]+)/.exec(row)?.[1] ?? '';
  };

  test('an invitation gives its roles, is used once, and looking at it changes nothing', async () => {
    const link = await invited();
    const path = new URL(link).pathname;
    for (let n = 0; n < 3; n += 1) expect((await new StaffBrowser(origin).get(path)).status).toBe(200);
    const { browser } = await acceptInvitation(origin, link, { name: 'Grace', email: 'grace@example.com', at: clock.now });
    expect((await browser.get('/admin')).status).toBe(200);
    expect((await browser.get('/admin/staff')).status).toBe(403);
    expect((await new StaffBrowser(origin).get(path)).status).toBe(404);
    expect(JSON.stringify(await console.entries())).not.toContain(path.split('/').at(-1));
    expect(console.log()).not.toContain(path.split('/').at(-1));
  });

  test('two who use one invitation at once: one account', async () => {
    const path = new URL(await invited()).pathname;
    const before = (await console.entries('staff.created')).length;
    const came = await Promise.all(['one', 'two'].map(async (name) => {
      const browser = new StaffBrowser(origin);
      const enrol = await browser.submit(path, { name, email: `${name}@race.example`, password: STAFF_PASSWORD, again: STAFF_PASSWORD });
      return browser.post('/admin/enrol', { code: totpCode(secretOn(enrol.html), clock.now) }, enrol);
    }));
    expect(came.map(({ status }) => status).toSorted()).toEqual([200, 404]);
    expect((await console.entries('staff.created')).length).toBe(before + 1);
  });

  test.each([
    ['forged', async () => `/admin/invitation/${'A'.repeat(43)}`],
    ['of no such form', async () => '/admin/invitation/x'],
    ['set-up by its other door', async () => (await invited()).replace(/^.*\/invitation/, '/admin/setup')],
    ['expired', async () => {
      const path = new URL(await invited()).pathname;
      later(25 * 3_600_000);
      await signIn(ada, person, later());
      return path;
    }],
    ['withdrawn', async () => {
      const path = new URL(await invited()).pathname;
      const list = await ada.get('/admin/staff');
      for (const [, action = ''] of list.html.matchAll(/action="(\/admin\/staff\/invitations\/[^"]+)"/g)) await ada.post(action, {}, list);
      return path;
    }],
  ])('an invitation that is %s opens nothing', async (_name, make) => {
    const path = await make();
    const browser = new StaffBrowser(origin);
    const came = await browser.get(path);
    expect([came.status, came.page.heading]).toEqual([404, 'This link does not work']);
    expect((await browser.post(path, { name: 'X', email: 'x@example.com', password: STAFF_PASSWORD, again: STAFF_PASSWORD }, await browser.get('/admin/sign-in'))).status).toBe(404);
  });

  test.each([
    ['short', 'eleven char', 'password', /at least 12/],
    ['their own name', 'gracehopper1', 'password', /own name/],
    ['what everybody uses', 'password1234', 'password', /Too many people/],
    ['a row of keys', 'qwertyuiopas', 'password', /Too many people/],
  ])('a password that is %s is refused at its field', async (_name, password, field, words) => {
    const came = await new StaffBrowser(origin).submit(new URL(await invited()).pathname, { name: 'Grace Hopper', email: 'new@example.com', password, again: password });
    expect(came.status).toBe(422);
    const found = came.page.forms.flatMap(({ fields }) => fields).find(({ name }) => name === field);
    expect([found?.invalid, words.test(found?.description ?? ''), found?.value]).toEqual([true, true, '']);
  });

  test('without a second factor there is no account', async () => {
    const browser = new StaffBrowser(origin);
    const enrol = await browser.submit(new URL(await invited()).pathname, { name: 'Nobody', email: 'nofactor@example.com', password: STAFF_PASSWORD, again: STAFF_PASSWORD });
    expect((await browser.post('/admin/enrol', { code: '000000' }, enrol)).status).toBe(422);
    expect((await browser.get('/admin')).path).toBe('/admin/sign-in');
    expect((await signIn(new StaffBrowser(origin), { ...person, email: 'nofactor@example.com' }, clock.now)).status).toBe(422);
  });

  test('somebody with an open session is out as soon as they are shut out, and cannot come back', async () => {
    const { browser, person: grace } = await join('shut@example.com');
    expect((await browser.get('/admin')).status).toBe(200);
    const id = await idOf('shut@example.com');
    const page = await ada.get(`/admin/staff/${id}`);
    expect((await ada.post(`/admin/staff/${id}/disable`, {}, page)).page.text).toContain('Shut out, and signed out everywhere');
    expect((await browser.get('/admin')).path).toBe('/admin/sign-in');
    expect((await signIn(new StaffBrowser(origin), grace, later())).status).toBe(422);
    expect((await console.entries('staff.sign_in_failed'))[0]?.details).toEqual({ why: 'disabled' });
  });

  test('changed roles count in a session that is open', async () => {
    const { browser } = await join('roles@example.com');
    expect((await browser.get('/admin/staff')).status).toBe(403);
    const id = await idOf('roles@example.com');
    await ada.post(`/admin/staff/${id}/roles`, { role_auditor: 'on' }, await ada.get(`/admin/staff/${id}`));
    expect((await browser.get('/admin/staff')).status).toBe(200);
    expect((await browser.post(`/admin/staff/${id}/roles`, { role_administrator: 'on' }, await browser.get(`/admin/staff/${id}`))).status).toBe(403);
    expect((await console.entries('staff.roles_changed'))[0]?.details).toEqual({ before: ['reviewer'], after: ['auditor'] });
  });

  test('a reset link gives somebody new proofs; the old ones end', async () => {
    const { browser, person: grace } = await join('lost@example.com');
    const id = await idOf('lost@example.com');
    const came = await ada.post(`/admin/staff/${id}/reset`, {}, await ada.get(`/admin/staff/${id}`));
    const link = /class="staff-link"[^>]*>([^<]+)</.exec(came.html)?.[1] ?? '';
    expect((await browser.get('/admin')).path).toBe('/admin/sign-in');
    const { person: renewed } = await acceptInvitation(origin, link, { password: 'another five words here', at: later() });
    expect((await signIn(new StaffBrowser(origin), grace, later())).status).toBe(422);
    expect((await signIn(new StaffBrowser(origin), { ...renewed, email: 'lost@example.com' }, later())).path).toBe('/admin');
  });

  test('one’s own page: sessions end, the password changes, the app is replaced, codes are made anew', async () => {
    const { browser, person: grace } = await join('own@example.com');
    const other = new StaffBrowser(origin);
    await signIn(other, grace, later());
    const me = await browser.get('/admin/me');
    expect(me.page.text).toContain('this one');
    await browser.post('/admin/me/sessions/end', {}, me);
    expect((await other.get('/admin')).path).toBe('/admin/sign-in');
    expect((await browser.post('/admin/me/password', { password: 'short', again: 'short' }, me)).status).toBe(422);
    const changed = await browser.post('/admin/me/password', { password: 'a wholly other sentence', again: 'a wholly other sentence' }, me);
    expect(changed.page.text).toContain('Your password is changed');
    const totp = await browser.get('/admin/me/totp');
    const box = totp.page.forms.flatMap(({ fields }) => fields).find(({ name }) => name === 'box')?.value ?? '';
    const secret = secretOn(totp.html);
    expect((await ada.post('/admin/me/totp', { box, code: totpCode(secret, clock.now) }, await ada.get('/admin/me/totp'))).page.text).toContain('took too long');
    expect((await browser.post('/admin/me/totp', { box, code: totpCode(secret, clock.now) }, totp)).path).toBe('/admin/me');
    expect((await signIn(new StaffBrowser(origin), { ...grace, password: 'a wholly other sentence' }, later())).status).toBe(422);
    expect((await signIn(new StaffBrowser(origin), { ...grace, secret, password: 'a wholly other sentence' }, later())).path).toBe('/admin');
    const codes = await browser.post('/admin/me/recovery', {}, me);
    expect([...codes.html.matchAll(/<li><code>/g)]).toHaveLength(10);
    for (const action of ['staff.password_changed', 'staff.totp_changed', 'staff.recovery_codes_made', 'staff.sessions_ended']) expect(await console.entries(action), action).not.toEqual([]);
  });

  test('a passkey is a second factor, and proves somebody anew; another’s and a replayed one do not', async () => {
    const soft = new SoftAuthenticator(origin);
    const browser = new StaffBrowser(origin);
    const enrol = await browser.submit(new URL(await invited()).pathname, { name: 'Passkey', email: 'key@example.com', password: STAFF_PASSWORD, again: STAFF_PASSWORD });
    const unverified = soft.create(asked<Creation>(enrol, 'passkey-new'), { verified: false });
    expect((await browser.post('/admin/enrol', { passkey: unverified.answer }, enrol)).status).toBe(422);
    const { passkey, answer } = soft.create(asked<Creation>(enrol, 'passkey-new'), { counts: true });
    expect((await browser.post('/admin/enrol', { passkey: answer }, enrol)).page.heading).toBe('Your recovery codes');
    const other = new StaffBrowser(origin);
    const second = await other.submit('/admin/sign-in', { email: 'key@example.com', password: STAFF_PASSWORD });
    const stranger = soft.create(asked<Creation>(await (async () => enrol)(), 'passkey-new')).passkey;
    expect((await other.post('/admin/sign-in/second', { passkey: soft.get(stranger, asked<Request>(second, 'passkey')) }, second)).status).toBe(422);
    const given = soft.get(passkey, asked<Request>(second, 'passkey'));
    expect((await other.post('/admin/sign-in/second', { passkey: given }, second)).path).toBe('/admin');
    const third = new StaffBrowser(origin);
    const replayed = await third.submit('/admin/sign-in', { email: 'key@example.com', password: STAFF_PASSWORD });
    expect((await third.post('/admin/sign-in/second', { passkey: given }, replayed)).status).toBe(422);
    later(11 * 60_000);
    const ask = await other.get('/admin/me/totp');
    expect(ask.path).toMatch(/^\/admin\/again/);
    expect((await other.post('/admin/again', { passkey: soft.get(passkey, asked<Request>(ask, 'passkey')), to: '/admin/me/totp' }, ask)).path).toBe('/admin/me/totp');
    expect((await console.entries('staff.proved_again'))[0]?.details).toEqual({ by: 'passkey' });
  });

  test('who is shut out takes along the links they made and, where asked, their API tokens, which the page names', async () => {
    const { browser } = await join('maker@example.com', { role_administrator: 'on' });
    const id = await idOf('maker@example.com');
    const came = await browser.submit('/admin/staff/invite', { name: 'Back door', hours: '24', role_administrator: 'on' });
    const path = new URL(/class="staff-link"[^>]*>([^<]+)</.exec(came.html)?.[1] ?? '').pathname;
    expect((await new StaffBrowser(origin).get(path)).status).toBe(200);
    const desk = tokenDesk({ db: opened.db, vault: console.vault, now: () => clock.now });
    const { token } = await desk.create({ kind: 'staff', id, name: 'Grace Hopper' }, { name: 'Nightly export', scopes: ['journey.read'], nets: [], expiresAt: undefined });
    await again();
    const page = await ada.get(`/admin/staff/${id}`);
    expect(page.page.text).toContain('Nightly export');
    expect((await ada.get(`/admin/staff/${await idOf(person.email)}`)).page.text).not.toContain('Nightly export');
    expect((await ada.post(`/admin/staff/${id}/disable`, {}, page)).page.text).toContain('Their open links do not work any more');
    expect((await new StaffBrowser(origin).get(path)).status).toBe(404);
    expect(await desk.use(token)).toBeDefined();
    // A link for new proofs helps nobody who is shut out.
    expect((await ada.post(`/admin/staff/${id}/reset`, {}, page)).page.text).toContain('Let it in again first');
    await ada.post(`/admin/staff/${id}/enable`, {}, page);
    expect((await new StaffBrowser(origin).get(path)).status).toBe(404);
    await ada.post(`/admin/staff/${id}/disable`, { tokens: 'on' }, page);
    expect(await desk.use(token)).toBeUndefined();
    expect((await ada.get(`/admin/staff/${id}`)).page.text).not.toContain('Nightly export');
  });

  test('the last administrator is told that they stay', async () => {
    const id = await idOf(person.email);
    await again();
    const page = await ada.get(`/admin/staff/${id}`);
    expect((await ada.post(`/admin/staff/${id}/disable`, {}, page)).page.text).toContain('The last administrator stays one');
    expect((await ada.post(`/admin/staff/${id}/roles`, { role_auditor: 'on' }, page)).page.text).toContain('The last administrator stays one');
    expect((await ada.post(`/admin/staff/${id}/roles`, {}, page)).status).toBe(422);
  });

  test('guessing is slowed down, said with Retry-After, and judged right again afterwards', async () => {
    const guess = () => new StaffBrowser(origin).submit('/admin/sign-in', { email: person.email, password: 'a wrong one entirely' });
    let came = await guess();
    for (let n = 0; n < 8 && came.status !== 429; n += 1) came = await guess();
    expect(came.status).toBe(429);
    expect(Number(came.headers.get('retry-after'))).toBeGreaterThan(0);
    // The right password too is not judged now, in a browser nobody knows.
    expect((await signIn(new StaffBrowser(origin), person, clock.now)).status).toBe(429);
    expect((await signIn(ada, person, later())).path).toBe('/admin');
    later(15 * 60_000);
    expect((await signIn(new StaffBrowser(origin), person, later())).path).toBe('/admin');
  });
});
