/**
 * The feeds a gateway is configured with: lists of addresses, databases of places, lists of domains. Owns reading and
 * looking up; what a hit means is for the risk rules. A list that is absent, broken or out of date never answers "clean".
 */
import { parseAddress, type Address } from './address.ts';
import { fileSources } from './config.ts';
import { disposableDomains, type DisposableDomains } from './disposable.ts';
import type { FeedFault } from './faults.ts';
import { isStale, statusOf, type Feed, type FeedStatus } from './feed.ts';
import { FeedFile, type FileSource } from './feed_file.ts';
import type { FeedFormat } from './formats.ts';
import { locateIn, type Located } from './located.ts';
import { refreshFeeds, type Refreshed, type RefreshOptions } from './refresh.ts';
import { SharedFeed } from './shared_feed.ts';
import { isUrlSource, type FeedSource } from './source.ts';
import type { FeedStore } from './store.ts';

export type FeedAnswer =
  /** `list` is the position of the list among those of its kind, which is no secret and no path. */
  | { readonly kind: 'listed'; readonly list: number; readonly version: string }
  | { readonly kind: 'not_listed'; readonly version: string }
  | { readonly kind: 'not_configured' }
  /** The lists in force do not hold it, but they are too old to say so, or one has not been fetched yet. */
  | { readonly kind: 'stale'; readonly version: string }
  /** At least one list is broken and no other holds the address. */
  | { readonly kind: 'unreadable'; readonly fault: FeedFault | 'address_unreadable' };

/** What the lists say about an address. */
export interface AddressAnswers {
  readonly tor: FeedAnswer;
  readonly denied: FeedAnswer;
  readonly hosting: FeedAnswer;
  /** VPNs and relays. */
  readonly vpn: FeedAnswer;
}

export interface AddressFeeds {
  /** Looks an address up in every list; looks for new versions first where nobody did so lately. */
  look(address: string): Promise<AddressAnswers>;
  /** Where an address is, as far as is known; `{}` for private addresses and garbage. */
  locate(address: string): Located;
  readonly disposable: DisposableDomains;
  /** How each feed stands, for the operator. */
  status(): readonly FeedStatus[];
  /** Takes new versions of files, and what any process fetched. */
  check(): Promise<void>;
  /** Fetches what is due (by address only), and takes it. */
  refresh(options?: Omit<RefreshOptions, 'clock'> & { readonly only?: string }): Promise<readonly Refreshed[]>;
}

export interface FeedOptions {
  /** TOR's bulk exit list or `exit-addresses`; which of them is seen from the content. */
  readonly torFile?: string | undefined;
  readonly denyFiles?: readonly { readonly path: string; readonly format: FeedFormat }[];
  readonly sources?: readonly FeedSource[];
}

/** A look-up looks for new versions itself where that was not done for so long. */
const CHECK_EVERY_MS = 60_000;

/** Positions are among the feeds given, which are those of one kind, or of kinds that are asked together. */
function answer(feeds: readonly Feed[], address: Address | undefined, now: number): FeedAnswer {
  if (feeds.length === 0) return { kind: 'not_configured' };
  if (!address) return { kind: 'unreadable', fault: 'address_unreadable' };
  const list = feeds.findIndex(({ loaded }) => loaded?.data.shape === 'nets' && loaded.data.has(address));
  if (list >= 0) return { kind: 'listed', list, version: feeds[list]?.loaded?.version ?? 'none' };
  const fault = feeds.find(({ broken }) => broken !== undefined)?.broken;
  if (fault) return { kind: 'unreadable', fault };
  const version = feeds.map(({ loaded }) => loaded?.version ?? 'none').join(',');
  // The oldest list decides: a fresh one beside it says nothing about what the old one should hold by now.
  return { kind: feeds.some((feed) => isStale(feed, now)) ? 'stale' : 'not_listed', version };
}

/**
 * Opens the configured feeds and reads once what is there; nothing is fetched. A feed that cannot be read does not stop
 * the start: its signal is an error, or unknown, until it can.
 *
 * @param clock epoch milliseconds
 * @param store where fetched feeds are kept; needed where a source has an address
 */
export async function loadFeeds(options: FeedOptions, clock: () => number, store?: FeedStore): Promise<AddressFeeds> {
  const sources = [...fileSources(options.torFile, options.denyFiles ?? []), ...(options.sources ?? [])];
  const feeds = sources.map((source) => (isUrlSource(source) ? new SharedFeed(source) : new FeedFile(source as FileSource)));
  const files = feeds.filter((feed) => feed instanceof FeedFile);
  const shared = feeds.filter((feed) => feed instanceof SharedFeed);
  if (shared.length > 0 && !store) throw new TypeError('feeds with an address need a store');
  const ofKind = (...kinds: readonly FeedSource['kind'][]): readonly Feed[] => feeds.filter(({ source }) => kinds.includes(source.kind));
  const [tor, denied, hosting, vpn, relay, domains] = [ofKind('tor'), ofKind('deny'), ofKind('hosting'), ofKind('vpn', 'relay'), ofKind('relay'), ofKind('disposable')];
  let checkedAt = clock();
  let checking: Promise<void> | undefined;

  async function checkNow(): Promise<void> {
    const now = clock();
    checkedAt = now;
    await Promise.all(files.map((file) => file.refresh(now)));
    if (!store || shared.length === 0) return;
    const kept = await store.kept(shared.map(({ rowId, source }) => ({ id: rowId, kind: source.kind })));
    // One after the other: two long lists in memory at once are enough, the old version and the new one.
    for (const feed of shared) {
      const row = kept.find(({ id }) => id === feed.rowId);
      if (row) await feed.take(row, store, now);
    }
  }

  /** Whoever comes while it is under way shares it. */
  function check(): Promise<void> {
    checking ??= checkNow().finally(() => {
      checking = undefined;
    });
    return checking;
  }

  function networkOf(address: Address, now: number): Located['network'] {
    if (answer(relay, address, now).kind === 'listed' || answer(tor, address, now).kind === 'listed') return 'relay';
    const [isVpn, isHosting] = [answer(vpn, address, now).kind, answer(hosting, address, now).kind];
    if (isVpn === 'listed') return 'vpn';
    if (isHosting === 'listed') return 'hosting';
    return isVpn === 'not_listed' && isHosting === 'not_listed' ? 'access' : undefined;
  }

  await check();
  return {
    async look(text) {
      // A database that is away must not keep anybody out: what is in force answers, and its age tells.
      if (checking === undefined && clock() - checkedAt >= CHECK_EVERY_MS) await check().catch(() => undefined);
      const now = clock();
      const address = parseAddress(text);
      return {
        tor: answer(tor, address, now),
        denied: answer(denied, address, now),
        hosting: answer(hosting, address, now),
        vpn: answer(vpn, address, now),
      };
    },
    locate(text) {
      const address = parseAddress(text);
      if (!address) return {};
      const now = clock();
      const network = networkOf(address, now);
      return { ...locateIn(feeds, address, now), ...(network ? { network } : {}) };
    },
    disposable: disposableDomains(() => {
      const now = clock();
      return domains.flatMap((feed) =>
        feed.loaded?.data.shape === 'domains' && !isStale(feed, now) ? [{ domains: feed.loaded.data.domains, version: feed.loaded.version }] : []);
    }),
    status: () => feeds.map((feed) => statusOf(feed, clock())),
    check,
    async refresh({ only, ...given } = {}) {
      if (!store || shared.length === 0) return [];
      const wanted = shared.map(({ source }) => source).filter(({ id }) => only === undefined || id === only);
      const done = await refreshFeeds(wanted, store, { ...given, clock }, shared.map(({ rowId }) => rowId));
      if (done.some(({ outcome }) => outcome === 'replaced' || outcome === 'unchanged')) await check();
      return done;
    },
  };
}
