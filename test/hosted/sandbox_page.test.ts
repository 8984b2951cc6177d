/** The simulated vendor's page as the gateway shows it: the sandbox's own answers, and nothing of anybody's but the form. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asGatehouseError } from '../../src/errors.ts';
import { sandboxPageRoutes } from '../../src/hosted/sandbox_page.ts';
import { Personal } from '../../src/personal.ts';
import { sandboxSet } from '../../src/vendors/sandbox/set.ts';
import { startSandbox, type Sandbox } from '../../src/vendors/sandbox/start.ts';

let sandbox: Sandbox;
let server: Server;
let origin: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const { status, code } = asGatehouseError(thrown);
      ctx.status = status;
      ctx.body = code;
    }
  });
  app.use(sandboxPageRoutes(sandbox.origin).routes());
  server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await sandbox.close();
});

const begin = async (reference: string): Promise<string> => {
  const answer = await sandboxSet(sandbox, 2000).documentVendor.start({
    reference, returnUrl: 'https://id.example/capture', types: ['passport'], countries: [], locale: 'en', claimed: Personal.of({ givenName: 'Andrew', familyName: 'Roshell' }),
  });
  if (answer.kind !== 'answer') throw new Error(answer.kind);
  return answer.value.sessionId;
};
const send = (path: string, form: Record<string, string>): Promise<Response> =>
  fetch(origin + path, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

test('a session is played through it, and the person is led back', async () => {
  const id = await begin('one');
  const page = await fetch(`${origin}/documents/${id}`);
  expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
  // Its form may be led on to the application's own page, so the policy says nothing of forms.
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'(?!.*form-action)/);
  const html = await page.text();
  expect(html).toContain('Sandbox document vendor');
  expect(html).not.toContain('Roshell');
  const back = await send(`/documents/${id}`, { choice: 'doubt', behaviour: 'silent' });
  expect([back.status, back.headers.get('location')]).toEqual([303, 'https://id.example/capture']);
  expect(await sandboxSet(sandbox, 2000).documentVendor.result(id)).toMatchObject({ value: { verdict: 'doubt' } });
});

test.each([
  ['a session that is unknown', '/documents/Zk3xVendorSession01', 404, 'not_found'],
  ['a name that is none', '/documents/..%2Fv1%2Fsessions', 404, 'not_found'],
  ['a short name', '/documents/abc', 404, 'not_found'],
])('%s is not found', async (_what, path, status, code) => {
  for (const answer of [await fetch(origin + path), await send(path, { choice: 'pass' })]) expect([answer.status, await answer.text()]).toEqual([status, code]);
});

test('a form that is not its own changes nothing', async () => {
  const id = await begin('two');
  const answer = await send(`/documents/${id}`, { choice: 'perhaps' });
  expect([answer.status, await answer.text()]).toEqual([400, 'invalid_request']);
  expect(await sandboxSet(sandbox, 2000).documentVendor.result(id)).toMatchObject({ value: { kind: 'pending' } });
});
