/** The database goes away and comes back while a journey is under way; the gateway's process stays. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DatabaseAddress } from '../../src/store/database.ts';
import { startFaultPostgres, type FaultPostgres } from '../support/fault_postgres.ts';
import { pause } from '../support/ports.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { startPostgres, type PostgresServer } from '../support/postgres_server.ts';
import { EXACTLY_ONCE, startWorld, tally, type World } from './world.ts';
import { Walk } from './walk.ts';

vi.setConfig({ testTimeout: 300_000 });

describe('a PostgreSQL that restarts', () => {
  let server: PostgresServer;
  let world: World;
  let database: DatabaseAddress;

  beforeAll(async () => {
    server = await startPostgres();
    database = { kind: 'postgres', url: server.url, poolSize: 2, restartMs: 15_000 };
    world = await startWorld('postgres', { database });
  });
  afterAll(async () => {
    await world.close();
    await server.destroy();
  });

  const ready = async (): Promise<number> => (await fetch(`${world.origin}/readyz`)).status;

  it('fast and in a crash, between requests and under them: the journey goes on, in the same process', async () => {
    const pid = world.process.pid();
    const walk = await Walk.begin(await world.relyingParty(), { scope: 'openid profile' });
    const { person } = walk;
    await walk.open();
    // Between two requests.
    await server.stop('fast');
    expect(await ready()).toBe(503);
    await server.start();
    expect(await ready()).toBe(200);
    await walk.until('pii_form');
    // A request arrives while it is away, and is answered when it is back.
    await server.stop('immediate');
    const details = walk.details();
    await pause(400);
    await server.start();
    await details;
    expect([person.status, person.page]).toEqual([200, 'pii_review']);
    // It crashes at some moment of the longest request: matching, drawing the link, sending the message.
    const sending = walk.act();
    await pause(60);
    await server.stop('immediate');
    await server.start();
    await sending;
    await walk.until('sms_wait');
    await server.stop('fast');
    const confirming = walk.confirm();
    await server.start();
    expect((await confirming).page).toBe('phone_done');
    const tokens = await walk.finish();
    expect(await walk.rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
    expect(person.history.filter((answer) => answer.status >= 500)).toEqual([]);
    expect(world.process.pid()).toBe(pid);
    expect(await tally(database)).toEqual(EXACTLY_ONCE);

    // Coming back silently while it restarts.
    await server.stop('fast');
    const back = Walk.begin(walk.rp, { scope: 'openid profile', prompt: 'none' }, person).then(async (again) => {
      await again.open();
      return again.finish();
    });
    await server.start();
    expect((await back).claims()?.sub).toBe(tokens.claims()?.sub);
  });
});

describe('a PostgreSQL behind a bad line', () => {
  let fresh: FreshDatabase;
  let line: FaultPostgres;
  let world: World;

  beforeAll(async () => {
    fresh = await freshDatabase('postgres');
    line = await startFaultPostgres(fresh.url ?? '');
    // Two seconds of patience: the test waits until it is used up.
    world = await startWorld('postgres', { database: fresh.address, databaseUrl: line.url, env: { DATABASE_RESTART_SECONDS: '2' } });
  });
  afterEach(() => line.accept());
  afterAll(async () => {
    await world.close();
    await line.close();
    await fresh.drop();
  });

  it.each([
    ['insert into "journey_event"', 'before'],
    ['insert into "journey_event"', 'after'],
    ['update "journey"', 'after'],
    ['commit', 'before'],
    ['commit', 'after'],
  ] as const)('loses the connection on every form\'s "%s", %s it takes effect: nobody notices', async (text, moment) => {
    const before = await tally(fresh.address);
    const walk = await Walk.begin(await world.relyingParty(), { scope: 'openid profile' });
    const { person } = walk;
    const sprung: Promise<void>[] = [];
    const cut = (): void => void sprung.push(line.cutOn(text, moment));
    await walk.open();
    for (const page of ['session_risk', 'pii_form', 'pii_review', 'sms_wait']) {
      expect(person.page).toBe(page);
      cut();
      if (page === 'sms_wait') expect((await walk.confirm()).page).toBe('phone_done');
      else await walk.act();
    }
    await Promise.all(sprung);
    await person.refresh();
    const tokens = await walk.finish();
    expect(await walk.rp.userinfo(tokens)).toMatchObject({ given_name: 'Andrew' });
    expect([...person.history, ...walk.phone.history].filter((answer) => answer.status >= 400)).toEqual([]);
    const after = await tally(fresh.address);
    // The second and later journeys of the same person find their account.
    const grown = Object.fromEntries(Object.entries(after).map(([name, n]) => [name, name === 'accounts' ? after.accounts : n - before[name as keyof typeof before]]));
    expect(grown).toEqual(EXACTLY_ONCE);
  });

  it('says 503 on a clear page when it stays away, to silent visitors and to programs too, and goes on where one stopped', async () => {
    const walk = await Walk.begin(await world.relyingParty(), { scope: 'openid profile' });
    const { person } = walk;
    await walk.open();
    const tokens = await walk.finish();
    const other = await Walk.begin(walk.rp);
    await other.open();
    await other.until('pii_review');

    line.refuse();
    const silent = await Walk.begin(walk.rp, { scope: 'openid profile', prompt: 'none' }, person);
    const [, , userinfo, readiness] = await Promise.all([
      silent.open(),
      other.act(),
      fetch(`${world.origin}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } }),
      fetch(`${world.origin}/readyz`),
    ]);
    expect([silent.person.status, silent.person.page]).toEqual([503, 'error']);
    expect([other.person.status, other.person.page]).toEqual([503, 'error']);
    expect(other.person.text).toContain('The service is not available right now');
    expect([userinfo.status, readiness.status]).toEqual([503, 503]);
    expect((await fetch(`${world.origin}/healthz`)).status).toBe(200);

    line.accept();
    expect((await fetch(`${world.origin}/readyz`)).status).toBe(200);
    await other.again();
    expect(other.person.page).toBe('pii_review');
    await other.finish();
    await silent.open();
    expect((await silent.finish()).claims()?.sub).toBe(tokens.claims()?.sub);
  });
});
