/**
 * Whose network an address is in, from tab-separated ranges as IPtoASN publishes them: first and last address, number,
 * country, name. Ranges do not overlap there; where they did, the one that starts last would be asked.
 */
import { parseAddress, type Address } from './address.ts';
import { lastAtOrBefore } from './range_set.ts';

const LOW = 0xffff_ffff_ffff_ffffn;

interface Row {
  readonly start: bigint;
  readonly end: bigint;
  readonly asn: number;
}

export class AsnTable {
  readonly #start4: Uint32Array;
  readonly #end4: Uint32Array;
  readonly #asn4: Uint32Array;
  // Pairs, as in RangeSet: the high half at 2i, the low half at 2i + 1.
  readonly #start6: BigUint64Array;
  readonly #end6: BigUint64Array;
  readonly #asn6: Uint32Array;

  constructor(v4: readonly Row[], v6: readonly Row[]) {
    const sorted = (rows: readonly Row[]): readonly Row[] => rows.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    const [four, six] = [sorted(v4), sorted(v6)];
    this.#start4 = Uint32Array.from(four, ({ start }) => Number(start));
    this.#end4 = Uint32Array.from(four, ({ end }) => Number(end));
    this.#asn4 = Uint32Array.from(four, ({ asn }) => asn);
    this.#start6 = BigUint64Array.from(six.flatMap(({ start }) => [start >> 64n, start & LOW]));
    this.#end6 = BigUint64Array.from(six.flatMap(({ end }) => [end >> 64n, end & LOW]));
    this.#asn6 = Uint32Array.from(six, ({ asn }) => asn);
  }

  /** The number of the network an address is in; undefined where nobody announces it. */
  asnOf({ family, value }: Address): number | undefined {
    if (family === 4) {
      const wanted = Number(value);
      const at = lastAtOrBefore(this.#start4.length, (index) => this.#start4[index]! > wanted);
      return at >= 0 && wanted <= this.#end4[at]! ? this.#asn4[at] : undefined;
    }
    const [high, low] = [value >> 64n, value & LOW];
    const starts = this.#start6;
    const at = lastAtOrBefore(this.#asn6.length, (index) => {
      const top = starts[2 * index]!;
      return top > high || (top === high && starts[2 * index + 1]! > low);
    });
    if (at < 0) return undefined;
    const top = this.#end6[2 * at]!;
    return high < top || (high === top && low <= this.#end6[2 * at + 1]!) ? this.#asn6[at] : undefined;
  }
}

/** Reads such a table line by line; never throws. */
export function asnParser(): { take(line: string): void; result(): { readonly table: AsnTable; readonly entries: number; readonly badLines: number } } {
  const rows: { readonly 4: Row[]; readonly 6: Row[] } = { 4: [], 6: [] };
  let entries = 0;
  let badLines = 0;
  return {
    take(line) {
      const [first = '', last = '', number = ''] = line.split('\t', 4);
      const [start, end] = [parseAddress(first), parseAddress(last)];
      const asn = /^(?:AS)?(\d{1,10})$/i.exec(number);
      if (!start || !end || !asn || start.family !== end.family || end.value < start.value || Number(asn[1]) > 0xffff_ffff) {
        badLines += 1;
        return;
      }
      entries += 1;
      // 0 is how the table says that nobody announces the range.
      if (Number(asn[1]) > 0) rows[start.family].push({ start: start.value, end: end.value, asn: Number(asn[1]) });
    },
    result: () => ({ table: new AsnTable(rows[4], rows[6]), entries, badLines }),
  };
}
