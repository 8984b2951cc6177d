/** What one round of housekeeping leaves. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordStore } from '../../src/store/records.ts';
import { upkeep } from '../../src/store/upkeep.ts';
import { arrive, setScene, type Scene } from '../flows/scene.ts';
import { SettableClock } from '../support/clock.ts';

let scene: Scene;
const clock = new SettableClock();
beforeAll(async () => {
  scene = await setScene({ options: { retentionDays: 2, devices: { trust: false } }, replace: { now: clock.now } });
});
afterAll(() => scene.close());

const DAY = 86_400_000;
const round = (): Promise<void> =>
  upkeep(scene.db, recordStore(scene.db, scene.gateway.gatehouse.oidc.vault, clock.now), {
    now: clock.now, velocityWindowMs: DAY, settleOverdue: scene.gateway.gatehouse.settleOverdue, purgeImages: scene.gateway.gatehouse.images.purge, logger: { warn: () => undefined },
  });

it('decides what was left behind, then drops what is over, each at its time', async () => {
  const { person } = await arrive(scene);
  await person.press();
  const journeys = () => scene.db.selectFrom('journey').selectAll().execute();
  const count = async (table: 'oidc_record' | 'velocity_event' | 'journey_event') => (await scene.db.selectFrom(table).selectAll().execute()).length;
  expect(await journeys()).toMatchObject([{ decided_at: null }]);
  expect(await count('velocity_event')).toBeGreaterThan(0);

  await round();
  expect(await journeys()).toMatchObject([{ decided_at: null }]);

  clock.advance({ minutes: 180 });
  await round();
  const [left] = await journeys();
  expect(left?.decision).toMatchObject({ verdict: 'deny' });
  expect(JSON.stringify(left?.decision)).toContain('"reasons":[{"code":"journey_expired"');
  expect(await scene.db.selectFrom('journey_event').select('name').where('name', '=', 'journey_expiry').execute()).toHaveLength(1);
  expect(await count('oidc_record')).toBe(0);
  expect(await count('velocity_event')).toBeGreaterThan(0);

  clock.advance({ days: 1 });
  await round();
  expect(await count('velocity_event')).toBe(0);
  expect(await journeys()).toHaveLength(1);

  clock.advance({ days: 1 });
  await round();
  expect(await journeys()).toEqual([]);
  expect(await count('journey_event')).toBe(0);
});

it('keeps pace with a busy day of counting, and drops the record of returns after a month', async () => {
  await scene.db.deleteFrom('velocity_event').execute();
  const day = clock.now() - 2 * DAY;
  await sql`INSERT INTO velocity_event (dimension, key_hash, at, journey_id) SELECT 'address', '\\x00'::bytea, ${day}::bigint + n, 'j' FROM generate_series(1, 12000) AS n`.execute(scene.db);
  await scene.db.insertInto('silent_return').values([31, 29].map((days) => ({
    journey_id: `j${days}`, device_id: 'd', began_at: clock.now() - days * DAY, last_at: clock.now(), returns: 1, window_at: 0, in_window: 1, policy_version: 0, country: null, refused: 0,
  }))).execute();
  await round();
  expect(await scene.db.selectFrom('velocity_event').select('at').execute()).toEqual([]);
  expect(await scene.db.selectFrom('silent_return').select('journey_id').execute()).toEqual([{ journey_id: 'j29' }]);
});
