/**
 * The wiring: what each mode gets from which settings.
 */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Personal } from '../../src/personal.ts';
import { longestTimeoutMs, makeStatusReaders, makeVendors, startSandbox, vendorConfigFrom } from '../../src/vendors/index.ts';
import type { Sandbox, VendorConfig } from '../../src/vendors/index.ts';
import { SENDER_FAULTS } from '../../src/vendors/ports.ts';
import type { VendorSet } from '../../src/vendors/ports.ts';
import { specialNumber } from '../../src/vendors/sandbox/numbers.ts';
import { asked, fakeService, json, memoryOutbox, ORDINARY, textMessage } from './support.ts';

const key = JSON.stringify(
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
);
const TWILIO = {
  TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000001',
  TWILIO_AUTH_TOKEN: 'PLANTED-auth-token-value',
  TWILIO_FROM: '+14155550100',
};
const HTTP = { SMS_HTTP_URL: 'https://sms.example/send', SMS_HTTP_SECRET: 'PLANTED-secret-of-32-characters-x' };
const carrierAt = (origin: string) => ({
  CARRIER_CAMARA_NAME: 'example_mobile',
  CARRIER_CAMARA_API_ROOT: origin,
  CARRIER_CAMARA_TOKEN_ENDPOINT: `${origin}/oauth2/token`,
  CARRIER_CAMARA_CLIENT_ID: 'gatehouse',
  CARRIER_CAMARA_PRIVATE_KEY: key,
});

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

function configured(env: Record<string, string>): VendorConfig {
  const { config, faults } = vendorConfigFrom(env);
  expect(faults).toEqual([]);
  if (config === undefined) throw new Error('no configuration');
  return config;
}
const vendorsOf = (env: Record<string, string>, outbox = memoryOutbox()) =>
  makeVendors(configured(env), { outbox, sandbox, twilioStatusUrl: 'https://id.example/webhooks/sms/twilio' });

const askAll = (set: VendorSet) =>
  Promise.all([
    set.carrierMatch.match(asked(ORDINARY)),
    set.databaseMatch.match(asked(ORDINARY)),
    set.simSwap.check(Personal.of(ORDINARY), 72),
    set.numberRecycling.check(Personal.of(ORDINARY), '2025-01-01'),
    set.lineType.lookup(Personal.of(ORDINARY)),
  ]);

describe('without any setting', () => {
  it('test keys get the sandbox and the outbox, and say so', async () => {
    const { test } = vendorsOf({});
    for (const answer of await askAll(test)) {
      expect(answer).toMatchObject({ kind: 'answer', meta: { sourceClass: 'simulator', simulated: true } });
    }
    expect(test.sms.name).toBe('outbox');
    expect(await test.sms.send(textMessage(specialNumber('message_rejected')))).toMatchObject({ kind: 'rejected' });
    expect(await test.sms.send(textMessage(specialNumber('message_unknown')))).toMatchObject({ kind: 'unknown' });
  });

  it('live keys get nothing, and say so', async () => {
    const outbox = memoryOutbox();
    const { live } = vendorsOf({}, outbox);
    for (const answer of await askAll(live)) expect(answer).toEqual({ kind: 'not_configured' });
    expect(await live.sms.send(textMessage(ORDINARY))).toEqual({
      kind: 'rejected',
      provider: 'none',
      code: 'not_configured',
    });
    expect(await outbox.list(10)).toEqual([]);
  });
});

describe('with vendors configured', () => {
  it('live keys ask the operator, test keys never do', async () => {
    const operator = await fakeService((request, response) =>
      request.path === '/oauth2/token'
        ? json(response, 200, { access_token: 't', token_type: 'Bearer', expires_in: 60 })
        : json(response, 200, { swapped: true }),
    );
    const { test, live } = vendorsOf(carrierAt(operator.origin));
    expect(await test.simSwap.check(Personal.of(ORDINARY), 72)).toMatchObject({ value: { swapped: false } });
    expect(operator.received).toHaveLength(0);
    expect(await live.simSwap.check(Personal.of(ORDINARY), 72)).toMatchObject({
      kind: 'answer',
      value: { swapped: true },
      meta: { vendor: 'example_mobile', sourceClass: 'operator', simulated: false },
    });
    await operator.close();
  });

  it('live keys learn nothing from a sandbox, even when configured to ask one', async () => {
    const jwk = JSON.stringify({ ...sandbox.clientKey.key.export({ format: 'jwk' }) });
    const { live } = vendorsOf({ ...carrierAt(sandbox.origin), CARRIER_CAMARA_PRIVATE_KEY: jwk });
    const answers = await Promise.all([
      live.carrierMatch.match(asked(ORDINARY)),
      live.simSwap.check(Personal.of(ORDINARY), 72),
      live.numberRecycling.check(Personal.of(ORDINARY), '2025-01-01'),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'broke', code: 'simulated_reply' });
  });

  it('a sender of the real world serves both modes', () => {
    for (const env of [{ SMS_SENDER: 'http', ...HTTP }, { SMS_SENDER: 'twilio', ...TWILIO }]) {
      const { test, live } = vendorsOf(env);
      expect(test.sms.name).toBe(env.SMS_SENDER);
      expect(live.sms.name).toBe(env.SMS_SENDER);
    }
  });

  it.each(['http', 'twilio'] as const)('%s: test keys message the operator\'s test numbers and nobody else, live keys anybody', async (sender) => {
    const service = await fakeService((_, response) => json(response, 200, { id: 'p', sid: 'p', status: 'accepted' }));
    const access = { ...HTTP, SMS_HTTP_URL: service.origin, ...TWILIO, TWILIO_API_BASE: service.origin, SMS_SENDER: sender };
    const none = vendorsOf(access);
    const some = vendorsOf({ ...access, SMS_TEST_NUMBERS: `+447700900123, ${ORDINARY}` });
    const refused = { kind: 'rejected', provider: sender, code: 'not_a_test_number' };
    expect(await none.test.sms.send(textMessage(ORDINARY))).toEqual(refused);
    for (const other of ['+14075550124', '4075550123', '']) expect(await some.test.sms.send(textMessage(other))).toEqual(refused);
    expect(service.received).toEqual([]);
    expect(SENDER_FAULTS.has('not_a_test_number')).toBe(true);
    expect(await some.test.sms.send(textMessage(ORDINARY))).toMatchObject({ kind: 'accepted', provider: sender });
    expect(await none.live.sms.send(textMessage('+14075550124'))).toMatchObject({ kind: 'accepted', provider: sender });
    expect(service.received).toHaveLength(2);
    await service.close();
  });

  it('the outbox takes messages to any number, whatever the test numbers are', async () => {
    expect(await vendorsOf({ SMS_TEST_NUMBERS: '+447700900123' }).test.sms.send(textMessage(ORDINARY))).toMatchObject({ kind: 'accepted' });
  });

  it('the line-type look-up is chosen by name', async () => {
    const lookups = await fakeService((_, response) =>
      json(response, 200, { line_type_intelligence: { type: 'landline', error_code: null } }),
    );
    const env = { ...TWILIO, TWILIO_LOOKUP_BASE: lookups.origin };
    const lookup = (more: object) => vendorsOf({ ...env, ...more }).live.lineType.lookup(Personal.of(ORDINARY));
    expect(await lookup({})).toEqual({ kind: 'not_configured' });
    expect(await lookup({ LINE_TYPE_VENDOR: 'twilio' })).toMatchObject({
      value: { lineType: 'landLine' },
      meta: { vendor: 'twilio', sourceClass: 'bureau', simulated: false },
    });
    await lookups.close();
  });

  it('delivery reports are read for what is configured', () => {
    expect(makeStatusReaders(configured({}))).toEqual({});
    expect(Object.keys(makeStatusReaders(configured({ ...HTTP, ...TWILIO }))).toSorted()).toEqual(['http', 'twilio']);
  });
});

describe('vendorConfigFrom', () => {
  it.each<[string, Record<string, string>, readonly string[]]>([
    ['a sender that does not exist', { SMS_SENDER: 'pigeon' }, ['SMS_SENDER']],
    ['http without access', { SMS_SENDER: 'http' }, ['SMS_HTTP_SECRET', 'SMS_HTTP_URL']],
    ['half of http', { SMS_HTTP_URL: 'https://sms.example' }, ['SMS_HTTP_SECRET']],
    ['a short secret', { ...HTTP, SMS_HTTP_SECRET: 'PLANTED' }, ['SMS_HTTP_SECRET']],
    ['twilio without access', { SMS_SENDER: 'twilio' }, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']],
    ['twilio without a number', { SMS_SENDER: 'twilio', ...TWILIO, TWILIO_FROM: '' }, ['TWILIO_FROM']],
    ['a test number that is none', { SMS_TEST_NUMBERS: '+14075550123,PLANTED' }, ['SMS_TEST_NUMBERS']],
    ['test numbers with a gap', { SMS_TEST_NUMBERS: '+14075550123,,+14075550124' }, ['SMS_TEST_NUMBERS']],
    ['a test number without its plus', { SMS_TEST_NUMBERS: '14075550123' }, ['SMS_TEST_NUMBERS']],
    ['half an API key', { ...TWILIO, TWILIO_API_KEY_SID: `SK${'0'.repeat(32)}` }, ['TWILIO_API_KEY_SECRET']],
    ['two senders in one', { ...TWILIO, TWILIO_MESSAGING_SERVICE_SID: `MG${'0'.repeat(32)}` }, ['TWILIO_FROM']],
    ['a look-up without access', { LINE_TYPE_VENDOR: 'twilio' }, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']],
    ['misspelt names', { SMS_SENDR: 'http', SANDBOX_TIMEOUT: '1' }, ['SANDBOX_TIMEOUT', 'SMS_SENDR']],
    [
      'faults in several parts',
      { SMS_SENDER: 'PLANTED', SANDBOX_TIMEOUT_MS: 'PLANTED', CARRIER_CAMARA_CLIENT_ID: 'PLANTED' },
      [
        'CARRIER_CAMARA_API_ROOT',
        'CARRIER_CAMARA_PRIVATE_KEY',
        'CARRIER_CAMARA_TOKEN_ENDPOINT',
        'SANDBOX_TIMEOUT_MS',
        'SMS_SENDER',
      ],
    ],
  ])('names %s', (_, env, names) => {
    const { config, faults } = vendorConfigFrom(env);
    expect(config).toBeUndefined();
    expect(faults.map((fault) => fault.split(':')[0]).toSorted()).toEqual(names);
    expect(faults.join()).not.toContain('PLANTED');
  });

  it('is frozen and prints without secrets', () => {
    const config = configured({ ...HTTP, ...TWILIO, ...carrierAt('https://api.example'), SMS_SENDER: 'http', SMS_TEST_NUMBERS: ORDINARY });
    expect(Object.isFrozen(config)).toBe(true);
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toMatch(/PLANTED|4075550123/);
  });

  it.each([
    [{}, 6000],
    [{ SANDBOX_TIMEOUT_MS: '50' }, 50],
    [{ ...carrierAt('https://api.example'), CARRIER_CAMARA_TIMEOUT_MS: '99000' }, 99_000],
    [{ SMS_SENDER: 'http', ...HTTP, SMS_HTTP_TIMEOUT_MS: '20000' }, 20_000],
    [{ SMS_SENDER: 'twilio', ...TWILIO, TWILIO_TIMEOUT_MS: '20001' }, 20_001],
    [{ LINE_TYPE_VENDOR: 'twilio', ...TWILIO, TWILIO_FROM: '', TWILIO_TIMEOUT_MS: '20002' }, 20_002],
  ])('the longest time limit of %j', (env, longest) => {
    expect(longestTimeoutMs(configured(env as Record<string, string>))).toBe(longest);
  });

  it('ignores what is not about vendors', () => {
    expect(configured({ PATH: '/bin', PORT: '3000', SMSX: '1' }).sms.sender).toBe('outbox');
  });
});
