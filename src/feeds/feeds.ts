/**
 * The address lists a gateway is configured with: TOR exits, and any number of deny lists. Owns reading and looking up;
 * what a hit means is for the risk rules. A list that is absent, broken or out of date never answers "clean".
 */
import { parseAddress } from './address.ts';
import { FeedFile, type FeedFault, type FeedStatus } from './feed_file.ts';
import type { FeedFormat } from './formats.ts';

export type FeedAnswer =
  /** `list` is the position of the list in the configuration, which is no secret and no path. */
  | { readonly kind: 'listed'; readonly list: number; readonly version: string }
  | { readonly kind: 'not_listed'; readonly version: string }
  | { readonly kind: 'not_configured' }
  /** The lists in force do not hold it, but they are too old to say so. */
  | { readonly kind: 'stale'; readonly version: string }
  /** At least one list is broken and no other holds the address. */
  | { readonly kind: 'unreadable'; readonly fault: FeedFault | 'address_unreadable' };

export interface AddressFeeds {
  /** Looks an address up in every list; looks at the files first if that was not done within the last minute. */
  look(address: string): Promise<{ readonly tor: FeedAnswer; readonly denied: FeedAnswer }>;
  /** How each list stands, for the operator. */
  status(): { readonly tor: FeedStatus | undefined; readonly denied: readonly FeedStatus[] };
}

export interface FeedOptions {
  /** TOR's bulk exit list or `exit-addresses`; which of them is seen from the content. */
  readonly torFile?: string | undefined;
  readonly denyFiles?: readonly { readonly path: string; readonly format: FeedFormat }[];
}

const CHECK_EVERY_MS = 60_000;
/** Exit relays come and go within days; blocked nets stay for months. */
const TOR_STALE_MS = 3 * 24 * 60 * 60 * 1000;
const DENY_STALE_MS = 30 * 24 * 60 * 60 * 1000;

function answer(files: readonly FeedFile[], address: string, staleMs: number, now: number): FeedAnswer {
  if (files.length === 0) return { kind: 'not_configured' };
  const parsed = parseAddress(address);
  if (!parsed) return { kind: 'unreadable', fault: 'address_unreadable' };
  const statuses = files.map((file) => file.status);
  const list = files.findIndex((file) => file.has(parsed) === true);
  const version = statuses.map((status) => status.version ?? 'none').join(',');
  if (list >= 0) return { kind: 'listed', list, version: statuses[list]!.version ?? 'none' };
  const fault = statuses.find((status) => status.fault !== undefined)?.fault;
  if (fault) return { kind: 'unreadable', fault };
  // The oldest list decides: a fresh one beside it says nothing about what the old one should hold by now.
  const oldest = Math.min(...statuses.map(({ modifiedAt }) => modifiedAt ?? 0));
  return now - oldest > staleMs ? { kind: 'stale', version } : { kind: 'not_listed', version };
}

/**
 * Opens the configured lists and reads them once. A list that cannot be read does not stop the start: its signal is an
 * error until it can.
 *
 * @param clock epoch milliseconds
 */
export async function loadFeeds(options: FeedOptions, clock: () => number): Promise<AddressFeeds> {
  const tor = options.torFile === undefined ? [] : [new FeedFile({ path: options.torFile, format: 'auto_tor' })];
  const denied = (options.denyFiles ?? []).map((source) => new FeedFile(source));
  let checkedAt = 0;
  let checking: Promise<unknown> | undefined;

  async function check(): Promise<void> {
    const now = clock();
    checkedAt = now;
    await Promise.all([...tor, ...denied].map((file) => file.refresh(now)));
  }
  await check();

  return {
    async look(address) {
      // The first request after a minute pays for the look; those beside it share it.
      if (checking === undefined && clock() - checkedAt >= CHECK_EVERY_MS) {
        checking = check().finally(() => {
          checking = undefined;
        });
      }
      await checking;
      const now = clock();
      return {
        tor: answer(tor, address, TOR_STALE_MS, now),
        denied: answer(denied, address, DENY_STALE_MS, now),
      };
    },
    status: () => ({ tor: tor[0]?.status, denied: denied.map((file) => file.status) }),
  };
}
