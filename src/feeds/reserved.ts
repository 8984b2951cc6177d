import { inRange, parseNet, type Address, type Range } from './address.ts';

/**
 * Nets that never reach us from the public internet. Public aggregates (FireHOL level lists) carry them as bogons;
 * denying them would shut out a gateway's own neighbours, health checks and every developer.
 */
const RESERVED: readonly Range[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
  '::/127',
  'fc00::/7',
  'fe80::/10',
].map((text) => {
  const net = parseNet(text);
  if (!net) throw new TypeError(`not a net: ${text}`);
  return net;
});

/** Whether an address is in a reserved net: nobody on the public internet has it. */
export function isReserved(address: Address): boolean {
  return RESERVED.some((range) => inRange(range, address));
}

/** What is left of a range without the reserved nets. */
export function withoutReserved(range: Range): readonly Range[] {
  // Nearly every line of a public list: nothing to take away.
  if (!RESERVED.some(({ family, start, end }) => family === range.family && start <= range.end && end >= range.start)) return [range];
  return RESERVED.filter(({ family }) => family === range.family).reduce<readonly Range[]>(
    (parts, { start, end }) =>
      parts.flatMap((part) => {
        if (end < part.start || start > part.end) return [part];
        return [
          ...(part.start < start ? [{ ...part, end: start - 1n }] : []),
          ...(part.end > end ? [{ ...part, start: end + 1n }] : []),
        ];
      }),
    [range],
  );
}

/** More public addresses in one entry than any honest list holds: an IPv4 /8, an IPv6 /16. */
export function tooBroad(range: Range): boolean {
  const most = range.family === 4 ? 1n << 24n : 1n << 112n;
  if (range.end - range.start < most) return false;
  return withoutReserved(range).reduce((sum, { start, end }) => sum + end - start + 1n, 0n) > most && !isBogon(range);
}

/** IPv6 outside `2000::/3` is not routed; full bogon lists carry it in very large entries. */
function isBogon({ family, start, end }: Range): boolean {
  return family === 6 && (end < 0x2000n << 112n || start > (0x4000n << 112n) - 1n);
}
