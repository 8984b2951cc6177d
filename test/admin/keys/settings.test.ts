import { describe, expect, test } from 'vitest';
import { fieldsOf, linesOf, settingsFrom } from '../../../src/admin/keys/form.ts';
import { jwksProblem, readJwks } from '../../../src/admin/keys/jwks.ts';
import { DEFAULT_SETTINGS, settingsChanged, settingsFaults, settingsOf, storedSettings, type KeySettings } from '../../../src/admin/keys/settings.ts';
import { newClient } from '../../../src/oidc/clients.ts';

const GOOD: KeySettings = { ...DEFAULT_SETTINGS, name: 'App', redirectUris: ['https://a.example/cb'] };
const EC = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', kid: 'k1' };
const FULL: KeySettings = {
  name: 'App', redirectUris: ['https://a.example/cb'], postLogoutRedirectUris: ['https://a.example/'], authMethod: 'private_key_jwt', jwks: { keys: [EC] }, jwksUri: undefined,
  pkce: 'nonce', parRequired: true, dpopRequired: true, refreshTokens: true, idTokenAlg: 'ES256', subjectType: 'public', sector: 'bank', clientUri: 'https://a.example/', logoUri: 'https://a.example/l.png',
  policyUri: 'https://a.example/p', tosUri: 'https://a.example/t', denyAs: 'token', reuseSeconds: 60, reviewAs: 'hold', backchannelLogoutUri: 'https://a.example/out', backchannelLogoutSession: true, allowedFrom: ['192.0.2.0/24'],
};

describe('settings of a key', () => {
  test('survive the form and the store unchanged', () => {
    const on = Object.fromEntries(Object.entries(FULL).flatMap(([name, value]) => (value === true ? [[name, 'on']] : [])));
    expect(settingsFrom({ ...fieldsOf(FULL), ...on })).toEqual({ settings: FULL, faults: {} });
    expect(settingsOf(newClient(storedSettings(FULL), 'live'))).toEqual(FULL);
    expect(settingsOf(newClient(storedSettings(GOOD), 'live'))).toEqual({ ...GOOD, sector: 'a.example' });
    expect(settingsFaults(FULL, 'live')).toEqual({});
  });

  test.each<[keyof KeySettings, Partial<KeySettings>]>([
    ['name', { name: ' ' }], ['name', { name: 'x'.repeat(121) }], ['name', { name: 'a\u202eb' }], ['name', { name: 'a\nb' }],
    ['redirectUris', { redirectUris: [] }], ['redirectUris', { redirectUris: ['http://localhost/cb'] }], ['redirectUris', { redirectUris: ['https://a.example/', 'https://a.example/'] }],
    ['redirectUris', { redirectUris: Array.from({ length: 51 }, (_none, at) => `https://a.example/${at}`) }], ['postLogoutRedirectUris', { postLogoutRedirectUris: ['https://a.example/#x'] }],
    ['jwks', { authMethod: 'private_key_jwt' }], ['jwksUri', { jwks: { keys: [EC] }, jwksUri: 'https://a.example/keys' }], ['jwksUri', { jwksUri: 'http://a.example/keys' }],
    ['jwks', { jwks: { keys: [{ ...EC, d: 'secret' }] } }], ['pkce', { pkce: 'nonce', authMethod: 'none' }], ['parRequired', { parRequired: true, authMethod: 'none' }],
    ['sector', { sector: 'a b' }], ['reuseSeconds', { reuseSeconds: Number.NaN }], ['reuseSeconds', { reuseSeconds: 15_552_001 }], ['logoUri', { logoUri: 'javascript:alert(1)' }],
    ['backchannelLogoutUri', { backchannelLogoutUri: 'http://localhost/out' }], ['allowedFrom', { allowedFrom: ['10.0.0.0/40'] }], ['allowedFrom', { allowedFrom: ['0.0.0.0/0'] }],
  ])('a fault of %s is told there: %j', (field, change) => {
    expect(Object.keys(settingsFaults({ ...GOOD, ...change }, 'live'))).toEqual([field]);
  });

  test('lines are told by their number', () => {
    expect(settingsFaults({ ...GOOD, redirectUris: ['https://a.example/', 'http://b.example/', 'x'] }, 'live').redirectUris).toBe('Line 2 must be https. Line 3 is not an absolute URL.');
    expect(linesOf(' a \r\n\r\nb\n')).toEqual(['a', 'b']);
  });

  test('a fault of reading is no setting', () => {
    expect(settingsFrom({ jwks: 'x' }).faults).toHaveProperty('jwks');
    expect(settingsFaults({ ...GOOD, ...settingsFrom({ name: 'a', redirectUris: 'https://a.example/', reuseSeconds: '1e3' }).settings }, 'live')).toHaveProperty('reuseSeconds');
    expect(settingsFrom({ authMethod: 'tls_client_auth', pkce: 'off', reviewAs: 'approve', denyAs: 'approve' }).settings).toMatchObject({ authMethod: 'client_secret_basic', pkce: 'required', reviewAs: 'error', denyAs: undefined });
  });

  test('of key sets the log has names alone', () => {
    expect(settingsChanged(GOOD, { ...GOOD, jwks: { keys: [EC] }, name: 'New' })).toEqual({ name: { before: 'App', after: 'New' }, jwks: { before: null, after: ['k1'] } });
  });
});

describe('a pasted key set', () => {
  test.each([
    [[], 'no key'], [Array.from({ length: 11 }, () => EC), 'At most'], [[{ ...EC, d: 'x' }], 'private key'], [[{ kty: 'oct', k: 'x' }], 'private key'], [[{ kty: 'oct' }], 'no type'],
    [[{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }], '2048'], [[{ kty: 'EC', crv: 'P-256', x: 'a' }], 'lacks'], [[{ ...EC, crv: 'secp256k1' }], 'curve'], [[{ ...EC, kid: 7 }], 'kid'], [[{ ...EC, use: 'enc' }], 'encryption'], [[null], 'object'], [[[]], 'object'],
  ])('%j: %s', (keys, why) => {
    expect(jwksProblem({ keys })).toContain(why);
  });
  test('is read from JSON, one key alone too; nothing else is one', () => {
    expect(readJwks(JSON.stringify(EC))).toEqual({ keys: [EC] });
    for (const text of ['', '[]', '7', '{}', '{"keys":7}', '{"keys":[7]}', 'null', '-----BEGIN PUBLIC KEY-----']) expect(readJwks(text), text).toBeUndefined();
  });
});
