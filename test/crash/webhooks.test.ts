import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, it, vi } from 'vitest';
import { dataKeyStore } from '../../src/store/data_keys.ts';
import { openDatabase, type DatabaseAddress } from '../../src/store/database.ts';
import { openWebhooks } from '../../src/store/webhooks.ts';
import { openVault } from '../../src/vault/vault.ts';
import { createEndpoint, listen, settings, silent, type Listener } from '../store/console/webhooks_world.ts';
import { ANDREW } from '../support/gateway.ts';
import { Planted } from '../support/planted.ts';
import { eventually } from '../support/ports.ts';
import { makeGates } from './gates.ts';
import { inWorld, rowsOf } from './world.ts';
import { Walk } from './walk.ts';

vi.setConfig({ testTimeout: 300_000 });

const MASTER = randomBytes(32);

/** An endpoint put there from outside, sealed under the gateway's own master key. */
async function seedEndpoint(database: DatabaseAddress, url: string): Promise<string> {
  const opened = await openDatabase(database);
  try {
    const vault = await openVault({ masterKeys: [{ id: 'm', key: MASTER }], store: dataKeyStore(opened.db) });
    const webhooks = await openWebhooks({ db: opened.db, vault, credentialOf: async () => undefined, development: true, now: Date.now, logger: silent });
    const { secret } = await createEndpoint(webhooks, settings(url));
    await webhooks.stop();
    return secret;
  } finally {
    await opened.close();
  }
}

async function received(server: Listener, count: number): Promise<void> {
  await eventually(`${count} requests`, async () => server.received.length >= count, 150_000);
}

it('kill -9 between decision and delivery, and between delivery and its record: it arrives, with the same id and nothing of the person', () => inWorld('postgres', async (world) => {
  if (world.database.kind !== 'postgres') throw new Error('gates are for PostgreSQL');
  const { database } = world;
  const server = await listen();
  const gates = await makeGates(world.database.url);
  try {
    const secret = await seedEndpoint(database, `${server.origin}/hook`);
    // Decided, and nobody told yet: the delivery is about to be written.
    await gates.shut({ table: 'webhook_delivery', on: 'INSERT' });
    const walk = await Walk.begin(await world.relyingParty());
    await walk.open();
    await walk.finish();
    await gates.reached();
    await world.process.kill9();
    await gates.open();
    expect(server.received).toEqual([]);
    const [event] = await rowsOf<{ id: string; journey_id: string }>(database, `SELECT id, journey_id FROM webhook_event WHERE fanned_at IS NULL`);
    // The endpoint hears it, and the process dies before it has the answer.
    server.answer = () => undefined;
    await world.process.start();
    await received(server, 1);
    await world.process.kill9();
    expect(await rowsOf(database, `SELECT 1 FROM webhook_delivery WHERE state = 'waiting' AND tries = 0`)).toHaveLength(1);
    // Claims of the dead lapse after a minute; nobody waits for that here.
    await rowsOf(database, `UPDATE pgboss.job SET started_on = started_on - interval '1 hour' WHERE state = 'active'`);
    server.answer = (_request, response) => response.writeHead(200).end();
    await world.process.start();
    await received(server, 2);
    await eventually('the record', async () => (await rowsOf(database, `SELECT 1 FROM webhook_delivery WHERE state = 'delivered' AND tries = 1`)).length === 1, 60_000);
    expect(server.received.map(({ headers }) => headers['webhook-id'])).toEqual([event?.id, event?.id]);
    for (const { body, headers } of server.received) {
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: 'journey.decided', data: { transaction_id: event?.journey_id, decision: 'approve', mode: 'test' } });
    }
    const planted = new Planted(Object.fromEntries(Object.entries(ANDREW).filter(([, value]) => typeof value === 'string' && value.length > 5)));
    expect(planted.leaks({ bodies: server.received.map(({ body }) => body).join('\n'), headers: JSON.stringify(server.received.map(({ headers }) => headers)) })).toEqual([]);
  } finally {
    await gates.close();
    await server.close();
  }
}, { env: { MASTER_KEYS: `m:${MASTER.toString('base64')}` } }));
