/** Turning passwords off leaves no way in by one: neither a link, nor a step that was begun, nor a session that is open. */
import { afterAll, describe, expect, test } from 'vitest';
import type { StaffConfig } from '../../../src/admin/staff/config.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { acceptInvitation, StaffBrowser, STAFF_PASSWORD, totpCode } from '../../support/staff.ts';
import { startStaffConsole } from './harness.ts';

const OFF: StaffConfig = { passwords: false, outside: { issuer: 'http://localhost:1', clientId: 'c', clientSecret: 's', rolesClaim: 'roles', roles: new Map([['ops', 'administrator']]) } };
const ACTOR = { kind: 'command', id: 'staff', name: 'command staff' } as const;

describe('passwords turned off', async () => {
  const database = await freshDatabase('pglite');
  const opened = await database.open();
  const before = await startStaffConsole(opened);
  const after = await startStaffConsole(opened, { config: OFF, vault: before.vault });
  const { person } = await acceptInvitation(before.origin, await before.setup(), { at: before.clock.now });
  afterAll(async () => {
    await before.close();
    await after.close();
    await opened.close();
    await database.drop();
  });
  /** The same browser, at the console as it is after the change. */
  const moved = (browser: StaffBrowser): StaffBrowser => {
    const other = new StaffBrowser(after.origin);
    other.jar.take(browser.jar.all().map(({ name, value }) => `${name}=${value}; Path=/admin`), new URL('/admin/', after.origin));
    return other;
  };
  const joined = async (email: string) => {
    const made = await before.area.inviting.invite(ACTOR, { name: '', roles: ['auditor'], hours: 24 });
    if (made.kind !== 'made') throw new Error(made.kind);
    return acceptInvitation(before.origin, made.link, { name: 'Grace', email, at: before.clock.now });
  };
  /** Of whoever joined last. */
  const idOf = async (): Promise<string> => (await before.entries('staff.created'))[0]?.target.id ?? '';

  test('no link makes an account or gives new proofs', async () => {
    const invite = await before.area.inviting.invite(ACTOR, { name: '', roles: ['administrator'], hours: 24 });
    const reset = await before.area.inviting.reset(ACTOR, await idOf());
    for (const made of [invite, reset]) {
      if (made.kind !== 'made') throw new Error(made.kind);
      const { pathname } = new URL(made.link);
      const open = await new StaffBrowser(before.origin).get(pathname);
      expect(open.status).toBe(200);
      const browser = new StaffBrowser(after.origin);
      expect((await browser.get(pathname)).status).toBe(404);
      const form = await browser.get('/admin/sign-in');
      expect((await browser.post(pathname, { name: 'Eve', email: 'eve@example.com', password: STAFF_PASSWORD, again: STAFF_PASSWORD }, form)).status).toBeGreaterThanOrEqual(403);
    }
    expect(await after.area.inviting.invite(ACTOR, { name: '', roles: ['administrator'], hours: 24 })).toEqual({ kind: 'refused', why: 'passwords_off' });
    expect(await after.area.inviting.reset(ACTOR, await idOf())).toEqual({ kind: 'refused', why: 'passwords_off' });
    expect(await after.area.inviting.setup()).toBeUndefined();
  });

  test('what was begun before is not ended after: neither an enrolment nor a sign-in', async () => {
    const invite = await before.area.inviting.invite(ACTOR, { name: '', roles: ['administrator'], hours: 24 });
    if (invite.kind !== 'made') throw new Error(invite.kind);
    const eve = new StaffBrowser(before.origin);
    const enrol = await eve.submit(new URL(invite.link).pathname, { name: 'Eve', email: 'eve@example.com', password: STAFF_PASSWORD, again: STAFF_PASSWORD });
    expect(enrol.path).toBe('/admin/enrol');
    const late = moved(eve);
    expect((await late.get('/admin/enrol')).status).toBe(404);
    const grace = new StaffBrowser(before.origin);
    const { person: signingIn } = await joined('grace@example.com');
    before.clock.now += 30_000;
    after.clock.now = before.clock.now;
    const second = await grace.submit('/admin/sign-in', { email: signingIn.email, password: signingIn.password });
    expect(second.path).toBe('/admin/sign-in/second');
    const half = moved(grace);
    const came = await half.post('/admin/sign-in/second', { code: totpCode(signingIn.secret, before.clock.now) }, second);
    expect(came.page.heading).not.toBe('Front');
    expect((await half.get('/admin')).path).toBe('/admin/sign-in');
    expect((await half.post('/admin/sign-in', { email: person.email, password: person.password }, await half.get('/admin/sign-in'))).status).toBe(403);
  });

  test('a session that began with a password ends, on record, and does not come back when passwords do', async () => {
    const { browser: open } = await joined('open@example.com');
    expect((await open.get('/admin')).page.text).toContain('Hello Grace');
    const browser = moved(open);
    expect((await browser.get('/admin')).path).toBe('/admin/sign-in');
    expect((await browser.get('/admin/again')).path).toMatch(/^\/admin\/sign-in/);
    expect((await open.get('/admin')).path).toBe('/admin/sign-in');
    expect((await after.entries('staff.sessions_ended'))[0]).toMatchObject({ actor: { kind: 'system' }, target: { id: await idOf() }, details: { count: 1 } });
  });
});
