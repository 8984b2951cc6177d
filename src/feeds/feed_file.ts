/**
 * One feed kept in a file that somebody else refreshes. It is read again when its time of change moves; a version that
 * does not look like the list it should be is refused and the one before it stays in force, with the fault shown.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FeedFault } from './faults.ts';
import { versionName, type Feed, type Loaded } from './feed.ts';
import { KIND_RULES } from './kinds.ts';
import { isSizeFault, readFeed, sizeFault } from './read_feed.ts';
import type { FeedSource, FromFile } from './source.ts';

export type FileSource = FeedSource & { readonly from: FromFile };

type Read =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly modifiedAt: number; readonly seen: string }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly fault: FeedFault };

const failed = (fault: FeedFault): Read => ({ kind: 'failed', fault });

/** Reads at most the cap, whatever the file's stated size, so that a growing file or a device cannot fill memory. */
async function readCapped(path: string, mostBytes: number, seenBefore: string | undefined): Promise<Read> {
  let file;
  try {
    file = await open(path, 'r');
  } catch {
    return failed('not_readable');
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return failed('not_readable');
    if (stat.size > mostBytes) return failed('too_large');
    // A file put in place of another has a number of its own, even where its times were copied.
    const seen = `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
    if (seen === seenBefore) return { kind: 'unchanged' };
    const bytes = Buffer.alloc(stat.size);
    let length = 0;
    while (length < stat.size) {
      const { bytesRead } = await file.read(bytes, length, stat.size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return { kind: 'read', bytes: bytes.subarray(0, length), modifiedAt: stat.mtimeMs, seen };
  } catch {
    return failed('not_readable');
  } finally {
    await file.close();
  }
}

export class FeedFile implements Feed {
  readonly source: FileSource;
  #loaded: Loaded | undefined;
  #fault: FeedFault | undefined;
  #seen: string | undefined;

  constructor(source: FileSource) {
    this.source = source;
  }

  /** Reads the file if it changed since it was last tried. Never throws over what is in it. */
  async refresh(now: number): Promise<void> {
    const read = await readCapped(this.source.from.path, KIND_RULES[this.source.kind].mostBytes, this.#seen);
    if (read.kind === 'unchanged') return;
    if (read.kind === 'failed') {
      this.#fault = read.fault;
      this.#seen = undefined;
      return;
    }
    const feed = await readFeed(read.bytes, this.source, now);
    // A list that really is so is taken at the next start, when there is nothing to compare it with.
    const fault = typeof feed === 'string' ? feed : sizeFault(feed, this.#loaded, 1);
    this.#seen = read.seen;
    this.#fault = fault;
    if (fault !== undefined || typeof feed === 'string') return;
    const sha256 = createHash('sha256').update(read.bytes).digest('hex');
    this.#loaded = { ...feed, version: versionName(sha256, read.modifiedAt), currentAt: read.modifiedAt };
  }

  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  get fault(): FeedFault | undefined {
    return this.#fault;
  }

  /**
   * The operator's file is there and cannot be read: what it says now is not known. One that is refused for its size is no
   * such fault, as with a fetched one: the version before it answers, and its age decides.
   */
  get broken(): FeedFault | undefined {
    return isSizeFault(this.#fault) ? undefined : this.#fault;
  }
}
