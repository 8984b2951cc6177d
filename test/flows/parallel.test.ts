/** Limits that count a person's journeys hold when they are begun in parallel: nobody slips past who sends at once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeDatabases } from '../support/postgres.ts';
import { anotherApp, atForm, setScene, timeline, type Scene } from './scene.ts';
import { ANDREW } from '../support/gateway.ts';

/** From this many other journeys of a number within a day, it is denied. */
const DENY_AT = 5;

describeDatabases('twelve journeys of one phone number', (database) => {
  let scene: Scene;
  let strict: Scene;
  beforeAll(async () => {
    scene = await setScene({}, database);
    strict = await anotherApp(scene, 'strict_phone', { options: { risk: { velocityDeniesTest: true } } });
  });
  afterAll(() => scene.close());

  const sendTwelve = async (on: Scene, phone: string) => {
    const people = [];
    for (let index = 0; index < 12; index += 1) {
      const { person } = await atForm(on);
      people.push(await person.fill({ ...ANDREW, phone }).press());
    }
    await Promise.all(people.map((person) => person.press('action', 'send')));
    return Promise.all(people.map((person) => timeline(on, person)));
  };
  const isAsked = (told: readonly string[]): boolean => told.some((line) => line.startsWith('block carrierMatch'));
  const DENIED = 'label phone_based_identity_affirmation failure: velocity_phone';

  it('sent in parallel, ask the vendors no more often than sent one by one', async () => {
    const all = await sendTwelve(strict, '+1 407 555 0161');
    expect(all.filter(isAsked).length).toBeLessThanOrEqual(DENY_AT);
    expect(all.filter((told) => told.includes(DENIED)).length).toBeGreaterThanOrEqual(12 - DENY_AT);
    const rows = await scene.db.selectFrom('velocity_event').select('journey_id').where('dimension', '=', 'test:phone').where('peer_hash', 'is not', null).execute();
    // Each once, whether it was asked about or not.
    expect([rows.length, new Set(rows.map((row) => row.journey_id)).size]).toEqual([12, 12]);
  });

  it('under test keys that are not to be stopped all go on, and what was found stands on the timeline', async () => {
    const all = await sendTwelve(scene, '+1 407 555 0162');
    expect(all.filter(isAsked)).toHaveLength(12);
    const marked = await scene.db.selectFrom('journey_event').select(['layer', 'name', 'outcome', 'details']).where('reason', '=', 'velocity_phone').where('layer', '=', 'block').execute();
    expect(marked.length).toBeGreaterThanOrEqual(12 - DENY_AT);
    for (const one of marked) expect(one).toMatchObject({ name: 'phoneNumberRiskEvaluation', outcome: 'success', details: { enforced: false } });
  });
});
