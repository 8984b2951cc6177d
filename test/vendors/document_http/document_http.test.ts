/** The document vendor: the real client and notice reader against the sandbox, against nonsense and against forgers. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { documentVendorClient } from '../../../src/vendors/document_http/client.ts';
import { documentVendorConfigFrom, webhookSecretOf } from '../../../src/vendors/document_http/config.ts';
import { documentNoticeReader } from '../../../src/vendors/document_http/notice.ts';
import type { DocumentVendorPort, DocumentVendorRequest } from '../../../src/vendors/ports.ts';
import { memorySessions } from '../../../src/vendors/sandbox/document_sessions.ts';
import { sandboxSet } from '../../../src/vendors/sandbox/set.ts';
import { startSandbox, type Sandbox } from '../../../src/vendors/sandbox/start.ts';
import { fakeService, json, type FakeService, type Received } from '../support.ts';

let gateway: FakeService;
let sandbox: Sandbox;
let vendor: DocumentVendorPort;
let service: FakeService | undefined;
beforeAll(async () => {
  gateway = await fakeService((_request, response) => response.writeHead(204).end());
  sandbox = await startSandbox({ noticeUrl: `${gateway.origin}/hooks/documents/sandbox_documents`, slowMs: 50 });
  vendor = sandboxSet(sandbox, 500).documentVendor;
});
afterAll(async () => {
  await sandbox.close();
  await gateway.close();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
  gateway.received.length = 0;
});

const request = (reference: string): DocumentVendorRequest => ({
  reference, returnUrl: 'https://id.example/capture', types: ['passport'], countries: [], locale: 'en',
  claimed: Personal.of({ givenName: 'Andrew', familyName: 'Roshell' }),
});
async function begin(reference: string = randomBytes(8).toString('hex')): Promise<{ sessionId: string; url: string }> {
  const started = await vendor.start(request(reference));
  if (started.kind !== 'answer') throw new Error(started.kind);
  return started.value;
}
const play = (url: string, choice: string, behaviour = 'good'): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ choice, behaviour }), redirect: 'manual' });
const reader = () => documentNoticeReader({ name: 'sandbox_documents', webhookSecret: Personal.of(sandbox.webhookSecret) });
const believed = (one: Received, now = Date.now()) => reader()({ headers: one.headers as Record<string, string>, body: one.body, now });
/** Wait until so many notices came. */
async function notices(count: number): Promise<readonly Received[]> {
  const until = Date.now() + 30_000;
  while (gateway.received.length < count && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
  return gateway.received;
}

describe('the sandbox', () => {
  it('starts a session once per reference, and started is not finished', async () => {
    const first = await begin('reference-1');
    expect(await begin('reference-1')).toEqual(first);
    expect((await begin('reference-2')).sessionId).not.toBe(first.sessionId);
    expect(new URL(first.url).origin).toBe(sandbox.origin);
    expect(await vendor.result(first.sessionId)).toMatchObject({ kind: 'answer', value: { kind: 'pending' }, meta: { simulated: true } });
  });

  it.each(['pass', 'fail', 'doubt'] as const)('finishes as %s, tells the gateway by a signed notice, and sends the person back', async (choice) => {
    const { sessionId, url } = await begin();
    expect(await (await fetch(url)).text()).toContain('Sandbox document vendor');
    const back = await play(url, choice);
    expect([back.status, back.headers.get('location')]).toEqual([303, 'https://id.example/capture']);
    const [notice] = await notices(1);
    expect(notice && believed(notice)).toMatchObject({ vendor: 'sandbox_documents', sessionId });
    const result = await vendor.result(sessionId);
    expect(result).toMatchObject({ kind: 'answer', value: { kind: 'finished', verdict: choice, authenticityVerified: choice === 'pass' } });
    expect(JSON.stringify(result)).not.toContain('Roshell');
    if (result.kind === 'answer' && result.value.kind === 'finished') expect(result.value.document?.open()).toMatchObject({ familyName: 'Roshell', method: 'vendor' });
  });

  it('goes on in another process with the same secrets and the same sessions, and in no other', async () => {
    const shared = { secret: 'the same secret', webhookSecret: randomBytes(32), sessions: memorySessions(), noticeUrl: `${gateway.origin}/hooks/documents/sandbox_documents`, pageOrigin: 'https://id.example' };
    const [first, second, stranger] = [await startSandbox(shared), await startSandbox(shared), await startSandbox()];
    const [one, other] = [sandboxSet(first, 500).documentVendor, sandboxSet(second, 500).documentVendor];
    const started = await one.start(request('shared'));
    if (started.kind !== 'answer') throw new Error(started.kind);
    const { sessionId, url } = started.value;
    // The page is where a phone can reach it; whoever serves it hands the person's form to any of the sandboxes.
    expect(url).toBe(`https://id.example/documents/${sessionId}`);
    expect(await other.start(request('shared'))).toMatchObject({ value: { sessionId } });
    await play(`${second.origin}/documents/${sessionId}`, 'doubt');
    expect(await one.result(sessionId)).toMatchObject({ value: { kind: 'finished', verdict: 'doubt' } });
    const [notice] = await notices(1);
    const readers = [first, stranger].map(({ webhookSecret }) => documentNoticeReader({ name: 'sandbox_documents', webhookSecret: Personal.of(webhookSecret) }));
    expect(readers.map((read) => read({ headers: notice?.headers as Record<string, string>, body: notice?.body ?? '', now: Date.now() })?.sessionId)).toEqual([sessionId, undefined]);
    expect(await sandboxSet(stranger, 500).documentVendor.result(sessionId)).toMatchObject({ kind: 'could_not_tell', code: 'session_unknown' });
    expect(await sandboxSet({ ...stranger, origin: first.origin }, 500).documentVendor.result(sessionId)).toMatchObject({ kind: 'broke', code: 'http_401' });
    await Promise.all([first, second, stranger].map((box) => box.close()));
  });

  it('cannot be played twice: the first word stays', async () => {
    const { sessionId, url } = await begin();
    await play(url, 'fail');
    await play(url, 'pass');
    expect(await vendor.result(sessionId)).toMatchObject({ value: { verdict: 'fail' } });
  });

  it.each([
    ['duplicated', 3, true], ['late', 1, true], ['forged', 1, false],
  ] as const)('%s: %i notices, believed: %s', async (behaviour, count, good) => {
    const { url } = await begin();
    await play(url, 'pass', behaviour);
    const came = await notices(count);
    expect(came).toHaveLength(count);
    expect(came.map((one) => believed(one) !== undefined)).toEqual(came.map(() => good));
    if (behaviour === 'duplicated') expect(new Set(came.map((one) => one.headers['webhook-id'])).size).toBe(1);
  });

  it.each([
    ['broken', { kind: 'broke', code: 'http_500' }],
    ['malformed', { kind: 'broke', code: 'malformed_reply' }],
    ['never', { kind: 'answer', value: { kind: 'pending' } }],
  ] as const)('%s: asking gives %o', async (behaviour, expected) => {
    const { sessionId, url } = await begin();
    await play(url, 'pass', behaviour);
    expect(await vendor.result(sessionId)).toMatchObject(expected);
  });

  it('takes pictures, and believes Andrea nothing', async () => {
    const pictures = Personal.of({ documents: [{ front: Buffer.from('f'), back: Buffer.from('b') }], selfies: [Buffer.from('s')] });
    const { sessionId } = await begin();
    expect(await vendor.upload(sessionId, pictures)).toMatchObject({ kind: 'answer', value: { received: 3 } });
    expect(await vendor.result(sessionId)).toMatchObject({ value: { verdict: 'pass' } });
    const andrea = await vendor.start({ ...request('andrea'), claimed: Personal.of({ givenName: 'Andrea', familyName: 'Roshell' }) });
    const id = andrea.kind === 'answer' ? andrea.value.sessionId : '';
    await vendor.upload(id, pictures);
    expect(await vendor.result(id)).toMatchObject({ value: { verdict: 'fail' } });
  });

  it('knows no session that was made up', async () => {
    expect(await vendor.result('made-up-session')).toMatchObject({ kind: 'could_not_tell', code: 'session_unknown' });
  });
});

describe('the client believes no', () => {
  const at = async (status: number, body: unknown): Promise<DocumentVendorPort> => {
    service = await fakeService((_request, response) => json(response, status, body));
    return documentVendorClient({ name: 'x', url: service.origin, token: Personal.of('t'), timeoutMs: 10_000 }, { vendor: 'x', sourceClass: 'bureau', simulated: false });
  };
  const finished = { status: 'finished', verdict: 'pass', findings: [], authenticityVerified: true };

  it.each([
    ['page on another origin', { sessionId: 'abcdefgh', url: 'https://elsewhere.example/x' }],
    ['page that is a script', { sessionId: 'abcdefgh', url: 'javascript:alert(1)' }],
    ['session that is a path', { sessionId: '../../admin', url: 'https://elsewhere.example/x' }],
  ])('%s', async (_what, body) => {
    expect(await (await at(200, body)).start(request('r'))).toMatchObject({ kind: 'broke', code: 'malformed_reply' });
  });

  it.each([
    ['verdict of another word', { ...finished, verdict: 'passed' }],
    ['status of another word', { ...finished, status: 'done' }],
    ['finding that we do not know', { ...finished, findings: [{ code: 'hologram_seen', status: 'pass' }] }],
    ['finding of another status', { ...finished, findings: [{ code: 'data_read', status: 'ok' }] }],
    ['document without a number', { ...finished, document: { type: 'passport' } }],
    ['missing word on authenticity', { ...finished, authenticityVerified: undefined }],
    ['empty answer', {}],
  ])('%s', async (_what, body) => {
    expect(await (await at(200, body)).result('abcdefgh')).toMatchObject({ kind: 'broke', code: 'malformed_reply' });
  });

  it('status that is not one', async () => {
    expect(await (await at(503, finished)).result('abcdefgh')).toMatchObject({ kind: 'broke', code: 'http_503' });
  });
});

describe('a notice', () => {
  const SECRET = randomBytes(32);
  const NOW = Date.UTC(2026, 0, 15, 12);
  const BODY = '{"type":"session.updated","timestamp":"2026-01-15T12:00:00Z","data":{"sessionId":"abcdefgh"}}';
  const sign = (id: string, seconds: number, body: string, secret: Buffer = SECRET): string => createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  const read = documentNoticeReader({ name: 'v', webhookSecret: Personal.of(SECRET) });
  const good = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(NOW / 1000), 'webhook-signature': `v1,${sign('msg_1', NOW / 1000, BODY)}` };

  it('is believed where it is signed, whatever other signatures stand beside', () => {
    const expected = { vendor: 'v', sessionId: 'abcdefgh', noticeId: 'msg_1' };
    expect(read({ headers: good, body: BODY, now: NOW })).toEqual(expected);
    expect(read({ headers: good, body: BODY, now: NOW + 4 * 60_000 })).toEqual(expected);
    expect(read({ headers: { ...good, 'webhook-signature': `v1a,xx v1,${sign('msg_1', 1, BODY)} ${good['webhook-signature']}` }, body: BODY, now: NOW })).toEqual(expected);
  });

  it.each([
    ['old', { now: NOW + 6 * 60_000 }],
    ['from the future', { now: NOW - 6 * 60_000 }],
    ['with another body', { body: BODY.replace('abcdefgh', 'hgfedcba') }],
    ['under another id', { headers: { ...good, 'webhook-id': 'msg_2' } }],
    ['under another time', { headers: { ...good, 'webhook-timestamp': String(NOW / 1000 + 1) } }],
    ['signed by somebody else', { headers: { ...good, 'webhook-signature': `v1,${sign('msg_1', NOW / 1000, BODY, randomBytes(32))}` } }],
    ['of another version', { headers: { ...good, 'webhook-signature': good['webhook-signature'].replace('v1,', 'v2,') } }],
    ['without signature', { headers: { ...good, 'webhook-signature': undefined } }],
    ['with an empty signature', { headers: { ...good, 'webhook-signature': 'v1,' } }],
    ['without id', { headers: { ...good, 'webhook-id': undefined } }],
    ['without time', { headers: { ...good, 'webhook-timestamp': undefined } }],
    ['with a time that is no number', { headers: { ...good, 'webhook-timestamp': '1e9' } }],
  ])('%s is not', (_what, change) => {
    expect(read({ headers: good, body: BODY, now: NOW, ...change })).toBeUndefined();
  });

  it.each(['{"type":"session.deleted","data":{"sessionId":"abcdefgh"}}', '{"type":"session.updated","data":{"sessionId":"../x"}}', 'no json'])('that is signed and says %s is not', (body) => {
    const headers = { ...good, 'webhook-signature': `v1,${sign('msg_1', NOW / 1000, body)}` };
    expect(read({ headers, body, now: NOW })).toBeUndefined();
  });
});

describe('the settings', () => {
  const SET = {
    DOCUMENT_VENDOR_URL: 'https://documents.example/api', DOCUMENT_VENDOR_NAME: 'acme', DOCUMENT_VENDOR_TOKEN: 'PLANTED-token-of-more-than-32-characters',
    DOCUMENT_VENDOR_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  };
  it('are read whole', () => {
    const read = documentVendorConfigFrom(SET);
    expect(read).toMatchObject({ ok: true, config: { name: 'acme', timeoutMs: 8000 } });
    expect(JSON.stringify(read)).not.toContain('PLANTED');
  });
  it.each([
    ['DOCUMENT_VENDOR_URL', 'http://documents.example'], ['DOCUMENT_VENDOR_NAME', 'sandbox_documents'], ['DOCUMENT_VENDOR_NAME', 'A/B'],
    ['DOCUMENT_VENDOR_TOKEN', 'short'], ['DOCUMENT_VENDOR_WEBHOOK_SECRET', 'whsec_c2hvcnQ='], ['DOCUMENT_VENDOR_TYPO', 'x'],
  ])('refuse %s = %s', (name, value) => {
    const read = documentVendorConfigFrom({ ...SET, [name]: value });
    expect(read.ok ? [] : read.faults).toEqual([expect.stringContaining(name)]);
  });
  it('have secrets of a fixed form', () => {
    expect(webhookSecretOf(`whsec_${Buffer.alloc(24, 7).toString('base64')}`)).toHaveLength(24);
    expect(webhookSecretOf(Buffer.alloc(24, 7).toString('base64'))).toBeUndefined();
  });
});
