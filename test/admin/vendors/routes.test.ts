import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { ROLES } from '../../../src/admin/permissions.ts';
import { vendorsRoutes } from '../../../src/admin/vendors/routes.ts';
import type { FeedSeen, HealthDesk, RefreshAsked } from '../../../src/admin/vendors/store.ts';
import { ADMINISTRATOR, startConsole, type TestConsole } from '../../support/console.ts';

const NOBODY = { carrierMatch: undefined, databaseMatch: undefined, simSwap: undefined, numberRecycling: undefined, lineType: undefined, sms: undefined, kba: undefined, documentVendor: undefined };
const FEED: FeedSeen = { id: 'tor', kind: 'tor', source: 'https://lists.example/exits?key=hidden', entries: 7, fetched: Date.now(), fault: undefined, stale: false };

describe('the console’s vendors', () => {
  let console: TestConsole;
  let answer: RefreshAsked = 'begun';
  let asked: (string | undefined)[] = [];
  const spans: [number, number][] = [];
  const health: HealthDesk = {
    records: async (from, until) => {
      spans.push([from, until]);
      return [{ vendor: 'operator', capability: 'simSwap', mode: 'live', outcomes: { ok: 41, could_not_tell: 0, timed_out: 1, broke: 0 }, buckets: [42], codes: [] }];
    },
    lasts: async () => [{ vendor: 'operator', capability: 'simSwap', mode: 'live', last: { at: Date.now(), outcome: 'timed_out', code: undefined, ms: 3_000 } }],
    latencies: async () => [],
    refreshFeeds: async (_actor, id) => {
      asked.push(id);
      return answer;
    },
  };
  const audit: Pick<AuditLog, 'note'> = { note: async () => undefined };
  beforeAll(async () => {
    console = await startConsole(vendorsRoutes({
      health, names: { live: { ...NOBODY, simSwap: 'operator' }, test: NOBODY }, feeds: { status: () => [FEED] }, feedKinds: ['tor', 'vpn'], feedLimits: { tor: 86_400_000 }, parts: () => [],
    }), audit);
  });
  afterAll(() => console.close());
  beforeEach(() => {
    answer = 'begun';
    asked = [];
  });

  it('shows who answers and how, and what nobody configured, over this hour and the last', async () => {
    const { html, status } = await console.get('/admin/vendors', ADMINISTRATOR);
    expect(status).toBe(200);
    expect(html.match(/not configured/g)?.length).toBeGreaterThanOrEqual(15);
    expect(html).toMatch(/operator[\s\S]*timed out[\s\S]*3000 ms[\s\S]*41/);
    expect(html).toContain('VPNs');
    expect(html).toContain('lists.example');
    expect(html).not.toContain('key=');
    const [from = 0, until = 0] = spans[0] ?? [];
    expect([from % 3_600_000, until - from >= 3_600_000, until - from <= 7_200_001]).toEqual([0, true, true]);
  });

  it.each([['begun', 'Fetching has begun'], ['too_soon', 'less than a minute ago'], ['nothing_to_fetch', 'nothing to fetch']] as const)('refresh: %s', async (kind, sentence) => {
    answer = kind;
    const done = await console.post('/admin/vendors/feeds/refresh', { feed: 'tor' }, ADMINISTRATOR);
    expect([done.status, done.location, asked]).toEqual([303, '/admin/vendors', ['tor']]);
    const notice = /gatehouse_staff_notice=([^;]+)/.exec(done.headers.get('set-cookie') ?? '')?.[1] ?? '';
    expect(Buffer.from(notice, 'base64url').toString('utf8')).toContain(sentence);
  });

  it('of no feed is not found, of all is asked for all', async () => {
    answer = 'unknown';
    expect((await console.post('/admin/vendors/feeds/refresh', { feed: '<script>' }, ADMINISTRATOR)).status).toBe(404);
    await console.post('/admin/vendors/feeds/refresh', {}, ADMINISTRATOR);
    expect(asked).toEqual(['<script>', undefined]);
  });

  it.each(ROLES)('%s sees it; who may refresh has the button', async (role) => {
    const may = role === 'administrator' || role === 'workflow_author';
    const { html, status } = await console.get('/admin/vendors', { roles: [role] });
    expect([status, html.includes('Refresh now')]).toEqual([200, may]);
    expect((await console.post('/admin/vendors/feeds/refresh', { feed: 'tor' }, { roles: [role] })).status).toBe(may ? 303 : 403);
    expect(asked).toHaveLength(may ? 1 : 0);
  });
});
