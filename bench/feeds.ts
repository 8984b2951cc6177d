/**
 * Looking addresses up in lists, beside Node's own `net.BlockList` with the same nets in the same run. Nets and
 * addresses are drawn evenly and differ from run to run; the ratio does not move by more than its noise.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAddress, parseAddress, parseNet, type Address } from '../src/feeds/address.ts';
import { loadFeeds } from '../src/feeds/feeds.ts';
import { RangeSet } from '../src/feeds/range_set.ts';
import { amount, printTable } from './table.ts';

/** As many as X4BNet's list of data centres has. */
const NETS = { 4: 42_566, 6: 8_752 } as const;
const ADDRESSES = 20_000;

const drawn = (bytes: number): bigint => BigInt(`0x${randomBytes(bytes).toString('hex')}`);
/** Public unicast, so that every address goes the whole way. */
const drawAddress = (family: 4 | 6): Address => (family === 4 ? { family, value: (drawn(3) << 8n) | (drawn(1) % 200n) | (16n << 24n) } : { family, value: (0x2an << 120n) | drawn(15) });
const drawNet = (family: 4 | 6): string => `${formatAddress(drawAddress(family))}/${family === 4 ? 24 - (randomBytes(1)[0]! % 8) : 40}`;

/** Microseconds of one look-up: the best of some rounds, for what is slower is the machine's other business. */
function timed(count: number, rounds: number, lookUp: (index: number) => boolean): number {
  let best = Number.POSITIVE_INFINITY;
  let hits = 0;
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    for (let index = 0; index < count; index += 1) hits += Number(lookUp(index));
    best = Math.min(best, performance.now() - began);
  }
  if (hits > count * rounds) throw new RangeError('counted more than was asked');
  return (best / count) * 1000;
}

/** Measure and print. */
export async function feedLookups(quick: boolean): Promise<void> {
  const rounds = quick ? 2 : 10;
  const rows: (readonly string[])[] = [];
  const lists = { 4: Array.from({ length: NETS[4] }, () => drawNet(4)), 6: Array.from({ length: NETS[6] }, () => drawNet(6)) };
  for (const family of [4, 6] as const) {
    const set = new RangeSet(lists[family].map((text) => parseNet(text)!));
    const block = new BlockList();
    for (const text of lists[family]) {
      const [address = '', prefix] = text.split('/');
      block.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    }
    const addresses = Array.from({ length: ADDRESSES }, () => drawAddress(family));
    const texts = addresses.map(formatAddress);
    const ours = timed(ADDRESSES, rounds, (index) => set.has(addresses[index]!));
    const parsed = timed(ADDRESSES, rounds, (index) => set.has(parseAddress(texts[index]!)!));
    // Some releases of Node walk all rules: one round there takes as long as many of ours.
    const slow = timed(50, 1, (index) => block.check(texts[index]!, family === 4 ? 'ipv4' : 'ipv6')) > 100;
    const theirs = timed(slow ? 500 : ADDRESSES, slow ? 1 : rounds, (index) => block.check(texts[index]!, family === 4 ? 'ipv4' : 'ipv6'));
    const row = (name: string, time: number): readonly string[] => [`IPv${family}`, name, amount(1_000_000 / time), amount(time), amount(theirs / time)];
    rows.push(row('sorted ranges, address read already', ours), row('sorted ranges, from text', parsed), row('net.BlockList, from text', theirs));
  }
  printTable(`Look-ups in ${NETS[4]} nets of IPv4 and ${NETS[6]} of IPv6`, ['family', 'structure', 'look-ups/s', 'µs', 'times net.BlockList'], rows);

  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-feeds-'));
  try {
    await writeFile(join(folder, 'nets'), [...lists[4], ...lists[6]].join('\n'));
    const source = (kind: 'hosting' | 'vpn' | 'deny') => ({ id: kind, kind, format: 'netset', staleMs: 86_400_000, from: { path: join(folder, 'nets') } }) as const;
    const began = performance.now();
    const feeds = await loadFeeds({ sources: [source('deny'), source('hosting'), source('vpn')] }, Date.now);
    const loaded = performance.now() - began;
    const texts = Array.from({ length: 2_000 }, (_, index) => formatAddress(drawAddress(index % 2 === 0 ? 4 : 6)));
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      for (const text of texts) await feeds.look(text);
      best = Math.min(best, performance.now() - start);
    }
    const place = timed(texts.length, rounds, (index) => feeds.locate(texts[index]!).country !== undefined);
    printTable('One session\'s questions, three such lists configured', ['question', 'µs'], [
      ['look: every list', amount((best / texts.length) * 1000)], ['locate: shipped country and kind of network', amount(place)], ['reading the three lists, at start', amount(loaded * 1000)],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
