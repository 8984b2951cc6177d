import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { Personal } from '../../src/personal.ts';
import { MOST_BODY_BYTES, webhookBody } from '../../src/webhooks/body.ts';
import { judged } from '../../src/webhooks/deliver.ts';
import { endpointUrlFault } from '../../src/webhooks/endpoint_url.ts';
import { LONGEST_WAIT_MS, WAITS, retryAfterMs, waitAfter } from '../../src/webhooks/schedule.ts';
import { newWebhookSecret, signedHeaders } from '../../src/webhooks/signature.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const EVENT = { id: 'evt_1', type: 'journey.decided', mode: 'live', workflowId: 'w', clientId: undefined, data: { transaction_id: 'j' }, at: AT } as const;

describe('an endpoint’s address', () => {
  test.each(['https://app.example.com/hook', 'https://app.example.com:8443/a?b=c', 'https://93.184.215.14/', 'https://xn--bcher-kva.example/'])('%s is fine', (url) => {
    expect(endpointUrlFault(url, 'live', false)).toBeUndefined();
  });

  test.each([
    '', 'app.example.com', 'ftp://app.example.com/', 'http://app.example.com/', 'javascript:alert(1)', 'file:///etc/passwd', 'https://me@app.example.com/', 'https://:pw@app.example.com/', 'https://app.example.com/#', 'https://app.example.com/#x',
    'https://10.0.0.1/', 'https://[fd00::1]/', 'https://169.254.169.254/latest/meta-data', 'https://2130706433/', 'https://0177.0.0.1/', 'https://[::ffff:10.0.0.1]/', 'https://db/', 'https://db.internal/', 'https://printer.local/', 'https://db.internal./',
    'https://localhost/', 'https://127.0.0.1/', 'https://a b.example.com/', `https://app.example.com/${'x'.repeat(2_000)}`, 'https://app.example.com/\nx',
  ])('%s is refused', (url) => {
    expect(endpointUrlFault(url, 'live', false)).toEqual(expect.any(String));
    expect(endpointUrlFault(url, 'live', true)).toEqual(expect.any(String));
  });

  test('this machine is called in development, for test events', () => {
    expect(endpointUrlFault('http://localhost:3999/hook', 'test', true)).toBeUndefined();
    expect(endpointUrlFault('http://localhost:3999/hook', 'live', true)).toEqual(expect.any(String));
    expect(endpointUrlFault('http://localhost:3999/hook', 'test', false)).toEqual(expect.any(String));
    expect(endpointUrlFault('http://app.example.com/', 'test', true)).toEqual(expect.any(String));
  });
});

describe('waits', () => {
  test('grow to a day, and end', () => {
    expect(WAITS.map((_wait, tries) => waitAfter(tries, 0.5, undefined))).toEqual([...WAITS]);
    expect(waitAfter(WAITS.length, 0.5, undefined)).toBeUndefined();
    expect(waitAfter(WAITS.length, 0.5, 60_000)).toBeUndefined();
    expect([waitAfter(2, 0, undefined), waitAfter(2, 1, undefined)]).toEqual([270_000, 330_000]);
  });

  test('follow retry-after within a day, never below the plan', () => {
    expect(waitAfter(1, 0.5, 3_600_000)).toBe(3_600_000);
    expect(waitAfter(3, 0.5, 1_000)).toBe(1_800_000);
    expect(waitAfter(1, 0.5, 1e15)).toBe(LONGEST_WAIT_MS);
  });

  test('read retry-after in seconds or as a date', () => {
    expect(retryAfterMs('120', AT)).toBe(120_000);
    expect(retryAfterMs(new Date(AT + 90_000).toUTCString(), AT)).toBe(90_000);
    expect(retryAfterMs(new Date(AT - 90_000).toUTCString(), AT)).toBe(0);
    for (const text of [undefined, '', '-5', '1e9', 'soon', '1'.repeat(100)]) expect(retryAfterMs(text, AT)).toBeUndefined();
  });
});

describe('bodies and signatures', () => {
  test('hold type, time and data, and the credential only where it is given', () => {
    expect(JSON.parse(webhookBody(EVENT))).toEqual({ type: 'journey.decided', timestamp: '2026-11-20T09:30:00.000Z', data: { transaction_id: 'j', mode: 'live', workflow: 'w' } });
    expect(JSON.parse(webhookBody(EVENT, Personal.of('alice')))).toMatchObject({ data: { login_hint: 'alice' } });
  });

  test('stay below their limit, and keep the id that leads to the rest', () => {
    const body = webhookBody({ ...EVENT, data: { transaction_id: 'j', reasons: Array.from({ length: 5_000 }, () => 'reason') } });
    expect(Buffer.byteLength(body)).toBeLessThan(MOST_BODY_BYTES);
    expect(JSON.parse(body)).toMatchObject({ data: { transaction_id: 'j', truncated: true, mode: 'live' } });
    expect(body).not.toContain('reasons');
  });

  test('are accepted by the reference library; another id, time or body is not', () => {
    const secret = newWebhookSecret();
    const now = Date.now();
    const headers = { ...signedHeaders([secret], 'evt_1', '{"a":1}', now) };
    const library = new Webhook(secret);
    expect(library.verify('{"a":1}', headers)).toEqual({ a: 1 });
    for (const wrong of [{ 'webhook-id': 'evt_2' }, { 'webhook-timestamp': String(Math.floor(now / 1_000) + 1) }]) expect(() => library.verify('{"a":1}', { ...headers, ...wrong })).toThrow();
    expect(() => library.verify('{"a":2}', headers)).toThrow();
    expect(() => library.verify('{"a":1}', signedHeaders([secret], 'evt_1', '{"a":1}', now - 600_000) as unknown as Record<string, string>)).toThrow();
    expect(() => signedHeaders([], 'evt_1', '{}', now)).toThrow(/no secret/);
    expect(() => signedHeaders(['whsec_AAAA'], 'evt_1', '{}', now)).toThrow(/cannot be read/);
    expect(newWebhookSecret()).not.toBe(secret);
  });
});

describe('an answer', () => {
  const of = (status: number, answer = '', retryAfter?: string) => judged({ kind: 'answered', status, retryAfter, answer: Buffer.from(answer) }, { at: AT, ms: 1, credential: Personal.of('alice@example.com') });

  test.each([[200, 'delivered', undefined], [204, 'delivered', undefined], [299, 'delivered', undefined], [301, 'failed', 'redirect_refused'], [304, 'failed', 'redirect_refused'], [400, 'failed', 'status_400'], [410, 'failed', 'status_410'], [500, 'failed', 'status_500'], [0, 'failed', 'status_0']] as const)('of %i means %s', (status, outcome, error) => {
    expect(of(status)).toMatchObject({ outcome, error, answer: undefined });
  });

  test.each(['you are alice@example.com', '{"u":"alice@example.com"}', 'u=alice%40example.com', 'cut off at alice@exam'])('is kept without the credential: %s', (text) => {
    const kept = of(200, text).answer?.toString('utf8') ?? '';
    expect(kept).toContain('[login_hint]');
    expect(kept).not.toContain('alice');
  });

  test('that asks for patience is heard when it failed', () => {
    expect([of(503, '', '10').retryAfterMs, of(200, '', '10').retryAfterMs]).toEqual([10_000, undefined]);
  });
});
