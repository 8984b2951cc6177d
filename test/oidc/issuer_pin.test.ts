import Koa from 'koa';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { clientAddress, pinToIssuer } from '../../src/oidc/issuer_pin.ts';
import type { Personal } from '../../src/personal.ts';

it.each([
  ['no proxy is trusted', '1.1.1.1', '9.9.9.9', 0, '9.9.9.9'],
  ['one hop', '6.6.6.6, 1.1.1.1', '9.9.9.9', 1, '1.1.1.1'],
  ['two hops', '6.6.6.6, 1.1.1.1, 2.2.2.2', '9.9.9.9', 2, '1.1.1.1'],
  ['fewer entries than hops', '1.1.1.1', '9.9.9.9', 3, '1.1.1.1'],
  ['no header', undefined, '9.9.9.9', 1, '9.9.9.9'],
  ['nonsense', '<script>', '9.9.9.9', 1, '9.9.9.9'],
  ['a port', '1.1.1.1:4444', '9.9.9.9', 1, '1.1.1.1'],
  ['IPv6 in brackets', '[2001:DB8::1]:443', '9.9.9.9', 1, '2001:db8::1'],
  ['IPv4 in IPv6', undefined, '::ffff:10.0.0.1', 0, '10.0.0.1'],
  ['no socket address', undefined, undefined, 0, '0.0.0.0'],
])('finds the client address: %s', (_name, forwarded, socket, hops, expected) => {
  expect(clientAddress(forwarded, socket, hops)).toBe(expected);
});

it('pins scheme, host and address for all that follows', async () => {
  const app = new Koa();
  pinToIssuer(app, { issuer: 'https://id.example', trustedProxyHops: 1 });
  app.use((ctx) => {
    ctx.body = { href: ctx.href, secure: ctx.secure, ip: ctx.ip, address: (ctx.state['clientAddress'] as Personal<string>).open(), printed: String(ctx.state['clientAddress']) };
  });
  const server = createServer(app.callback());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x?y=1`, {
    headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-for': '6.6.6.6, 8.8.8.8', forwarded: 'for=7.7.7.7;host=evil.example' },
  });
  server.close();
  expect(await response.json()).toEqual({ href: 'https://id.example/x?y=1', secure: true, ip: '8.8.8.8', address: '8.8.8.8', printed: '[personal]' });
});
