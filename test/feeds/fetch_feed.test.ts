import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/feeds/address.ts';
import { fetchFeed, type FeedCall, type FetchedFeed, type Resolve } from '../../src/feeds/fetch_feed.ts';
import { isPublic } from '../../src/feeds/public_address.ts';
import { Personal } from '../../src/personal.ts';

let server: Server;
let other: Server;
let origin: string;
let elsewhere: string;
let answer: RequestListener;
const seen: IncomingMessage[] = [];

async function listen(one: Server): Promise<string> {
  await new Promise<void>((done) => one.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(one.address() as AddressInfo).port}`;
}
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  other = createServer((_request, response) => response.end('1.2.3.4\n'));
  [origin, elsewhere] = [await listen(server), await listen(other)];
});
afterAll(() => {
  for (const one of [server, other]) {
    one.closeAllConnections();
    one.close();
  }
});

function get(path: string, call: Partial<FeedCall> = {}, resolve?: Resolve): Promise<FetchedFeed> {
  seen.length = 0;
  const url = Personal.of(URL.canParse(path) ? path : origin + path);
  return fetchFeed({ from: { url }, validators: undefined, mostBytes: 1000, signal: AbortSignal.timeout(5_000), ...call }, resolve);
}
const fault = (code: string): FetchedFeed => ({ kind: 'failed', fault: code as 'timed_out' });

describe('fetching', () => {
  test('a body and what it is called; asked for again by both names', async () => {
    answer = (_request, response) => response.setHeader('etag', '"a"').setHeader('last-modified', 'Wed, 17 Jun 2026 12:00:00 GMT').end('1.2.3.4\n');
    const validators = { etag: '"a"', lastModified: 'Wed, 17 Jun 2026 12:00:00 GMT' };
    const fetched = await get('/list');
    expect(fetched).toEqual({ kind: 'fetched', bytes: Buffer.from('1.2.3.4\n'), ...validators });
    expect(seen[0]?.headers['if-none-match']).toBeUndefined();
    answer = (_request, response) => response.writeHead(304).end();
    expect(await get('/list', { validators })).toEqual({ kind: 'unchanged', etag: undefined, lastModified: undefined });
    expect(seen[0]?.headers).toMatchObject({ 'if-none-match': '"a"', 'if-modified-since': validators.lastModified });
    expect(await get('/list')).toEqual(fault('status_304'));
  });

  test.each([404, 500, 204, 206])('%i is not a list', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await get('/list')).toEqual(fault(`status_${status}`));
  });

  test('too much is cut off, whether announced or not, and nothing more is read', async () => {
    let sent = 0;
    answer = (_request, response) => {
      const more = (): void => {
        while (sent < 50_000_000 && !response.destroyed && response.write(Buffer.alloc(10_000))) sent += 10_000;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect(await get('/list')).toEqual(fault('too_large'));
    expect(sent).toBeLessThan(50_000_000);
    answer = (_request, response) => response.writeHead(200, { 'content-length': '1001' }).write('x');
    expect(await get('/list')).toEqual(fault('too_large'));
    answer = (_request, response) => response.end(Buffer.alloc(1000, 'x'));
    expect(await get('/list')).toMatchObject({ kind: 'fetched' });
  });

  test('too slow: before the headers, inside the body; and stopped by us', async () => {
    answer = () => undefined;
    expect(await get('/list', { signal: AbortSignal.timeout(100) })).toEqual(fault('timed_out'));
    answer = (_request, response) => response.write('1.2.3.4\n');
    expect(await get('/list', { signal: AbortSignal.timeout(100) })).toEqual(fault('timed_out'));
    const stopping = new AbortController();
    const running = get('/list', { signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(5_000)]) });
    setTimeout(() => stopping.abort(), 50);
    expect(await running).toEqual(fault('stopped'));
  });

  test('broken off, refused, and in an encoding nobody asked for', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('1.2');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await get('/list')).toEqual(fault('connection_lost'));
    expect(await get('http://127.0.0.1:1/list')).toEqual(fault('connection_failed'));
    answer = (_request, response) => response.setHeader('content-encoding', 'br').end('x');
    expect(await get('/list')).toEqual(fault('encoding_refused'));
  });

  test('a key in a header goes to its own origin', async () => {
    answer = (_request, response) => response.end('1.2.3.4\n');
    const header = { name: 'Authorization', value: Personal.of('Bearer k') };
    await get('/list', { from: { url: Personal.of(`${origin}/list`), header } });
    expect(seen[0]?.headers.authorization).toBe('Bearer k');
  });
});

describe('redirects', () => {
  const to = (location: string): void => {
    answer = (request, response) => (request.url === '/list' ? response.writeHead(302, { location }).end() : response.end('1.2.3.4\n'));
  };
  test('within the origin it is followed', async () => {
    to('/moved');
    expect(await get('/list')).toMatchObject({ kind: 'fetched' });
  });

  test.each<[string, () => string, string]>([
    ['an inner address', () => 'https://10.1.2.3/list', 'address_refused'],
    ['an inner address of IPv6', () => 'https://[fd00::1]/list', 'address_refused'],
    ['a mapped one', () => 'https://[::ffff:169.254.169.254]/latest', 'address_refused'],
    ['this machine over https', () => 'https://127.0.0.1/list', 'address_refused'],
    ['another port of this machine', () => elsewhere, 'redirect_refused'],
    ['a plain address', () => 'http://192.168.1.1/list', 'redirect_refused'],
    ['a file', () => 'file:///etc/passwd', 'redirect_refused'],
    ['nowhere', () => 'http://', 'redirect_refused'],
    ['itself, for ever', () => '/list', 'redirect_refused'],
  ])('%s is refused', async (_name, target, code) => {
    to(target());
    expect(await get('/list')).toEqual(fault(code));
  });

  test('a name is judged by all of its addresses, at the moment of the call', async () => {
    const found = (...addresses: readonly string[]): Resolve => async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    expect(await get('https://lists.example/list', {}, found('10.0.0.5'))).toEqual(fault('address_refused'));
    expect(await get('https://lists.example/list', {}, found('93.184.216.34', '127.0.0.1'))).toEqual(fault('address_refused'));
    expect(await get('https://lists.example/list', {}, found('::ffff:10.0.0.5'))).toEqual(fault('address_refused'));
    expect(await get('https://lists.example/list', {}, found())).toEqual(fault('address_refused'));
    to('https://lists.example/list');
    expect(await get('/list', {}, found('127.0.0.1'))).toEqual(fault('address_refused'));
    expect(await get(`http://localhost:${new URL(elsewhere).port}/list`, {}, found('10.0.0.5'))).toEqual(fault('address_refused'));
    expect(await get(`http://localhost:${new URL(elsewhere).port}/list`, {}, found('127.0.0.1'))).toMatchObject({ kind: 'fetched' });
  });
});

test.each([
  ['8.8.8.8', true], ['2a00:1450:4001::1', true], ['64:ff9b::808:808', true],
  ['0.0.0.0', false], ['10.0.0.1', false], ['100.64.0.1', false], ['127.0.0.1', false], ['169.254.169.254', false], ['172.31.255.255', false], ['192.0.2.1', false],
  ['192.168.0.1', false], ['198.18.0.1', false], ['224.0.0.1', false], ['255.255.255.255', false], ['::', false], ['::1', false], ['fe80::1', false], ['fc00::1', false], ['fec0::1', false],
  ['ff02::1', false], ['2002:a00:1::1', false], ['2001::1', false], ['2001:db8::1', false], ['64:ff9b::a00:1', false], ['::ffff:10.0.0.1', false], ['::a00:1', false],
] as const)('%s public: %s', (text, expected) => {
  expect(isPublic(parseAddress(text)!)).toBe(expected);
});

test('a caller that follows no redirect, and one that may call nothing on this machine', async () => {
  answer = (request, response) => (request.url === '/list' ? response.writeHead(302, { location: `${origin}/there` }).end() : response.end('1.2.3.4\n'));
  expect(await get('/list')).toMatchObject({ kind: 'fetched' });
  expect(await get('/list', { redirects: 0 })).toEqual(fault('redirect_refused'));
  expect(await get('/there', { redirects: 0 })).toMatchObject({ kind: 'fetched' });
  expect(await get('/there', { local: false })).toEqual(fault('address_refused'));
  expect(await get(`${origin.replace('127.0.0.1', 'localhost')}/there`, { local: false })).toEqual(fault('address_refused'));
  expect(seen).toHaveLength(0);
});
