import { sql } from 'kysely';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Delivery } from '../../../src/admin/webhooks/store.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import type { Webhooks } from '../../../src/store/webhooks.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import type { WebhookWorker } from '../../../src/webhooks/worker.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { storesOn } from '../support.ts';
import { AUTHOR, createEndpoint, CREDENTIAL, happen, hurry, listen, openTestWebhooks, settings, until, type Listener } from './webhooks_world.ts';

describeDatabases('webhook delivery', ({ fresh }) => {
  let opened: OpenedDatabase;
  let vault: Vault;
  let webhooks: Webhooks;
  let worker: WebhookWorker;
  let server: Listener;
  ownDatabase(fresh, async (database) => {
    opened = database;
    vault = (await storesOn(opened)).vault;
  });
  beforeAll(async () => { server = await listen(); });
  afterAll(async () => { await server.close(); });
  beforeEach(async () => {
    server.received.length = 0;
    server.answer = (_request, response) => response.writeHead(204).end();
    await sql`DELETE FROM webhook_endpoint`.execute(opened.db);
    await sql`DELETE FROM webhook_event`.execute(opened.db);
    webhooks = await openTestWebhooks(opened, vault);
    worker = webhooks.start();
  });
  afterEach(async () => { await webhooks.stop(); });

  /** From now on an endpoint has little time. */
  const hasten = async (): Promise<void> => {
    await webhooks.stop();
    webhooks = await openTestWebhooks(opened, vault, { worker: { timeoutMs: 600 } });
    worker = webhooks.start();
  };
  const only = async (endpointId: string): Promise<Delivery> => {
    const found = await webhooks.desk.deliveries({ endpointId }, undefined, 10);
    expect(found).toHaveLength(1);
    return found[0] as Delivery;
  };
  const settled = (endpointId: string, state: Delivery['state']): Promise<Delivery> =>
    until(worker, async () => (await webhooks.desk.deliveries({ endpointId }, undefined, 10)).find((one) => one.state === state));
  const tried = (endpointId: string, tries: number): Promise<Delivery> =>
    until(worker, async () => (await webhooks.desk.deliveries({ endpointId }, undefined, 10)).find((one) => one.tries === tries));
  const jobsLeft = async (): Promise<number> =>
    (await sql<{ count: number }>`SELECT count(*)::int AS count FROM pgboss.job WHERE name = 'webhook_delivery' AND state IN ('created', 'retry', 'active')`.execute(opened.db)).rows[0]?.count ?? -1;

  it('is signed as Standard Webhooks has it, and holds no personal data', async () => {
    const { id, secret } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    const eventId = await happen(opened);
    const done = await settled(id, 'delivered');
    const [request] = server.received;
    const told = new Webhook(secret).verify(request?.body ?? '', request?.headers ?? {}) as { type: string; timestamp: string; data: unknown };
    expect(told).toMatchObject({ type: 'journey.decided', data: { transaction_id: 'j-1', decision: 'approve', mode: 'test', workflow: 'w', client_id: 'c' } });
    expect(Number.isNaN(Date.parse(told.timestamp))).toBe(false);
    expect(request?.headers).toMatchObject({ 'webhook-id': eventId, 'content-type': 'application/json' });
    expect(request?.body).not.toContain(CREDENTIAL);
    expect(() => new Webhook(secret).verify(`${request?.body} `, request?.headers ?? {})).toThrow();
    expect(done).toMatchObject({ eventId, tries: 1, lastStatus: 204, lastError: undefined });
    expect(await jobsLeft()).toBe(0);
    expect((await webhooks.desk.endpoint(id))?.health).toMatchObject({ delivered: 1, failed: 0 });
  });

  it('tells the credential only where that was asked for, and keeps it nowhere, not even when it is repeated', async () => {
    server.answer = (_request, response, body) => response.end(`thanks for ${body}`);
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`, { withCredential: true }));
    await happen(opened);
    const { id: deliveryId } = await settled(id, 'delivered');
    expect(JSON.parse(server.received[0]?.body ?? '')).toMatchObject({ data: { login_hint: CREDENTIAL } });
    const detail = await webhooks.desk.delivery(deliveryId);
    expect(detail?.log[0]?.answer).toContain('[login_hint]');
    expect(JSON.stringify(detail)).not.toContain(CREDENTIAL);
    expect(detail?.body).not.toContain('login_hint');
    const { rows } = await sql<{ answer: Uint8Array }>`SELECT answer FROM webhook_try`.execute(opened.db);
    expect(Buffer.from(rows[0]?.answer ?? []).includes('thanks')).toBe(false);
  });

  it('comes again after a failure, with the same id, a new time and a growing wait', async () => {
    server.answer = (_request, response) => response.writeHead(server.received.length < 3 ? 500 : 200).end('no');
    const { id, secret } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    const eventId = await happen(opened);
    const first = await tried(id, 1);
    expect(first).toMatchObject({ state: 'waiting', lastStatus: 500, lastError: 'status_500' });
    expect((first.nextAt ?? 0) - (first.lastAt ?? 0)).toBeGreaterThanOrEqual(4_000);
    expect(server.received).toHaveLength(1);
    await hurry(opened);
    const second = await tried(id, 2);
    expect((second.nextAt ?? 0) - (second.lastAt ?? 0)).toBeGreaterThanOrEqual(4 * 60_000);
    await hurry(opened);
    await settled(id, 'delivered');
    expect(server.received.map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId, eventId]);
    for (const { body, headers } of server.received) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    const detail = await webhooks.desk.delivery((await only(id)).id);
    expect(detail?.log.map(({ number, status }) => [number, status])).toEqual([[3, 200], [2, 500], [1, 500]]);
    expect(detail?.log[2]?.answer).toBe('no');
    expect((await webhooks.desk.endpoint(id))).toMatchObject({ health: { delivered: 1, failed: 2 }, failingSince: undefined });
  });

  it('is given up after the last wait, and sent again by hand with the same id', async () => {
    server.answer = (_request, response) => response.writeHead(503).end();
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    const eventId = await happen(opened);
    for (let tries = 1; tries <= 10; tries += 1) {
      await tried(id, tries);
      await hurry(opened);
    }
    const given = await settled(id, 'failed');
    expect(given).toMatchObject({ tries: 10, nextAt: undefined });
    expect(await jobsLeft()).toBe(0);
    server.answer = (_request, response) => response.writeHead(200).end();
    expect(await webhooks.desk.replay(AUTHOR, given.id)).toBe('queued');
    const done = await settled(id, 'delivered');
    expect([done.tries, new Set(server.received.map(({ headers }) => headers['webhook-id']))]).toEqual([11, new Set([eventId])]);
    expect(await webhooks.desk.replay(AUTHOR, given.id)).toBe('queued');
    expect(await webhooks.desk.replay(AUTHOR, 'dlv_none')).toBe('not_found');
    await tried(id, 12);
  });

  it('honours retry-after, up to a day', async () => {
    server.answer = (_request, response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await happen(opened);
    const one = await tried(id, 1);
    expect((one.nextAt ?? 0) - (one.lastAt ?? 0)).toBeGreaterThanOrEqual(3_600_000);
    server.answer = (_request, response) => response.writeHead(429, { 'retry-after': '99999999' }).end();
    await hurry(opened);
    const two = await tried(id, 2);
    expect((two.nextAt ?? 0) - (two.lastAt ?? 0)).toBeLessThanOrEqual(86_500_000);
  });

  it('is ended by 410, which disables the endpoint and says so in the audit log', async () => {
    server.answer = (_request, response) => response.writeHead(410).end();
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await happen(opened);
    await settled(id, 'failed');
    expect(await webhooks.desk.endpoint(id)).toMatchObject({ enabled: false, disabledBecause: 'gone' });
    const { rows } = await sql<{ action: string; actor_kind: string }>`SELECT action, actor_kind FROM audit_entry WHERE target_id = ${id} ORDER BY seq DESC LIMIT 1`.execute(opened.db);
    expect(rows).toEqual([{ action: 'webhook.disabled', actor_kind: 'system' }]);
    expect(await webhooks.desk.replay(AUTHOR, (await only(id)).id)).toBe('disabled');
    // What it misses is kept, and reaches it once somebody has mended it.
    const missed = await happen(opened);
    const kept = await until(worker, async () => (await webhooks.desk.deliveries({ endpointId: id }, undefined, 10)).find(({ eventId }) => eventId === missed));
    expect(kept).toMatchObject({ state: 'failed', tries: 0, lastError: 'endpoint_disabled' });
    server.answer = (_request, response) => response.writeHead(204).end();
    server.received.length = 0;
    await webhooks.desk.setEnabled(AUTHOR, id, true);
    expect(await webhooks.desk.replayFailed(AUTHOR, id, 0)).toBe(2);
    await until(worker, () => server.received.some(({ headers }) => headers['webhook-id'] === missed));
  });

  it('is not even written where somebody switched the only endpoint off', async () => {
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await webhooks.desk.setEnabled(AUTHOR, id, false);
    await happen(opened);
    expect((await sql`SELECT 1 FROM webhook_event`.execute(opened.db)).rows).toHaveLength(0);
  });

  it('disables an endpoint that only failed for five days; one good answer would have saved it', async () => {
    server.answer = (_request, response) => response.writeHead(500).end();
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await sql`UPDATE webhook_endpoint SET failing_since = ${Date.now() - 5 * 86_400_000 + 60_000}`.execute(opened.db);
    await happen(opened);
    await tried(id, 1);
    expect(await webhooks.desk.endpoint(id)).toMatchObject({ enabled: true });
    await sql`UPDATE webhook_endpoint SET failing_since = ${Date.now() - 5 * 86_400_000 - 1}`.execute(opened.db);
    await hurry(opened);
    await settled(id, 'failed');
    expect(await webhooks.desk.endpoint(id)).toMatchObject({ enabled: false, disabledBecause: 'failing' });
  });

  it.each([
    ['hangs', () => undefined, 'timed_out'],
    ['drips its headers', (_request: unknown, response: { socket: { write(text: string): void } | null }) => {
      response.socket?.write('HTTP/1.1 200 OK\r\nx-drip: ');
      const timer = setInterval(() => response.socket?.write('a'), 50);
      setTimeout(() => clearInterval(timer), 1_500);
    }, 'timed_out'],
    ['resets', (request: { socket: { destroy(): void } }) => request.socket.destroy(), 'connection_lost'],
    ['redirects', (_request: unknown, response: { writeHead(status: number, headers: object): { end(): void } }) => response.writeHead(302, { location: '/elsewhere' }).end(), 'redirect_refused'],
    ['answers no HTTP', (_request: unknown, response: { socket: { end(text: string): void } | null }) => response.socket?.end('SSH-2.0-x\r\n\r\n'), 'bad_answer'],
  ])('fails where an endpoint %s', async (_what, answer, error) => {
    if (error === 'timed_out') await hasten();
    server.answer = answer as Listener['answer'];
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await happen(opened);
    expect(await tried(id, 1)).toMatchObject({ state: 'waiting', lastError: error });
    expect(server.received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('keeps the first kilobyte of an answer that never ends', async () => {
    server.answer = (_request, response) => {
      response.writeHead(200);
      const flood = (): void => { if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(flood)); };
      flood();
    };
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await happen(opened);
    const done = await settled(id, 'delivered');
    expect((await webhooks.desk.delivery(done.id))?.log[0]?.answer).toBe('x'.repeat(1_024));
  });

  it('signs with both secrets while one follows the other, and with one again when the overlap is over', async () => {
    const { id, secret } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    const current = (await webhooks.desk.endpoint(id))?.secrets[0]?.id ?? '';
    const next = await webhooks.desk.rotate(AUTHOR, id, current, 60_000) ?? '';
    expect(next).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await webhooks.desk.rotate(AUTHOR, id, current, 60_000)).toBeUndefined();
    await happen(opened);
    await settled(id, 'delivered');
    const [both] = server.received;
    expect(both?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const one of [secret, next]) expect(() => new Webhook(one).verify(both?.body ?? '', both?.headers ?? {})).not.toThrow();
    expect(await webhooks.desk.endOldSecrets(AUTHOR, id)).toBe(1);
    const test = await webhooks.desk.test(AUTHOR, id);
    expect(test.kind).toBe('queued');
    await until(worker, () => server.received.length === 2);
    const [, one] = server.received;
    expect(() => new Webhook(next).verify(one?.body ?? '', one?.headers ?? {})).not.toThrow();
    expect(() => new Webhook(secret).verify(one?.body ?? '', one?.headers ?? {})).toThrow();
    const { rows } = await sql<{ sealed: Uint8Array }>`SELECT sealed FROM webhook_secret`.execute(opened.db);
    expect(rows.some(({ sealed }) => Buffer.from(sealed).includes('whsec_'))).toBe(false);
  });

  it('lets nobody wait for an endpoint that hangs', async () => {
    const slow = await listen();
    slow.answer = () => undefined;
    try {
      const hanging = await createEndpoint(webhooks, settings(`${slow.origin}/slow`));
      await createEndpoint(webhooks, settings(`${server.origin}/quick`));
      await Promise.all(Array.from({ length: 12 }, () => happen(opened)));
      await until(worker, () => server.received.length === 12);
      // The one that hangs has been tried a few times meanwhile; the others did not stand behind it.
      expect(slow.received.length).toBeLessThan(12);
      await hasten();
      await until(worker, async () => (await webhooks.desk.endpoint(hanging.id))?.slow);
    } finally {
      await slow.close();
    }
  });

  it('goes back into the queue when the gateway stops in the middle, and is made by the next one', async () => {
    server.answer = () => undefined;
    const { id } = await createEndpoint(webhooks, settings(`${server.origin}/hook`));
    await webhooks.stop();
    webhooks = await openTestWebhooks(opened, vault, { worker: { timeoutMs: 20_000 } });
    worker = webhooks.start();
    const eventId = await happen(opened);
    await until(worker, () => server.received.length === 1);
    await webhooks.stop();
    expect(await only(id)).toMatchObject({ state: 'waiting', tries: 0 });
    server.answer = (_request, response) => response.end();
    webhooks = await openTestWebhooks(opened, vault);
    worker = webhooks.start();
    expect(await settled(id, 'delivered')).toMatchObject({ eventId, tries: 1 });
    expect(server.received.map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId]);
  });
});
