import { z } from 'zod';
import { GatehouseError } from '../../../errors.ts';
import { feedRows } from '../../vendors/feed_rows.ts';
import { percentile } from '../../vendors/latency.ts';
import { CAPABILITY_TEXTS, type VendorNames } from '../../vendors/rows.ts';
import type { Capability } from '../../../vendors/tally.ts';
import type { FeedsSeen, HealthDesk, VendorLast, VendorRecord } from '../../vendors/store.ts';
import { apiRoute, type ApiRoute } from '../route.ts';
import { iso, mode, time } from '../shapes.ts';

const HOUR = 3_600_000;
/** A week. */
const MOST_HOURS = 168;
const MODES = ['live', 'test'] as const;
const CAPABILITIES = Object.keys(CAPABILITY_TEXTS) as readonly Capability[];

const outcomes = z.object({ ok: z.number(), could_not_tell: z.number(), timed_out: z.number(), broke: z.number() });
const answered = z.object({
  vendor: z.string(), capability: z.string(), mode, outcomes, p50_ms: z.number().nullable(), p95_ms: z.number().nullable(),
  codes: z.array(z.object({ outcome: z.string(), code: z.string(), count: z.number() })),
});
const last = z.object({ vendor: z.string(), capability: z.string(), mode, at: time, outcome: z.string(), code: z.string().nullable(), ms: z.number() });
const feed = z.object({
  id: z.string(), kind: z.string(), from: z.string().describe('A file’s name, or the host it is fetched from.'), entries: z.number(), fetched_at: time, stale: z.boolean(), fault: z.string().nullable(),
});

const recordView = (one: VendorRecord) => ({
  vendor: one.vendor, capability: one.capability, mode: one.mode, outcomes: one.outcomes, p50_ms: percentile(one.buckets, 0.5) ?? null, p95_ms: percentile(one.buckets, 0.95) ?? null, codes: one.codes,
});
const lastView = ({ vendor, capability, mode: under, last: { at, outcome, code, ms } }: VendorLast) => ({ vendor, capability, mode: under, at: iso(at), outcome, code: code ?? null, ms });

/** What the area asks for. */
export interface VendorApiDeps {
  readonly health: HealthDesk;
  readonly names: VendorNames;
  readonly feeds: Pick<FeedsSeen, 'status'>;
}

/** How what the gateway relies upon stands: codes and counts, never what was asked or answered. */
export function vendorApi({ health, names, feeds }: VendorApiDeps): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'get', path: '/vendors', tag: 'vendors', scope: 'vendor.read', summary: 'Who is asked for what, what they answered lately, and the feeds',
      query: z.strictObject({ hours: z.coerce.number().int().min(1).max(MOST_HOURS).default(1).describe('Whole hours before this one, which is counted too.') }),
      answer: z.object({
        since: z.iso.datetime(), configured: z.array(z.object({ capability: z.string(), mode, vendor: z.string().nullable().describe('Null: nobody is asked.') })),
        answers: z.array(answered), last_answers: z.array(last), feeds: z.array(feed),
      }),
      async handle({ query: { hours }, now }) {
        const since = now - (now % HOUR) - hours * HOUR;
        const [records, lasts] = await Promise.all([health.records(since, now + 1), health.lasts()]);
        const status = feeds.status();
        // Paths and queries of sources stay here: folders tell of the machine, and keys hide in addresses.
        const shown = feedRows(status, {});
        return {
          since: new Date(since).toISOString(),
          configured: MODES.flatMap((under) => CAPABILITIES.map((capability) => ({ capability, mode: under, vendor: names[under][capability] ?? null }))),
          answers: records.map(recordView), last_answers: lasts.map(lastView),
          feeds: status.map((one, at) => ({
            id: one.id, kind: one.kind, from: shown[at]?.from ?? '', entries: one.entries, fetched_at: iso(one.fetched), stale: one.stale, fault: one.fault ?? null,
          })),
        };
      },
    }),
    apiRoute({
      method: 'post', path: '/feeds/refresh', tag: 'vendors', scope: 'feed.refresh', summary: 'Fetch a feed now, or every one; begun, and not waited for', status: 202,
      body: z.strictObject({ feed: z.string().max(200).optional().describe('Its id; every feed where it is not given.') }), answer: z.object({ result: z.enum(['begun', 'nothing_to_fetch']) }),
      refusals: { 404: 'There is no such feed.', 409: 'It was fetched less than a minute ago.' },
      async handle({ body, actor }) {
        const asked = await health.refreshFeeds(actor, body.feed);
        if (asked === 'unknown') throw new GatehouseError('not_found', 404, 'there is no such feed');
        if (asked === 'too_soon') throw new GatehouseError('feed_too_soon', 409, 'it was fetched less than a minute ago');
        return { result: asked };
      },
    }),
  ];
}
