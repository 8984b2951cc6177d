/**
 * Whose network an address is in, from tab-separated ranges as IPtoASN publishes them: first and last address, number,
 * country, name. Ranges do not overlap there; where they did, the one that starts last would be asked.
 */
import { parseAddress, type Address } from './address.ts';
import { lastAtOrBefore } from './range_set.ts';

const LOW = 0xffff_ffff_ffff_ffffn;

/** Ranges of one family as they are read: bounds word by word, the highest first, one word for IPv4 and two for IPv6. */
interface Columns<Word> {
  readonly start: Word[];
  readonly end: Word[];
  readonly asn: number[];
  /** Publishers send them in order; where one did not, they are sorted. */
  ordered: boolean;
}

const columns = <Word>(): Columns<Word> => ({ start: [], end: [], asn: [], ordered: true });

function compare<Word>(words: readonly Word[], width: number, a: number, b: number): number {
  for (let at = 0; at < width; at += 1) {
    const [one, other] = [words[a * width + at]!, words[b * width + at]!];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function inOrder<Word>(given: Columns<Word>, width: number): Columns<Word> {
  if (given.ordered) return given;
  const order = given.asn.map((_, index) => index).sort((a, b) => compare(given.start, width, a, b));
  const words = (from: readonly Word[]): Word[] => order.flatMap((index) => from.slice(index * width, (index + 1) * width));
  return { start: words(given.start), end: words(given.end), asn: order.map((index) => given.asn[index]!), ordered: true };
}

function add<Word>(to: Columns<Word>, start: readonly Word[], end: readonly Word[], asn: number): void {
  to.start.push(...start);
  to.end.push(...end);
  to.asn.push(asn);
  const last = to.asn.length - 1;
  if (to.ordered && last > 0) to.ordered = compare(to.start, start.length, last - 1, last) <= 0;
}

export class AsnTable {
  readonly #start4: Uint32Array;
  readonly #end4: Uint32Array;
  readonly #asn4: Uint32Array;
  // Pairs, as in RangeSet: the high half at 2i, the low half at 2i + 1.
  readonly #start6: BigUint64Array;
  readonly #end6: BigUint64Array;
  readonly #asn6: Uint32Array;

  constructor(v4: Columns<number>, v6: Columns<bigint>) {
    const [four, six] = [inOrder(v4, 1), inOrder(v6, 2)];
    this.#start4 = new Uint32Array(four.start);
    this.#end4 = new Uint32Array(four.end);
    this.#asn4 = new Uint32Array(four.asn);
    this.#start6 = new BigUint64Array(six.start);
    this.#end6 = new BigUint64Array(six.end);
    this.#asn6 = new Uint32Array(six.asn);
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
  // Straight into columns, a line at a time: half a million rows put together at the end would hold up every request.
  const [four, six] = [columns<number>(), columns<bigint>()];
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
      if (Number(asn[1]) === 0) return;
      if (start.family === 4) add(four, [Number(start.value)], [Number(end.value)], Number(asn[1]));
      else add(six, [start.value >> 64n, start.value & LOW], [end.value >> 64n, end.value & LOW], Number(asn[1]));
    },
    result: () => ({ table: new AsnTable(four, six), entries, badLines }),
  };
}
