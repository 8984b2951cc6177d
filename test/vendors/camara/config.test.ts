import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { camaraConfigFrom, clientKey } from '../../../src/vendors/camara/config.ts';

const jwk = (options: { namedCurve: string } | { modulusLength: number }, extra: object = {}) => {
  const pair =
    'namedCurve' in options ? generateKeyPairSync('ec', options) : generateKeyPairSync('rsa', options);
  return JSON.stringify({ ...pair.privateKey.export({ format: 'jwk' }), ...extra });
};
const KEY = jwk({ namedCurve: 'P-256' }, { kid: 'k1', alg: 'ES256' });

const GOOD = {
  CARRIER_CAMARA_API_ROOT: 'https://api.operator.example/camara/',
  CARRIER_CAMARA_TOKEN_ENDPOINT: 'https://login.operator.example/token',
  CARRIER_CAMARA_CLIENT_ID: 'gatehouse',
  CARRIER_CAMARA_PRIVATE_KEY: KEY,
};

describe('camaraConfigFrom', () => {
  it('fills in what may be left out', () => {
    const result = camaraConfigFrom(GOOD);
    expect(result).toMatchObject({
      ok: true,
      config: {
        name: 'camara',
        apiRoot: 'https://api.operator.example/camara',
        audience: 'https://login.operator.example/token',
        purpose: 'dpv:FraudPreventionAndDetection',
        timeoutMs: 6000,
        key: { algorithm: 'ES256', keyId: 'k1' },
      },
    });
    expect(Object.isFrozen(result.ok && result.config)).toBe(true);
  });

  it('names every fault at once, and quotes no value', () => {
    const result = camaraConfigFrom({
      CARRIER_CAMARA_API_ROOT: 'http://api.operator.example',
      CARRIER_CAMARA_CLIENT_ID: '',
      CARRIER_CAMARA_PRIVATE_KEY: 'PLANTED-SECRET',
      CARRIER_CAMARA_PURPOSE: 'dpv:One dpv:Two',
      CARRIER_CAMARA_TIMEOUT_MS: 'soon',
      CARRIER_CAMARA_TIMOUT: '5',
    });
    const faults = result.ok ? [] : result.faults;
    expect(faults.map((fault) => fault.split(':')[0]).toSorted()).toEqual([
      'CARRIER_CAMARA_API_ROOT',
      'CARRIER_CAMARA_CLIENT_ID',
      'CARRIER_CAMARA_PRIVATE_KEY',
      'CARRIER_CAMARA_PURPOSE',
      'CARRIER_CAMARA_TIMEOUT_MS',
      'CARRIER_CAMARA_TIMOUT',
      'CARRIER_CAMARA_TOKEN_ENDPOINT',
    ]);
    expect(faults.join()).not.toContain('PLANTED');
  });

  it.each(['https://user:pass@x.example', 'https://x.example/?a=1', 'ftp://x.example', 'x.example', 'https://x.example/#a'])(
    'refuses %s as an address',
    (address) => {
      expect(camaraConfigFrom({ ...GOOD, CARRIER_CAMARA_API_ROOT: address }).ok).toBe(false);
    },
  );

  it('prints without its key', () => {
    const result = camaraConfigFrom(GOOD);
    const { d } = JSON.parse(KEY) as { d: string };
    expect(inspect(result, { depth: 9 }) + JSON.stringify(result)).not.toContain(d);
  });
});

describe('clientKey', () => {
  it.each([
    ['RSA of 2048 bits', jwk({ modulusLength: 2048 }), 'RS256'],
    ['P-256', jwk({ namedCurve: 'P-256' }), 'ES256'],
  ])('takes %s', (_, text, algorithm) => {
    expect(clientKey(text)?.algorithm).toBe(algorithm);
  });

  it.each([
    ['another curve', jwk({ namedCurve: 'P-384' })],
    ['a short RSA key', jwk({ modulusLength: 1024 })],
    ['an algorithm that is not the key’s', jwk({ namedCurve: 'P-256' }, { alg: 'RS256' })],
    ['a public key', JSON.stringify({ ...JSON.parse(KEY), d: undefined })],
    ['no JSON', 'key'],
  ])('refuses %s', (_, text) => {
    expect(clientKey(text)).toBeUndefined();
  });
});
