import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { httpSmsSender } from '../../../src/vendors/http_sms/client.ts';
import { HTTP_SMS_CODES, judgeSend } from '../../../src/vendors/http_sms/reply.ts';
import { signatureOf } from '../../../src/vendors/http_sms/signature.ts';
import { httpSmsStatusReader } from '../../../src/vendors/http_sms/status.ts';
import { deadOrigin, fakeService, json, ORDINARY, textMessage } from '../support.ts';
import type { FakeService } from '../support.ts';

const SECRET = 'a-shared-secret-of-32-characters';
const NOW = Date.UTC(2026, 0, 15, 12);
const SECONDS = String(NOW / 1000);
const config = (url: string) => ({ url, secret: Personal.of(SECRET), timeoutMs: 10_000 });

let service: FakeService;
afterEach(() => service?.close());

describe('sending', () => {
  it('signs time and body, and names the message for de-duplication', async () => {
    service = await fakeService((_, response) => json(response, 202, { id: 'their-1', status: 'accepted' }));
    const sender = httpSmsSender(config(`${service.origin}/send`), () => NOW);
    expect(await sender.send(textMessage(ORDINARY))).toEqual({
      kind: 'accepted',
      provider: 'http',
      providerMessageId: 'their-1',
    });
    const [call] = service.received;
    const body = call?.body ?? '';
    expect(JSON.parse(body)).toEqual({
      id: 'msg-1',
      to: ORDINARY,
      body: textMessage(ORDINARY).body.open(),
      validitySeconds: 600,
    });
    expect(call).toMatchObject({
      method: 'POST',
      path: '/send',
      headers: {
        'idempotency-key': 'msg-1',
        'x-gatehouse-timestamp': SECONDS,
        // Worked out here by hand, as the other side has to.
        'x-gatehouse-signature': `v1=${createHmac('sha256', SECRET).update(`${SECONDS}.${body}`).digest('hex')}`,
      },
    });
  });

  it.each([
    [200, '{"id":"a","status":"queued"}', { kind: 'accepted', providerMessageId: 'a' }],
    [200, '{"id":"a","status":"rejected","code":"opted_out"}', { kind: 'rejected', code: 'opted_out' }],
    [200, '{"id":"a","status":"failed","code":"+14075550123 is bad"}', { kind: 'rejected', code: 'rejected_by_provider' }],
    [200, '{"id":"a","status":"perhaps"}', { kind: 'unknown', code: 'malformed_reply' }],
    [200, '{"id":"a b","status":"sent"}', { kind: 'unknown', code: 'malformed_reply' }],
    [200, 'ok', { kind: 'unknown', code: 'malformed_reply' }],
    [400, '', { kind: 'rejected', code: 'http_400' }],
    [401, '', { kind: 'rejected', code: 'http_401' }],
    [408, '', { kind: 'unknown', code: 'http_408' }],
    [409, '', { kind: 'unknown', code: 'http_409' }],
    [429, '', { kind: 'unknown', code: 'http_429' }],
    [503, '', { kind: 'unknown', code: 'http_503' }],
  ])('%i %s', (status, body, judged) => {
    expect(judgeSend({ status, body })).toEqual(judged);
  });

  it('does not know what became of a message after a time-out or a lost connection', async () => {
    service = await fakeService(() => undefined);
    expect(await httpSmsSender({ ...config(service.origin), timeoutMs: 300 }).send(textMessage(ORDINARY))).toMatchObject({
      kind: 'unknown',
      code: 'timed_out',
    });
    expect(await httpSmsSender(config(await deadOrigin())).send(textMessage(ORDINARY))).toMatchObject({
      kind: 'unknown',
      code: 'connection_failed',
    });
  });
});

describe('delivery reports', () => {
  const read = httpSmsStatusReader(config('https://sms.example/send'));
  const request = (body: string, change: { timestamp?: string; signature?: string; now?: number } = {}) => {
    const timestamp = change.timestamp ?? SECONDS;
    return {
      url: 'https://id.example/webhooks/sms/http',
      headers: {
        'x-gatehouse-timestamp': timestamp,
        'x-gatehouse-signature': change.signature ?? signatureOf(SECRET, timestamp, body),
      },
      body,
      now: change.now ?? NOW,
    };
  };
  const BODY = '{"id":"their-1","status":"delivered"}';

  it.each(['queued', 'sent', 'delivered', 'failed', 'opted_out'])('%s', (status) => {
    expect(read(request(JSON.stringify({ id: 'their-1', status })))).toEqual({
      kind: 'report',
      report: { provider: 'http', providerMessageId: 'their-1', status },
    });
  });

  it('a state we do not know is unknown, and only listed reasons are kept', () => {
    expect(read(request('{"id":"a","status":"lost"}'))).toMatchObject({ report: { status: 'unknown' } });
    const known = read(request(JSON.stringify({ id: 'a', status: 'failed', code: HTTP_SMS_CODES[0] })));
    expect(known).toMatchObject({ report: { code: HTTP_SMS_CODES[0] } });
    const prose = read(request('{"id":"a","status":"failed","code":"no such number 14075550123"}'));
    expect(prose.kind === 'report' && 'code' in prose.report).toBe(false);
  });

  it.each([
    ['no signature', request(BODY, { signature: '' })],
    ['another secret', request(BODY, { signature: signatureOf('x'.repeat(32), SECONDS, BODY) })],
    ['another body', { ...request(BODY), body: BODY.replace('delivered', 'failed') }],
    ['another time than was signed', request(BODY, { timestamp: String(NOW / 1000 + 1), signature: signatureOf(SECRET, SECONDS, BODY) })],
    ['a time that is none', request(BODY, { timestamp: 'now' })],
    ['no headers', { ...request(BODY), headers: {} }],
  ])('are refused with %s', (_, one) => {
    expect(read(one)).toEqual({ kind: 'refused', code: 'bad_signature' });
  });

  it.each([
    [300_000, 'report'],
    [-300_000, 'report'],
    [300_001, 'refused'],
    [-300_001, 'refused'],
  ])('%i ms off our clock: %s', (off, kind) => {
    expect(read(request(BODY, { now: NOW + off }))).toMatchObject({ kind, ...(kind === 'refused' ? { code: 'stale' } : {}) });
  });

  it.each(['[]', '{"status":"sent"}', '{"id":"a b","status":"sent"}', 'text'])('are refused as %s, though signed', (body) => {
    expect(read(request(body))).toEqual({ kind: 'refused', code: 'malformed' });
  });
});
