import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { attention, workflowIds } from '../../../src/store/console/attention.ts';
import type { Decision, StepResult } from '../../../src/journey/journey.ts';
import { HOUR_MS, overviewDesk, refreshRollup } from '../../../src/store/console/rollup.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { change, newJourney, storesOn, type Stores } from '../support.ts';

const T0 = Date.UTC(2026, 10, 20, 8);

describeDatabases('the overview’s roll-up', ({ fresh }) => {
  let opened: OpenedDatabase;
  let stores: Stores;
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(own);
  });
  beforeEach(async () => {
    for (const table of ['rollup', 'rollup_state', 'message', 'journey'] as const) await opened.db.deleteFrom(table).execute();
  });
  const decided = async (at: number, took: number, verdict: Decision['verdict'], reasons: Decision['reasons'] = [{ code: 'x' }], steps: readonly (readonly [StepResult['step'], string])[] = [], workflowId = 'w') => {
    let { journey } = await stores.journeys.open(newJourney({ workflowId, createdAt: at - took }));
    for (const [step, outcome] of steps) {
      journey = (await stores.journeys.record(journey, change(journey, { now: at, result: { node: step, step, outcome, reasons: [], at } })))?.journey ?? journey;
    }
    await stores.journeys.record(journey, change(journey, { now: at, node: undefined, decision: { verdict, reasons, policy: 'w@1', at } }));
    return journey.id;
  };
  const desk = () => overviewDesk(opened.db);
  const all = { from: T0 - 48 * HOUR_MS, until: T0 + 48 * HOUR_MS, workflowId: undefined, mode: 'test' } as const;
  const counted = async () => Object.fromEntries((await desk().counts(all)).map(({ metric, key, count, total }) => [`${metric} ${key}`.trim(), metric === 'decided' ? [count, total] : count]));

  test('counts starts, decisions, times, reasons, steps, where people stopped, and messages', async () => {
    await decided(T0 + 60_000, 25_000, 'approve', undefined, [['pii_validation', 'match'], ['sms_link', 'confirmed']]);
    await decided(T0 + 90_000, 200_000, 'approve', undefined, [['pii_validation', 'match']]);
    await decided(T0 + 95_000, 5_000, 'deny', [{ code: 'listed_address' }, { code: 'second' }], [['session_risk', 'deny']]);
    const id = await decided(T0 + 99_000, 60_000, 'deny', [{ code: 'journey_expired', detail: { node: 'phone_link' } }]);
    await opened.db.insertInto('message').values({ id: 'm', journey_id: id, attempt: 1, status: 'delivered', rank: 3, provider: null, provider_message_id: null, code: null, created_at: T0 + 1, updated_at: T0 + 1 }).execute();
    expect(await refreshRollup(opened.db, T0 + 120_000)).toBe(2);
    expect(await counted()).toEqual({
      started: 4, 'decided approve': [2, 225_000], 'decided deny': [2, 65_000], 'time 30': 1, 'time 300': 1,
      'reason listed_address': 1, 'reason journey_expired': 1, 'drop phone_link': 1,
      'step pii_validation:match': 2, 'step sms_link:confirmed': 1, 'step session_risk:deny': 1, 'message delivered': 1,
    });
    expect(await desk().countedUntil()).toBe(T0 + 120_000);
  });

  test('counting again changes nothing, and what came late is counted', async () => {
    await decided(T0 + 60_000, 1000, 'approve');
    await refreshRollup(opened.db, T0 + 120_000);
    const before = await counted();
    expect(await refreshRollup(opened.db, T0 + 121_000)).toBe(0);
    expect(await refreshRollup(opened.db, T0 + 300_000)).toBeGreaterThan(0);
    expect(await counted()).toEqual(before);
    // Decided in the hour before, and committed only now.
    await decided(T0 - 1000, 1000, 'deny');
    await refreshRollup(opened.db, T0 + 400_000);
    expect(await counted()).toMatchObject({ 'decided deny': [1, 1000], 'decided approve': [1, 1000] });
  });

  test('two processes at once count once', async () => {
    await decided(T0, 1000, 'approve');
    const hours = await Promise.all([1, 2, 3, 4].map(() => refreshRollup(opened.db, T0 + 60_000)));
    expect(hours.filter((count) => count > 0)).toHaveLength(1);
    expect(await counted()).toMatchObject({ 'decided approve': [1, 1000] });
  });

  test('a long stop is caught up with in bounded runs', async () => {
    await decided(T0, 1000, 'approve');
    await refreshRollup(opened.db, T0 + 1000);
    const later = T0 + 200 * HOUR_MS;
    await decided(later - 1000, 1000, 'deny');
    const runs: number[] = [];
    for (let at = later; runs.at(-1) !== 4 && runs.length < 10; at += 60_000) runs.push(await refreshRollup(opened.db, at));
    expect(Math.max(...runs)).toBe(72);
    expect(await desk().counts({ ...all, until: later + HOUR_MS })).toContainEqual({ metric: 'decided', key: 'deny', count: 1, total: 1000 });
  });

  test('is asked by workflow, mode and time, and cut into stretches', async () => {
    await decided(T0, 1000, 'approve');
    await decided(T0 + HOUR_MS, 1000, 'deny', undefined, [], 'v');
    await decided(T0 + 5 * HOUR_MS, 1000, 'review');
    await refreshRollup(opened.db, T0 + 6 * HOUR_MS);
    const question = { from: T0, until: T0 + 6 * HOUR_MS, workflowId: undefined, mode: 'test' } as const;
    expect(await desk().decisions(question, 3 * HOUR_MS)).toEqual([
      { at: T0, approve: 1, deny: 1, review: 0 }, { at: T0 + 3 * HOUR_MS, approve: 0, deny: 0, review: 1 },
    ]);
    expect(await desk().decisions({ ...question, workflowId: 'v' }, HOUR_MS)).toEqual([{ at: T0 + HOUR_MS, approve: 0, deny: 1, review: 0 }]);
    expect(await desk().decisions({ ...question, mode: 'live' }, HOUR_MS)).toEqual([]);
    expect(await desk().counts({ ...question, until: T0 })).toEqual([]);
  });
});

describeDatabases('what waits for somebody', ({ fresh }) => {
  let opened: OpenedDatabase;
  ownDatabase(fresh, (own) => { opened = own; });

  test('nothing, at first; then what is overdue, switched off by itself, faulty, and whether keys are live', async () => {
    expect(await attention(opened.db, T0)).toEqual({ overdueCases: 0, disabledEndpoints: 0, faultyFeeds: 0, liveKeys: false, notices: [] });
    const { db } = opened;
    await db.insertInto('workflow').values({ id: 'w', deployed_version: null, created_at: T0 }).execute();
    await sql`INSERT INTO workflow_key (client_id, workflow_id, mode, secret_hash, metadata, created_at, revoked_at) VALUES ('l', 'w', 'live', 'x', '{}', 0, 5), ('k', 'w', 'live', 'x', '{}', 0, NULL)`.execute(db);
    await db.insertInto('risk_feed').values({ id: 'f', kind: 'deny', etag: null, last_modified: null, attempted_at: null, fetched_at: null, sha256: null, entries: null, fault: 'too_large', body: null }).execute();
    await sql`INSERT INTO webhook_endpoint (id, url, description, mode, workflow_id, events, with_credential, enabled, disabled_because, created_at, updated_at)
      VALUES ('a', 'https://a.example', '', 'test', NULL, '[]', false, false, 'gone', 0, 0), ('b', 'https://b.example', '', 'test', NULL, '[]', false, false, 'by_staff', 0, 0)`.execute(db);
    expect(await attention(db, T0)).toEqual({ overdueCases: 0, disabledEndpoints: 1, faultyFeeds: 1, liveKeys: true, notices: [] });
    expect(await workflowIds(db)).toEqual(['w']);
  });
});
