/** Lists of mail domains: reading one, and asking whether a domain or one above it is on it. */
import { domainToASCII } from 'node:url';

const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

/** The one spelling of a domain (lower case, IDNA as ASCII, no dot at the end), or undefined for what is none. */
export function canonicalDomain(text: string): string | undefined {
  // Node reads a host as far as it goes, and decodes it: what could end or hide one is no part of a domain.
  if (text.length > 255 || /[\s/\\?#@:%]/.test(text)) return undefined;
  const bare = text.replace(/\.$/, '');
  const ascii = DOMAIN.test(bare) ? bare : domainToASCII(bare).toLowerCase();
  return ascii.length <= 253 && DOMAIN.test(ascii) ? ascii : undefined;
}

/** An entry of a list: `x.example`, `*.x.example`, `.x.example`. */
export function listedDomain(entry: string): string | undefined {
  return canonicalDomain(entry.replace(/^\*?\./, ''));
}

/** Whether a domain is in a set, or any domain it lies under; a top-level domain alone is never asked for. */
export function holdsDomain(set: ReadonlySet<string>, domain: string): boolean {
  let name = canonicalDomain(domain);
  while (name?.includes('.')) {
    if (set.has(name)) return true;
    name = name.slice(name.indexOf('.') + 1);
  }
  return false;
}
