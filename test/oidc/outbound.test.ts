import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outboundFetch } from '../../src/oidc/outbound.ts';

let web: Server;
let origin: string;
const heard: { method: string; url: string; agent: string | undefined; body: string }[] = [];
beforeAll(async () => {
  web = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
    request.on('end', () => {
      heard.push({ method: request.method ?? '', url: request.url ?? '', agent: request.headers['user-agent'], body });
      if (request.url === '/hangs') return;
      if (request.url === '/redirect') response.writeHead(302, { location: '/keys' });
      response.end(request.url === '/large' ? 'x'.repeat(100_000) : '{"keys":[]}');
    });
  });
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
  origin = `http://localhost:${(web.address() as AddressInfo).port}`;
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
});

test('in development this machine may be named, and is asked', async () => {
  const ask = outboundFetch({ local: true });
  expect(await (await ask(`${origin}/keys`, { method: 'GET' })).json()).toEqual({ keys: [] });
  expect((await ask(`${origin}/told`, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ logout_token: 'a.b.c' }) })).status).toBe(200);
  expect(heard.at(-1)).toMatchObject({ method: 'POST', url: '/told', agent: 'gatehouse', body: 'logout_token=a.b.c' });
});

test.each(['POST', 'GET'])('nothing inside of a network is asked by %s, whoever names it', async (method) => {
  const before = heard.length;
  for (const inner of ['https://10.0.0.1/', 'https://169.254.169.254/latest', 'https://[fd00::1]/', 'https://[::ffff:10.0.0.1]/', 'http://192.168.1.1/']) {
    for (const local of [true, false]) await expect(outboundFetch({ local })(inner, { method, body: 'x' }), inner).rejects.toMatchObject({ code: expect.stringMatching(/refused/) });
  }
  await expect(outboundFetch({ local: false })(`${origin}/keys`, { method, body: 'x' })).rejects.toMatchObject({ code: 'address_refused' });
  expect(heard).toHaveLength(before);
});

test('a redirect is followed nowhere, a large set is not read, and who hangs is not waited for long', async () => {
  const ask = outboundFetch({ local: true });
  await expect(ask(`${origin}/redirect`, { method: 'GET' })).rejects.toMatchObject({ code: 'redirect_refused' });
  expect((await ask(`${origin}/redirect`, { method: 'POST', body: '' })).status).toBe(302);
  await expect(ask(`${origin}/large`, { method: 'GET' })).rejects.toMatchObject({ code: 'too_large' });
  const began = Date.now();
  await Promise.all(['POST', 'GET'].map((method) => expect(ask(`${origin}/hangs`, { method, body: '' })).rejects.toMatchObject({ code: 'timed_out' })));
  expect(Date.now() - began).toBeLessThan(30_000);
  const refused: unknown = await ask('https://10.0.0.1/secret-path', { method: 'POST', body: 'x' }).catch((thrown: unknown) => thrown);
  expect(String((refused as Error).stack)).not.toContain('secret-path');
});
