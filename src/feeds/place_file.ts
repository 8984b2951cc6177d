/** A place database in MaxMind's format, opened from bytes that somebody sent and asked without ever throwing. */
import { Reader, type Response } from 'mmdb-lib';
import { formatAddress, type Address } from './address.ts';
import { recordFacts, type RecordFacts } from './place_record.ts';

/** Marks the metadata, in the last 128 kB of the file (MaxMind DB specification 2.0, "Database Metadata"). */
const MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const MARK_WITHIN = 128 * 1024;

/** Whether bytes are in this format at all. */
export function isPlaceFile(bytes: Uint8Array): boolean {
  const tail = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(-MARK_WITHIN);
  return tail.includes(MARK);
}

/** Addresses all over the space that is given out; every database holds some of them. */
const PROBES: readonly Address[] = [
  ...Array.from({ length: 223 }, (_, first) => [0x08_08_08n, 0x40_01_01n, 0xc8_03_05n].map((rest): Address => ({ family: 4, value: (BigInt(first + 1) << 24n) | rest }))).flat(),
  ...[0x2001n, 0x2400n, 0x2600n, 0x2800n, 0x2a00n, 0x2c00n].flatMap((first) =>
    Array.from({ length: 64 }, (_, second): Address => ({ family: 6, value: (first << 112n) | (BigInt(second * 1024) << 96n) | 1n }))),
];

export class PlaceFile {
  readonly #reader: Reader<Response>;

  private constructor(reader: Reader<Response>) {
    this.#reader = reader;
  }

  /** Open one; undefined for bytes that are not a database, or are the old one, or a broken one. */
  static open(bytes: Uint8Array): PlaceFile | undefined {
    if (!isPlaceFile(bytes)) return undefined;
    try {
      const reader = new Reader<Response>(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const { binaryFormatMajorVersion, nodeCount, searchTreeSize, ipVersion } = reader.metadata;
      const fits = Number.isInteger(nodeCount) && nodeCount > 0 && searchTreeSize < bytes.byteLength && [4, 6].includes(ipVersion);
      return binaryFormatMajorVersion === 2 && fits ? new PlaceFile(reader) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Nodes of the search tree: how much it holds, to be compared with other versions. */
  get nodes(): number {
    return this.#reader.metadata.nodeCount;
  }

  /** Whether some of the addresses asked for on trial are in it with this field. */
  knows(field: keyof RecordFacts): boolean {
    return PROBES.some((address) => this.facts(address)[field] !== undefined);
  }

  /** What it says about an address; nothing where it says nothing or breaks over it. */
  facts(address: Address): RecordFacts {
    // A tree of IPv4 alone would be walked by the first bits of the other kind, and answer for a stranger.
    if (address.family === 6 && this.#reader.metadata.ipVersion === 4) return {};
    try {
      return recordFacts(this.#reader.get(formatAddress(address)));
    } catch {
      return {};
    }
  }
}
