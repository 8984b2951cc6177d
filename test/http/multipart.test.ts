/** Forms with files, honest and hostile, through a real socket. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asGatehouseError } from '../../src/errors.ts';
import { readBody } from '../../src/http/body.ts';
import { isMultipart, readMultipart, UPLOAD_TIMES, type Upload, type UploadTimes } from '../../src/http/multipart.ts';

const LIMITS = { files: 3, fileBytes: 40_000, totalBytes: 130_000 };
const BOUNDARY = '----gatehouse7MA4YWxk';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

interface Seen {
  readonly status: number;
  readonly code?: string;
  readonly values?: Record<string, string>;
  readonly files?: readonly { field: string; mediaType: string; hex: string }[];
}

let server: Server;
let port: number;
/** What each request came to, whether or not anybody was left to be told. */
let outcomes: string[] = [];
let read: (request: IncomingMessage) => Promise<Upload>;

beforeAll(async () => {
  server = createServer((request, response) => {
    read(request).then(
      ({ values, files }) => {
        outcomes.push('read');
        return { status: 200, values, files: files.map(({ field, mediaType, bytes }) => ({ field, mediaType, hex: Buffer.from(bytes.open()).toString('hex') })) };
      },
      (thrown: unknown) => {
        const { status, code } = asGatehouseError(thrown);
        outcomes.push(code);
        return { status, code };
      },
    ).then((seen) => response.writeHead(seen.status).end(JSON.stringify(seen)), () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  outcomes = [];
  read = (request) => readMultipart(request, LIMITS);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = async (body: string | Uint8Array<ArrayBuffer> | FormData, headers: Record<string, string> = {}): Promise<Seen> => {
  const own = body instanceof FormData ? {} : { 'content-type': TYPE };
  const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body, headers: { ...own, ...headers } });
  return await response.json() as Seen;
};

/** Lines to a body; each part is given as its header lines and its content. */
const bodyOf = (...parts: readonly (readonly [headers: string, content: string])[]): string =>
  `${parts.map(([headers, content]) => `--${BOUNDARY}\r\n${headers}\r\n\r\n${content}\r\n`).join('')}--${BOUNDARY}--\r\n`;
const field = (name: string, content: string): readonly [string, string] => [`Content-Disposition: form-data; name="${name}"`, content];
const file = (name: string, content: string, more = 'Content-Type: image/jpeg'): readonly [string, string] =>
  [`Content-Disposition: form-data; name="${name}"; filename="me.jpg"\r\n${more}`, content];

describe('a form with files', () => {
  test('is read as browsers write it', async () => {
    const form = new FormData();
    form.append('page', 'capture_side');
    form.append('name', 'José 王');
    form.append('picture', new Blob([new Uint8Array([0xff, 0xd8, 0, 13, 10, 45, 45, 255])], { type: 'image/jpeg' }), 'Andrew Roshell.jpg');
    expect(await post(form)).toEqual({
      status: 200, values: { page: 'capture_side', name: 'José 王' }, files: [{ field: 'picture', mediaType: 'image/jpeg', hex: 'ffd8000d0a2d2dff' }],
    });
  });

  test('keeps the order of files with one name, and what looks like a boundary within them', async () => {
    const contents = [`\r\n--${BOUNDARY.slice(0, -1)}`, `x--${BOUNDARY}`, '\r\n\r\n'];
    const seen = await post(bodyOf(...contents.map((content) => file('frame', content))));
    expect(seen.files?.map(({ hex }) => Buffer.from(hex, 'hex').toString())).toEqual(contents);
  });

  test.each<[string, string, Partial<Seen>]>([
    ['nothing at all', bodyOf(), { values: {}, files: [] }],
    ['no file chosen', bodyOf(field('page', 'p'), ['Content-Disposition: form-data; name="picture"; filename=""\r\nContent-Type: application/octet-stream', '']), { values: { page: 'p' }, files: [] }],
    ['an empty file', bodyOf(file('picture', '')), { files: [{ field: 'picture', mediaType: 'image/jpeg', hex: '' }] }],
    ['an empty field', bodyOf(field('a', '')), { values: { a: '' } }],
    ['no media type', bodyOf(file('picture', 'x', 'X-Nothing: 1')), { files: [{ field: 'picture', mediaType: 'text/plain', hex: '78' }] }],
    ['a media type that is none', bodyOf(file('picture', 'x', 'Content-Type: "<script>"')), { files: [{ field: 'picture', mediaType: 'application/octet-stream', hex: '78' }] }],
    ['a preamble and an epilogue', `hello\r\n${bodyOf(field('a', '1'))}good bye`, { values: { a: '1' } }],
    ['a charset that is not believed', bodyOf([`Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=utf-16le`, 'ab']), { values: { a: 'ab' } }],
    ['a path for a name', bodyOf([`Content-Disposition: form-data; name="picture"; filename="../../etc/passwd"\r\nContent-Type: image/png`, 'x']), { files: [{ field: 'picture', mediaType: 'image/png', hex: '78' }] }],
  ])('%s is read', async (_name, body, seen) => {
    expect(await post(body)).toMatchObject({ status: 200, ...seen });
  });

  test('field names reach no prototype', async () => {
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: bodyOf(field('__proto__', '1'), field('toString', '2')), headers: { 'content-type': TYPE } });
    expect(await response.text()).toContain('"values":{"__proto__":"1","toString":"2"}');
  });

  test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number, string]>([
    ['a plain form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['another kind of multipart', bodyOf(), { 'content-type': `multipart/mixed; boundary=${BOUNDARY}` }, 415, 'unsupported_media_type'],
    ['a compressed body', bodyOf(), { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['no boundary', bodyOf(), { 'content-type': 'multipart/form-data' }, 415, 'unsupported_media_type'],
    ['an empty boundary', bodyOf(), { 'content-type': 'multipart/form-data; boundary=' }, 400, 'bad_form'],
    ['a boundary of 71 characters', bodyOf(), { 'content-type': `multipart/form-data; boundary=${'b'.repeat(71)}` }, 400, 'bad_form'],
    ['an empty body', '', {}, 400, 'bad_form'],
    ['a body without its boundary', 'a=1&b=2', {}, 400, 'bad_form'],
    ['a body cut off in a file', bodyOf(file('picture', 'xxxxxxxxxxxxxxxxxxxxx')).slice(0, -60), {}, 400, 'bad_form'],
    ['a body without its last two dashes', bodyOf(field('a', '1')).slice(0, -4), {}, 400, 'bad_form'],
    ['a field twice', bodyOf(field('a', '1'), field('a', '2')), {}, 400, 'bad_form'],
    ['a field and a file of one name', bodyOf(field('picture', '1'), file('picture', '2')), {}, 400, 'bad_form'],
    ['a part without a name', bodyOf(['Content-Disposition: form-data', '1']), {}, 400, 'bad_form'],
    ['a name of another alphabet', bodyOf(field('größe', '1')), {}, 400, 'bad_form'],
    ['a NUL', bodyOf(field('a', 'x\0y')), {}, 400, 'bad_form'],
    ['a NUL in a name', bodyOf(field('a\0', 'x')), {}, 400, 'bad_form'],
    ['a transfer encoding', bodyOf(file('picture', 'eHg=', 'Content-Transfer-Encoding: base64')), {}, 400, 'bad_form'],
    ['61 fields', bodyOf(...Array.from({ length: 61 }, (_, at) => field(`f${at}`, '1'))), {}, 400, 'bad_form'],
    ['a thousand parts', bodyOf(...Array.from({ length: 1000 }, (_, at) => field(`f${at}`, '1'))), {}, 400, 'bad_form'],
    ['a file too many', bodyOf(...Array.from({ length: 4 }, () => file('frame', 'x'))), {}, 400, 'too_many_files'],
    ['a byte too many in a file', bodyOf(file('picture', 'x'.repeat(40_001))), {}, 413, 'file_too_large'],
    ['too many bytes in fields', bodyOf(field('a', 'x'.repeat(40_000)), field('b', 'x'.repeat(40_000))), {}, 413, 'body_too_large'],
    ['too many bytes in all, as its length says', bodyOf(...Array.from({ length: 4 }, () => file('frame', 'x'.repeat(39_000)))), {}, 413, 'body_too_large'],
    ['bytes that are no UTF-8', Buffer.from(bodyOf(field('a', '\xff\xfe')), 'latin1') as Uint8Array<ArrayBuffer>, {}, 400, 'bad_form'],
  ])('%s is refused', async (_name, body, headers, status, code) => {
    expect(await post(body, headers)).toMatchObject({ status, code });
  });

  test('as large as allowed is read', async () => {
    expect((await post(bodyOf(field('a', 'x'.repeat(40_000)), file('picture', 'x'.repeat(40_000))))).status).toBe(200);
  });

  test('a length that is not told is counted as it comes', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(sink) {
        for (let part = 0; part < 20; part += 1) sink.enqueue(new TextEncoder().encode(`--${BOUNDARY}\r\n${file('frame', 'x'.repeat(9000)).join('\r\n\r\n')}\r\n`));
        sink.close();
      },
    });
    const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body, duplex: 'half', headers: { 'content-type': TYPE } } as RequestInit);
    expect(response.status).toBe(413);
  });

  test('garbage and mutilated forms are read or refused, and never hang or break the server', async () => {
    const whole = Buffer.from(bodyOf(field('page', 'capture_side'), field('v', '7'), file('picture', 'abc\r\n--def')), 'latin1');
    const mutation = fc.record({ at: fc.nat(whole.length), remove: fc.nat(30), insert: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constantFrom('\r\n', '--', `--${BOUNDARY}`, `\r\n--${BOUNDARY}--`, '\r\n\r\n', ':', '"').map((text) => Buffer.from(text))) });
    const mutilated = fc.array(mutation, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce((body, { at, remove, insert }) => Buffer.concat([body.subarray(0, at), insert, body.subarray(at + remove)]), whole));
    await fc.assert(fc.asyncProperty(fc.oneof({ arbitrary: mutilated, weight: 5 }, { arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), weight: 1 }), async (body) => {
      const { status, code } = await post(new Uint8Array(body));
      expect(status === 200 || (status === 400 && ['bad_form', 'too_many_files'].includes(code ?? '')), `${status} ${code}`).toBe(true);
    }), { numRuns: 400 });
  });
});

describe('a sender', () => {
  const PATIENT: UploadTimes = { totalMs: 60_000, idleMs: 60_000, graceMs: 60_000, leastBytesPerSecond: 1 };
  /** Sends what it is told, and no more. */
  const start = (sent: string): Promise<{ readonly answer: Promise<string>; leave(): void }> => new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nContent-Length: 5000\r\n\r\n${sent}`);
      resolve({
        answer: new Promise<string>((done) => socket.on('data', (data) => done(data.toString())).on('close', () => done(''))),
        leave: () => socket.destroy(),
      });
    });
    socket.on('error', reject);
  });
  const half = bodyOf(file('picture', 'x'.repeat(500))).slice(0, 300);

  test('who goes away in mid-file leaves nothing', async () => {
    const { leave } = await start(half);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(outcomes).toEqual([]);
    leave();
    await expect.poll(() => outcomes).toEqual(['body_interrupted']);
  });

  test.each([
    ['sends nothing more', { ...PATIENT, idleMs: 60 }],
    ['takes too long', { ...PATIENT, totalMs: 60 }],
    ['sends too little in its time', { ...PATIENT, graceMs: 50, leastBytesPerSecond: 8192 }],
  ])('who %s is refused', async (_name, times) => {
    read = (request) => readMultipart(request, LIMITS, times);
    const { answer, leave } = await start(half);
    expect(await answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"upload_too_slow"/);
    leave();
  });

  test('who sends fast enough is not held to the clock', async () => {
    read = (request) => readMultipart(request, LIMITS, { ...PATIENT, graceMs: 50, leastBytesPerSecond: 100 });
    const whole = bodyOf(file('picture', 'x'.repeat(5000)));
    const socket = connect(port, '127.0.0.1', () => socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${TYPE}\r\nContent-Length: ${whole.length}\r\n\r\n${whole.slice(0, 4000)}`));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(outcomes).toEqual([]);
    socket.write(whole.slice(4000));
    await expect.poll(() => outcomes).toEqual(['read']);
    socket.destroy();
  });

  test('is given what a phone at the edge of its network needs', () => {
    expect(UPLOAD_TIMES).toEqual({ totalMs: 120_000, idleMs: 20_000, graceMs: 10_000, leastBytesPerSecond: 8192 });
  });
});

test('a plain body that takes too long is cut off', async () => {
  read = async (request) => {
    await readBody(request, 1000, 50);
    return { values: {}, files: [] };
  };
  const socket = connect(port, '127.0.0.1', () => socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc'));
  await new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
  expect(outcomes).toEqual(['body_interrupted']);
});

test.each([[TYPE, true], ['Multipart/Form-Data; boundary=x', true], ['multipart/form-data', true], ['multipart/form-database; boundary=x', false], ['application/x-www-form-urlencoded', false], [undefined, false]])('%s is a form with files: %s', (type, is) => {
  expect(isMultipart({ headers: type === undefined ? {} : { 'content-type': type } } as IncomingMessage)).toBe(is);
});
