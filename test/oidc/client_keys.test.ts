import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientKeysAt } from '../../src/oidc/client_keys.ts';
import { readPrefill, type PrefillRead } from '../../src/oidc/prefill.ts';

const NOW = Date.UTC(2026, 10, 22, 9);
let web: Server;
let origin: string;
let answer: RequestListener;
let asked: string[] = [];
let key: CryptoKey;
let jwk: JWK;
let tests = 0;
/** A path of its own for each test: key sets are remembered. */
let uri: string;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  [key, jwk] = [pair.privateKey, { ...(await exportJWK(pair.publicKey)), kid: 'app', alg: 'ES256', use: 'sig' }];
  web = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((done) => web.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
  tests += 1;
  uri = `${origin}/keys-${tests}`;
  answer = (_request, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
});
afterAll(() => {
  web.closeAllConnections();
  web.close();
});

async function read(jwksUri = uri, { issuer = 'http://id.example', kid = 'app' } = {}): Promise<PrefillRead> {
  const payload = { iss: 'client', aud: issuer, iat: NOW / 1000, exp: NOW / 1000 + 300, jti: 'once-and-no-more', given_name: 'Andrew', family_name: 'Roshell' };
  const token = await new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
  return readPrefill({ login_hint: token }, { clientId: 'client', jwks: undefined, jwksUri }, { issuer, keys: [], now: NOW });
}
const REFUSED = { kind: 'refused', fault: 'prefill_no_client_key' };

describe('keys that a client publishes', () => {
  it('are fetched once for all of its requests, those that come at once and those with a key that is not there included', async () => {
    expect((await Promise.all([read(), read(), read()])).map(({ kind }) => kind)).toEqual(['supplied', 'supplied', 'supplied']);
    expect(await read()).toMatchObject({ kind: 'supplied' });
    expect(await read(uri, { kid: 'other' })).toEqual(REFUSED);
    expect(await read(uri, { kid: 'another' })).toEqual(REFUSED);
    expect(asked).toHaveLength(1);
  });

  it('are on the public internet: this machine and inner addresses are called by nobody in production', async () => {
    expect(await read(uri, { issuer: 'https://id.example' })).toEqual(REFUSED);
    for (const inner of ['https://10.0.0.1/keys', 'https://169.254.169.254/keys', 'https://[fd00::1]/keys']) expect(await read(inner), inner).toEqual(REFUSED);
    expect(asked).toEqual([]);
  });

  it.each<[string, RequestListener]>([
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['an error', (_request, response) => response.writeHead(500).end()],
    ['a page', (_request, response) => response.end('<html></html>')],
    ['JSON of another kind', (_request, response) => response.end('{"keys":7}')],
    ['far too much', (_request, response) => response.end(JSON.stringify({ keys: [], padding: 'x'.repeat(100_000) }))],
    ['nothing', (request) => request.destroy()],
  ])('are none where the address answers with %s; and are asked for again', async (_name, answers) => {
    answer = answers;
    expect(await read()).toEqual(REFUSED);
    answer = (_request, response) => response.end(JSON.stringify({ keys: [jwk] }));
    expect(await read()).toMatchObject({ kind: 'supplied' });
    expect(asked).toEqual([new URL(uri).pathname, new URL(uri).pathname]);
  });

  it('are remembered for so many addresses, the latest used', () => {
    const first = clientKeysAt('https://a.example/0', { local: false });
    for (let count = 1; count < 500; count += 1) clientKeysAt(`https://a.example/${count}`, { local: false });
    expect(clientKeysAt('https://a.example/0', { local: false })).toBe(first);
    clientKeysAt('https://a.example/500', { local: false });
    expect(clientKeysAt('https://a.example/0', { local: false })).toBe(first);
    for (let count = 0; count < 500; count += 1) clientKeysAt(`https://b.example/${count}`, { local: false });
    expect(clientKeysAt('https://a.example/0', { local: false })).not.toBe(first);
  });
});
