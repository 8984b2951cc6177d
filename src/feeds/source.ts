/** One feed as it is configured, and the fingerprint by which its copies are known. */
import { createHash } from 'node:crypto';
import type { Personal } from '../personal.ts';
import type { FeedKind, SourceFormat } from './kinds.ts';

/** A feed in a file that somebody else refreshes. */
export interface FromFile {
  readonly path: string;
}

/** A feed fetched by the gateway, once for all of its processes. */
export interface FromUrl {
  /** Wrapped, though it is about nobody: keys travel in queries, and a printed configuration must not show them. */
  readonly url: Personal<string>;
  /** A header that opens the door there, such as `Authorization`. */
  readonly header?: { readonly name: string; readonly value: Personal<string> };
  readonly everyMs: number;
  /** Fewer entries are not the list. */
  readonly least: number;
}

export interface FeedSource {
  /** The operator's name for it: letters, digits, `_ . -`. */
  readonly id: string;
  readonly kind: FeedKind;
  readonly format: SourceFormat;
  /** How long a version clears addresses, milliseconds since it was last known to be current. */
  readonly staleMs: number;
  readonly from: FromFile | FromUrl;
  /** With an ASN database: the networks that are data centres, and those of mobile carriers. */
  readonly numbers?: { readonly hosting?: ReadonlySet<number>; readonly mobile?: ReadonlySet<number> };
}

export type UrlSource = FeedSource & { readonly from: FromUrl };

export function isUrlSource(source: FeedSource): source is UrlSource {
  return 'url' in source.from;
}

/** Where a feed comes from, for the operator: an address without its query, which can hold a key. */
export function shownSource({ from }: FeedSource): string {
  if ('path' in from) return from.path;
  const { origin, pathname } = new URL(from.url.open());
  return origin + pathname;
}

/**
 * The name of a feed's row in the database: the id, and a digest of what it is. A source that is changed under its old
 * id begins anew, so that what the other address sent is neither compared with nor taken for this one.
 */
export function rowIdOf({ id, kind, format, from }: UrlSource): string {
  return `${id}@${createHash('sha256').update(`${kind} ${format} ${from.url.open()}`).digest('hex').slice(0, 16)}`;
}
