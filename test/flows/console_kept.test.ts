/** A comment on a case, typed while the session ran out, at a whole gateway: it waits for a press, and is written once. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { incidentStore } from '../../src/store/incidents.ts';
import { signInAsAdministrator, totpCode, type StaffAnswer, type StaffBrowser, type StaffPerson } from '../support/staff.ts';
import { setScene, type Scene } from './scene.ts';

const COMMENT = 'I asked for the back side again <script>alert(1)</script>';
let scene: Scene;
let browser: StaffBrowser;
let person: StaffPerson;
let path: string;

beforeAll(async () => {
  scene = await setScene();
  const link = await scene.gateway.gatehouse.adminSetup();
  if (link === undefined) throw new Error('there is an administrator already');
  ({ browser, person } = await signInAsAdministrator(scene.gateway.origin, link));
  await incidentStore(scene.db, Date.now).open({ mode: 'test', kind: 'link_reported', accountId: undefined, deviceId: undefined, journeyId: undefined, details: {}, at: Date.now() });
  const queue = await browser.get('/admin/cases');
  const found = queue.page.links.map(({ href }) => new URL(href).pathname).find((href) => /^\/admin\/cases\/[\w-]{20,}$/.test(href));
  if (found === undefined) throw new Error(`no case in the queue: ${queue.page.text}`);
  path = found;
});
afterAll(() => scene?.close());

/** The session as it is when nobody asked anything for long. */
const idle = async (): Promise<void> => void (await scene.db.updateTable('staff_session').set({ last_seen_at: Date.now() - 31 * 60_000 }).execute());
const typed = (answer: StaffAnswer, door: string): Readonly<Record<string, string>> => {
  const form = answer.page.forms.find(({ action }) => new URL(action).pathname === door);
  if (!form) throw new Error(`no form to ${door} on the page: ${answer.page.text}`);
  return Object.fromEntries(form.fields.map(({ name, value }) => [name, value]));
};

test('it is written after signing in again, and not twice', async () => {
  const page = await browser.get(path);
  const form = typed(page, `${path}/comments`);
  await idle();
  const asked = await browser.post(`${path}/comments`, { ...form, comment: COMMENT }, page);
  expect(asked.path).toBe('/admin/sign-in?to=%2Fadmin%2Fkept');
  const second = await browser.post('/admin/sign-in', { ...typed(asked, '/admin/sign-in'), email: person.email, password: person.password }, asked);
  // The step after the one that the set-up used.
  const kept = await browser.post('/admin/sign-in/second', { code: totpCode(person.secret, Date.now() + 30_000) }, second);
  expect([kept.status, kept.path]).toEqual([200, '/admin/kept']);
  expect(kept.page.text).toContain(COMMENT);
  expect((await browser.get(path)).page.text).not.toContain(COMMENT);
  const [sends] = kept.page.forms.filter(({ action }) => new URL(action).pathname === `${path}/comments`);
  const fields = Object.fromEntries(sends?.fields.map(({ name, value }) => [name, value]) ?? []);
  const done = await browser.post(`${path}/comments`, fields, kept);
  expect([done.status, done.path]).toEqual([200, path]);
  await browser.post(`${path}/comments`, fields, kept);
  const after = await browser.get(path);
  expect(after.page.text.split(COMMENT)).toHaveLength(2);
  expect(after.html).not.toContain('<script>alert(1)');
  expect((await scene.db.selectFrom('staff_kept_form').select('hash').execute())).toEqual([]);
});
