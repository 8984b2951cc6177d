/**
 * Addresses that a key may name: where people and tokens are sent. They are compared character by character, so only one
 * spelling of an address is taken, and none that a browser reads otherwise than we do.
 */
import type { Mode } from '../journey/journey.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const LONGEST = 2000;

/** What is wrong with a redirect URI for a key of this mode; undefined where nothing is. Pure. */
export function redirectUriProblem(uri: string, mode: Mode): string | undefined {
  if (uri.length > LONGEST) return `is longer than ${LONGEST} characters`;
  const url = URL.parse(uri);
  if (!url) return 'is not an absolute URL';
  if (uri.includes('#')) return 'has a fragment (RFC 6749 section 3.1.2)';
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?]*@/i.test(uri)) return 'has a user name or password';
  if (uri.includes('*')) return 'has a wildcard: redirect URIs are compared exactly (RFC 9700 section 4.1.3)';
  if (!/^[\x21-\x7e]+$/.test(uri) || /[\\<>"^`{|}]/.test(uri)) return 'has a character that must be percent-encoded';
  const { protocol, hostname } = url;
  if (protocol !== 'https:' && !(protocol === 'http:' && mode === 'test' && LOOPBACK.has(hostname))) {
    return mode === 'test' ? 'must be https, or http on localhost' : 'must be https';
  }
  // One spelling: browsers take `https:/host`, `HTTPS://HOST`, `:443` and `/a/../b` for others, and we would not.
  if (uri !== url.href && `${uri}/` !== url.href && !sameButRoot(uri, url)) return `must be written as ${url.href}`;
  return undefined;
}

/** `https://host?x=1` for `https://host/?x=1`: what RFC 3986 allows to leave out. */
function sameButRoot(uri: string, url: URL): boolean {
  return url.pathname === '/' && uri === `${url.protocol}//${url.host}${url.search}`;
}
