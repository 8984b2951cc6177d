import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { startRoundRobin, type RoundRobinProxy } from './round_robin_proxy.ts';

const servers: Server[] = [];
let proxy: RoundRobinProxy | undefined;

async function backend(name: string): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => response.end(JSON.stringify({ name, url: request.url, body, headers: request.headers })));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  await proxy?.close();
  for (const server of servers.splice(0)) server.close();
});

it('alternates, keeps the Host and says where a request came from', async () => {
  proxy = await startRoundRobin([await backend('a'), await backend('b')], { protocol: 'https' });
  const ask = async (): Promise<Record<string, unknown>> =>
    (await (await fetch(`${proxy?.origin}/x?y=1`, { method: 'POST', body: 'z' })).json()) as Record<string, unknown>;
  const answers = [await ask(), await ask(), await ask()];
  expect(answers.map((answer) => answer['name'])).toEqual(['a', 'b', 'a']);
  expect(answers[0]).toMatchObject({
    url: '/x?y=1',
    body: 'z',
    headers: { host: new URL(proxy.origin).host, 'x-forwarded-proto': 'https', 'x-forwarded-for': expect.stringMatching(/127\.0\.0\.1|::1/) },
  });
  expect(proxy.served.map((one) => one.path)).toEqual(['/x', '/x', '/x']);
});

it('passes over a gateway that is down, and says 502 when all are', async () => {
  const alive = await backend('a');
  proxy = await startRoundRobin(['http://127.0.0.1:1', alive]);
  expect((await fetch(proxy.origin)).status).toBe(200);
  proxy.use(['http://127.0.0.1:1']);
  expect((await fetch(proxy.origin)).status).toBe(502);
});
