/**
 * Planted values: whatever a vendor says back, however it fails, nothing about the person is in what the ports answer.
 */
import { inspect } from 'node:util';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Personal } from '../../src/personal.ts';
import { camaraClient } from '../../src/vendors/camara/client.ts';
import { httpSmsSender } from '../../src/vendors/http_sms/client.ts';
import { SPECIAL_NUMBERS } from '../../src/vendors/sandbox/numbers.ts';
import { bureauClient } from '../../src/vendors/sandbox/bureau_client.ts';
import { sandboxSet } from '../../src/vendors/sandbox/set.ts';
import { startSandbox } from '../../src/vendors/sandbox/start.ts';
import type { Sandbox } from '../../src/vendors/sandbox/start.ts';
import { twilioLineType, twilioSmsSender } from '../../src/vendors/twilio/client.ts';
import { asked, fakeService, textMessage } from './support.ts';
import type { FakeService } from './support.ts';

const PHONE = '+14075550177';
const PLANTED = { givenName: 'Plantedgiven', familyName: 'Plantedfamily', street: '7 Plantedstreet', postalCode: '99777' };
const PATTERN = /planted|407555|4075550177|99777/i;

function expectNothingIn(value: unknown): void {
  expect(JSON.stringify(value)).not.toMatch(PATTERN);
  expect(inspect(value, { depth: 9, showHidden: true })).not.toMatch(PATTERN);
}

describe('an echoing vendor', () => {
  let echo: FakeService;
  let status = 200;
  let shape: (text: string) => unknown = () => ({});
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  beforeAll(async () => {
    // Says back what it was told, in every field it has.
    echo = await fakeService((request, response) => {
      if (request.path === '/token') {
        response.end(JSON.stringify({ access_token: 't', token_type: 'Bearer', expires_in: 60 }));
        return;
      }
      const told = decodeURIComponent(`${request.path} ${request.body}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(shape(told)));
    });
  });
  afterAll(() => echo.close());

  it.each([
    ['its code', (text: string) => ({ status: 400, code: text, message: text })],
    ['its fields', (text: string) => ({ id: text, sid: text, givenNameMatch: text, swapped: text, result: text })],
    ['a known code’s message', (text: string) => ({ code: 'INVALID_ARGUMENT', message: text, error: { code: text } })],
    ['a line type', (text: string) => ({ line_type_intelligence: { type: text, error_code: null } })],
    ['a rejection', (text: string) => ({ id: 'a', status: 'rejected', code: text })],
    ['bare text', (text: string) => text],
  ])('in %s', async (_, say) => {
    shape = say;
    for (status of [200, 201, 400, 401, 403, 404, 422, 429, 500]) {
      const camara = camaraClient(
        {
          name: 'echo',
          apiRoot: echo.origin,
          tokenEndpoint: `${echo.origin}/token`,
          audience: echo.origin,
          clientId: 'c',
          key: { key: privateKey, algorithm: 'ES256', keyId: undefined },
          purpose: 'dpv:FraudPreventionAndDetection',
          timeoutMs: 1000,
        },
        { vendor: 'echo', sourceClass: 'operator', simulated: false },
      );
      const access = { base: echo.origin, username: 'u', password: Personal.of('p'), timeoutMs: 1000 };
      const identity = { vendor: 'twilio', sourceClass: 'bureau', simulated: false } as const;
      const sms = { ...access, accountSid: 'AC1', authToken: Personal.of('t'), from: { number: '+1' } };
      const http = { url: echo.origin, secret: Personal.of('s'.repeat(32)), timeoutMs: 1000 };
      const phone = Personal.of(PHONE);
      const answers = await Promise.all([
        camara.match.match(asked(PHONE, PLANTED)),
        camara.simSwap.check(phone, 720),
        camara.numberRecycling.check(phone, '2025-01-01'),
        camara.numberVerification.verify(phone, Personal.of('Plantedtoken')),
        bureauClient({ url: echo.origin, secret: 's', timeoutMs: 1000 }).match(asked(PHONE, PLANTED)),
        twilioLineType(access, identity).lookup(phone),
        twilioSmsSender(sms, 'https://id.example/s').send(textMessage(PHONE)),
        httpSmsSender(http).send(textMessage(PHONE)),
      ]);
      for (const answer of answers) expectNothingIn(answer);
    }
  });
});

describe('the sandbox', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ slowMs: 1000 });
  });
  afterAll(() => sandbox.close());

  it.each(SPECIAL_NUMBERS)('$name', async ({ number }) => {
    const set = sandboxSet(sandbox, 250);
    const phone = Personal.of(number);
    const answers = await Promise.all([
      set.carrierMatch.match(asked(number, PLANTED)),
      set.databaseMatch.match(asked(number, PLANTED)),
      set.simSwap.check(phone, 720),
      set.numberRecycling.check(phone, '2025-01-01'),
      set.lineType.lookup(phone),
    ]);
    for (const answer of answers) {
      expectNothingIn(answer);
      expect(JSON.stringify(answer)).not.toContain(number.slice(1));
    }
  });
});
