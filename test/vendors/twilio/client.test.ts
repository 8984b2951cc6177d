import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LINE_TYPES } from '../../../src/journey/workflow.ts';
import { Personal } from '../../../src/personal.ts';
import { twilioLineType, twilioSmsSender } from '../../../src/vendors/twilio/client.ts';
import { LINE_TYPE_OF, MESSAGE_ERRORS } from '../../../src/vendors/twilio/codes.ts';
import type { TwilioMessagesConfig } from '../../../src/vendors/twilio/config.ts';
import { judgeLookup, judgeMessage } from '../../../src/vendors/twilio/reply.ts';
import { deadOrigin, fakeService, json, ORDINARY, textMessage } from '../support.ts';
import type { FakeService } from '../support.ts';

const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/vendors', name), 'utf8'));
const ACCOUNT = 'AC00000000000000000000000000000001';
const STATUS_URL = 'https://id.example/webhooks/sms/twilio';

const config = (origin: string): TwilioMessagesConfig => ({
  base: origin,
  username: ACCOUNT,
  password: Personal.of('auth-token-auth-token'),
  timeoutMs: 10_000,
  accountSid: ACCOUNT,
  authToken: Personal.of('auth-token-auth-token'),
  from: { number: '+14155550100' },
});
const identity = { vendor: 'twilio', sourceClass: 'bureau', simulated: false } as const;

let service: FakeService;
afterEach(() => service?.close());

describe('line type', () => {
  it('asks for that one package, with the number escaped', async () => {
    service = await fakeService((_, response) => json(response, 200, fixture('twilio-lookup.json')));
    const answer = await twilioLineType(config(service.origin), identity).lookup(Personal.of(ORDINARY));
    expect(answer).toMatchObject({ kind: 'answer', value: { lineType: 'mobile' }, meta: { vendor: 'twilio', simulated: false } });
    expect(service.received[0]).toMatchObject({
      method: 'GET',
      path: '/v2/PhoneNumbers/%2B14075550123?Fields=line_type_intelligence',
      headers: { authorization: `Basic ${Buffer.from(`${ACCOUNT}:auth-token-auth-token`).toString('base64')}` },
    });
  });

  const withType = (type: unknown, error_code: unknown = null) => ({
    status: 200,
    body: JSON.stringify({ ...fixture('twilio-lookup.json'), line_type_intelligence: { type, error_code } }),
  });

  it.each(Object.entries(LINE_TYPE_OF))('%s is %s', (type, lineType) => {
    expect(judgeLookup(withType(type))).toEqual({ kind: 'answer', value: { lineType } });
    if (lineType !== null) expect(LINE_TYPES).toContain(lineType);
  });

  it.each(['satellite', 'constructor', '__proto__', ''])('a word we do not know (%j) is other, never mobile', (type) => {
    expect(judgeLookup(withType(type))).toEqual({ kind: 'answer', value: { lineType: 'other' } });
  });

  it('null is null', () => {
    expect(judgeLookup(withType(null))).toEqual({ kind: 'answer', value: { lineType: null } });
  });

  it('could not tell where the package failed inside a 200', () => {
    expect(judgeLookup(withType(null, 60601))).toEqual({ kind: 'could_not_tell', code: 'twilio_60601' });
    expect(judgeLookup({ status: 200, body: '{"line_type_intelligence":null}' }).kind).toBe('could_not_tell');
  });

  it.each([
    [404, '{}', 'could_not_tell', 'http_404'],
    [401, '{}', 'broke', 'http_401'],
    [429, '{}', 'broke', 'http_429'],
    [500, 'oops', 'broke', 'http_500'],
    [200, 'oops', 'broke', 'malformed_reply'],
    [200, '{"line_type_intelligence":{"type":7,"error_code":null}}', 'broke', 'malformed_reply'],
  ])('%i %s is %s', (status, body, kind, code) => {
    expect(judgeLookup({ status, body })).toEqual({ kind, code });
  });

  it('does not believe a simulator', async () => {
    service = await fakeService((_, response) =>
      json(response, 200, fixture('twilio-lookup.json'), { 'x-gatehouse-simulated': '1' }),
    );
    const answer = await twilioLineType(config(service.origin), identity).lookup(Personal.of(ORDINARY));
    expect(answer).toMatchObject({ kind: 'broke', code: 'simulated_reply' });
  });
});

describe('messages', () => {
  it('creates a message as a form', async () => {
    service = await fakeService((_, response) => json(response, 201, fixture('twilio-message.json')));
    const sent = await twilioSmsSender(config(service.origin), STATUS_URL).send(textMessage(ORDINARY));
    expect(sent).toEqual({
      kind: 'accepted',
      provider: 'twilio',
      providerMessageId: 'SM00000000000000000000000000000002',
    });
    const [call] = service.received;
    expect(call?.path).toBe(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json`);
    expect(call?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(call?.body))).toEqual({
      To: ORDINARY,
      From: '+14155550100',
      Body: textMessage(ORDINARY).body.open(),
      StatusCallback: STATUS_URL,
      ValidityPeriod: '600',
    });
  });

  it('can send by a messaging service, and keeps the validity in Twilio’s range', async () => {
    service = await fakeService((_, response) => json(response, 201, fixture('twilio-message.json')));
    const from = { messagingServiceSid: 'MG00000000000000000000000000000003' };
    const sender = twilioSmsSender({ ...config(service.origin), from }, STATUS_URL);
    await sender.send(textMessage(ORDINARY, { validitySeconds: 90_000 }));
    await sender.send(textMessage(ORDINARY, { validitySeconds: 0.5 }));
    const [one, two] = service.received.map(({ body }) => new URLSearchParams(body));
    expect(one?.get('MessagingServiceSid')).toBe('MG00000000000000000000000000000003');
    expect(one?.has('From')).toBe(false);
    expect(one?.get('ValidityPeriod')).toBe('36000');
    expect(two?.get('ValidityPeriod')).toBe('1');
  });

  it.each(MESSAGE_ERRORS)('error $twilio is $outcome: $code', ({ twilio, code, outcome }) => {
    const body = JSON.stringify({ ...fixture('twilio-error.json'), code: twilio });
    expect(judgeMessage({ status: 400, body })).toEqual({ kind: outcome, code });
  });

  it.each([
    [400, '{"code":29999}', 'rejected', 'twilio_29999'],
    [400, 'oops', 'rejected', 'http_400'],
    [429, 'oops', 'unknown', 'http_429'],
    [408, '{}', 'unknown', 'http_408'],
    [500, '{"code":29999}', 'unknown', 'twilio_29999'],
    [503, '', 'unknown', 'http_503'],
    [201, '{}', 'unknown', 'malformed_reply'],
    [201, '{"sid":"SM +14075550123"}', 'unknown', 'malformed_reply'],
    [201, '{"sid":"SM1","error_code":30450}', 'rejected', 'pumping_blocked'],
    [302, '', 'unknown', 'http_302'],
  ])('%i %s is %s: %s', (status, body, kind, code) => {
    expect(judgeMessage({ status, body })).toEqual({ kind, code });
  });

  it('does not know what became of a message after a time-out or a lost connection', async () => {
    service = await fakeService(() => undefined);
    const hanging = twilioSmsSender({ ...config(service.origin), timeoutMs: 300 }, STATUS_URL);
    expect(await hanging.send(textMessage(ORDINARY))).toEqual({ kind: 'unknown', provider: 'twilio', code: 'timed_out' });
    const dead = twilioSmsSender(config(await deadOrigin()), STATUS_URL);
    expect(await dead.send(textMessage(ORDINARY))).toMatchObject({ kind: 'unknown', code: 'connection_failed' });
  });
});
