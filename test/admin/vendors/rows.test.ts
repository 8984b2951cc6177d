import { describe, expect, it } from 'vitest';
import { feedRows, missingKinds } from '../../../src/admin/vendors/feed_rows.ts';
import { percentile } from '../../../src/admin/vendors/latency.ts';
import { partsSeen } from '../../../src/admin/vendors/parts.ts';
import { vendorRows, type VendorNames } from '../../../src/admin/vendors/rows.ts';
import { FEED_FAULTS } from '../../../src/feeds/faults.ts';

const NOBODY = { carrierMatch: undefined, databaseMatch: undefined, simSwap: undefined, numberRecycling: undefined, lineType: undefined, sms: undefined, kba: undefined, documentVendor: undefined };
const names = (live: Partial<VendorNames['live']> = {}): VendorNames => ({ live: { ...NOBODY, ...live }, test: NOBODY });
const outcomes = { ok: 1, could_not_tell: 0, timed_out: 0, broke: 0 };

describe('vendors', () => {
  it('shows every capability under both modes, and says what is not configured', () => {
    const rows = vendorRows(names(), [], []);
    expect(rows).toHaveLength(16);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['not_configured']));
    expect(rows.every(({ without }) => without !== '')).toBe(true);
  });

  it.each([[undefined, 'not_asked'], ['ok', 'works'], ['could_not_tell', 'could_not_tell'], ['timed_out', 'trouble'], ['broke', 'trouble']] as const)('last answer %s: %s', (outcome, state) => {
    const lasts = outcome === undefined ? [] : [{ vendor: 'a', capability: 'kba', mode: 'live', last: { at: 1, outcome, code: undefined, ms: 1 } } as const];
    expect(vendorRows(names({ kba: 'a' }), [], lasts).find(({ vendor }) => vendor === 'a')?.state).toBe(state);
  });

  it('shows also who answered and is configured no more', () => {
    const rows = vendorRows(names(), [{ vendor: 'old', capability: 'kba', mode: 'live', outcomes, buckets: [1], codes: [] }], []).filter(({ capability, mode }) => capability === 'Knowledge questions' && mode === 'live');
    expect(rows.map(({ vendor, answers }) => [vendor, answers])).toEqual([['', 0], ['old', 1]]);
  });

  it.each([[[], 0.5, undefined], [[1], 0.5, 50], [[1, 1], 0.5, 50], [[1, 1], 0.95, 100], [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0.5, 30_000]] as const)('%j at %d: %s', (buckets, share, ms) => {
    expect(percentile(buckets, share)).toBe(ms);
  });
});

describe('feeds', () => {
  const feed = (facts: object) => ({ id: 'f', kind: 'tor', source: '/srv/secret-folder/exits.txt', entries: 3, fetched: 5, fault: undefined, stale: false, ...facts });

  it('tells the host or the file alone', () => {
    expect(feedRows([feed({}), feed({ source: 'https://lists.example:8443/a/token-in-path?x=1' })], { f: 86_400_000 }).map(({ from, fetchable, limitDays }) => [from, fetchable, limitDays]))
      .toEqual([['exits.txt', false, 1], ['lists.example:8443', true, 1]]);
  });

  it('has a sentence for every fault', () => {
    for (const fault of [...FEED_FAULTS, 'status_503']) expect(feedRows([feed({ fault })], {})[0]?.fault, fault).not.toContain('(');
    expect(feedRows([feed({ fault: 'status_503' })], {})[0]?.fault).toContain('503');
  });

  it('names the kinds of which there is none', () => {
    expect(missingKinds([feed({})], ['tor', 'vpn'])).toEqual(['VPNs']);
  });

  it('tells of the engine, the store and the sender, and of no secret', () => {
    const parts = partsSeen({ engines: { mrz: { kind: 'ready', version: '1' }, face: { kind: 'unavailable', why: 'not_enabled' }, pose: { kind: 'unavailable', why: 'starting' } }, imageStore: { endpoint: 'https://user:pass@s3.example/x', bucket: 'b' }, sender: 'outbox' });
    expect(parts.map(({ state }) => state)).toEqual(['ready', 'not_configured', 'unavailable', 'ready', 'not_configured']);
    expect(JSON.stringify(parts)).not.toContain('pass');
  });
});
