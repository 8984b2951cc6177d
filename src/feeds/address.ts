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
/** `::ffff:0:0/96`, the IPv4-mapped block (RFC 4291 section 2.5.5.2). */
const MAPPED = 0xffffn;

function v4Value(text: string): bigint {
  return text.split('.').reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function v6Groups(text: string): bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}

function v6Value(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted ? v4Value(dotted[2]!) : 0n;
  const hex = dotted ? `${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}` : text;
  const [head = '', rest] = hex.split('::', 2);
  const before = v6Groups(head);
  const after = rest === undefined ? [] : v6Groups(rest);
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0n);
  return [...before, ...gap, ...after].reduce((value, group) => (value << 16n) | group, 0n);
}

/**
 * Reads an address: IPv4 in IPv6 clothes becomes IPv4, a zone id (`%eth0`) and URL brackets are dropped. Anything else,
 * `010.0.0.1` and host names included, is undefined.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > 80) return undefined;
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (isIPv4(bare)) return { family: 4, value: v4Value(bare) };
  if (!isIPv6(bare)) return undefined;
  const value = v6Value(bare.replace(/%.*$/, ''));
  return value >> 32n === MAPPED ? { family: 4, value: value & 0xffffffffn } : { family: 6, value };
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
  const size = 1n << BigInt(bits - prefix);
  const start = (address.value / size) * size;
  return { family: address.family, start, end: start + size - 1n };
}

/** Whether a range holds an address. */
export function inRange({ family, start, end }: Range, address: Address): boolean {
  return family === address.family && address.value >= start && address.value <= end;
}
