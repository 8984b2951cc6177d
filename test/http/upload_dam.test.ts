/** The dam before forms with files, through a real socket: what it holds back, and what it must not. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { asGatehouseError } from '../../src/errors.ts';
import { uploadDam, type UploadDam, type UploadDamOptions } from '../../src/http/upload_dam.ts';

const LIMITS = { files: 3, fileBytes: 40_000, totalBytes: 130_000 };
const BOUNDARY = '----gatehouse7MA4YWxk';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const bodyOf = (content: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="me.jpg"\r\nContent-Type: image/jpeg\r\n\r\n${content}\r\n--${BOUNDARY}--\r\n`;
const header = (request: IncomingMessage, name: string): string => String(request.headers[name] ?? '');

let server: Server;
let port: number;
let dam: UploadDam;
/** Codes of what each request came to, and `taken` for each whose files are being used. */
let outcomes: string[];
let retryAfter: string | undefined;
let open: () => void;
let gate: Promise<void>;
let sockets: Socket[];

beforeAll(async () => {
  server = createServer((request, response) => {
    // A request of an earlier test ends in that test's list.
    const own = outcomes;
    const context = { req: request, state: { from: header(request, 'x-from') }, set: (name: string, value: string) => void (retryAfter = name === 'Retry-After' ? value : retryAfter) };
    const answer = async (): Promise<void> => {
      const taken = dam.take(context, header(request, 'x-holder'), LIMITS, async () => {
        own.push('taken');
        await gate;
      });
      const { status, code } = await taken.then(() => ({ status: 200, code: 'read' }), (thrown: unknown) => asGatehouseError(thrown));
      own.push(code);
      response.writeHead(status).end(JSON.stringify({ status, code }));
    };
    void answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  outcomes = [];
  sockets = [];
  retryAfter = undefined;
  gate = new Promise((resolve) => (open = resolve));
});
afterEach(() => {
  open();
  for (const socket of sockets) socket.destroy();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const setDam = (options: Partial<UploadDamOptions> = {}): void => {
  dam = uploadDam({ address: ({ state }) => String(state['from']), ...options });
};
const send = async (holder: string, from = 'home', content = 'x'): Promise<{ status: number; code: string }> => {
  const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: bodyOf(content), headers: { 'content-type': TYPE, 'x-holder': holder, 'x-from': from } });
  return await response.json() as { status: number; code: string };
};
/** Begins a form, sends so much of it, and hangs; announces its length only where asked. */
const hang = async (holder: string, from: string, bytes: number, length?: number): Promise<Socket> => {
  const framing = length === undefined ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  const start = bodyOf('x'.repeat(bytes)).slice(0, 110 + bytes);
  const sent = length === undefined ? `${start.length.toString(16)}\r\n${start}\r\n` : start;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nX-Holder: ${holder}\r\nX-From: ${from}\r\n${framing}\r\n\r\n${sent}`, () => resolve()));
  return socket;
};
/** Whatever was sent is read by now: ten rounds of the event loop at rest, and not only so many milliseconds. */
const settled = async (): Promise<void> => {
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setTimeout(resolve, 20));
};
const taken = (): number => outcomes.filter((one) => one === 'taken').length;

test.each(['one', 'many'])('twelve and more who trickle, from %s address, do not stop an honest upload', async (addresses) => {
  setDam();
  for (let one = 0; one < 40; one += 1) await hang(`h${one}`, addresses === 'one' ? 'home' : `net${one}`, 50, 100_000);
  await settled();
  open();
  expect(await send('honest')).toEqual({ status: 200, code: 'read' });
});

test('who trickles is sent away, and what they held is given back', async () => {
  setDam({ mostPerAddress: 1, times: { totalMs: 60_000, idleMs: 60_000, graceMs: 500, leastBytesPerSecond: 8192 } });
  await hang('slow', 'home', 50, 5000);
  await expect.poll(() => outcomes).toEqual(['upload_too_slow']);
  open();
  expect((await send('honest')).status).toBe(200);
});

test('one sender has so many places, and gives them back', async () => {
  setDam();
  const first = [];
  for (let one = 1; one <= 2; one += 1) {
    first.push(send('a'));
    await expect.poll(taken).toBe(one);
  }
  expect(await send('a')).toEqual({ status: 503, code: 'too_busy' });
  expect(retryAfter).toBe('3');
  first.push(send('b'));
  await expect.poll(taken).toBe(3);
  open();
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await send('a')).status).toBe(200);
});

test('one address has so many connections, and leaves the rest to others', async () => {
  setDam({ mostPerAddress: 3, most: 5 });
  for (let one = 0; one < 3; one += 1) await hang(`h${one}`, 'crowd', 10, 5000);
  await settled();
  expect(await send('h9', 'crowd')).toEqual({ status: 503, code: 'too_busy' });
  open();
  expect((await send('h9', 'home')).status).toBe(200);
  for (const place of ['b', 'c']) await hang(place, place, 10, 5000);
  await settled();
  expect(await send('h9', 'home')).toEqual({ status: 503, code: 'too_busy' });
});

test('one address holds so many bytes, everybody together so many, and each byte is given back', async () => {
  setDam({ mostBytes: 30_000, mostBytesPerAddress: 20_000 });
  const [first, second] = [await hang('a', 'one', 15_000), await hang('b', 'two', 9_000)];
  await settled();
  // Told before anything of it is read, and in the middle of it where the length was not announced.
  expect(await send('c', 'one', 'x'.repeat(6_000))).toEqual({ status: 503, code: 'too_busy' });
  await hang('c', 'one', 6_000);
  await expect.poll(() => outcomes).toEqual(['too_busy', 'too_busy']);
  expect(await send('c', 'three', 'x'.repeat(7_000))).toEqual({ status: 503, code: 'too_busy' });
  const small = send('c', 'three', 'x'.repeat(4_000));
  await expect.poll(taken).toBe(1);
  first.destroy();
  second.destroy();
  await expect.poll(() => outcomes.filter((one) => one === 'body_interrupted').length).toBe(2);
  open();
  expect((await small).status).toBe(200);
  expect((await send('d', 'one', 'x'.repeat(19_000))).status).toBe(200);
});

test('a broken form gives everything back too', async () => {
  setDam({ most: 1, mostBytes: 1_000 });
  open();
  for (let time = 0; time < 5; time += 1) {
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'nothing'.repeat(90), headers: { 'content-type': TYPE } });
    expect(await response.json()).toMatchObject({ code: 'bad_form' });
  }
  expect((await send('a', 'home', 'x'.repeat(600))).status).toBe(200);
});
