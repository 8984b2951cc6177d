/** Writes small databases in MaxMind's format (specification 2.0), with records of any shape. */
import { parseNet } from '../../src/feeds/address.ts';

type Value = string | number | { readonly [name: string]: Value };

function head(type: number, size: number): Buffer {
  if (size >= 29 + 256) throw new RangeError('longer than this writer writes');
  const extended = type > 7;
  const first = ((extended ? 0 : type) << 5) | (size < 29 ? size : 29);
  return Buffer.from([first, ...(extended ? [type - 7] : []), ...(size < 29 ? [] : [size - 29])]);
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([head(6, 4), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([head(3, 8), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([head(7, entries.length), ...entries.flatMap(([name, one]) => [encode(name), encode(one)])]);
}

type Node = [Node | number | undefined, Node | number | undefined];

/** A database of these nets; IPv4 nets stand in the first 32 bits of an IPv6 tree, as everywhere. */
export function writeMmdb(records: Readonly<Record<string, Value>>, ipVersion: 4 | 6 = 6): Buffer {
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [text, record] of Object.entries(records)) {
    const net = parseNet(text);
    if (!net) throw new TypeError(text);
    const bits = ipVersion === 6 ? 128 : 32;
    const length = bits - (net.end - net.start + 1n).toString(2).length + 1;
    let node = root;
    for (let depth = 0; depth < length; depth += 1) {
      const bit = Number((net.start >> BigInt(bits - 1 - depth)) & 1n);
      if (depth === length - 1) node[bit] = offset;
      else {
        const next = node[bit];
        const onward: Node = typeof next === 'object' ? next : [undefined, undefined];
        node[bit] = onward;
        node = onward;
      }
    }
    const encoded = encode(record);
    data.push(encoded);
    offset += encoded.byteLength;
  }
  const nodes: Node[] = [root];
  for (let at = 0; at < nodes.length; at += 1) for (const child of nodes[at]!) if (typeof child === 'object') nodes.push(child);
  const place = new Map(nodes.map((node, index) => [node, index]));
  const tree = Buffer.alloc(nodes.length * 8);
  for (const [index, node] of nodes.entries()) {
    for (const [side, child] of node.entries()) {
      const target = typeof child === 'object' ? place.get(child)! : child === undefined ? nodes.length : nodes.length + 16 + child;
      tree.writeUInt32BE(target, index * 8 + side * 4);
    }
  }
  const metadata = encode({
    binary_format_major_version: 2, binary_format_minor_version: 0, build_epoch: 1_780_000_000, database_type: 'test', description: { en: 'test' },
    ip_version: ipVersion, node_count: nodes.length, record_size: 32,
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata]);
}
