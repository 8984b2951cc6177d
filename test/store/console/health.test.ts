import { randomBytes } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import type { Actor } from '../../../src/admin/actor.ts';
import { LATENCY_BOUNDS_MS, percentile } from '../../../src/admin/vendors/latency.ts';
import type { FeedSeen, VendorHealth } from '../../../src/admin/vendors/store.ts';
import type { VendorTally } from '../../../src/vendors/tally.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { HEALTH_KEPT_MS, healthDesk, purgeHealth, REFRESH_PAUSE_MS, vendorHealth } from '../../../src/store/console/health.ts';
import { keepHealth } from '../../../src/store/console/health_flush.ts';
import { dataKeyStore } from '../../../src/store/data_keys.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { openVault, type Vault } from '../../../src/vault/vault.ts';
import { vendorMeter } from '../../../src/vendors/measured.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const HOUR = 3_600_000;
const NOW = 500_000 * HOUR;
const ADA: Actor = { kind: 'staff', id: 's1', name: 'Ada' };
const silent = { info: () => undefined, warn: () => undefined };
const empty = LATENCY_BOUNDS_MS.map(() => 0);
const tally = (facts: Partial<VendorTally> = {}): VendorTally => ({
  vendor: 'operator', capability: 'simSwap', mode: 'live', hour: NOW, outcomes: { ok: 2, could_not_tell: 1, timed_out: 0, broke: 0 }, buckets: [1, 2, ...empty.slice(1)],
  codes: [{ outcome: 'could_not_tell', code: 'x', count: 1 }], last: { at: NOW + 1, outcome: 'ok', code: undefined, ms: 80 }, ...facts,
});

describeDatabases('vendor health', (database) => {
  let opened: OpenedDatabase;
  let vault: Vault;
  let health: VendorHealth;
  let now = NOW;
  ownDatabase(database.fresh, async (own) => {
    opened = own;
    vault = await openVault({ masterKeys: [{ id: 'm', key: randomBytes(32) }], store: dataKeyStore(own.db) });
    health = vendorHealth(own.db, () => now);
  });
  beforeEach(async () => {
    now = NOW;
    for (const table of ['vendor_health', 'vendor_health_code', 'feed_refresh'] as const) await opened.db.deleteFrom(table).execute();
  });

  it('adds up what several processes count, and loses nothing when they write at once', async () => {
    await Promise.all(Array.from({ length: 8 }, (_one, at) => health.add([tally({ last: { at: NOW + at, outcome: at === 7 ? 'broke' : 'ok', code: at === 7 ? 'http_503' : undefined, ms: at } }), tally({ vendor: 'other' })])));
    const [record] = (await health.records(NOW, NOW + 1)).filter(({ vendor }) => vendor === 'operator');
    expect(record).toEqual({
      vendor: 'operator', capability: 'simSwap', mode: 'live', outcomes: { ok: 16, could_not_tell: 8, timed_out: 0, broke: 0 }, buckets: [8, 16, ...empty.slice(1)],
      codes: [{ outcome: 'could_not_tell', code: 'x', count: 8 }],
    });
    expect((await health.lasts()).find(({ vendor }) => vendor === 'operator')?.last).toEqual({ at: NOW + 7, outcome: 'broke', code: 'http_503', ms: 7 });
  });

  it('an older answer written later does not become the last, not in its hour and not across hours', async () => {
    await health.add([tally({ last: { at: NOW + 9, outcome: 'broke', code: 'y', ms: 9 } })]);
    await health.add([tally(), tally({ hour: NOW - HOUR, last: { at: NOW - 5, outcome: 'timed_out', code: undefined, ms: 1 } })]);
    expect(await health.lasts()).toMatchObject([{ vendor: 'operator', last: { at: NOW + 9, outcome: 'broke', code: 'y' } }]);
  });

  it('reads hours from inclusive, until exclusive, and latencies by vendor', async () => {
    await health.add([tally({ hour: NOW - HOUR }), tally(), tally({ mode: 'test', capability: 'sms' }), tally({ hour: NOW + HOUR })]);
    expect((await health.records(NOW - HOUR, NOW + HOUR)).map(({ capability, outcomes }) => [capability, outcomes.ok])).toEqual([['simSwap', 4], ['sms', 2]]);
    expect(await health.latencies(NOW, NOW + HOUR, 'live')).toEqual([{ vendor: 'operator', capability: 'simSwap', mode: 'live', answers: 3, p50: 100, p95: 100 }]);
    expect(await health.latencies(NOW + 5 * HOUR, NOW + 6 * HOUR)).toEqual([]);
  });

  it('is carried over by every process, at its end too, and kept in memory while the database is away', async () => {
    const meter = vendorMeter(LATENCY_BOUNDS_MS, () => NOW);
    const note = (): void => meter.note({ vendor: 'operator', capability: 'kba', mode: 'test', outcome: 'broke', code: 'http_500', ms: 40_000 });
    let away = true;
    const keeper = keepHealth({ meter, everyMs: 1_000_000, logger: silent, health: { add: async (tallies) => { if (away) throw new Error('away'); await health.add(tallies); } } });
    note();
    await keeper.stop();
    expect(await health.records(0, NOW + 1)).toEqual([]);
    away = false;
    note();
    await keeper.stop();
    const [record] = await health.records(0, NOW + 1);
    expect(record).toMatchObject({ capability: 'kba', outcomes: { broke: 2 }, codes: [{ code: 'http_500', count: 2 }] });
    // Beyond the last bound.
    expect(record?.buckets).toEqual([...empty, 2]);
    expect(percentile(record?.buckets ?? [], 0.5)).toBe(30_000);
  });

  it('forgets hours that are no longer kept', async () => {
    await health.add([tally({ hour: NOW - HEALTH_KEPT_MS - HOUR }), tally()]);
    expect(await purgeHealth(opened.db, NOW)).toBe(2);
    expect(await health.records(0, NOW + 1)).toHaveLength(1);
  });

  it('fetches a feed at somebody’s word, once a minute whichever process asks, and tells the log', async () => {
    const asked: unknown[] = [];
    const seen = (id: string, source: string): FeedSeen => ({ id, kind: 'tor', source, entries: 0, fetched: undefined, fault: undefined, stale: true });
    const feeds = {
      status: () => [seen('tor', 'https://x.example/list'), seen('file', '/srv/list')],
      refresh: async (options: unknown) => { asked.push(options); throw new Error('the network is away'); },
    };
    const make = () => healthDesk({ db: opened.db, vault, now: () => now, feeds, logger: silent });
    const [one, two] = [make(), make()];
    expect(await Promise.all([one, two, one].map((desk) => desk.refreshFeeds(ADA, 'tor')))).toEqual(expect.arrayContaining(['begun', 'too_soon', 'too_soon']));
    expect(asked).toEqual([{ force: true, only: 'tor' }]);
    expect([await one.refreshFeeds(ADA, 'none'), await one.refreshFeeds(ADA, 'file'), await one.refreshFeeds(ADA, `'; DROP TABLE feed_refresh; --`)]).toEqual(['unknown', 'nothing_to_fetch', 'unknown']);
    now += REFRESH_PAUSE_MS - 1;
    expect(await two.refreshFeeds(ADA, 'tor')).toBe('too_soon');
    now += 1;
    expect(await two.refreshFeeds(ADA, 'tor')).toBe('begun');
    expect(await two.refreshFeeds(ADA, undefined)).toBe('begun');
    const entries = await auditLog({ db: opened.db, vault, now: () => now }).page({ action: 'feed.refreshed' }, undefined, 10);
    expect(entries.map(({ target }) => target.id)).toEqual(['*', 'tor', 'tor']);
  });
});
