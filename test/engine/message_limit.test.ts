/** The limit of messages per number holds when many journeys of one number send at the same moment. */
import { beforeEach, expect, test } from 'vitest';
import { userOnboarding } from '../../src/journey/templates/user_onboarding.ts';
import { anyStep } from '../../src/steps/index.ts';
import { messageLimit } from '../../src/steps/sms_link/message_limit.ts';
import { smsLink } from '../../src/steps/sms_link/index.ts';
import { velocityCounts } from '../../src/store/velocity.ts';
import type { TextMessage, Vendors } from '../../src/vendors/ports.ts';
import { DEVICE_KEYS } from '../steps/device_keys.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { answerOf, makeWorld, type World } from './world.ts';

const LIMIT = 5;

describeDatabases('messages to one number', ({ fresh }) => {
  let world: World;
  const sent: TextMessage[] = [];
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened, (_script, _clock, vault) => {
      const sms = { name: 'fake', send: async (message: TextMessage) => (sent.push(message), { kind: 'accepted', provider: 'fake', providerMessageId: message.id }) };
      return [anyStep(smsLink({
        vendors: { test: { sms }, live: { sms } } as unknown as Vendors,
        limit: messageLimit(velocityCounts(opened.db, (dimension, value) => Buffer.from(vault.keyedHash(dimension, value), 'base64url'))),
        origin: 'https://id.example.com', tokenOf: (id) => id, hashOf: (token) => token, deviceKeys: DEVICE_KEYS,
      }))];
    });
  });

  beforeEach(async () => {
    await world.db.deleteFrom('velocity_event').execute();
  });

  /** That many journeys of the same person, all at the form; then all send it at once, each by a process of its own. */
  const atOnce = async (journeys: number, velocityDeniesTest: boolean): Promise<readonly string[]> => {
    await world.deploy({ ...userOnboarding, options: { risk: { velocityDeniesTest }, link: { maxPerPhonePerDay: LIMIT } } });
    const ids: string[] = [];
    for (let index = 0; index < journeys; index += 1) ids.push(await world.upTo('pii_form'));
    await Promise.all(ids.map((id) => world.process().submit(id, answerOf('pii_form'))));
    return ids;
  };
  const told = async (ids: readonly string[]) => {
    const rows = await world.db.selectFrom('journey_event').select(['journey_id', 'outcome', 'details']).where('reason', '=', 'message_limit').where('layer', '=', 'block').where('name', '=', 'messageDelivery').execute();
    return rows.filter((row) => ids.includes(row.journey_id));
  };

  test('where it only tells, all are sent, and those past the limit leave a trace', async () => {
    const ids = await atOnce(7, false);
    expect(sent.splice(0)).toHaveLength(7);
    const traces = await told(ids);
    expect(traces.length).toBeGreaterThanOrEqual(2);
    for (const trace of traces) expect(trace).toMatchObject({ outcome: 'success', details: { enforced: false, limit: LIMIT } });
  });

  test('one after the other, exactly as many are sent as may be', async () => {
    for (let index = 0; index < LIMIT + 1; index += 1) await atOnce(1, true);
    expect(sent.splice(0)).toHaveLength(LIMIT);
  });

  test('twelve in parallel never send more than the limit', async () => {
    const ids = await atOnce(12, true);
    expect(sent.splice(0).length).toBeLessThanOrEqual(LIMIT);
    const denied = await told(ids);
    expect(denied.length).toBeGreaterThanOrEqual(12 - LIMIT);
    const rows = await world.db.selectFrom('message').select(['status', 'code']).where('journey_id', 'in', denied.map((row) => row.journey_id)).execute();
    for (const row of rows) expect(row).toEqual({ status: 'rejected', code: 'message_limit' });
    expect((await world.journeys.byId(denied[0]?.journey_id ?? ''))?.journey.results.at(-1)).toMatchObject({ outcome: 'undeliverable', reasons: [{ code: 'message_limit' }] });
  });
});
