/**
 * Which addresses the gateway calls when it fetches a feed: those of the public internet. An address book that names an
 * inner one (by mistake, by a redirect, or by a name that changes its mind) must not open the inside of a network.
 */
import { inRange, parseNet, type Address, type Range } from './address.ts';
import { isReserved } from './reserved.ts';

const net = (text: string): Range => {
  const range = parseNet(text);
  if (!range) throw new TypeError(`not a net: ${text}`);
  return range;
};

/** IANA's special-purpose registries, beyond what {@link isReserved} holds: documentation, benchmarks, tunnels. */
const SPECIAL: readonly Range[] = [
  '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20',
].map(net);
const GLOBAL_V6 = net('2000::/3');
/** RFC 6052: an IPv4 address in its last 32 bits, which is the one that is reached. */
const NAT64 = net('64:ff9b::/96');
const LOOPBACK: readonly Range[] = [net('127.0.0.0/8'), net('::1')];

export function isLoopback(address: Address): boolean {
  return LOOPBACK.some((range) => inRange(range, address));
}

/** Whether an address belongs to the public internet. */
export function isPublic(address: Address): boolean {
  if (inRange(NAT64, address)) return isPublic({ family: 4, value: address.value & 0xffff_ffffn });
  if (address.family === 6 && !inRange(GLOBAL_V6, address)) return false;
  return !isReserved(address) && !SPECIAL.some((range) => inRange(range, address));
}
