import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Journey, StepResult } from '../../src/journey/journey.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { change, newJourney, NOW, storesOn, type Stores } from './support.ts';

const RESULT: StepResult = { node: 'a_node', step: 'pii_validation', outcome: 'match', reasons: [{ code: 'record_match', detail: { matched: 3, sure: true, none: null } }], at: NOW + 1 };

describeDatabases('journeys', ({ fresh }) => {
  let opened: OpenedDatabase;
  let stores: Stores;
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(opened);
  });
  const opening = async (): Promise<Journey> => (await stores.journeys.open(newJourney())).journey;
  const count = async (table: 'journey_event' | 'evidence' | 'consent' | 'link' | 'message', id: string): Promise<number> =>
    (await opened.db.selectFrom(table).select('journey_id').where('journey_id', '=', id).execute()).length;

  test('one that is opened is found by id and by interaction, as it was opened', async () => {
    const wanted = newJourney();
    const { events: _events, deleteAt: _deleteAt, ...facts } = wanted;
    const made = await stores.journeys.open(wanted);
    expect(made).toEqual({ journey: { ...facts, version: 1, extensions: 0, results: [], states: Personal.of({}), decision: undefined }, evidence: [], accountId: undefined });
    expect(await stores.journeys.byId(wanted.id)).toEqual(made);
    expect(await stores.journeys.byInteraction(wanted.interactionUid)).toEqual(made);
    expect(await stores.journeys.byId(randomUUID())).toBeUndefined();
  });

  test('ten that race for one interaction: one wins, all are given it, its first event is written once', async () => {
    const interactionUid = randomUUID();
    const made = await Promise.all(Array.from({ length: 10 }, () => stores.journeys.open(newJourney({ interactionUid }))));
    const ids = new Set(made.map(({ journey }) => journey.id));
    expect(ids.size).toBe(1);
    expect(await count('journey_event', [...ids][0] ?? '')).toBe(1);
  });

  test('a change is written whole', async () => {
    const journey = await opening();
    const written = await stores.journeys.record(journey, change(journey, {
      states: Personal.of({ a_node: { secret: 1 } }), result: RESULT, expiresAt: NOW + 9,
      events: [{ layer: 'label', name: 'session_risk', outcome: 'failure', reason: 'why', details: { n: 1 } }, { layer: 'phase', name: 'journey', outcome: 'exit' }],
      evidence: [{ kind: 'identity_match', version: 2, simulated: true, data: Personal.of({ phone: '+14075550123' }) }],
      consents: [{ purpose: 'p', text: 'You agree.', locale: 'en', method: 'button', proof: Personal.of({ address: '203.0.113.9' }) }],
      links: [{ tokenHash: `hash-${journey.id}`, expiresAt: NOW + 5 }],
      messages: [{ id: `m-${journey.id}`, attempt: 1 }],
      counts: [{ dimension: 'phone', key: Personal.of('+14075550123') }],
    }));
    expect(written).toMatchObject({ journey: { version: 2, states: Personal.of({ a_node: { secret: 1 } }), results: [RESULT], expiresAt: NOW + 9, extensions: 1, opening: journey.opening } });
    // Wrapped values compare as equal whatever they hold.
    expect(written?.journey.states.open()).toEqual({ a_node: { secret: 1 } });
    expect(written?.journey.opening.credential?.open()).toBe('alice@example.com');
    expect(written?.evidence.map(({ data, ...rest }) => ({ ...rest, data: data.open() }))).toEqual([{ kind: 'identity_match', version: 2, simulated: true, data: { phone: '+14075550123' } }]);
    const events = await opened.db.selectFrom('journey_event').selectAll().where('journey_id', '=', journey.id).orderBy('seq').execute();
    expect(events.map(({ node, name, reason, details }) => ({ node, name, reason, details }))).toEqual([
      { node: null, name: 'journey', reason: null, details: null }, { node: 'a_node', name: 'session_risk', reason: 'why', details: { n: 1 } }, { node: 'a_node', name: 'journey', reason: null, details: null },
    ]);
    for (const table of ['evidence', 'consent', 'link', 'message'] as const) expect(await count(table, journey.id), table).toBe(1);
    expect(await opened.db.selectFrom('velocity_event').select('dimension').where('journey_id', '=', journey.id).execute()).toEqual([{ dimension: 'phone' }]);
    expect(await opened.db.selectFrom('consent_text').select('body').execute()).toEqual([{ body: 'You agree.' }]);
  });

  test('nothing personal stands in the rows', async () => {
    const journey = await opening();
    await stores.journeys.record(journey, change(journey, {
      states: Personal.of({ a_node: { phone: '+14075550199' } }), result: RESULT, evidence: [{ kind: 'identity_match', version: 1, simulated: true, data: Personal.of('PLANTED-EVIDENCE') }],
      consents: [{ purpose: 'p', text: 'You agree.', locale: 'en', method: 'button', proof: Personal.of('PLANTED-PROOF') }],
    }));
    for (const table of ['journey', 'evidence', 'consent'] as const) {
      const rows = await opened.db.selectFrom(table).selectAll().execute();
      const text = rows.map((row) => Object.values(row).map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value))).join()).join();
      expect(text).not.toMatch(/PLANTED|4075550199|alice/);
      expect(rows.length).toBeGreaterThan(0);
    }
  });

  test('who read an older version writes nothing at all', async () => {
    const journey = await opening();
    expect(await stores.journeys.record(journey, change(journey, { states: Personal.of({ a_node: 1 }) }))).toBeDefined();
    const before = await stores.journeys.byId(journey.id);
    const late = await stores.journeys.record(journey, change(journey, {
      states: Personal.of({ a_node: 2 }), result: RESULT, events: [{ layer: 'phase', name: 'journey', outcome: 'exit' }],
      evidence: [{ kind: 'session', version: 1, simulated: true, data: Personal.of(1) }], links: [{ tokenHash: `late-${journey.id}`, expiresAt: NOW }],
    }));
    expect(late).toBeUndefined();
    expect(await stores.journeys.byId(journey.id)).toEqual(before);
    expect([await count('journey_event', journey.id), await count('evidence', journey.id), await count('link', journey.id)]).toEqual([1, 0, 0]);
  });

  test('ten changes of one version at once: one is written', async () => {
    const journey = await opening();
    const all = await Promise.all(Array.from({ length: 10 }, (_, index) => stores.journeys.record(journey, change(journey, { states: Personal.of({ a_node: index }) }))));
    const won = all.filter((one) => one !== undefined);
    expect(won).toHaveLength(1);
    expect((await stores.journeys.byId(journey.id))?.journey).toEqual(won[0]?.journey);
  });

  test('a change that fails halfway leaves nothing', async () => {
    const journey = await opening();
    const twice = { tokenHash: `twice-${journey.id}`, expiresAt: NOW };
    await expect(stores.journeys.record(journey, change(journey, { result: RESULT, events: [{ layer: 'phase', name: 'journey', outcome: 'exit' }], links: [twice, twice] }))).rejects.toThrow();
    expect((await stores.journeys.byId(journey.id))?.journey).toEqual(journey);
    expect(await count('journey_event', journey.id)).toBe(1);
  });

  test('after a decision nothing more is written', async () => {
    const journey = await opening();
    const decision = { verdict: 'deny', reasons: [{ code: 'x' }], policy: 'w@1', at: NOW } as const;
    const decided = await stores.journeys.record(journey, change(journey, { decision }));
    expect(decided?.journey.decision).toEqual(decision);
    expect(decided && (await stores.journeys.record(decided.journey, change(decided.journey, { states: Personal.of({ a_node: 1 }) })))).toBeUndefined();
  });

  describe('leases', () => {
    test('one holder at a time, until it ends or the journey moves on', async () => {
      const journey = await opening();
      const both = await Promise.all([stores.journeys.lease(journey, NOW, NOW + 10), stores.journeys.lease(journey, NOW, NOW + 10)]);
      expect(both.toSorted()).toEqual([false, true]);
      expect(await stores.journeys.lease(journey, NOW + 9, NOW + 20)).toBe(false);
      expect(await stores.journeys.lease(journey, NOW + 10, NOW + 20)).toBe(true);
      const moved = await stores.journeys.record(journey, change(journey, {}));
      expect(await stores.journeys.lease(journey, NOW + 100, NOW + 200)).toBe(false);
      expect(moved && (await stores.journeys.lease(moved.journey, NOW + 11, NOW + 20))).toBe(true);
    });
  });

  describe('what leads to a journey', () => {
    test('a link, expired or not, and no other', async () => {
      const journey = await opening();
      await stores.journeys.record(journey, change(journey, { node: 'link_node', links: [{ tokenHash: `old-${journey.id}`, expiresAt: NOW - 1 }] }));
      expect(await stores.journeys.byLink(`old-${journey.id}`)).toMatchObject({ journey: { id: journey.id, version: 2 }, node: 'link_node', linkExpiresAt: NOW - 1 });
      expect(await stores.journeys.byLink(`OLD-${journey.id}`)).toBeUndefined();
    });

    test("a provider's message id, of that provider", async () => {
      const journey = await opening();
      const first = await stores.journeys.record(journey, change(journey, { messages: [{ id: `q-${journey.id}`, attempt: 1 }] }));
      if (!first) throw new Error('not written');
      await stores.journeys.record(first.journey, change(first.journey, { delivered: [{ id: `q-${journey.id}`, status: 'sent', provider: 'one', providerMessageId: `x-${journey.id}` }] }));
      expect(await stores.journeys.byMessage('one', `x-${journey.id}`)).toMatchObject({ journey: { id: journey.id }, messageId: `q-${journey.id}` });
      expect(await stores.journeys.byMessage('two', `x-${journey.id}`)).toBeUndefined();
    });
  });

  test.each<[readonly ('sent' | 'delivered' | 'failed')[], string, string | null]>([
    [['delivered'], 'delivered', 'delivered'], [['delivered', 'failed'], 'delivered', 'delivered'], [['failed', 'delivered'], 'failed', 'failed'],
    [['sent'], 'sent', null], [['delivered', 'sent'], 'delivered', 'delivered'],
  ])('a provider says %j: the message ends as %s, decided or not', async (statuses, expected, code) => {
    const journey = await opening();
    const id = `said-${journey.id}`;
    const sent = await stores.journeys.record(journey, change(journey, { messages: [{ id, attempt: 1 }], delivered: [{ id, status: 'sent', provider: 'one' }] }));
    if (!sent) throw new Error('not written');
    await stores.journeys.record(sent.journey, change(sent.journey, { decision: { verdict: 'deny', reasons: [], policy: 'w@1', at: NOW } }));
    for (const status of statuses) await stores.journeys.messageReported(id, status, status, NOW + 9);
    expect(await opened.db.selectFrom('message').select(['status', 'code']).where('id', '=', id).execute()).toEqual([{ status: expected, code }]);
  });

  test.each([
    [['sent', 'unknown'], 'sent'], [['unknown', 'sent'], 'sent'], [['rejected', 'sent', 'unknown'], 'rejected'], [['sent', 'rejected'], 'rejected'], [['delivered', 'sent'], 'delivered'],
  ])('a message only goes forward: %j ends as %s', async (statuses, expected) => {
    let journey = await opening();
    const id = `r-${journey.id}`;
    const record = async (what: Parameters<typeof change>[1]): Promise<void> => {
      const written = await stores.journeys.record(journey, change(journey, what));
      if (!written) throw new Error('not written');
      journey = written.journey;
    };
    await record({ messages: [{ id, attempt: 1 }] });
    for (const status of statuses) await record({ delivered: [{ id, status, provider: 'one', code: status }] });
    expect(await opened.db.selectFrom('message').select(['status', 'code']).where('id', '=', id).execute()).toEqual([{ status: expected, code: expected }]);
  });
});
