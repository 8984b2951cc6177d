/**
 * Pins every request to the issuer. The library builds its endpoint addresses from the Host header, so a forged one
 * would make discovery name a foreign token endpoint; here Host, scheme and client address become facts before anything
 * else runs, whatever Host, Forwarded and X-Forwarded-* headers say.
 */
import { isIP } from 'node:net';
import type Koa from 'koa';
import { Personal } from '../personal.ts';

export interface IssuerPin {
  /** The issuer: scheme and host, without a path. */
  readonly issuer: string;
  /** How many reverse proxies stand before this server and append to X-Forwarded-For; 0 trusts the socket alone. */
  readonly trustedProxyHops: number;
}

/**
 * Put the pin in front of an application: call it before any other `use`. It leaves the client's address, wrapped, in
 * `ctx.state.clientAddress`, and makes Koa believe the forwarded headers, which from here on only say what the pin wrote
 * into them.
 */
export function pinToIssuer(app: Koa, { issuer, trustedProxyHops }: IssuerPin): void {
  const { host, protocol } = new URL(issuer);
  app.proxy = true;
  app.use(async (ctx, next) => {
    const { headers, socket } = ctx.req;
    const address = clientAddress(headers['x-forwarded-for'], socket.remoteAddress, trustedProxyHops);
    delete headers['forwarded'];
    delete headers['x-real-ip'];
    headers.host = host;
    headers['x-forwarded-host'] = host;
    headers['x-forwarded-proto'] = protocol.slice(0, -1);
    headers['x-forwarded-for'] = address;
    ctx.state['clientAddress'] = Personal.of(address);
    await next();
  });
}

/**
 * The address of the client: the entry that the outermost trusted proxy appended. What stands before it was written by
 * the client itself and is not believed; an entry that is no address falls back to the socket. Pure.
 */
export function clientAddress(forwardedFor: string | readonly string[] | undefined, socketAddress: string | undefined, hops: number): string {
  const socket = plainAddress(socketAddress ?? '') ?? '0.0.0.0';
  if (hops <= 0) return socket;
  const entries = [forwardedFor ?? []].flat().join(',').split(',').map((entry) => entry.trim()).filter(Boolean);
  const entry = entries[Math.max(entries.length - hops, 0)];
  return (entry === undefined ? undefined : plainAddress(entry)) ?? socket;
}

/** An address without brackets, port or IPv4-in-IPv6 prefix; undefined where it is none. */
function plainAddress(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? (/^[\d.]+:\d+$/.test(text) ? text.replace(/:\d+$/, '') : text);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
  return isIP(mapped) === 0 ? undefined : mapped.toLowerCase();
}
