import { feedRows, missingKinds } from '../../../src/admin/vendors/feed_rows.ts';
import { vendorsPage } from '../../../src/admin/vendors/pages.ts';
import { vendorRows, type VendorNames } from '../../../src/admin/vendors/rows.ts';
import type { FeedSeen, VendorLast, VendorRecord } from '../../../src/admin/vendors/store.ts';
import type { AdminSample } from '../../../src/admin/page.ts';

const AT = Date.UTC(2026, 10, 20, 9, 30);
const HOSTILE = `<script>alert(1)</script>"'{{ 7 * 7 }}`;
const NOBODY = { carrierMatch: undefined, databaseMatch: undefined, simSwap: undefined, numberRecycling: undefined, lineType: undefined, sms: undefined, kba: undefined, documentVendor: undefined };
const NAMES: VendorNames = {
  live: { ...NOBODY, carrierMatch: 'operator', simSwap: 'operator', sms: 'twilio', documentVendor: HOSTILE },
  test: { ...NOBODY, carrierMatch: 'sandbox_carrier', sms: 'outbox' },
};
const RECORDS: readonly VendorRecord[] = [
  {
    vendor: 'operator', capability: 'carrierMatch', mode: 'live', outcomes: { ok: 120, could_not_tell: 8, timed_out: 2, broke: 1 }, buckets: [0, 10, 60, 50, 8, 1, 0, 0, 0, 0, 2],
    codes: [{ outcome: 'could_not_tell', code: 'identifier_not_found', count: 8 }, { outcome: 'broke', code: HOSTILE, count: 1 }],
  },
  { vendor: 'twilio', capability: 'sms', mode: 'live', outcomes: { ok: 0, could_not_tell: 0, timed_out: 0, broke: 3 }, buckets: [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], codes: [{ outcome: 'broke', code: 'http_401', count: 3 }] },
];
const last = (vendor: string, capability: string, outcome: VendorLast['last']['outcome'], code?: string): VendorLast => ({ vendor, capability, mode: 'live', last: { at: AT - 60_000, outcome, code, ms: 180 } });
const LASTS = [last('operator', 'carrierMatch', 'could_not_tell', 'identifier_not_found'), last('twilio', 'sms', 'broke', 'http_401'), last('operator', 'simSwap', 'timed_out')];
const FEEDS: readonly FeedSeen[] = [
  { id: 'tor', kind: 'tor', source: 'https://check.example/exits?key=secret', entries: 1_204, fetched: AT - 3_600_000, fault: undefined, stale: false },
  { id: HOSTILE, kind: 'deny', source: `/srv/lists/${HOSTILE.replaceAll('/', '')}`, entries: 0, fetched: undefined, fault: 'not_readable', stale: true },
  { id: 'hosting', kind: 'hosting', source: 'https://nets.example/list', entries: 9_000, fetched: AT - 86_400_000, fault: 'status_503', stale: false },
];
const KINDS = ['tor', 'deny', 'hosting', 'vpn', 'disposable'];

export const SAMPLES: readonly AdminSample[] = [
  {
    name: 'vendors_full', notice: 'Fetching has begun.',
    page: vendorsPage({
      since: AT, mayRefresh: true, vendors: vendorRows(NAMES, RECORDS, LASTS), feeds: feedRows(FEEDS, { tor: 3 * 86_400_000, hosting: 86_400_000 }), missing: missingKinds(FEEDS, KINDS),
      parts: [{ name: 'Document engine', state: 'ready', note: 'mrz 1, face 2' }, { name: 'Object store', state: 'unavailable', note: HOSTILE }, { name: 'Text messages under test keys', state: 'not_configured', note: 'outbox' }],
    }),
  },
  {
    name: 'vendors_empty',
    page: vendorsPage({ since: AT, mayRefresh: false, vendors: vendorRows({ live: NOBODY, test: NOBODY }, [], []), feeds: [], missing: missingKinds([], KINDS), parts: [] }),
  },
];
