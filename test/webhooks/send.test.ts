import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Resolve } from '../../src/feeds/fetch_feed.ts';
import { sendWebhook, type OutgoingWebhook, type SendResult } from '../../src/webhooks/send.ts';

let server: Server;
let port: number;
let answer: RequestListener;
let hits = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    hits += 1;
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function send(facts: Partial<OutgoingWebhook>, resolve?: Resolve): Promise<SendResult> {
  hits = 0;
  return sendWebhook({ url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}', local: true, timeoutMs: 10_000, ...facts }, resolve);
}
const failed = (fault: string): SendResult => ({ kind: 'failed', fault: fault as 'stopped' });
const at = (...addresses: readonly string[]): Resolve => async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

describe('where a webhook may go', () => {
  test.each([
    '127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '::1', '::', 'fd00::1', 'fe80::1', '::ffff:127.0.0.1', '::ffff:a00:1', '64:ff9b::a00:1', '224.0.0.1', '192.0.2.1', '2001:db8::1',
  ])('a name that leads to %s is not called', async (address) => {
    answer = (_request, response) => response.end();
    expect(await send({ url: `https://app.example.com:${port}/`, local: false }, at(address))).toEqual(failed('address_refused'));
    expect(await send({ url: `https://app.example.com:${port}/` }, at(address))).toEqual(failed('address_refused'));
    expect(hits).toBe(0);
  });

  test.each(['https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://10.0.0.1/'])('the address %s is not called where this machine may not be', async (url) => {
    expect(await send({ url, local: false })).toEqual(failed('address_refused'));
  });

  test('a name with one inner address among public ones is not called at all', async () => {
    expect(await send({ url: `https://app.example.com:${port}/` }, at('93.184.215.14', '127.0.0.1'))).toEqual(failed('address_refused'));
    expect(await send({ url: `https://app.example.com:${port}/` }, at())).toEqual(failed('address_refused'));
  });

  test('a name that changes its mind is judged by the answer that is connected to', async () => {
    answer = (_request, response) => response.end();
    let asked = 0;
    const rebinding: Resolve = async () => [{ address: (asked += 1) === 1 ? '127.0.0.1' : '93.184.215.14', family: 4 }];
    expect(await send({ url: `https://app.example.com:${port}/` }, rebinding)).toEqual(failed('address_refused'));
    expect([asked, hits]).toEqual([1, 0]);
  });

  test('plain http is for this machine alone, and only where it may be called', async () => {
    expect(await send({ url: 'http://app.example.com/' }, at('93.184.215.14'))).toEqual(failed('address_refused'));
    expect(await send({ local: false })).toEqual(failed('address_refused'));
    answer = (_request, response) => response.writeHead(200).end('ok');
    expect(await send({})).toMatchObject({ kind: 'answered', status: 200, answer: Buffer.from('ok') });
    expect(await send({ url: `http://localhost:${port}/` }, at('127.0.0.1'))).toMatchObject({ kind: 'answered', status: 200 });
    expect(await send({ url: `http://localhost:${port}/` }, at('10.0.0.1'))).toEqual(failed('address_refused'));
  });

  test('a redirect is an answer, and is not followed', async () => {
    answer = (_request, response) => response.writeHead(307, { location: '/other' }).end();
    expect(await send({})).toMatchObject({ kind: 'answered', status: 307 });
    expect(hits).toBe(1);
  });
});

describe('what can go wrong', () => {
  test('a name that is not found, a port that nobody listens at, no TLS', async () => {
    const unknown: Resolve = async () => { throw Object.assign(new Error('no'), { code: 'ENOTFOUND' }); };
    expect(await send({ url: 'https://app.example.com/' }, unknown)).toEqual(failed('name_unknown'));
    expect(await send({ url: 'http://127.0.0.1:1/' })).toEqual(failed('connection_refused'));
    expect(await send({ url: `https://127.0.0.1:${port}/` })).toEqual(failed('tls_failed'));
  });

  test('headers without end, and a stop', async () => {
    answer = (_request, response) => response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end();
    expect(await send({})).toEqual(failed('bad_answer'));
    answer = () => undefined;
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(await send({ stop: stop.signal, timeoutMs: 60_000 })).toEqual(failed('stopped'));
  });

  test('a body that never comes takes nothing from the status', async () => {
    answer = (_request, response) => { response.writeHead(202, { 'content-length': '100' }); response.flushHeaders(); };
    expect(await send({ timeoutMs: 2_000 })).toMatchObject({ kind: 'answered', status: 202, answer: Buffer.alloc(0) });
  });
});
