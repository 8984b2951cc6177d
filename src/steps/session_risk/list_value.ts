/** What can be put on a list, in its one spelling. Pure. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { canonicalAddress, formatAddress, parseAddress, parseNet, type Address } from '../../feeds/address.ts';
import { listedDomain } from '../../feeds/domains.ts';
import { canonicalEmail } from '../counted_as.ts';

/** Kinds whose value is typed; the others are named by an id. */
export type TypedKind = 'address' | 'net' | 'phone' | 'email';

export type ListValueFault = 'address' | 'net' | 'net_too_broad' | 'phone' | 'email';

export type ReadListValue = { readonly kind: 'value'; readonly value: string } | { readonly kind: 'fault'; readonly fault: ListValueFault };

/** Fewer bits take in whole registries: a slip of the finger, not a net. */
const LEAST_BITS = { 4: 8, 6: 16 } as const;
const BITS = { 4: 32, 6: 128 } as const;

const fault = (code: ListValueFault): ReadListValue => ({ kind: 'fault', fault: code });
const value = (text: string): ReadListValue => ({ kind: 'value', value: text });

const READERS: Readonly<Record<TypedKind, (text: string) => ReadListValue>> = {
  address(text) {
    const canonical = canonicalAddress(text);
    return canonical === undefined || text.includes('%') ? fault('address') : value(canonical);
  },
  net(text) {
    const range = text.includes('/') ? parseNet(text) : undefined;
    if (!range) return fault('net');
    const bits = BITS[range.family] - Math.round(Math.log2(Number(range.end - range.start + 1n)));
    return bits < LEAST_BITS[range.family] ? fault('net_too_broad') : value(netText({ family: range.family, value: range.start }, bits));
  },
  phone(text) {
    const read = text.trim().startsWith('+') ? parsePhoneNumberFromString(text) : undefined;
    // A number that no carrier gives out yet is somebody's all the same: its form counts.
    return read?.isPossible() === true && read.ext === undefined ? value(read.number) : fault('phone');
  },
  email(text) {
    const at = text.lastIndexOf('@');
    const domain = listedDomain(text.slice(at + 1));
    if (domain === undefined || text.length > 254 || /\s/.test(text)) return fault('email');
    // `@example.com` and `example.com`: everybody there.
    return value(at <= 0 ? `@${domain}` : canonicalEmail(text));
  },
};

/** Read a value of a kind. */
export function readListValue(kind: TypedKind, text: string): ReadListValue {
  return READERS[kind](text.trim());
}

/** The one spelling of a net: its first address and its bits. */
export function netText(address: Address, bits: number): string {
  const free = BigInt(BITS[address.family] - bits);
  return `${formatAddress({ family: address.family, value: (address.value >> free) << free })}/${bits}`;
}

/** Every net that an address can lie in, of these lengths. An IPv4 address has none of IPv6, and the other way round. */
export function netsAround(text: string, lengths: { readonly 4: Iterable<number>; readonly 6: Iterable<number> }): readonly string[] {
  const address = parseAddress(text);
  return address ? [...lengths[address.family]].map((bits) => netText(address, bits)) : [];
}

/** The mailbox, then its domain and those above it, as they may stand on a list. */
export function emailValues(email: string): readonly string[] {
  const canonical = canonicalEmail(email);
  const parts = canonical.slice(canonical.lastIndexOf('@') + 1).split('.');
  return [canonical, ...parts.slice(0, -1).map((_part, from) => `@${parts.slice(from).join('.')}`)];
}
