/** What vendors answered, in PostgreSQL: one row for each vendor and hour, which every process adds to. */
import { sql } from 'kysely';
import { percentile } from '../../admin/vendors/latency.ts';
import type { FeedsSeen, HealthDesk, RefreshAsked, VendorHealth, VendorRecord } from '../../admin/vendors/store.ts';
import type { VendorTally } from '../../vendors/tally.ts';
import type { Db } from '../database.ts';
import { audited, type Auditing } from './audit.ts';

/** How long hours are kept, milliseconds. */
export const HEALTH_KEPT_MS = 90 * 86_400_000;
/** How far back the newest answer is looked for, milliseconds. */
const LAST_WITHIN_MS = 30 * 86_400_000;
/** Between two fetches of one feed at somebody's word, milliseconds: publishers block whoever calls too often. */
export const REFRESH_PAUSE_MS = 60_000;
const EVERY_FEED = '*';

export function vendorHealth(db: Db, now: () => number): VendorHealth {
  const records = async (from: number, until: number): Promise<readonly VendorRecord[]> => {
    const rows = await db.selectFrom('vendor_health').selectAll().where('hour', '>=', from).where('hour', '<', until).orderBy('hour').execute();
    const codes = await db.selectFrom('vendor_health_code').selectAll().where('hour', '>=', from).where('hour', '<', until).orderBy('hour').execute();
    const found = new Map<string, { readonly record: Omit<VendorRecord, 'outcomes' | 'buckets' | 'codes'>; rows: (typeof rows)[number][]; codes: (typeof codes)[number][] }>();
    const of = ({ vendor, capability, mode }: { readonly vendor: string; readonly capability: string; readonly mode: 'test' | 'live' }) => {
      const key = JSON.stringify([capability, mode, vendor]);
      const known = found.get(key) ?? { record: { vendor, capability, mode }, rows: [], codes: [] };
      found.set(key, known);
      return known;
    };
    for (const row of rows) of(row).rows.push(row);
    for (const row of codes) of(row).codes.push(row);
    return [...found.values()].map((one) => ({
      ...one.record,
      outcomes: {
        ok: sum(one.rows.map(({ ok }) => ok)), could_not_tell: sum(one.rows.map((row) => row.could_not_tell)),
        timed_out: sum(one.rows.map((row) => row.timed_out)), broke: sum(one.rows.map(({ broke }) => broke)),
      },
      buckets: one.rows.reduce<readonly number[]>((total, { buckets }) => buckets.map((count, place) => count + (total[place] ?? 0)), []),
      codes: [...Map.groupBy(one.codes, ({ outcome, code }) => `${outcome} ${code}`).values()]
        .flatMap((same) => same.slice(0, 1).map(({ outcome, code }) => ({ outcome, code, count: sum(same.map(({ count }) => count)) })))
        .toSorted((a, b) => b.count - a.count),
    }));
  };

  return {
    async add(tallies) {
      if (tallies.length === 0) return;
      await db.transaction().execute(async (tx) => {
        // Always in the same order: two processes must not wait for each other.
        for (const { vendor, capability, mode, hour, outcomes, buckets, codes, last } of tallies.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
          await tx.insertInto('vendor_health')
            .values({ hour, capability, mode, vendor, ...outcomes, buckets: sql<number[]>`${literal(buckets)}::int[]`, last_at: last.at, last_outcome: last.outcome, last_code: last.code ?? null, last_ms: Math.round(last.ms) })
            .onConflict((conflict) => conflict.columns(['hour', 'capability', 'mode', 'vendor']).doUpdateSet((eb) => {
              const added = (column: 'ok' | 'could_not_tell' | 'timed_out' | 'broke') => eb(`vendor_health.${column}`, '+', eb.ref(`excluded.${column}`));
              const newer = (column: 'last_at' | 'last_outcome' | 'last_code' | 'last_ms') => sql<never>`CASE WHEN excluded.last_at >= vendor_health.last_at THEN ${sql.ref(`excluded.${column}`)} ELSE ${sql.ref(`vendor_health.${column}`)} END`;
              return {
                ok: added('ok'), could_not_tell: added('could_not_tell'), timed_out: added('timed_out'), broke: added('broke'),
                buckets: sql<number[]>`(SELECT array_agg(coalesce(was, 0) + coalesce(came, 0) ORDER BY place) FROM unnest(vendor_health.buckets, excluded.buckets) WITH ORDINALITY AS both_of(was, came, place))`,
                last_at: newer('last_at'), last_outcome: newer('last_outcome'), last_code: newer('last_code'), last_ms: newer('last_ms'),
              };
            })).execute();
          for (const { outcome, code, count } of codes.toSorted((a, b) => (`${a.outcome} ${a.code}` < `${b.outcome} ${b.code}` ? -1 : 1))) {
            await tx.insertInto('vendor_health_code').values({ hour, capability, mode, vendor, outcome, code, count })
              .onConflict((conflict) => conflict.columns(['hour', 'capability', 'mode', 'vendor', 'outcome', 'code']).doUpdateSet((eb) => ({ count: eb('vendor_health_code.count', '+', eb.ref('excluded.count')) }))).execute();
          }
        }
      });
    },
    records,
    async lasts() {
      const rows = await db.selectFrom('vendor_health').distinctOn(['capability', 'mode', 'vendor'])
        .select(['capability', 'mode', 'vendor', 'last_at', 'last_outcome', 'last_code', 'last_ms'])
        .where('hour', '>', now() - LAST_WITHIN_MS).orderBy('capability').orderBy('mode').orderBy('vendor').orderBy('hour', 'desc').execute();
      return rows.map((row) => ({
        capability: row.capability, mode: row.mode, vendor: row.vendor,
        last: { at: row.last_at, outcome: row.last_outcome, code: row.last_code ?? undefined, ms: row.last_ms },
      }));
    },
    async latencies(from, until, mode) {
      const found = await records(from, until);
      return found.filter((record) => mode === undefined || record.mode === mode).flatMap(({ vendor, capability, mode: under, buckets }) => {
        const [p50, p95] = [percentile(buckets, 0.5), percentile(buckets, 0.95)];
        return p50 === undefined || p95 === undefined ? [] : [{ vendor, capability, mode: under, answers: sum(buckets), p50, p95 }];
      });
    },
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const keyOf = ({ hour, capability, mode, vendor }: VendorTally): string => `${hour} ${capability} ${mode} ${vendor}`;
/** Of whole numbers only. */
const literal = (counts: readonly number[]): string => `{${counts.map((count) => Math.round(count)).join(',')}}`;

export interface HealthParts extends Auditing {
  readonly feeds: FeedsSeen;
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

export function healthDesk(parts: HealthParts): HealthDesk {
  const { db, now, feeds, logger } = parts;
  const { records, lasts, latencies } = vendorHealth(db, now);

  /** Nobody waits for it; how it went shows on the page, and in the log. */
  const fetchNow = (id: string | undefined): void => {
    void fetched(id).catch((thrown: unknown) => {
      logger.warn({ event: 'feeds_failed', error: thrown instanceof Error ? thrown.name : 'unknown' }, 'fetching feeds at once failed');
    });
  };
  const fetched = async (id: string | undefined): Promise<void> => {
    const done = await feeds.refresh({ force: true, ...(id === undefined ? {} : { only: id }) });
    for (const { id: feed, outcome } of done) logger.info({ event: 'feed_refreshed', feed, outcome }, 'a feed was fetched because somebody asked');
  };

  return {
    records, lasts, latencies,
    async refreshFeeds(actor, id) {
      const known = feeds.status();
      if (id !== undefined && !known.some((feed) => feed.id === id)) return 'unknown';
      if (!known.some((feed) => (id === undefined || feed.id === id) && /^https?:/.test(feed.source))) return 'nothing_to_fetch';
      const asked = await audited<RefreshAsked>(parts, actor, async (tx) => {
        const row = await tx.insertInto('feed_refresh').values({ feed: id ?? EVERY_FEED, asked_at: now() })
          .onConflict((conflict) => conflict.column('feed').doUpdateSet({ asked_at: now() }).where('feed_refresh.asked_at', '<=', now() - REFRESH_PAUSE_MS))
          .returning('feed').executeTakeFirst();
        if (!row) return { result: 'too_soon', fact: undefined };
        return { result: 'begun', fact: { action: 'feed.refreshed', target: { kind: 'feed', id: id ?? EVERY_FEED } } };
      });
      if (asked === 'begun') fetchNow(id);
      return asked;
    },
  };
}

/** Delete hours that are no longer kept, a few thousand rows at most; gives how many went. */
export async function purgeHealth(db: Db, now: number): Promise<number> {
  const codes = await db.deleteFrom('vendor_health_code').where('hour', '<', now - HEALTH_KEPT_MS).executeTakeFirst();
  const rows = await db.deleteFrom('vendor_health').where('hour', '<', now - HEALTH_KEPT_MS).executeTakeFirst();
  return Number(codes.numDeletedRows) + Number(rows.numDeletedRows);
}
