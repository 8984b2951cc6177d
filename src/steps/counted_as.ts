/** Under which text a thing is counted: the same thing in other words must count as one. Texts are hashed before they are stored. */
import { canonicalAddress, formatAddress, net64Of, parseAddress } from '../feeds/address.ts';
import { canonicalDomain } from '../feeds/domains.ts';

/**
 * Addresses behind which one mailbox hides: the part after `+` is dropped everywhere, dots at Google alone, where they
 * are known to mean nothing. A domain has two spellings where it is not ASCII, and counts as one.
 */
export function canonicalEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const written = email.slice(at + 1).toLowerCase();
  const domain = canonicalDomain(written) ?? written;
  const local = email.slice(0, at).toLowerCase().replace(/\+.*$/, '');
  const google = domain === 'gmail.com' || domain === 'googlemail.com';
  return google ? `${local.replaceAll('.', '')}@gmail.com` : `${local}@${domain}`;
}

/** The /48 of an IPv6 address; undefined for IPv4, which has nothing like it. */
export function net48Of(address: string): string | undefined {
  const parsed = parseAddress(address);
  return parsed?.family === 6 ? `${formatAddress({ family: 6, value: (parsed.value >> 80n) << 80n })}/48` : undefined;
}

/** The net that failures are counted by: the /64 of IPv6, 256 neighbours of IPv4. */
export function failureNetOf(address: string): string | undefined {
  const canonical = canonicalAddress(address);
  return canonical === undefined ? undefined : (net64Of(address) ?? `${canonical.replace(/\.\d+$/, '')}.0/24`);
}
