import type { AdminPage } from '../page.ts';
import type { FeedRow } from './feed_rows.ts';
import type { VendorRow } from './rows.ts';
import type { PartSeen } from './store.ts';

export interface VendorsModel {
  readonly vendors: readonly VendorRow[];
  /** Beginning of what is counted, epoch milliseconds. */
  readonly since: number;
  readonly feeds: readonly FeedRow[];
  readonly missing: readonly string[];
  readonly parts: readonly PartSeen[];
  readonly mayRefresh: boolean;
}

export function vendorsPage(model: VendorsModel): AdminPage {
  return {
    view: 'admin/vendors/overview.njk', title: 'Vendors and feeds', area: 'vendors', trail: [],
    model: { ...model, fetchable: model.mayRefresh && model.feeds.some(({ fetchable }) => fetchable) },
  };
}
