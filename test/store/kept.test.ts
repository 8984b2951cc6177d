/** Workflows, their keys, the outbox, and how long journeys are kept. */
import { beforeEach, describe, expect, test } from 'vitest';
import { TEMPLATES } from '../../src/journey/templates/index.ts';
import { workflowDefinition, type WorkflowSource } from '../../src/journey/workflow.ts';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { purgeJourneys } from '../../src/store/journeys.ts';
import { outboxStore } from '../../src/store/outbox.ts';
import { workflowKeyStore } from '../../src/store/workflow_keys.ts';
import { workflowStore } from '../../src/store/workflows.ts';
import { describeDatabases, ownDatabase } from '../support/postgres.ts';
import { change, newJourney, NOW, storesOn, type Stores } from './support.ts';

const source = TEMPLATES['user_onboarding'] as WorkflowSource;
const definition = (options: WorkflowSource['options'] = {}) => workflowDefinition.parse({ ...source, options });

describeDatabases('what is kept', ({ fresh }) => {
  let opened: OpenedDatabase;
  let stores: Stores;
  ownDatabase(fresh, async (own) => {
    opened = own;
    stores = await storesOn(opened);
  });

  describe('workflows', () => {
    test('deployed again unchanged: nothing changes; changed: the next version, and the older ones stay as they were', async () => {
      const workflows = workflowStore(opened.db);
      expect(await workflows.deployed('one')).toBeUndefined();
      expect((await workflows.deploy('one', definition(), NOW)).version).toBe(1);
      expect((await workflows.deploy('one', definition(), NOW + 1)).version).toBe(1);
      expect((await workflows.deploy('one', definition({ piiAttempts: 2 }), NOW + 2)).version).toBe(2);
      const elsewhere = workflowStore(opened.db);
      expect((await elsewhere.deployed('one'))?.version).toBe(2);
      expect(await elsewhere.version('one', 1)).toEqual({ id: 'one', version: 1, definition: definition() });
      expect(await elsewhere.version('one', 3)).toBeUndefined();
      expect(await elsewhere.version('another', 1)).toBeUndefined();
    });

    test('back to an earlier definition is a new version, not an old one made new', async () => {
      const workflows = workflowStore(opened.db);
      const versions = [];
      for (const options of [{}, { piiAttempts: 2 }, {}]) versions.push((await workflows.deploy('two', definition(options), NOW)).version);
      expect(versions).toEqual([1, 2, 3]);
    });

    test('eight deployments at once: of one definition one version, of eight definitions eight', async () => {
      const same = await Promise.all(Array.from({ length: 8 }, () => workflowStore(opened.db).deploy('three', definition(), NOW)));
      expect(same.map(({ version }) => version)).toEqual(Array(8).fill(1));
      const different = await Promise.all(Array.from({ length: 8 }, (_, index) => workflowStore(opened.db).deploy('four', definition({ retentionDays: index + 1 }), NOW)));
      expect(different.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      for (const { version, definition: deployed } of different) expect((await workflowStore(opened.db).version('four', version))?.definition).toEqual(deployed);
    });

    test('another process sees a new deployment at once', async () => {
      const [here, there] = [workflowStore(opened.db), workflowStore(opened.db)];
      await here.deploy('five', definition(), NOW);
      expect((await there.deployed('five'))?.version).toBe(1);
      await here.deploy('five', definition({ maxExtensions: 0 }), NOW);
      expect((await there.deployed('five'))?.version).toBe(2);
    });
  });

  describe('workflow keys', () => {
    test('are saved, found, replaced, and never change workflow or mode', async () => {
      const keys = workflowKeyStore(opened.db);
      await workflowStore(opened.db).deploy('keyed', definition(), NOW);
      const key = { clientId: 'k', workflowId: 'keyed', mode: 'test', secretHash: 'h1', metadata: { a: 1 } } as const;
      await keys.save(key, NOW);
      expect(await keys.find('k')).toEqual(key);
      await keys.save({ ...key, mode: 'live', secretHash: 'h2', metadata: { a: 2 } }, NOW);
      expect(await keys.find('k')).toEqual({ ...key, secretHash: 'h2', metadata: { a: 2 } });
      await opened.db.updateTable('workflow_key').set({ revoked_at: NOW }).where('client_id', '=', 'k').execute();
      expect(await keys.find('k')).toBeUndefined();
      expect(await keys.find('K')).toBeUndefined();
    });

    test('need a workflow that exists', async () => {
      await expect(workflowKeyStore(opened.db).save({ clientId: 'x', workflowId: 'nowhere', mode: 'test', secretHash: 'h', metadata: {} }, NOW)).rejects.toThrow();
    });
  });

  describe('the outbox', () => {
    beforeEach(async () => {
      await opened.db.deleteFrom('outbox_message').execute();
    });
    const message = (id: string, sentAt: number) => ({ id, sentAt, to: Personal.of('+14075550123'), body: Personal.of(`body of ${id}`), link: Personal.of('https://id.example.com/l/x') });

    test('gives the newest first, once each, and holds nothing readable', async () => {
      const outbox = outboxStore(opened.db, stores.vault);
      for (const [id, at] of [['a', 1], ['b', 3], ['c', 2], ['b', 9]] as const) await outbox.add(message(id, at));
      expect((await outbox.list(10)).map(({ body, to, sentAt }) => [body.open(), to.open(), sentAt])).toEqual([['body of b', '+14075550123', 3], ['body of c', '+14075550123', 2], ['body of a', '+14075550123', 1]]);
      expect(await outbox.list(1)).toHaveLength(1);
      const rows = await opened.db.selectFrom('outbox_message').selectAll().execute();
      expect(rows.map(({ sealed }) => Buffer.from(sealed).toString('latin1')).join()).not.toMatch(/body of|4075550123/);
    });

    test('keeps five hundred', async () => {
      const sealed = stores.vault.seal('outbox', '{}', 'x');
      await opened.db.insertInto('outbox_message').values(Array.from({ length: 510 }, (_, index) => ({ id: `m${index}`, sealed, sent_at: index }))).execute();
      await outboxStore(opened.db, stores.vault).add(message('newest', 10_000));
      const left = await opened.db.selectFrom('outbox_message').select('sent_at').orderBy('sent_at').execute();
      expect(left).toHaveLength(500);
      expect([left[0]?.sent_at, left.at(-1)?.sent_at]).toEqual([11, 10_000]);
    });
  });

  test("journeys go with all that is theirs when their own version's retention ends, a few at a time", async () => {
    const DAY = 86_400_000;
    const make = async (age: number, days: number): Promise<string> => {
      const { journey } = await stores.journeys.open(newJourney({ createdAt: NOW - age, deleteAt: NOW - age + days * DAY }));
      await stores.journeys.record(journey, change(journey, { links: [{ tokenHash: `purge-${journey.id}`, expiresAt: NOW }], evidence: [{ kind: 'session', version: 1, simulated: true, data: Personal.of(1) }] }));
      return journey.id;
    };
    const old = [await make(3 * DAY, 2), await make(4 * DAY, 2), await make(5 * DAY, 2)];
    const kept = [await make(2 * DAY, 2), await make(3 * DAY, 30)];
    expect(await purgeJourneys(opened.db, NOW, 2)).toBe(2);
    expect(await purgeJourneys(opened.db, NOW, 2)).toBe(1);
    expect(await purgeJourneys(opened.db, NOW, 2)).toBe(0);
    for (const id of old) {
      expect(await stores.journeys.byId(id)).toBeUndefined();
      expect(await stores.journeys.byLink(`purge-${id}`)).toBeUndefined();
      expect(await opened.db.selectFrom('evidence').select('seq').where('journey_id', '=', id).execute()).toEqual([]);
    }
    for (const id of kept) expect(await stores.journeys.byId(id)).toBeDefined();
  });
});
