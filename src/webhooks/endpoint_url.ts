/** Where webhooks may be sent, as far as an address tells; what its name leads to is judged when a connection is made. */
import { parseAddress } from '../feeds/address.ts';
import { isLoopback, isPublic } from '../feeds/public_address.ts';
import type { Mode } from '../journey/journey.ts';

const LONGEST = 2_000;
/** Names of networks that are nobody else's business. */
const INNER_NAMES = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa|localdomain|onion|test|invalid)$/;

/** The host without the brackets of an IPv6 address. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Whether an address names this machine. */
export function namesThisMachine(url: URL): boolean {
  const literal = parseAddress(bareHost(url));
  return url.hostname === 'localhost' || (literal !== undefined && isLoopback(literal));
}

/**
 * What is wrong with an endpoint's address, in a sentence for whoever typed it; undefined where nothing is. Pure.
 *
 * @param development whether this gateway may call its own machine for test endpoints
 */
export function endpointUrlFault(text: string, mode: Mode, development: boolean): string | undefined {
  if (text === '') return 'Enter the address that events are sent to.';
  const url = URL.parse(text);
  if (!url || text.length > LONGEST || /[\s\p{Cc}]/u.test(text)) return 'Enter a whole address, such as https://app.example.com/webhooks.';
  if (url.username !== '' || url.password !== '') return 'Leave the user name and password out: deliveries are signed instead.';
  if (text.includes('#')) return 'Leave out the part from “#” on: it is never sent.';
  if (namesThisMachine(url)) {
    if (development && mode === 'test' && (url.protocol === 'http:' || url.protocol === 'https:')) return undefined;
    return development ? 'This machine can be called for test events only.' : 'This is the machine itself. Only addresses of the public internet are called.';
  }
  if (url.protocol !== 'https:') return 'Use an https address.';
  const literal = parseAddress(bareHost(url));
  if (literal !== undefined) return isPublic(literal) ? undefined : 'This is an inner address. Only addresses of the public internet are called.';
  const host = url.hostname.replace(/\.$/, '');
  return !host.includes('.') || INNER_NAMES.test(host) ? 'This is a name of an inner network. Only addresses of the public internet are called.' : undefined;
}
