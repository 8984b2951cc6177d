import { generateKeyPairSync } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { camaraClient } from '../../../src/vendors/camara/client.ts';
import type { CamaraClient } from '../../../src/vendors/camara/client.ts';
import { asked, deadOrigin, fakeService, json, ORDINARY } from '../support.ts';
import type { FakeService, Received } from '../support.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const phone = Personal.of(ORDINARY);

const client = (origin: string, timeoutMs = 3_000): CamaraClient =>
  camaraClient(
    {
      name: 'operator',
      apiRoot: `${origin}/root`,
      tokenEndpoint: `${origin}/token`,
      audience: origin,
      clientId: 'gatehouse',
      key: { key: privateKey, algorithm: 'ES256', keyId: undefined },
      purpose: 'dpv:FraudPreventionAndDetection',
      timeoutMs,
    },
    { vendor: 'operator', sourceClass: 'operator', simulated: false },
  );

let service: FakeService;
afterEach(() => service?.close());

/** An operator that gives out tokens t1, t2… and answers API calls by a function. */
async function operator(answer: (request: Received, response: ServerResponse, call: number) => void): Promise<CamaraClient> {
  let tokens = 0;
  let calls = 0;
  service = await fakeService((request, response) => {
    if (request.path !== '/token') return answer(request, response, (calls += 1));
    return json(response, 200, { access_token: `t${(tokens += 1)}`, token_type: 'Bearer', expires_in: 600 });
  });
  return client(service.origin);
}
const apiCalls = () => service.received.filter(({ path }) => path !== '/token');

describe('the CAMARA client', () => {
  it('sends the path, the token and a correlator that stands in the record', async () => {
    const operated = await operator((_, response) => json(response, 200, { swapped: false }));
    const answer = await operated.simSwap.check(phone, 72);
    const [call] = apiCalls();
    expect(call).toMatchObject({
      method: 'POST',
      path: '/root/sim-swap/v2/check',
      headers: { authorization: 'Bearer t1', 'content-type': 'application/json' },
    });
    const correlator = call?.headers['x-correlator'];
    expect(correlator).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer).toMatchObject({
      kind: 'answer',
      meta: { vendor: 'operator', sourceClass: 'operator', simulated: false, requestId: correlator },
    });
  });

  it('gets one fresh token when one is refused', async () => {
    const operated = await operator((request, response) =>
      request.headers.authorization === 'Bearer t2'
        ? json(response, 200, { phoneNumberRecycled: false })
        : json(response, 401, { status: 401, code: 'UNAUTHENTICATED', message: '' }),
    );
    expect(await operated.numberRecycling.check(phone, '2025-01-01')).toMatchObject({ value: { recycled: false } });
    expect(apiCalls()).toHaveLength(2);
  });

  it('does not go on asking when the fresh one is refused too', async () => {
    const operated = await operator((_, response) => json(response, 401, { code: 'UNAUTHENTICATED' }));
    expect(await operated.simSwap.check(phone, 72)).toMatchObject({ kind: 'broke', code: 'UNAUTHENTICATED' });
    expect(apiCalls()).toHaveLength(2);
  });

  it('keeps a swap found in the smaller window', async () => {
    const operated = await operator((request, response) =>
      JSON.parse(request.body).maxAge > 240
        ? json(response, 400, { code: 'OUT_OF_RANGE' })
        : json(response, 200, { swapped: true }),
    );
    expect(await operated.simSwap.check(phone, 720)).toMatchObject({ kind: 'answer', value: { swapped: true } });
    expect(apiCalls().map(({ body }) => JSON.parse(body).maxAge)).toEqual([720, 240]);
  });

  it('has one time limit for everything inside a question', async () => {
    const operated = await operator((_, response, call) => {
      // Each part alone is within the limit; all together are not.
      setTimeout(() => json(response, call === 1 ? 401 : 200, call === 1 ? {} : { swapped: false }), 2_000);
    });
    expect(await operated.simSwap.check(phone, 72)).toMatchObject({ kind: 'timed_out' });
  });

  it('never follows a redirect with a person in the body', async () => {
    const elsewhere = await fakeService((_, response) => json(response, 200, { givenNameMatch: 'true' }));
    const operated = await operator((_, response) => response.writeHead(307, { location: elsewhere.origin }).end());
    expect(await operated.match.match(asked(ORDINARY))).toMatchObject({ kind: 'broke', code: 'connection_failed' });
    expect(elsewhere.received).toHaveLength(0);
    await elsewhere.close();
  });

  it('does not believe a simulator in an operator’s place', async () => {
    const operated = await operator((_, response) =>
      json(response, 200, { swapped: false }, { 'x-gatehouse-simulated': '1' }),
    );
    expect(await operated.simSwap.check(phone, 72)).toMatchObject({ kind: 'broke', code: 'simulated_reply' });
  });

  it('breaks where nobody listens', async () => {
    const answer = await client(await deadOrigin()).simSwap.check(phone, 72);
    expect(answer).toMatchObject({ kind: 'broke', code: 'connection_failed' });
  });

  it('breaks on bytes that are no text', async () => {
    const operated = await operator((_, response) => response.writeHead(200).end(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])));
    expect(await operated.simSwap.check(phone, 72)).toMatchObject({ kind: 'broke', code: 'malformed_reply' });
  });
});
