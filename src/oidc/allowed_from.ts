/** From where a key may be used: addresses and nets (CIDR), judged where a client authenticates and nowhere else. */
import { parseAddress, parseNet } from '../feeds/address.ts';
import { RangeSet } from '../feeds/range_set.ts';

/** Most nets of one key. */
export const MOST_NETS = 50;

/** What is wrong with a line of the list; undefined where nothing is. Pure. */
export function netProblem(text: string): string | undefined {
  const net = parseNet(text);
  if (!net) return 'is no address and no net such as 192.0.2.0/24';
  // Half of the internet is no list: it is a slip of the pen, and reads as one.
  const bits = text.includes('/') ? Number(text.slice(text.indexOf('/') + 1)) : undefined;
  return bits !== undefined && bits === 0 ? 'holds every address; leave the list empty instead' : undefined;
}

const sets = new WeakMap<readonly string[], RangeSet>();

/**
 * Whether an address is on a list; an empty one lets everybody in. What cannot be read is not let in.
 *
 * @param nets the same array for the same list, as the client's metadata has it: it is read once
 */
export function allowedFrom(nets: readonly string[], address: string | undefined): boolean {
  if (nets.length === 0) return true;
  const at = address === undefined ? undefined : parseAddress(address);
  if (!at) return false;
  let set = sets.get(nets);
  if (!set) sets.set(nets, (set = new RangeSet(nets.flatMap((net) => parseNet(net) ?? []))));
  return set.has(at);
}
