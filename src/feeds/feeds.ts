/**
 * The feeds a gateway is configured with: lists of addresses, databases of places, lists of domains. Owns reading and
 * looking up; what a hit means is for the risk rules. A list that is absent, broken or out of date never answers "clean".
 */
import { parseAddress, type Address } from './address.ts';
import { answerOf, type FeedAnswer } from './answer.ts';
import { asnNets } from './asn_nets.ts';
import { fileSources } from './config.ts';
import { disposableDomains, type DisposableDomains } from './disposable.ts';
import { statusOf, type Feed, type FeedStatus } from './feed.ts';
import { FeedFile, type FileSource } from './feed_file.ts';
import type { FeedFormat } from './formats.ts';
import { locateIn, type Located } from './located.ts';
import { refreshFeeds, type Refreshed, type RefreshOptions } from './refresh.ts';
import { SharedFeed } from './shared_feed.ts';
import { isUrlSource, type FeedSource } from './source.ts';
import type { FeedStore } from './store.ts';

export type { FeedAnswer } from './answer.ts';

/** What the lists say about an address. */
export interface AddressAnswers {
  readonly tor: FeedAnswer;
  readonly denied: FeedAnswer;
  /** Lists of nets, then ASN databases with the numbers of hosting. */
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

function listed(feeds: readonly Feed[], address: Address | undefined, now: number): FeedAnswer {
  if (feeds.length > 0 && !address) return { kind: 'unreadable', fault: 'address_unreadable' };
  return answerOf(feeds, (data) => data.shape === 'nets' && address !== undefined && data.has(address), now);
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
  const [tor, denied, vpn, relay] = [ofKind('tor'), ofKind('deny'), ofKind('vpn', 'relay'), ofKind('relay')];
  const [hosting, mobile] = [[...ofKind('hosting'), ...asnNets(feeds, 'hosting')], asnNets(feeds, 'mobile')];
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
    if (listed(relay, address, now).kind === 'listed' || listed(tor, address, now).kind === 'listed') return 'relay';
    const [isVpn, isHosting] = [listed(vpn, address, now).kind, listed(hosting, address, now).kind];
    if (isVpn === 'listed') return 'vpn';
    if (isHosting === 'listed') return 'hosting';
    if (listed(mobile, address, now).kind === 'listed') return 'mobile';
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
        tor: listed(tor, address, now),
        denied: listed(denied, address, now),
        hosting: listed(hosting, address, now),
        vpn: listed(vpn, address, now),
      };
    },
    locate(text) {
      const address = parseAddress(text);
      if (!address) return {};
      const now = clock();
      const network = networkOf(address, now);
      return { ...locateIn(feeds, address, now), ...(network ? { network } : {}) };
    },
    disposable: disposableDomains(ofKind('disposable'), clock),
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
