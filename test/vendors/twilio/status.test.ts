import { describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { MESSAGE_STATUS_OF } from '../../../src/vendors/twilio/codes.ts';
import { twilioSignature, twilioStatusReader } from '../../../src/vendors/twilio/status.ts';

const TOKEN = '12345';
const URL_CALLED = 'https://id.example/webhooks/sms/twilio?x=1';
const read = twilioStatusReader({
  base: 'https://api.twilio.com',
  username: 'AC1',
  password: Personal.of('other'),
  timeoutMs: 1000,
  accountSid: 'AC1',
  authToken: Personal.of(TOKEN),
  from: { number: '+14155550100' },
});

const report = (change: Record<string, string> = {}) =>
  new URLSearchParams({ MessageSid: 'SM2', MessageStatus: 'delivered', To: '+14075550123', ...change });
const request = (params: URLSearchParams, change: { url?: string; signature?: string | undefined } = {}) => ({
  url: change.url ?? URL_CALLED,
  headers: {
    'x-twilio-signature':
      'signature' in change ? change.signature : twilioSignature(TOKEN, change.url ?? URL_CALLED, params),
  },
  body: params.toString(),
  now: 0,
});

describe('X-Twilio-Signature', () => {
  // Both from Twilio's own documents and libraries: auth token 12345.
  it.each([
    ['+14158675309', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['+12349013030', '0/KCTR6DLpKmkAf8muzZqo1nDgQ='],
  ])('has the published value for caller %s', (caller, expected) => {
    const params = new URLSearchParams({
      CallSid: 'CA1234567890ABCDE',
      Caller: caller,
      Digits: '1234',
      From: caller,
      To: '+18005551212',
    });
    expect(twilioSignature(TOKEN, 'https://mycompany.com/myapp.php?foo=1&bar=2', params)).toBe(expected);
  });

  it('does not depend on the order of parameters', () => {
    const one = new URLSearchParams('b=2&a=1&c=3');
    const two = new URLSearchParams('c=3&a=1&b=2');
    expect(twilioSignature(TOKEN, URL_CALLED, one)).toBe(twilioSignature(TOKEN, URL_CALLED, two));
  });
});

describe('status callbacks', () => {
  it('are read when the signature holds', () => {
    expect(read(request(report()))).toEqual({
      kind: 'report',
      report: { provider: 'twilio', providerMessageId: 'SM2', status: 'delivered' },
    });
  });

  it.each([
    ['none', request(report(), { signature: undefined })],
    ['an empty one', request(report(), { signature: '' })],
    ['one of another token', request(report(), { signature: twilioSignature('54321', URL_CALLED, report()) })],
    ['one of other parameters', request(report(), { signature: twilioSignature(TOKEN, URL_CALLED, report({ To: '+1' })) })],
    ['one of another address', { ...request(report()), url: 'https://id.example/webhooks/sms/twilio' }],
  ])('are refused with %s', (_, one) => {
    expect(read(one)).toEqual({ kind: 'refused', code: 'bad_signature' });
  });

  it.each(Object.entries(MESSAGE_STATUS_OF))('%s is %s', (said, status) => {
    expect(read(request(report({ MessageStatus: said })))).toMatchObject({ report: { status } });
  });

  it('a state we do not know is unknown', () => {
    expect(read(request(report({ MessageStatus: 'constructor' })))).toMatchObject({ report: { status: 'unknown' } });
  });

  it.each([
    ['30003', 'failed', 'unreachable'],
    ['30006', 'failed', 'landline'],
    ['30007', 'failed', 'filtered'],
    ['21610', 'opted_out', 'opted_out'],
    ['39999', 'failed', 'twilio_39999'],
  ])('error %s is %s: %s', (ErrorCode, status, code) => {
    const params = report({ MessageStatus: 'undelivered', ErrorCode });
    expect(read(request(params))).toMatchObject({ report: { status, code } });
  });

  it('an error code that is no number is left out', () => {
    const params = report({ MessageStatus: 'failed', ErrorCode: '+14075550123' });
    const reading = read(request(params));
    expect(reading.kind === 'report' && 'code' in reading.report).toBe(false);
  });

  it.each([
    ['no id', report({ MessageSid: '' })],
    ['an id that is none', report({ MessageSid: 'SM <script>' })],
    ['no state', report({ MessageStatus: '' })],
  ])('are refused with %s, though signed', (_, params) => {
    expect(read(request(params))).toEqual({ kind: 'refused', code: 'malformed' });
  });
});
