/**
 * Both directions against the standard's own OpenAPI files: what our client sends, and what our simulator answers. The
 * files are not part of this repository; CAMARA_DIR says where they are, and without them these tests are skipped.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import addFormats from 'ajv-formats';
import { OpenAPIBackend } from 'openapi-backend';
import type { Document } from 'openapi-backend';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CAMARA_APIS } from '../../../src/vendors/camara/apis.ts';
import {
  kycMatchRequest,
  numberRecyclingRequest,
  numberVerificationRequest,
  simSwapRequest,
} from '../../../src/vendors/camara/request.ts';
import type { CamaraRequest } from '../../../src/vendors/camara/request.ts';
import { specialNumber } from '../../../src/vendors/sandbox/numbers.ts';
import { startSandbox } from '../../../src/vendors/sandbox/start.ts';
import type { Sandbox } from '../../../src/vendors/sandbox/start.ts';
import { ORDINARY, twoLeggedToken, typedBy } from '../support.ts';

const directory = process.env['CAMARA_DIR'] ?? join(import.meta.dirname, '../../../../shared/camara');
const present = existsSync(join(directory, 'kyc-match.yaml'));
const why = present ? '' : ` (skipped: no CAMARA files in ${directory}; set CAMARA_DIR)`;

const FILES = {
  kycMatch: { file: 'kyc-match.yaml', path: '/match' },
  simSwap: { file: 'sim-swap.yaml', path: '/check' },
  numberRecycling: { file: 'number-recycling.yaml', path: '/check' },
  numberVerification: { file: 'number-verification.yaml', path: '/verify' },
} as const;
type Api = keyof typeof FILES;

const attributes = typedBy('Andrew');
const match = (phone: string, change: object = {}) =>
  need(kycMatchRequest({ phone, attributes: { ...attributes, ...change } }));
const need = (request: CamaraRequest | undefined): CamaraRequest => {
  if (request === undefined) throw new Error('no request');
  return request;
};

/** What the client sends in every variety, with the status the simulator answers. */
const EXCHANGES: readonly (readonly [string, CamaraRequest, number])[] = [
  ['match, all attributes', match(ORDINARY), 200],
  ['match, other names', match(ORDINARY, { givenName: 'Bartholomew', familyName: 'Ng', city: 'Elsewhere' }), 200],
  ['match, near names', match(ORDINARY, { givenName: 'Andrw', street: '2591 Brunswick Court' }), 200],
  ['match, partial', match(specialNumber('partial_at_thresholds')), 200],
  ['match, nothing held', match(specialNumber('nothing_held')), 200],
  ['match, one attribute', need(kycMatchRequest({ phone: ORDINARY, attributes: { street: 'Rose Cottage' } })), 200],
  ['match, unknown number', match(specialNumber('unknown_number')), 404],
  ['SIM swap', simSwapRequest(ORDINARY, 72), 200],
  ['SIM swap, longest', simSwapRequest(specialNumber('sim_swapped'), 2400), 200],
  ['SIM swap, window refused', simSwapRequest(specialNumber('sim_window_none'), 1), 400],
  ['SIM swap, unknown number', simSwapRequest(specialNumber('unknown_number'), 72), 404],
  ['SIM swap, rate limited', simSwapRequest(specialNumber('rate_limited'), 72), 429],
  ['recycling', numberRecyclingRequest(specialNumber('recycled'), '2020-02-29'), 200],
  ['recycling, unknown number', numberRecyclingRequest(specialNumber('unknown_number'), '2020-02-29'), 404],
  ['verification', numberVerificationRequest(ORDINARY), 200],
];

describe.skipIf(!present)(`CAMARA conformance${why}`, () => {
  const apis = new Map<Api, OpenAPIBackend>();
  let sandbox: Sandbox;
  let token: string;

  beforeAll(async () => {
    sandbox = await startSandbox();
    token = await twoLeggedToken(sandbox, 'kyc-match:match sim-swap:check number-recycling:check');
    for (const api of Object.keys(FILES) as Api[]) {
      const definition = parse(readFileSync(join(directory, FILES[api].file), 'utf8')) as Document;
      const backend = new OpenAPIBackend({
        definition,
        strict: false,
        quick: true,
        customizeAjv: (ajv) => {
          (addFormats as unknown as (to: typeof ajv) => void)(ajv);
          return ajv;
        },
      });
      await backend.init();
      apis.set(api, backend);
    }
  });
  afterAll(() => sandbox?.close());

  const backendOf = (api: Api): OpenAPIBackend => {
    const backend = apis.get(api);
    if (backend === undefined) throw new Error(`no definition of ${api}`);
    return backend;
  };
  const operationOf = (api: Api) => {
    const backend = backendOf(api);
    const operation = backend.router.matchOperation({ method: 'post', path: FILES[api].path, headers: {} });
    if (operation === undefined) throw new Error(`no operation of ${api}`);
    return operation;
  };
  const requestFaults = (api: Api, body: unknown) => {
    const request = { method: 'post', path: FILES[api].path, headers: { 'content-type': 'application/json' }, body };
    return backendOf(api).validateRequest(request, operationOf(api)).errors;
  };
  const responseFaults = (api: Api, body: unknown, status: number) =>
    backendOf(api).validateResponse(body, operationOf(api), status).errors;
  const send = (api: Api, body: unknown, bearer: string) =>
    fetch(sandbox.origin + CAMARA_APIS[api].path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bearer}`,
        'content-type': 'application/json',
        'x-correlator': 'b4333c46-49c0-4f62-80d7-f0ef930f1c46',
      },
      body: JSON.stringify(body),
    });

  it('can fail: the validators refuse what the standard refuses', () => {
    expect(requestFaults('simSwap', { phoneNumber: '14075550123', maxAge: 72 })).not.toBeNull();
    expect(requestFaults('simSwap', { phoneNumber: ORDINARY, maxAge: 0 })).not.toBeNull();
    expect(requestFaults('numberRecycling', { phoneNumber: ORDINARY })).not.toBeNull();
    expect(requestFaults('numberRecycling', { phoneNumber: ORDINARY, specifiedDate: '2024-13-45' })).not.toBeNull();
    expect(responseFaults('kycMatch', { givenNameMatch: 'false', givenNameMatchScore: 100 }, 200)).not.toBeNull();
    expect(responseFaults('kycMatch', { givenNameMatch: true }, 200)).not.toBeNull();
    expect(responseFaults('simSwap', {}, 200)).not.toBeNull();
    expect(responseFaults('simSwap', { status: 404, code: 'WHATEVER', message: '' }, 404)).not.toBeNull();
  });

  it('has the base paths that the client uses', () => {
    for (const api of Object.keys(FILES) as Api[]) {
      const text = readFileSync(join(directory, FILES[api].file), 'utf8');
      const definition = parse(text) as { servers: { url: string }[] };
      expect(definition.servers[0]?.url.replace('{apiRoot}', '') + FILES[api].path).toBe(CAMARA_APIS[api].path);
    }
  });

  it.each(EXCHANGES)('%s', async (_, request, status) => {
    expect(requestFaults(request.api, request.body)).toBeNull();
    const bearer = request.api === 'numberVerification' ? sandbox.deviceToken(ORDINARY) : token;
    const response = await send(request.api, request.body, bearer);
    expect(response.status).toBe(status);
    expect(response.headers.get('x-gatehouse-simulated')).toBe('1');
    expect(response.headers.get('x-correlator')).toBe('b4333c46-49c0-4f62-80d7-f0ef930f1c46');
    expect(responseFaults(request.api, await response.json(), status)).toBeNull();
  });

  it.each([
    ['simSwap', { phoneNumber: '14075550123' }, 400],
    ['simSwap', { phoneNumber: ORDINARY, maxAge: 5000 }, 400],
    ['simSwap', {}, 422],
    ['numberRecycling', { phoneNumber: ORDINARY }, 400],
    ['numberRecycling', { specifiedDate: '2024-10-31' }, 422],
    ['kycMatch', { phoneNumber: ORDINARY }, 400],
    ['kycMatch', { givenName: 'Andrew' }, 422],
    ['kycMatch', { phoneNumber: ORDINARY, birthdate: '26.9.1969' }, 400],
  ] as const)('the simulator refuses a bad %s request %j in the standard’s words', async (api, body, status) => {
    const response = await send(api, body, token);
    expect(response.status).toBe(status);
    expect(responseFaults(api, await response.json(), status)).toBeNull();
  });

  it.each(Object.keys(FILES) as Api[])('the simulator refuses strangers and too narrow tokens on %s', async (api) => {
    const unknown = await send(api, match(ORDINARY).body, 'nobody');
    expect(unknown.status).toBe(401);
    expect(responseFaults(api, await unknown.json(), 401)).toBeNull();
    const other = api === 'kycMatch' ? 'sim-swap:check' : 'kyc-match:match';
    const narrow = await send(api, match(ORDINARY).body, await twoLeggedToken(sandbox, other));
    expect(narrow.status).toBe(403);
    expect(responseFaults(api, await narrow.json(), 403)).toBeNull();
  });
});
