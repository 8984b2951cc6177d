/** The database goes away under a capture and comes back, or loses single connections at its writes; the gateway's process stays. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { givenFaces, landing, outcome, sendPicture } from '../flows/document_scene.ts';
import { cardPhoto } from '../documents/support.ts';
import type { DatabaseAddress } from '../../src/store/database.ts';
import { startFaultPostgres, type FaultPostgres } from '../support/fault_postgres.ts';
import { pause } from '../support/ports.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { startPostgres, type PostgresServer } from '../support/postgres_server.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { ALL_ONCE, DocumentWalk, linesOf, pictures, remains, seedDocumentKey, UNDISTURBED } from './document_driver.ts';
import { rowsOf, startWorld, type World } from './world.ts';

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

  it('between the requests of a capture, under them, and over a reading: the phone notices nothing, in the same process', async () => {
    const pid = world.process.pid();
    const walk = await DocumentWalk.begin(await RelyingParty.discover({ issuer: world.origin, ...(await seedDocumentKey(database)) }));
    const { desktop, phone } = walk;
    const without = async (how: 'fast' | 'immediate', doing: () => Promise<unknown>, milliseconds = 300): Promise<void> => {
      await server.stop(how);
      const done = doing();
      await pause(milliseconds);
      await server.start();
      await done;
    };
    await walk.toCode();
    await without('fast', () => walk.toSide());
    // Away over a whole reading: what came of it is written down when the database is back.
    const sending = sendPicture(phone, outcome({ delay_seconds: 1 }));
    await pause(500);
    await server.stop('immediate');
    await pause(1_200);
    await server.start();
    await sending;
    await phone.until('capture_selfie');
    await without('immediate', () => givenFaces(phone));
    await without('fast', async () => expect(await landing(phone)).toMatchObject({ status: 'completed' }));
    expect((await walk.finish()).claims()).toMatchObject({ policyDecision: 'approve' });
    expect([...desktop.history, ...phone.history].filter(({ status }) => status >= 500)).toEqual([]);
    expect(world.process.pid()).toBe(pid);
    expect(await linesOf(database)).toEqual(UNDISTURBED);
    expect(await remains(database)).toEqual(ALL_ONCE);
  });
});

describe('a PostgreSQL behind a bad line', () => {
  let fresh: FreshDatabase;
  let line: FaultPostgres;
  let world: World;
  let rp: RelyingParty;
  let picture: Buffer;
  beforeAll(async () => {
    fresh = await freshDatabase('postgres');
    line = await startFaultPostgres(fresh.url ?? '');
    world = await startWorld('postgres', { database: fresh.address, databaseUrl: line.url, env: { DOCUMENT_READER_START: 'now', DOCUMENT_JOB_SECONDS: '60' } });
    // What is on the picture is no matter here: it is taken as it is, and the checks are told by an outcome file.
    rp = await RelyingParty.discover({ issuer: world.origin, ...(await seedDocumentKey(fresh.address, { imageHours: 1, checks: { data_read: 'advisory', portrait_present: 'advisory' } })) });
    picture = await cardPhoto().then((photo) => photo.jpeg({ quality: 90 }).toBuffer());
  });
  afterAll(async () => {
    await world.close();
    await line.close();
    await fresh.drop();
  });

  it.each([
    ['insert into "image"', 'before'],
    ['insert into "image"', 'after'],
    ['update "journey"', 'after'],
    ['commit', 'before'],
    ['commit', 'after'],
    ['from "image"', 'after'],
  ] as const)('loses the connection on an upload\'s "%s", %s it takes effect: nobody notices, and the picture is there once', async (text, moment) => {
    const walk = await (await DocumentWalk.begin(rp)).toSide();
    const [{ id } = { id: '' }] = await rowsOf<{ id: string }>(fresh.address, 'SELECT id FROM journey ORDER BY created_at DESC LIMIT 1');
    const before = await pictures(fresh.address);
    const { phone } = walk;
    const sprung = line.cutOn(text, moment);
    await sendPicture(phone, picture);
    await sprung;
    await phone.until('capture_selfie');
    const cut = line.cutOn('commit', 'after');
    await givenFaces(phone, { data_read: 'pass' });
    await cut;
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect(phone.history.filter(({ status }) => status >= 400)).toEqual([]);
    expect((await pictures(fresh.address)).length - before.length).toBe(1);
    const lines = await rowsOf<{ line: string }>(fresh.address, `SELECT name || ' ' || outcome AS line FROM journey_event WHERE journey_id = '${id}' AND name IN ('documentCapture', 'documentRead', 'selfie_capture', 'document_verification') ORDER BY seq`);
    expect(lines.map((one) => one.line.split(' ')[0])).toEqual(['documentCapture', 'documentRead', 'selfie_capture', 'document_verification']);
  });
});
