import { describe, expect, test } from 'vitest';
import { allowedFrom, netProblem } from '../../src/oidc/allowed_from.ts';
import { newClient, redirectUriProblem, secretPresented, hashClientSecret } from '../../src/oidc/clients.ts';

describe('redirect URIs', () => {
  test.each([
    'https://app.example.com/cb', 'https://app.example.com', 'https://app.example.com/', 'https://app.example.com?x=1', 'https://app.example.com:8443/cb?tenant=a&b=%20c',
    'https://192.0.2.1/cb', 'https://[2001:db8::1]/cb', 'https://xn--bcher-kva.example/cb',
  ])('%s is one, for both modes', (uri) => {
    expect(redirectUriProblem(uri, 'live')).toBeUndefined();
    expect(redirectUriProblem(uri, 'test')).toBeUndefined();
  });

  test.each(['http://localhost:3001/callback', 'http://127.0.0.1/cb', 'http://[::1]:9/cb'])('%s is one for test keys alone', (uri) => {
    expect(redirectUriProblem(uri, 'test')).toBeUndefined();
    expect(redirectUriProblem(uri, 'live')).toBe('must be https');
  });

  test.each([
    ['', 'absolute'], ['/cb', 'absolute'], ['app.example.com/cb', 'absolute'], ['//app.example.com/cb', 'absolute'],
    ['https://app.example.com/cb#frag', 'fragment'], ['https://app.example.com/cb#', 'fragment'],
    ['https://user@app.example.com/', 'user name'], ['https://user:pw@app.example.com/', 'user name'], ['https://@app.example.com/', 'user name'],
    ['https://*.example.com/cb', 'wildcard'], ['https://app.example.com/*', 'wildcard'],
    ['http://app.example.com/cb', 'https'], ['http://localhost.evil.example/', 'https'], ['http://127.0.0.1.evil.example/', 'https'], ['http://0.0.0.0/', 'https'], ['http://localhost./', 'https'],
    ['ftp://app.example.com/', 'https'], ['javascript:alert(1)', 'https'], ['data:text/html,x', 'https'], ['file:///etc/passwd', 'https'], ['com.example.app:/cb', 'https'],
    ['https:app.example.com/cb', 'written as'], ['https:/app.example.com/cb', 'written as'], ['HTTPS://app.example.com/cb', 'written as'], ['https://APP.example.com/cb', 'written as'],
    ['https://app.example.com:443/cb', 'written as'], ['https://app.example.com/a/../cb', 'written as'], ['https://app.example.com/./cb', 'written as'], ['https://app.example.com/%2e%2e/cb', 'written as'],
    ['http://0x7f.1/cb', 'written as'], ['http://2130706433/', 'written as'], ['https://app.example.com/a\\b', 'percent-encoded'], ['https:\\\\app.example.com\\cb', 'percent-encoded'],
    ['https://app.example.com/a b', 'percent-encoded'], ['https://app.example.com/\tcb', 'percent-encoded'], [' https://app.example.com/', 'percent-encoded'], ['https://app.example.com/\n', 'percent-encoded'],
    ['https://bücher.example/cb', 'percent-encoded'], ['https://app.example.com/"><script>', 'percent-encoded'], [`https://app.example.com/${'a'.repeat(2000)}`, 'longer'],
  ])('%j is none: %s', (uri, why) => {
    for (const mode of ['test', 'live'] as const) {
      expect(redirectUriProblem(uri, mode)).toBeDefined();
      expect(() => newClient({ client_name: 'x', redirect_uris: [uri] }, mode)).toThrow();
    }
    expect(redirectUriProblem(uri, 'test')).toContain(why);
  });

  test('what a public client may not, and where sign-out is told, are judged too', () => {
    const base = { client_name: 'x', redirect_uris: ['https://a.example/'] };
    expect(() => newClient({ ...base, pkce: 'nonce', token_endpoint_auth_method: 'none' }, 'test')).toThrow(/PKCE/);
    expect(() => newClient({ ...base, backchannel_logout_uri: 'http://localhost/' }, 'live')).toThrow(/https/);
    expect(() => newClient({ ...base, backchannel_logout_uri: 'http://10.0.0.1/' }, 'test')).toThrow(/https/);
    expect(() => newClient({ ...base, allowed_from: ['10.0.0.0/33'] }, 'test')).toThrow(/net/);
  });
});

describe('addresses that a key may be used from', () => {
  test.each([
    [['192.0.2.0/24'], '192.0.2.255', true], [['192.0.2.0/24'], '192.0.3.0', false], [['192.0.2.7'], '192.0.2.7', true], [['192.0.2.7'], '::ffff:192.0.2.7', true],
    [['2001:db8::/32'], '2001:db8:ffff::1', true], [['2001:db8::/32'], '2001:db9::1', false], [['10.0.0.0/8', '2001:db8::1'], '2001:DB8:0::1', true],
    [['10.0.0.0/8'], undefined, false], [['10.0.0.0/8'], 'unknown', false], [[], 'anything', true], [['rubbish'], '10.0.0.1', false],
  ])('%j and %s: %s', (nets, address, allowed) => {
    expect(allowedFrom(nets, address)).toBe(allowed);
  });

  test.each(['', 'x', '10.0.0.0/33', '10.0.0', '0.0.0.0/0', '::/0', '10.0.0.0/-1', '010.0.0.1', 'app.example.com'])('%j is no line of the list', (line) => {
    expect(netProblem(line)).toBeDefined();
  });
});

test('two secrets work during an overlap, to the millisecond, and nothing else', () => {
  const stored = { current: hashClientSecret('new'), previous: { hash: hashClientSecret('old'), until: 1000 } };
  expect(secretPresented('new', stored, 2000)).toBe('current');
  expect(secretPresented('old', stored, 999)).toBe('previous');
  expect(secretPresented('old', stored, 1000)).toBeUndefined();
  expect(secretPresented('old', { ...stored, previous: undefined }, 0)).toBeUndefined();
  expect(secretPresented('', stored, 0)).toBeUndefined();
  expect(secretPresented(hashClientSecret('new'), stored, 0)).toBeUndefined();
  expect(secretPresented('x', { current: undefined, previous: undefined }, 0)).toBeUndefined();
});
