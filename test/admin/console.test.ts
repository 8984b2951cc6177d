import { expect, test } from 'vitest';
import { inConsole } from '../../src/admin/console.ts';
import { startConsole, ADMINISTRATOR } from '../support/console.ts';

test.each([
  ['/admin', '/admin'],
  ['/admin/journeys?verdict=deny&before=a.b~c', '/admin/journeys?verdict=deny&before=a.b~c'],
  ['/admin?span=day', '/admin?span=day'],
  ['https://elsewhere.example/admin', '/admin'],
  ['//elsewhere.example/admin', '/admin'],
  ['/admin//elsewhere.example', '/admin'],
  ['/admin/../other', '/admin'],
  ['/admin/%2e%2e/other', '/admin'],
  ['/admin/.%2E/other', '/admin'],
  ['/administrator', '/admin'],
  ['/admin\\elsewhere', '/admin'],
  ['/admin/x#y', '/admin'],
  [undefined, '/admin'],
])('%s leads to %s', (to, path) => expect(inConsole(to)).toBe(path));

test('an id with a NUL is none, and nothing of the console breaks over it', async () => {
  const site = await startConsole([{ method: 'get', path: '/things/:id', action: 'journey.read', handle: async () => ({ kind: 'go', to: '/admin' }) }], { note: async () => undefined });
  expect((await site.get('/admin/things/a%00b', ADMINISTRATOR)).status).toBe(404);
  expect((await site.get('/admin/things/%ff', ADMINISTRATOR)).status).toBeLessThan(500);
  await site.close();
});
