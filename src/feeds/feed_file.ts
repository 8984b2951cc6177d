/**
 * One list kept in a file that somebody else refreshes. It is read again when its time of change moves; a version that
 * does not look like the list it should be is refused and the one before it stays in force, with the fault shown.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Address } from './address.ts';
import { parseFeed, torFormatOf, type FeedFormat } from './formats.ts';
import { RangeSet } from './range_set.ts';

/** `auto_tor` tells the two TOR formats apart by looking. */
export interface FeedSource {
  readonly path: string;
  readonly format: FeedFormat | 'auto_tor';
}

/** Larger than any list in use (FireHOL's largest are about 10 MB). */
const MAX_BYTES = 32 * 1024 * 1024;
/** More unreadable lines than this share, and the file is not the list it is named after. */
const MAX_BAD_SHARE = 0.05;
/**
 * A list of some size that loses more than half at once is taken for a broken download; where it really shrank, a
 * restart takes it.
 */
const SHRINK_GUARD_FROM = 100;

const FAULTS = [
  'not_readable',
  'too_large',
  'not_utf8',
  'empty',
  'unparseable',
  'only_old_entries',
  'shrank',
] as const;
/** Why the newest version of a file was refused. */
export type FeedFault = (typeof FAULTS)[number];

interface Loaded {
  readonly set: RangeSet;
  readonly entries: number;
  /** First bytes of the content's digest and its time of change. */
  readonly version: string;
  readonly modifiedAt: number;
}

/** How a feed stands, for the operator. */
export interface FeedStatus {
  readonly path: string;
  readonly fault: FeedFault | undefined;
  readonly entries: number;
  readonly version: string | undefined;
  /** Epoch milliseconds of the version in force. */
  readonly modifiedAt: number | undefined;
}

type Read = { readonly text: string; readonly modifiedAt: number } | { readonly fault: FeedFault };

/** Reads at most the cap, whatever the file's stated size, so that a growing file or a device cannot fill memory. */
async function readCapped(path: string): Promise<Read> {
  let file;
  try {
    file = await open(path, 'r');
  } catch {
    return { fault: 'not_readable' };
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { fault: 'not_readable' };
    if (stat.size > MAX_BYTES) return { fault: 'too_large' };
    const bytes = Buffer.alloc(stat.size);
    let length = 0;
    while (length < stat.size) {
      const { bytesRead } = await file.read(bytes, length, stat.size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
      return { text, modifiedAt: stat.mtimeMs };
    } catch {
      return { fault: 'not_utf8' };
    }
  } catch {
    return { fault: 'not_readable' };
  } finally {
    await file.close();
  }
}

export class FeedFile {
  readonly #source: FeedSource;
  #loaded: Loaded | undefined;
  #fault: FeedFault | undefined;
  #triedModifiedAt: number | undefined;

  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** Reads the file if it changed since it was last tried. Never throws. */
  async refresh(now: number): Promise<void> {
    const read = await readCapped(this.#source.path);
    if ('fault' in read) {
      this.#fault = read.fault;
      this.#triedModifiedAt = undefined;
      return;
    }
    if (read.modifiedAt === this.#triedModifiedAt) return;
    this.#triedModifiedAt = read.modifiedAt;
    const taken = this.#judge(read.text, read.modifiedAt, now);
    if (typeof taken === 'string') {
      this.#fault = taken;
      return;
    }
    this.#loaded = taken;
    this.#fault = undefined;
  }

  #judge(text: string, modifiedAt: number, now: number): Loaded | FeedFault {
    const format = this.#source.format === 'auto_tor' ? torFormatOf(text) : this.#source.format;
    const parsed = parseFeed(text, format, now);
    const lines = parsed.entries + parsed.badLines + parsed.oldEntries;
    if (lines === 0) return 'empty';
    if (parsed.badLines / lines > MAX_BAD_SHARE) return 'unparseable';
    if (parsed.entries === 0) return 'only_old_entries';
    const before = this.#loaded?.entries ?? 0;
    if (before >= SHRINK_GUARD_FROM && parsed.entries < before / 2) return 'shrank';
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
    const version = `${digest}@${new Date(modifiedAt).toISOString()}`;
    return { set: new RangeSet(parsed.ranges), entries: parsed.entries, version, modifiedAt };
  }

  /** Whether the version in force holds the address; undefined while there is none. */
  has(address: Address): boolean | undefined {
    return this.#loaded?.set.has(address);
  }

  get status(): FeedStatus {
    return {
      path: this.#source.path,
      fault: this.#fault,
      entries: this.#loaded?.entries ?? 0,
      version: this.#loaded?.version,
      modifiedAt: this.#loaded?.modifiedAt,
    };
  }
}
