/** "Try it now": the console is an application like any other, and shows what one would be told. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryApplication, tryClientId, type TryApplication, type TryDeps } from '../../src/admin/workflows/try/application.ts';
import { tryRoutes } from '../../src/admin/workflows/try/routes.ts';
import { auditLog, type Auditing } from '../../src/store/console/audit.ts';
import { keyDesk } from '../../src/store/console/keys.ts';
import { workflowDraftStore } from '../../src/store/console/workflows.ts';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { openVault } from '../../src/vault/vault.ts';
import { SIMULATED } from '../../src/vendors/sandbox/stories.ts';
import { startConsole, type Seen, type TestConsole, type Who } from '../support/console.ts';
import { freePort } from '../support/ports.ts';
import { HttpPerson } from '../support/http_person.ts';
import { DESKTOP } from '../support/devices.ts';
import { newestLink, openLink, sendDetails, setScene, type Scene } from './scene.ts';

const ANNA: Who = { id: 'anna', roles: ['workflow_author'] };
let scene: Scene;
let auditing: Auditing;
let running: TestConsole;

beforeAll(async () => {
  scene = await setScene({});
  auditing = { db: scene.db, vault: await openVault({ masterKeys: [{ id: 'test', key: scene.gateway.masterKey }], store: dataKeyStore(scene.db) }), now: Date.now };
  // The application is told where the console answers only once it does.
  const held: { deps?: TryDeps } = {};
  const application = (): TryApplication => {
    if (!held.deps) throw new Error('the console does not answer yet');
    return tryApplication(held.deps);
  };
  running = await startConsole(
    tryRoutes({ application: { begin: (...args) => application().begin(...args), finish: (...args) => application().finish(...args) }, workflows: workflowDraftStore(auditing), help: { playable: SIMULATED, outboxHref: `${scene.gateway.origin}/dev/outbox` }, origin: 'http://localhost' }),
    auditLog(auditing),
  );
  held.deps = { issuer: scene.gateway.origin, origin: running.origin, keys: keyDesk(auditing) };
});
afterAll(async () => {
  await running.close();
  await scene.close();
});

const cookieOf = (seen: Seen): string => (seen.headers.getSetCookie().find((one) => one.startsWith('gatehouse_staff_try=')) ?? '').split(';', 1)[0] ?? '';
async function callback(search: string, cookie: string): Promise<Response> {
  return fetch(`${running.origin}/admin/try/callback${search}`, { redirect: 'manual', headers: { cookie, 'x-test-staff': 't1' } });
}
async function begun(): Promise<{ readonly person: HttpPerson; readonly cookie: string }> {
  const seen = await running.post('/admin/workflows/tested/try', {}, ANNA);
  expect(seen.status).toBe(303);
  const person = new HttpPerson({ device: DESKTOP, stopAt: [`${running.origin}/admin/try/callback`] });
  await person.open(seen.location ?? '');
  return { person, cookie: cookieOf(seen) };
}

test('the workflow runs for a simulated person, and its tokens are shown', async () => {
  const { person, cookie } = await begun();
  expect(person.page).toBe('session_risk');
  await person.press();
  await sendDetails(person);
  const phone = await openLink(await newestLink(scene));
  await phone.press('number', person.output);
  await person.reload();
  if (person.callback === undefined) await person.press();
  const { search } = new URL(String(person.callback));
  const response = await callback(search, cookie);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(html).toContain('approved');
  expect(html).toContain('Roshell');
  expect(html).toContain('Whom to be when you try it');
  expect(html).toContain(`href="${scene.gateway.origin}/dev/outbox"`);
  expect(html).toMatch(/href="\/admin\/journeys\/[0-9a-f-]{36}"/);
  // The answer is used up, and so is the cookie.
  expect(response.headers.getSetCookie().some((one) => one.startsWith('gatehouse_staff_try=;'))).toBe(true);
  expect((await callback(search, cookie)).status).toBeGreaterThanOrEqual(300);
  const key = await keyDesk(auditing).get(tryClientId('tested'));
  expect(key).toMatchObject({ mode: 'test', workflowId: 'tested', settings: { authMethod: 'none', redirectUris: [`${running.origin}/admin/try/callback`] } });
  expect((await auditLog(auditing).page({ action: 'key.created' }, undefined, 10)).map(({ actor }) => actor.id)).toEqual(['anna']);
});

test('an answer that was begun elsewhere, or not at all, is refused', async () => {
  const { cookie } = await begun();
  for (const search of ['', `?code=${randomBytes(8).toString('hex')}&state=stolen&iss=${encodeURIComponent(scene.gateway.origin)}`]) {
    expect((await callback(search, cookie)).status).toBe(400);
  }
  expect((await callback('?code=x&state=y', '')).status).toBe(400);
  expect((await callback('?code=x&state=y', 'gatehouse_staff_try=not-json')).status).toBe(400);
  expect((await running.get('/admin/try/callback?code=x', { roles: ['auditor'] })).status).toBe(403);
});

test('a key that was revoked stays revoked, what was never deployed cannot be tried, and a gateway out of reach says so', async () => {
  await workflowDraftStore(auditing).create({ kind: 'staff', id: 'anna', name: 'Anna' }, 'only_draft', (await scene.gateway.gatehouse.workflows.deployed('tested'))!.definition);
  expect((await running.post('/admin/workflows/only_draft/try', {}, ANNA)).status).toBe(409);
  expect((await running.post('/admin/workflows/nowhere/try', {}, ANNA)).status).toBe(404);
  const lost = tryApplication({ issuer: `http://localhost:${await freePort()}`, origin: running.origin, keys: keyDesk(auditing) });
  await expect(lost.begin({ kind: 'staff', id: 'anna', name: 'Anna' }, 'tested')).rejects.toMatchObject({ code: 'try_unreachable' });
  await keyDesk(auditing).revoke({ kind: 'staff', id: 'anna', name: 'Anna' }, tryClientId('tested'));
  expect((await running.post('/admin/workflows/tested/try', {}, ANNA)).status).toBe(409);
});
