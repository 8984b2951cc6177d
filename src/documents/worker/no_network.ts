/**
 * Takes the network away from JavaScript. Preloaded (`--import`) into the reading process and so into each of its
 * threads, before any library can keep a reference of its own. Native code is not held by this: the container's or the
 * machine's own rules are the outer wall.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';

/** What anybody gets who tries. The code is stable. */
class NoNetwork extends Error {
  override readonly name = 'NoNetwork';
  readonly code = 'no_network';
  constructor() {
    super('the reading process has no network');
  }
}

/** A function of the old kind: it must be possible to call it with `new`. */
function refuse(): never {
  throw new NoNetwork();
}
/** For those who promise their answer. */
const refuseLater = (): Promise<never> => Promise.reject(new NoNetwork());

function take(owner: object, names: readonly string[], replacement: () => never | Promise<never>): void {
  for (const name of names) {
    if (name in owner) Object.defineProperty(owner, name, { value: replacement, writable: false, configurable: false, enumerable: true });
  }
}

const LOOKUPS = Object.keys(dns.promises).filter((name) => /^(?:lookup|resolve|reverse)/.test(name));

take(globalThis, ['fetch'], refuseLater);
take(globalThis, ['WebSocket', 'EventSource', 'XMLHttpRequest'], refuse);
take(net.Socket.prototype, ['connect'], refuse);
take(net.Server.prototype, ['listen'], refuse);
take(net, ['connect', 'createConnection'], refuse);
take(tls, ['connect'], refuse);
take(http, ['request', 'get'], refuse);
take(https, ['request', 'get'], refuse);
take(http2, ['connect'], refuse);
take(dgram, ['createSocket'], refuse);
take(dgram.Socket.prototype, ['bind', 'connect', 'send'], refuse);
take(dns, LOOKUPS, refuse);
take(dns.promises, LOOKUPS, refuseLater);
take(dns.Resolver.prototype, LOOKUPS, refuse);
take(dns.promises.Resolver.prototype, LOOKUPS, refuseLater);
// Those who wrote `import { connect } from 'node:net'` get the same.
syncBuiltinESMExports();
