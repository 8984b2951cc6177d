/** Feeds from files of a test's own, one of each kind that it names. */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFeeds, type AddressFeeds } from '../../src/feeds/feeds.ts';
import { KIND_RULES, type FeedKind } from '../../src/feeds/kinds.ts';
import type { FeedSource } from '../../src/feeds/source.ts';
import { writeMmdb } from './mmdb_writer.ts';

export const NOW = Date.parse('2026-06-17T12:00:00Z');
export const DAY = 86_400_000;

const CITY = writeMmdb({ '8.0.0.0/8': { country: { iso_code: 'CA' }, location: { latitude: 45.5, longitude: -73.5, accuracy_radius: 20 } }, '10.0.0.0/8': { country_code: 'ZZ', latitude: 1, longitude: 1 } });
const FILES: Partial<Record<FeedKind, string | Buffer>> = {
  tor: '185.220.101.4\n', hosting: '8.8.4.0/24\n', vpn: '8.8.5.0/24\n', relay: '8.8.6.0/24,US,US-CA,X\n', city: CITY,
  country: writeMmdb({ '193.0.0.0/8': { country_code: 'FR' } }), asn: '8.8.8.0\t8.8.8.255\t15169\tUS\tGOOGLE\n', disposable: 'mine.example\n',
};

export interface FeedFolder {
  readonly folder: string;
  /** Epoch milliseconds; tests move it. */
  now: number;
  feedsOf(...kinds: readonly FeedKind[]): Promise<AddressFeeds>;
  /** Changed in what a test says. */
  feedsWith(kinds: readonly FeedKind[], more: (kind: FeedKind) => Partial<FeedSource>): Promise<AddressFeeds>;
  /** Puts another content in a kind's place. */
  write(kind: FeedKind, content: string | Buffer): Promise<string>;
  remove(): Promise<void>;
}

export async function feedFolder(): Promise<FeedFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'feeds-'));
  const self: FeedFolder = {
    folder,
    now: NOW,
    feedsOf: (...kinds) => self.feedsWith(kinds, () => ({})),
    async feedsWith(kinds, more) {
      const sources = await Promise.all(kinds.map(async (kind): Promise<FeedSource> => {
        const path = await self.write(kind, FILES[kind]!);
        const { formats, staleDays } = KIND_RULES[kind];
        return { id: kind, kind, format: formats[0]!, staleMs: staleDays * DAY, from: { path }, ...more(kind) };
      }));
      return loadFeeds({ sources }, () => self.now);
    },
    async write(kind, content) {
      const path = join(folder, kind);
      await writeFile(path, content);
      await utimes(path, self.now / 1000, self.now / 1000);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return self;
}
