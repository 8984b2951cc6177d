import { afterAll, describe, expect, test } from 'vitest';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres.ts';
import { acceptInvitation, signIn, StaffBrowser, totpCode, type StaffPerson } from '../../support/staff.ts';
import { startStaffConsole, type StaffConsole } from './harness.ts';

const STEP = 30_000;

describe('signing in to the console', async () => {
  const database: FreshDatabase = await freshDatabase('pglite');
  const opened: OpenedDatabase = await database.open();
  const console: StaffConsole = await startStaffConsole(opened);
  const { clock, origin } = console;
  const link = await console.setup();
  const { browser, person } = await acceptInvitation(origin, link, { at: clock.now });
  afterAll(async () => {
    await console.close();
    await opened.close();
    await database.drop();
  });
  /** Later, and with a code that was not used. */
  const later = (ms = STEP): number => (clock.now += ms);
  const fresh = async (who: StaffPerson = person): Promise<StaffBrowser> => {
    const other = new StaffBrowser(origin);
    const came = await signIn(other, who, later());
    expect([came.status, came.path]).toEqual([200, '/admin']);
    return other;
  };

  test('the first administrator is in at once, and the link is used up', async () => {
    expect((await browser.get('/admin')).page.text).toContain('Hello Ada Byron');
    const again = await new StaffBrowser(origin).get(new URL(link).pathname);
    expect([again.status, again.page.text.includes('does not work')]).toEqual([404, true]);
    expect(await console.area.inviting.setup()).toBeUndefined();
    expect((await console.entries('staff.created'))[0]).toMatchObject({ outcome: 'done', actor: { name: 'Ada Byron' }, details: { factor: 'totp', roles: ['administrator'] } });
  });

  test('a password and a code let somebody in, and bring them where they were going', async () => {
    const other = new StaffBrowser(origin);
    const asked = await other.get('/admin/staff');
    expect(asked.path).toBe('/admin/sign-in?to=%2Fadmin%2Fstaff');
    const second = await other.post('/admin/sign-in', { email: 'ADA@example.com ', password: person.password, to: '/admin/staff' }, asked);
    expect(second.path).toBe('/admin/sign-in/second');
    const came = await other.post('/admin/sign-in/second', { code: totpCode(person.secret, later()) }, second);
    expect([came.path, came.status]).toEqual(['/admin/staff', 200]);
    expect((await console.entries('staff.signed_in'))[0]).toMatchObject({ details: { by: 'password+totp' }, actor: { kind: 'staff', name: 'Ada Byron' } });
  });

  test.each(['//evil.example', 'https://evil.example', '/admin/../x', '/other'])('nobody is sent on to %s', async (to) => {
    const other = new StaffBrowser(origin);
    const second = await other.submit('/admin/sign-in', { email: person.email, password: person.password, to });
    expect((await other.post('/admin/sign-in/second', { code: totpCode(person.secret, later()) }, second)).path).toBe('/admin');
  });

  test('the password alone opens nothing', async () => {
    const other = new StaffBrowser(origin);
    const second = await other.submit('/admin/sign-in', { email: person.email, password: person.password });
    expect(second.path).toBe('/admin/sign-in/second');
    expect((await other.get('/admin')).path).toBe('/admin/sign-in');
  });

  test('a code is taken once, even within its half minute, and so is a step', async () => {
    const code = totpCode(person.secret, later());
    const [one, two] = [new StaffBrowser(origin), new StaffBrowser(origin)];
    const [first, second] = [await one.submit('/admin/sign-in', { email: person.email, password: person.password }), await two.submit('/admin/sign-in', { email: person.email, password: person.password })];
    const came = await Promise.all([one.post('/admin/sign-in/second', { code }, first), two.post('/admin/sign-in/second', { code }, second)]);
    expect(came.map(({ status }) => status).toSorted()).toEqual([200, 422]);
    expect((await console.entries('staff.sign_in_failed'))[0]).toMatchObject({ outcome: 'refused', details: { why: 'code_used' } });
    const winner = came[0]?.status === 200 ? one : two;
    // The step's cookie was planted before: it stands for nothing any more.
    winner.jar.forget('gatehouse_staff');
    expect((await winner.get('/admin/sign-in/second')).path).toBe('/admin/sign-in');
  });

  test('an unknown name and a wrong password get the same page, status and cookies', async () => {
    const tell = async (email: string) => {
      const came = await new StaffBrowser(origin).submit('/admin/sign-in', { email, password: 'not the one at all' });
      return [came.status, came.path, came.html.replace(/value="[\w-]{43}"/g, ''), came.headers.getSetCookie().map((line) => line.split('=')[0])];
    };
    expect(await tell('nobody@example.com')).toEqual(await tell(person.email));
    const [known, unknown] = await console.entries('staff.sign_in_failed');
    expect([known?.details, unknown?.details]).toEqual([{ why: 'wrong_password' }, { why: 'unknown_name' }]);
    expect(JSON.stringify(await console.entries())).not.toContain('example.com');
  });

  test('a session id from before is never taken over, and each sign-in has its own', async () => {
    const other = new StaffBrowser(origin);
    const planted = 'A'.repeat(43);
    other.jar.take([`gatehouse_staff=${planted}; Path=/admin; HttpOnly`], new URL(origin));
    expect((await signIn(other, person, later())).path).toBe('/admin');
    const first = other.jar.all().find(({ name }) => name === 'gatehouse_staff')?.value;
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(first).not.toBe(planted);
    expect((await other.post('/admin/sign-out', {}, await other.get('/admin'))).path).toBe('/admin/sign-in');
    // Whoever copied the cookie has nothing.
    other.jar.take([`gatehouse_staff=${first}; Path=/admin; HttpOnly`], new URL(origin));
    expect((await other.get('/admin')).path).toBe('/admin/sign-in');
  });

  test('the cookie is for the console, for us, and for no script', async () => {
    const other = await fresh();
    const cookie = other.jar.all().find(({ name }) => name === 'gatehouse_staff');
    expect(cookie).toMatchObject({ path: '/admin', httpOnly: true, sameSite: 'strict', domain: undefined, expiresAt: undefined });
  });

  test('a session ends when it is idle, and after twelve hours whatever happens', async () => {
    const idle = await fresh();
    later(31 * 60_000);
    expect((await idle.get('/admin')).path).toBe('/admin/sign-in');
    const busy = await fresh();
    for (let minutes = 0; minutes < 12 * 60 - 25; minutes += 25) {
      later(25 * 60_000);
      expect((await busy.get('/admin')).path).toBe('/admin');
    }
    later(25 * 60_000);
    expect((await busy.get('/admin')).path).toBe('/admin/sign-in');
  });

  test('dangerous things ask again, and the session goes on under another id', async () => {
    const other = await fresh();
    later(11 * 60_000);
    const again = await other.get('/admin/staff/invite');
    expect(again.path).toBe('/admin/again?to=%2Fadmin%2Fstaff%2Finvite');
    const before = other.jar.all().find(({ name }) => name === 'gatehouse_staff')?.value;
    const wrong = await other.post('/admin/again', { password: 'no', code: totpCode(person.secret, clock.now), to: '/admin/staff/invite' }, again);
    expect(wrong.status).toBe(422);
    const came = await other.post('/admin/again', { password: person.password, code: totpCode(person.secret, later()), to: '/admin/staff/invite' }, again);
    expect([came.status, came.path]).toEqual([200, '/admin/staff/invite']);
    const after = other.jar.all().find(({ name }) => name === 'gatehouse_staff')?.value;
    expect(after).not.toBe(before);
    const thief = new StaffBrowser(origin);
    thief.jar.take([`gatehouse_staff=${before}; Path=/admin; HttpOnly`], new URL(origin));
    expect((await thief.get('/admin')).path).toBe('/admin/sign-in');
    expect((await console.entries('staff.again_failed'))[0]).toMatchObject({ details: { why: 'wrong_password' }, outcome: 'refused' });
  });

  test('a recovery code works once in place of the app', async () => {
    const [code = ''] = person.recoveryCodes;
    const use = async (text: string) => {
      later();
      const other = new StaffBrowser(origin);
      const second = await other.submit('/admin/sign-in', { email: person.email, password: person.password });
      return other.post('/admin/sign-in/second', { code: text }, second);
    };
    const first = await use(code.toUpperCase().replaceAll('-', ' '));
    expect([first.status, first.path, first.page.text.includes('9 are left')]).toEqual([200, '/admin/me', true]);
    expect((await use(code)).status).toBe(422);
  });

  test('codes are guessed slowly, also by somebody who has the password and a session', async () => {
    const other = await fresh();
    const page = await other.get('/admin/again');
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await other.post('/admin/again', { password: person.password, code: '000000', to: '/admin' }, page)).status);
    expect(statuses.slice(0, 5)).toEqual([422, 422, 422, 422, 422]);
    expect(statuses.slice(6)).toEqual([429, 429]);
    const second = await new StaffBrowser(origin).submit('/admin/sign-in', { email: person.email, password: person.password });
    expect(second.path).toBe('/admin/sign-in/second');
    later(16 * 60_000);
  });

  test('neither password, code nor address of anybody is in the log', () => {
    for (const secret of [person.password, person.secret, ...person.recoveryCodes, person.email]) expect(console.log()).not.toContain(secret);
  });
});
