/** The feeds in words, and the kinds that nobody configured. Pure. */
import type { FeedSeen } from './store.ts';

const KIND_TEXTS: Readonly<Record<string, string>> = {
  tor: 'TOR exits', deny: 'Denied nets', hosting: 'Data centres', vpn: 'VPNs', relay: 'Relays', country: 'Countries', city: 'Cities', asn: 'Network numbers', disposable: 'Throw-away mail domains',
};

const FAULT_TEXTS: Readonly<Record<string, string>> = {
  not_readable: 'The file cannot be read.', too_large: 'It is larger than such a list ever is.', cannot_unpack: 'It cannot be unpacked.', not_utf8: 'It is no text.', empty: 'It is empty.',
  unparseable: 'It is not in the format that was configured.', only_old_entries: 'It holds only old entries.', not_a_database: 'It is no database of this kind.', lacks_its_field: 'It lacks the field it is for.',
  too_few: 'It holds too few entries to be whole.', too_many: 'It holds more entries than such a list ever does.', shrank: 'It lost more than half of its entries; look at it, then take it by the command with --accept-size.',
  too_broad: 'It holds too much of the internet.', grew: 'It grew tenfold; look at it, then take it by the command with --accept-size.', timed_out: 'The other side took too long.', stopped: 'Fetching was broken off.',
  connection_failed: 'The other side could not be reached.', connection_lost: 'The connection broke off.', address_refused: 'Its address leads inside a network, and is not called.', redirect_refused: 'It leads somewhere else that is not called.',
  encoding_refused: 'It was sent in an encoding that is not read.',
};

export interface FeedRow {
  readonly id: string;
  readonly kind: string;
  /** A file's name, or the host it is fetched from. */
  readonly from: string;
  readonly fetchable: boolean;
  readonly entries: number;
  /** Epoch milliseconds; 0 where never. */
  readonly fetched: number;
  /** Days for which a version says what is not on it; 0 where unknown. */
  readonly limitDays: number;
  readonly stale: boolean;
  readonly fault: string;
}

/** @param limits milliseconds by id of the feed */
export function feedRows(feeds: readonly FeedSeen[], limits: Readonly<Record<string, number>>): readonly FeedRow[] {
  return feeds.map(({ id, kind, source, entries, fetched, fault, stale }) => ({
    id, kind: kindText(kind), ...shownFrom(source), entries, fetched: fetched ?? 0, stale,
    limitDays: Math.round((limits[id] ?? 0) / 86_400_000), fault: fault === undefined ? '' : faultText(fault),
  }));
}

/** Kinds of which there is no feed. */
export function missingKinds(feeds: readonly FeedSeen[], kinds: readonly string[]): readonly string[] {
  return kinds.filter((kind) => !feeds.some((feed) => feed.kind === kind)).map(kindText);
}

function kindText(kind: string): string {
  return KIND_TEXTS[kind] ?? kind;
}

/** Paths and queries are nobody's business on a page: folders tell of the machine, and keys hide in addresses. */
function shownFrom(source: string): { readonly from: string; readonly fetchable: boolean } {
  const url = /^https?:/.test(source) ? URL.parse(source) : null;
  return url ? { from: url.host, fetchable: true } : { from: source.slice(source.lastIndexOf('/') + 1), fetchable: false };
}

function faultText(fault: string): string {
  const status = /^status_(\d{3})$/.exec(fault);
  return status ? `The other side answered ${status[1]}.` : (FAULT_TEXTS[fault] ?? `It was refused (${fault}).`);
}
