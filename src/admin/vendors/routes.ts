/** Doors to what the gateway relies upon: look, and fetch a feed now. */
import { GatehouseError } from '../../errors.ts';
import type { AdminRoute } from '../route.ts';
import { feedRows, missingKinds } from './feed_rows.ts';
import { vendorsPage } from './pages.ts';
import { vendorRows, type VendorNames } from './rows.ts';
import type { FeedsSeen, HealthDesk, PartSeen, RefreshAsked } from './store.ts';

const PATH = '/admin/vendors';
const HOUR = 3_600_000;

export interface VendorRoutesDeps {
  readonly health: HealthDesk;
  readonly names: VendorNames;
  readonly feeds: Pick<FeedsSeen, 'status'>;
  /** Every kind of feed there is. */
  readonly feedKinds: readonly string[];
  /** How long a version of each feed holds, milliseconds, by its id. */
  readonly feedLimits: Readonly<Record<string, number>>;
  readonly parts: () => readonly PartSeen[];
}

const NOTICES: Readonly<Record<Exclude<RefreshAsked, 'unknown'>, string>> = {
  begun: 'Fetching has begun. Look again in a moment: what is taken, or why not, shows in the table.',
  too_soon: 'It was fetched less than a minute ago. Publishers block those who ask too often.',
  nothing_to_fetch: 'There is nothing to fetch: feeds in files are read by themselves.',
};

export function vendorsRoutes({ health, names, feeds, feedKinds, feedLimits, parts }: VendorRoutesDeps): readonly AdminRoute[] {
  return [
    {
      method: 'get', path: '/vendors', action: 'vendor.read',
      async handle({ now, may }) {
        // Whole hours are kept: this one, and the one before it, so that there is always one to look at.
        const since = now - (now % HOUR) - HOUR;
        const [records, lasts] = await Promise.all([health.records(since, now + 1), health.lasts()]);
        const status = feeds.status();
        return {
          kind: 'page',
          page: vendorsPage({
            since, vendors: vendorRows(names, records, lasts), feeds: feedRows(status, feedLimits), missing: missingKinds(status, feedKinds), parts: parts(), mayRefresh: may('feed.refresh'),
          }),
        };
      },
    },
    {
      method: 'post', path: '/vendors/feeds/refresh', action: 'feed.refresh',
      async handle({ form, actor }) {
        const id = form['feed'] ?? '';
        const asked = await health.refreshFeeds(actor, id === '' ? undefined : id);
        if (asked === 'unknown') throw new GatehouseError('feed_unknown', 404, 'There is no feed of this name.');
        return { kind: 'go', to: PATH, notice: NOTICES[asked] };
      },
    },
  ];
}
