import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEPT_MS } from '../../../src/admin/webhooks/store.ts';
import { purgeWebhookEvents, purgeWebhookLeftovers } from '../../../src/store/console/webhooks_reads.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { startJobs } from '../../../src/store/jobs.ts';
import type { Webhooks } from '../../../src/store/webhooks.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { describeDatabases, freshDatabase, ownDatabase, type FreshDatabase } from '../../support/postgres.ts';
import { storesOn } from '../support.ts';
import { AUTHOR, createEndpoint, happen, listen, openTestWebhooks, settings, silent, until, type Listener } from './webhooks_world.ts';

describeDatabases('webhooks kept', ({ fresh }) => {
  let opened: OpenedDatabase;
  let webhooks: Webhooks;
  ownDatabase(fresh, async (database) => {
    opened = database;
    webhooks = await openTestWebhooks(opened, (await storesOn(opened)).vault);
  });
  afterAll(() => webhooks.stop());
  beforeEach(async () => { await sql`DELETE FROM webhook_endpoint`.execute(opened.db); await sql`DELETE FROM webhook_event`.execute(opened.db); });
  const events = async () => (await sql<{ id: string }>`SELECT id FROM webhook_event`.execute(opened.db)).rows.length;

  it('are written only where an endpoint of that mode is there to be told', async () => {
    await happen(opened);
    expect(await events()).toBe(0);
    const { id } = await createEndpoint(webhooks, settings('https://app.example.com/'));
    await happen(opened, { mode: 'live' });
    expect(await events()).toBe(0);
    await happen(opened);
    expect(await events()).toBe(1);
    await webhooks.desk.setEnabled(AUTHOR, id, false);
    await happen(opened);
    expect(await events()).toBe(1);
  });

  it('go with a transaction that comes to nothing', async () => {
    await createEndpoint(webhooks, settings('https://app.example.com/'));
    await expect(opened.db.transaction().execute(async (tx) => {
      await sql`INSERT INTO webhook_event (id, type, mode, data, at) VALUES ('evt_x', 'journey.decided', 'test', '{}', 1)`.execute(tx);
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await events()).toBe(0);
  });

  it('are deleted after their time, with deliveries and log; what is newer stays', async () => {
    const { id } = await createEndpoint(webhooks, settings('https://app.example.com/'));
    await webhooks.desk.test(AUTHOR, id);
    await sql`UPDATE webhook_event SET at = ${Date.now() - KEPT_MS - 1}`.execute(opened.db);
    await webhooks.desk.test(AUTHOR, id);
    const current = (await webhooks.desk.endpoint(id))?.secrets[0]?.id ?? '';
    await webhooks.desk.rotate(AUTHOR, id, current, -1);
    expect(await purgeWebhookEvents(opened.db, Date.now() - KEPT_MS, 100)).toBe(1);
    await purgeWebhookLeftovers(opened.db, Date.now());
    expect(await webhooks.desk.deliveries({ endpointId: id }, undefined, 10)).toHaveLength(1);
    expect((await sql`SELECT 1 FROM webhook_secret`.execute(opened.db)).rows).toHaveLength(1);
  });

  it('lists, filters and purges from indexes', async () => {
    const plan = async (statement: string): Promise<string> => opened.db.transaction().execute(async (tx) => {
      await sql`SET LOCAL enable_seqscan = off`.execute(tx);
      return JSON.stringify((await sql.raw(`EXPLAIN ${statement}`).execute(tx)).rows);
    });
    expect(await plan(`SELECT * FROM webhook_delivery WHERE endpoint_id = 'x' AND (created_at, id) < (1::bigint, 'x') ORDER BY created_at DESC, id DESC LIMIT 26`)).toMatch(/webhook_delivery_(log|state)/);
    expect(await plan(`SELECT * FROM webhook_delivery WHERE endpoint_id = 'x' AND state = 'failed' ORDER BY created_at DESC, id DESC LIMIT 26`)).toContain('webhook_delivery_state');
    expect(await plan(`SELECT id FROM webhook_event WHERE fanned_at IS NULL ORDER BY at LIMIT 100`)).toContain('webhook_event_waiting');
  });

  it('need a queue that starts, and start is refused where it cannot', async () => {
    await expect(startJobs({ ...opened.db, executeQuery: () => Promise.reject(new Error('no')), connection: () => { throw new Error('no'); } } as unknown as OpenedDatabase['db'], silent)).rejects.toMatchObject({ code: 'jobs_refused' });
  });
});

// The embedded database has one process.
describe('webhooks of two processes', () => {
  let database: FreshDatabase;
  let one: OpenedDatabase;
  let two: OpenedDatabase;
  let vault: Vault;
  let server: Listener;
  const all: Webhooks[] = [];
  beforeAll(async () => {
    database = await freshDatabase('postgres');
    one = await database.open();
    two = await database.open();
    vault = (await storesOn(one)).vault;
    server = await listen();
    // No try may run out of time here, however busy the machine is.
    for (const opened of [one, two]) all.push(await openTestWebhooks(opened, vault, { worker: { timeoutMs: 15_000 } }));
  });
  afterAll(async () => {
    for (const webhooks of all) await webhooks.stop();
    await server.close();
    await one.close();
    await two.close();
    await database.drop();
  });

  it('make one delivery for each event and endpoint, and send each once', async () => {
    const [first, second] = all as [Webhooks, Webhooks];
    const endpoints = [await createEndpoint(first, settings(`${server.origin}/a`)), await createEndpoint(first, settings(`${server.origin}/b`))];
    const ids = await Promise.all(Array.from({ length: 40 }, () => happen(one)));
    const workers = [first.start(), second.start()];
    await until(workers[0], () => server.received.length >= 80);
    await until(workers[1], async () => (await sql`SELECT 1 FROM webhook_delivery WHERE state <> 'delivered'`.execute(one.db)).rows.length === 0);
    const { rows } = await sql<{ event_id: string; endpoint_id: string; tries: number }>`SELECT event_id, endpoint_id, tries FROM webhook_delivery`.execute(one.db);
    expect(rows).toHaveLength(80);
    expect(new Set(rows.map((row) => `${row.event_id} ${row.endpoint_id}`)).size).toBe(80);
    expect(rows.every(({ tries }) => tries === 1)).toBe(true);
    expect(server.received).toHaveLength(80);
    for (const path of ['/a', '/b']) expect(new Set(server.received.filter((request) => request.path === path).map(({ headers }) => headers['webhook-id']))).toEqual(new Set(ids));
    expect((await Promise.all(endpoints.map(({ id }) => second.desk.endpoint(id)))).map((endpoint) => endpoint?.health.delivered)).toEqual([40, 40]);
  });

  it('a claim that lapsed is made by the other, and the late record of the first changes nothing', async () => {
    const [first, second] = all as [Webhooks, Webhooks];
    server.received.length = 0;
    let answers: (() => void)[] = [];
    server.answer = (_request, response) => void answers.push(() => response.writeHead(200).end());
    const { id } = await createEndpoint(first, settings(`${server.origin}/late`, { events: ['case.opened'] }));
    await happen(one, { type: 'case.opened' });
    const worker = first.start();
    await until(worker, () => server.received.length === 1);
    // As the queue's upkeep does with a claim that is too old.
    await sql`UPDATE pgboss.job SET state = 'retry', start_after = now() WHERE name = 'webhook_delivery' AND state = 'active'`.execute(one.db);
    await until(second.start(), () => server.received.length === 2);
    for (const answer of answers.splice(0)) answer();
    answers = [];
    const done = await until(worker, async () => (await first.desk.deliveries({ endpointId: id }, undefined, 5)).find(({ state }) => state === 'delivered'));
    await until(worker, async () => (await sql`SELECT 1 FROM pgboss.job WHERE name = 'webhook_delivery' AND state IN ('created', 'retry', 'active')`.execute(one.db)).rows.length === 0);
    expect(done.tries).toBe(1);
    expect((await first.desk.delivery(done.id))?.log).toHaveLength(1);
    expect(new Set(server.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });
});
