import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Personal } from '../../src/personal.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { imageStore } from '../../src/store/images.ts';
import { purgeSeen, seenBefore } from '../../src/store/seen.ts';
import { s3Objects } from '../../src/vendors/s3/client.ts';
import { s3ConfigFrom } from '../../src/vendors/s3/config.ts';
import { describeDatabases, type FreshDatabase } from '../support/postgres.ts';
import { change, newJourney, NOW, storesOn, type Stores } from './support.ts';

const HOUR = 3_600_000;
const PICTURE = Personal.of<Uint8Array>(Buffer.from('\u00ff\u00d8 the face of a person, as bytes'));

/** A store of objects that nobody here wrote. */
async function startS3(): Promise<{ objects: ReturnType<typeof s3Objects>; folder: string; config: Record<string, string>; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-s3-'));
  const server = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: folder, configureBuckets: [{ name: 'pictures', configs: [] }] });
  const { port } = await server.run();
  const config = { S3_ENDPOINT: `http://127.0.0.1:${port}`, S3_BUCKET: 'pictures', S3_ACCESS_KEY_ID: 'S3RVER', S3_SECRET_ACCESS_KEY: 'S3RVER-secret' };
  const read = s3ConfigFrom(config);
  if (!read.ok) throw new Error(read.faults.join());
  return {
    objects: s3Objects(read.config), folder, config,
    async close() {
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Everything below a folder, as one buffer. */
async function everythingIn(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Buffer.concat(await Promise.all(entries.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name)))));
}

describeDatabases('pictures', ({ fresh }) => {
  let database: FreshDatabase;
  let opened: OpenedDatabase;
  let stores: Stores;
  let s3: Awaited<ReturnType<typeof startS3>>;
  let now = NOW;
  beforeAll(async () => {
    database = await fresh();
    opened = await database.open();
    stores = await storesOn(opened);
    s3 = await startS3();
  });
  afterAll(async () => {
    await s3.close();
    await opened.close();
    await database.drop();
  });

  const places = ['database', 'object'] as const;
  const storeIn = (place: (typeof places)[number]): ReturnType<typeof imageStore> =>
    imageStore(opened.db, stores.vault, () => now, place === 'object' ? s3.objects : undefined);

  describe.each(places)('kept in the %s', (place) => {
    test('come back as they were, and lie sealed', async () => {
      const images = storeIn(place);
      const id = await images.put({ journeyId: randomUUID(), purpose: 'selfie', jpeg: PICTURE, deleteAt: now + HOUR });
      expect(Buffer.from((await images.get(id))?.open() ?? [])).toEqual(Buffer.from(PICTURE.open()));
      const row = await opened.db.selectFrom('image').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      expect(row.place).toBe(place);
      const lies = place === 'object' ? await everythingIn(s3.folder) : Buffer.from(row.sealed ?? []);
      expect(lies.length).toBeGreaterThan(PICTURE.open().length);
      expect(lies.includes('the face of a person')).toBe(false);
      expect(row.sealed === null).toBe(place === 'object');
    });

    test('of one row cannot be passed off as another', async () => {
      const images = storeIn(place);
      const ids = await Promise.all([0, 1].map(() => images.put({ journeyId: 'j', purpose: 'selfie', jpeg: PICTURE, deleteAt: now + HOUR })));
      const [one = '', other = ''] = ids;
      if (place === 'object') await s3.objects.put(other, (await s3.objects.get(one)) ?? Buffer.alloc(0));
      else {
        const { sealed } = await opened.db.selectFrom('image').select('sealed').where('id', '=', one).executeTakeFirstOrThrow();
        await opened.db.updateTable('image').set({ sealed }).where('id', '=', other).execute();
      }
      await expect(images.get(other)).rejects.toMatchObject({ code: 'sealed_box_invalid' });
    });

    test('are gone when their time is, and leave nothing behind', async () => {
      const images = storeIn(place);
      const { journey } = await stores.journeys.open(newJourney());
      const [short = '', long = '', others = ''] = await Promise.all([journey.id, journey.id, randomUUID()].map((journeyId) =>
        images.put({ journeyId, purpose: 'document_front', jpeg: PICTURE, deleteAt: now + HOUR })));
      // The step's end sets the clock of its own pictures, in its own transaction; another journey's is not touched.
      await stores.journeys.record(journey, change(journey, { images: { ids: [short, others], deleteAt: now } }));
      expect(await images.get(short)).toBeUndefined();
      expect((await images.ofJourney(journey.id)).map(({ id }) => id)).toEqual([long]);
      await images.purge(100);
      expect(await opened.db.selectFrom('image').select('id').where('id', 'in', [short, long, others]).orderBy('id').execute()).toEqual([long, others].toSorted().map((id) => ({ id })));
      if (place === 'object') expect(await s3.objects.get(short)).toBeUndefined();
      now += HOUR;
      await images.purge(100);
      expect(await images.get(long)).toBeUndefined();
      expect(await opened.db.selectFrom('image').select('id').where('id', '=', long).execute()).toEqual([]);
      now = NOW;
    });

    test('are shown to people only with a record of who looked and why', async () => {
      const images = storeIn(place);
      const journeyId = randomUUID();
      const id = await images.put({ journeyId, purpose: 'document_back', jpeg: PICTURE, deleteAt: now + HOUR });
      const looks = () => opened.db.selectFrom('image_reveal').select(['image_id', 'journey_id', 'actor', 'reason', 'at']).where('image_id', '=', id).execute();
      expect(await looks()).toEqual([]);
      const shown = await images.reveal(id, { actor: 'r.ortiz', reason: 'case 12' });
      expect([shown?.purpose, shown?.journeyId]).toEqual(['document_back', journeyId]);
      expect(await looks()).toEqual([{ image_id: id, journey_id: journeyId, actor: 'r.ortiz', reason: 'case 12', at: now }]);
      expect(await images.reveal('unknown', { actor: 'r.ortiz', reason: 'case 12' })).toBeUndefined();
    });
  });

  test('of an interrupted journey are all dropped at once', async () => {
    const images = storeIn('database');
    const { journey } = await stores.journeys.open(newJourney());
    const id = await images.put({ journeyId: journey.id, purpose: 'selfie', jpeg: PICTURE, deleteAt: now + HOUR });
    await stores.journeys.record(journey, change(journey, { images: { ids: 'all', deleteAt: now } }));
    expect(await images.get(id)).toBeUndefined();
  });

  test('in an object store that is no longer configured are not forgotten', async () => {
    const id = await storeIn('object').put({ journeyId: randomUUID(), purpose: 'selfie', jpeg: PICTURE, deleteAt: now - 1 });
    const other = await storeIn('database').put({ journeyId: randomUUID(), purpose: 'selfie', jpeg: PICTURE, deleteAt: now - 1 });
    await expect(storeIn('database').purge(100)).rejects.toMatchObject({ code: 'object_store_not_configured' });
    expect(await opened.db.selectFrom('image').select('id').where('id', 'in', [id, other]).execute()).toEqual([{ id }]);
    expect(await storeIn('object').purge(100)).toBeGreaterThan(0);
  });

  test('that an object store refuses are an error with a code, and no secret in it', async () => {
    const read = s3ConfigFrom({ ...s3.config, S3_ACCESS_KEY_ID: 'SOMEBODY' });
    if (!read.ok) throw new Error('not read');
    const refused = await s3Objects(read.config).put('x', Buffer.from('y')).then(() => undefined, (thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'object_store_failed', status: 503 });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('S3RVER-secret');
  });

  test('a document that came with another person is known, with the same one it is not news', async () => {
    const seen = seenBefore(opened.db, stores.vault, () => now);
    const document = Personal.of(`UTO ${randomUUID()}`);
    const [ann, ben] = [Personal.of('ann'), Personal.of('ben')] as const;
    const { journey } = await stores.journeys.open(newJourney());
    const once = await stores.journeys.record(journey, change(journey, { documentSeen: { document, person: ann } }));
    if (once) await stores.journeys.record(once.journey, change(once.journey, { documentSeen: { document, person: ann } }));
    expect(await seen.otherPersons('test', document, ann)).toBe(0);
    expect(await seen.otherPersons('test', document, ben)).toBe(1);
    // Test and live people never meet.
    expect(await seen.otherPersons('live', document, ben)).toBe(0);
    const rows = await opened.db.selectFrom('document_seen').selectAll().where('journey_id', '=', journey.id).execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(document.open());
  });

  test('a face is found again under another name only, and forgotten with its journey', async () => {
    const seen = seenBefore(opened.db, stores.vault, () => now);
    const face = Array.from({ length: 128 }, (_unused, index) => Math.sin(index));
    const workflowId = randomUUID();
    const { journey } = await stores.journeys.open(newJourney({ workflowId }));
    await stores.journeys.record(journey, change(journey, { faceSeen: { person: Personal.of('ann'), template: Personal.of(face) } }));
    const nearest = (person: string, scope: { workflowId?: string; mode?: 'test' | 'live' } = {}) =>
      seen.nearestFace({ mode: 'test', workflowId, ...scope }, Personal.of(face.map((value) => value + 0.01)), Personal.of(person));
    expect(await nearest('ben')).toBeCloseTo(0.01 * Math.sqrt(128), 5);
    expect(await nearest('ann')).toBeUndefined();
    expect(await nearest('ben', { workflowId: 'another' })).toBeUndefined();
    expect(await nearest('ben', { mode: 'live' })).toBeUndefined();
    const { delete_at: until } = await opened.db.selectFrom('journey').select('delete_at').where('id', '=', journey.id).executeTakeFirstOrThrow();
    expect(await purgeSeen(opened.db, until, 100)).toBe(0);
    expect(await purgeSeen(opened.db, until + 1, 100)).toBeGreaterThan(0);
    expect(await nearest('ben')).toBeUndefined();
  });
});
