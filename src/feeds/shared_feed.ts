/** One feed fetched for all processes: this process's copy of the body that is kept in the database. */
import type { FeedFault } from './faults.ts';
import { versionName, type Feed, type Loaded } from './feed.ts';
import { readFeed } from './read_feed.ts';
import { rowIdOf, type UrlSource } from './source.ts';
import type { FeedStore, KeptFeed } from './store.ts';

export class SharedFeed implements Feed {
  readonly source: UrlSource;
  readonly rowId: string;
  #loaded: Loaded | undefined;
  #sha256: string | undefined;
  #fetchFault: FeedFault | undefined;
  #broken: FeedFault | undefined;

  constructor(source: UrlSource) {
    this.source = source;
    this.rowId = rowIdOf(source);
  }

  /** Takes what is kept, reading the body only where it is another; the old version answers until the new one is ready. */
  async take(kept: KeptFeed, store: Pick<FeedStore, 'body'>, now: number): Promise<void> {
    this.#fetchFault = kept.fault;
    if (kept.sha256 === undefined || kept.fetchedAt === undefined) return;
    if (kept.sha256 !== this.#sha256) {
      const body = await store.body(kept.id, kept.sha256);
      // Replaced in between: the next look sees the newer one.
      if (!body) return;
      const feed = await readFeed(body, this.source, now);
      this.#sha256 = kept.sha256;
      this.#broken = typeof feed === 'string' ? feed : undefined;
      if (typeof feed === 'string') return;
      this.#loaded = { ...feed, version: versionName(kept.sha256, kept.fetchedAt), currentAt: kept.fetchedAt };
    } else if (this.#loaded && this.#broken === undefined && this.#loaded.currentAt !== kept.fetchedAt) {
      this.#loaded = { ...this.#loaded, version: versionName(kept.sha256, kept.fetchedAt), currentAt: kept.fetchedAt };
    }
  }

  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  get fault(): FeedFault | undefined {
    return this.#broken ?? this.#fetchFault;
  }

  /** A fetch that failed is no fault while the version before it is young; its age decides. */
  get broken(): FeedFault | undefined {
    return this.#broken;
  }
}
