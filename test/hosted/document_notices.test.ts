/** Notices of document vendors: who is believed, and that nothing in them is. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asGatehouseError, GatehouseError } from '../../src/errors.ts';
import { noticeRoutes, nudgeBy } from '../../src/hosted/document_notices.ts';
import type { Submission } from '../../src/steps/step.ts';
import type { DocumentVendorNotice } from '../../src/vendors/ports.ts';

let server: Server;
let origin: string;
let nudged: DocumentVendorNotice[] = [];
let trouble: GatehouseError | undefined;
const NOW = 1_800_000_000_000;

beforeAll(async () => {
  const app = new Koa();
  app.silent = true;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      const { status, code, visitor } = asGatehouseError(thrown);
      ctx.status = status;
      ctx.body = { code, visitor };
    }
  });
  const router = noticeRoutes({
    readers: {
      vendor: ({ headers, body, now }) => (headers['signature'] === 'right' && now === NOW ? { vendor: 'vendor', sessionId: body, noticeId: 'n1' } : undefined),
      liar: ({ body }) => ({ vendor: 'vendor', sessionId: body, noticeId: 'n1' }),
    },
    nudge: async (notice) => {
      if (trouble) throw trouble;
      nudged.push(notice);
    },
    now: () => NOW,
  });
  app.use(router.routes());
  server = createServer(app.callback());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  nudged = [];
  trouble = undefined;
});
afterAll(() => void server.close());

const send = async (vendor: string, body: string, signature = 'right'): Promise<[number, unknown]> => {
  const response = await fetch(`${origin}/hooks/documents/${vendor}`, { method: 'POST', body, headers: { signature } });
  return [response.status, await response.json()];
};

describe('a notice', () => {
  test('has the vendor asked about its session, however often it comes', async () => {
    for (let time = 0; time < 2; time += 1) expect(await send('vendor', 's1')).toEqual([200, { received: true }]);
    expect(nudged).toEqual([{ vendor: 'vendor', sessionId: 's1', noticeId: 'n1' }, { vendor: 'vendor', sessionId: 's1', noticeId: 'n1' }]);
  });

  test.each([['a wrong signature', 'vendor', 'wrong'], ['a vendor that nobody knows', 'nobody', 'right'], ['an inherited name', 'constructor', 'right'], ['the name of another vendor', 'liar', 'right']])('with %s is refused like every other one', async (_name, vendor, signature) => {
    expect(await send(vendor, 's1', signature)).toEqual([401, { code: 'notice_refused', visitor: 'invalid_request' }]);
    expect(nudged).toEqual([]);
  });

  test('too large is refused unread', async () => {
    expect((await send('vendor', 'x'.repeat(64 * 1024 + 1)))[0]).toBe(413);
    expect(nudged).toEqual([]);
  });

  test('is not acknowledged where it could not be acted on, so that the vendor says it again', async () => {
    trouble = new GatehouseError('journey_contended', 503, 'busy', { visitor: 'unavailable' });
    expect((await send('vendor', 's1'))[0]).toBe(503);
  });
});

test('a nudge asks by the session\'s own link, and passes on nothing that the vendor said', async () => {
  const seen: [string, Submission][] = [];
  const nudge = nudgeBy({ submitLink: async (hash, submission) => (seen.push([hash, submission]), { kind: 'gone' }) }, (vendor, sessionId) => `${vendor}/${sessionId}`);
  await nudge({ vendor: 'vendor', sessionId: 's1', noticeId: 'n1' });
  expect(seen.map(([hash, { page, channel, values, files }]) => [hash, page, channel, values.open(), files])).toEqual([['vendor/s1', 'capture_vendor', 'phone', { action: 'check' }, undefined]]);
});
