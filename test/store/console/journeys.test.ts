import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Personal } from '../../../src/personal.ts';
import { journeyView } from '../../../src/admin/journeys/view.ts';
import { journeyDesk } from '../../../src/store/console/journeys.ts';
import type { OpenedDatabase } from '../../../src/store/database.ts';
import { purgeJourneys } from '../../../src/store/journeys.ts';
import { Planted } from '../../support/planted.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { change, NOW } from '../support.ts';
import { ANNA, CREDENTIAL, denied, EMAIL, open, PERSON, PLANTED, REASON, worldOn, type World } from './journeys_world.ts';

describeDatabases('journeys that are looked for', ({ fresh }) => {
  let world: World;
  let opened: OpenedDatabase;
  ownDatabase(fresh, async (own) => {
    opened = own;
    world = await worldOn(own);
  });
  const all = async (filter: Parameters<World['desk']['search']>[0], most = 100) => (await world.desk.search(filter, undefined, most)).lines;
  const idsOf = (lines: readonly { readonly id: string }[]) => lines.map(({ id }) => id);
  const audited = async (action: string) => (await world.audit.page({ action }, undefined, 100));

  describe('columns', () => {
    test('say what a journey came to, from the writing that decides it', async () => {
      const running = await open(world, { workflowId: 'columns' });
      expect((await all({ workflowId: 'columns' }))[0]).toEqual({
        id: running.id, workflowId: 'columns', clientId: 'c', mode: 'test', createdAt: NOW, verdict: undefined, reason: undefined, lastStep: undefined,
      });
      const over = await denied(world, { workflowId: 'columns', createdAt: NOW + 5 });
      const [line] = await all({ workflowId: 'columns' });
      expect(line).toMatchObject({ id: over.id, verdict: 'deny', reason: 'not_expired', lastStep: 'document_selfie' });
    });

    test('keep the last finished step where an interruption decides', async () => {
      const journey = await open(world, { workflowId: 'interrupted' });
      const first = await world.journeys.record(journey, change(journey, { result: { node: 'n', step: 'pii_validation', outcome: 'match', reasons: [], at: NOW } }));
      if (!first) throw new Error('not recorded');
      await world.journeys.record(first.journey, { ...change(first.journey, {}), node: undefined, decision: { verdict: 'deny', reasons: [{ code: 'journey_expired' }], policy: 'w@1', at: NOW } });
      expect((await all({ workflowId: 'interrupted' }))[0]).toMatchObject({ verdict: 'deny', reason: 'journey_expired', lastStep: 'pii_validation' });
    });
  });

  test('filters narrow by everything the page offers, alone and together', async () => {
    const id = (await denied(world, { workflowId: 'f', clientId: 'key_f', mode: 'live', createdAt: NOW + 1_000 })).id;
    const other = (await open(world, { workflowId: 'f', clientId: 'key_g', createdAt: NOW + 2_000 })).id;
    const base = { workflowId: 'f' };
    expect(idsOf(await all(base))).toEqual([other, id]);
    for (const narrow of [{ clientId: 'key_f' }, { mode: 'live' }, { verdict: 'deny' }, { reason: 'not_expired' }, { step: 'document_selfie' }, { until: NOW + 2_000 }] as const) {
      expect(idsOf(await all({ ...base, ...narrow })), JSON.stringify(narrow)).toEqual([id]);
    }
    for (const narrow of [{ clientId: 'key_g' }, { mode: 'test' }, { verdict: 'running' }, { from: NOW + 2_000 }] as const) {
      expect(idsOf(await all({ ...base, ...narrow })), JSON.stringify(narrow)).toEqual([other]);
    }
    expect(await all({ ...base, verdict: 'deny', clientId: 'key_g' })).toEqual([]);
  });

  test('pages neither skip nor repeat while journeys are being opened, even of one millisecond', async () => {
    const facts = { workflowId: 'paged' };
    const before = new Set((await Promise.all(Array.from({ length: 25 }, (_, index) => open(world, { ...facts, createdAt: NOW + Math.floor(index / 5) })))).map(({ id }) => id));
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const page = await world.desk.search(facts, next, 4);
      seen.push(...idsOf(page.lines));
      next = page.next;
      // Newer ones come before every page that is still to be read; older ones of the same time are not made up.
      await open(world, { ...facts, createdAt: NOW + 1_000 });
    } while (next !== undefined);
    expect(seen).toHaveLength(25);
    expect(new Set(seen)).toEqual(before);
  });

  test.each(['', 'x', 'MTpf', Buffer.from('1:a b').toString('base64url'), Buffer.from(`1:${'a'.repeat(101)}`).toString('base64url'), Buffer.from("1:' OR 1=1").toString('base64url')])('a cursor that was made up is refused: %j', async (cursor) => {
    const wanted = cursor === 'MTpf' ? { resolves: true } : { resolves: false };
    const answer = world.desk.search({}, cursor, 4).then(() => 'ok', (error: { code?: string }) => error.code);
    expect(await answer).toBe(wanted.resolves ? 'ok' : 'bad_cursor');
  });

  describe('people', () => {
    const found = async (kind: 'phone' | 'email' | 'credential', typed: string) => idsOf((await world.desk.byPerson(ANNA, world.desk.personKey(kind, Personal.of(typed)), undefined, 100)).lines);

    test('are found by what they typed and what the application calls them, however it is written', async () => {
      const { id } = await denied(world, { createdAt: NOW + 50_000 });
      expect((await found('phone', ' +1 (407) 555-0191 '))[0]).toBe(id);
      expect((await found('email', `  ${EMAIL.toUpperCase()}`))[0]).toBe(id);
      expect((await found('credential', CREDENTIAL))[0]).toBe(id);
      const live = await denied(world, { mode: 'live', createdAt: NOW + 51_000 });
      expect((await found('credential', CREDENTIAL)).slice(0, 2)).toEqual([live.id, id]);
      expect(await found('phone', '+14075550192')).toEqual([]);
      // Names are the application's own: they are not folded.
      expect(await found('credential', CREDENTIAL.toUpperCase())).toEqual([]);
    });

    test('who came back is found by the phone they were verified with', async () => {
      const journey = await open(world);
      const profile = { ...PERSON, phone: '+14075550177', email: 'back@planted.example', phoneVerified: true };
      await world.journeys.record(journey, change(journey, {
        result: { node: 'n', step: 'trusted_device', outcome: 'trusted', reasons: [], at: NOW },
        evidence: [{ kind: 'known_person', version: 1, simulated: false, data: Personal.of({ accountId: 'a', by: 'device', trustId: 't', journeyId: 'j', acr: 'x', profile, at: NOW }) }],
      }));
      expect(await found('phone', '+1 407 555 0177')).toEqual([journey.id]);
      expect(await found('email', 'back@planted.example')).toEqual([journey.id]);
    });

    test('pages of a person neither skip nor repeat', async () => {
      const typed = `many-${randomUUID()}`;
      const made = await Promise.all(Array.from({ length: 7 }, (_, index) => open(world, { mode: index % 2 ? 'live' : 'test', createdAt: NOW + (index >> 1), opening: { credential: Personal.of(typed), clientName: 'App', locale: 'en' } })));
      const key = world.desk.personKey('credential', Personal.of(typed));
      const seen: string[] = [];
      let next: string | undefined;
      do {
        const page = await world.desk.byPerson(ANNA, key, next, 2);
        seen.push(...idsOf(page.lines));
        next = page.next;
      } while (next !== undefined);
      expect(seen.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    });

    test.each([['phone', '4075550191'], ['phone', ''], ['phone', 'nobody'], ['email', 'a b@c'], ['email', '@'], ['credential', ' '], ['credential', 'x'.repeat(321)]] as const)('%s %j cannot be looked for', (kind, typed) => {
      expect(() => world.desk.personKey(kind, Personal.of(typed))).toThrow(expect.objectContaining({ code: 'bad_person' }));
    });

    test.each(['', 'phone', 'phone.short', `face.${'a'.repeat(43)}`, `phone.${'a'.repeat(43)}.${'b'.repeat(43)}.${'c'.repeat(43)}`, `phone.${"'".repeat(43)}`])('a key that was made up is refused: %j', async (key) => {
      await expect(world.desk.byPerson(ANNA, key, undefined, 5)).rejects.toMatchObject({ code: 'bad_person' });
    });

    test('that somebody was looked for is on record, and not whom', async () => {
      await found('phone', PERSON.phone);
      const [entry] = await audited('journey.searched');
      expect(entry).toMatchObject({ actor: ANNA, target: { kind: 'person', id: 'phone' }, details: { by: 'phone', further: false } });
      expect(new Planted(PLANTED).leaksIn(JSON.stringify(await audited('journey.searched')))).toEqual([]);
    });

    test('nothing of them stands in the rows they are found by, and those go with the journey', async () => {
      const { id } = await denied(world, { deleteAt: 5 });
      const rows = await opened.db.selectFrom('journey_person').selectAll().where('journey_id', '=', id).execute();
      expect(rows.map(({ kind }) => kind).toSorted()).toEqual(['credential', 'email', 'phone']);
      expect(new Planted(PLANTED).leaksIn(JSON.stringify(rows))).toEqual([]);
      await purgeJourneys(opened.db, 10, 100);
      expect(await opened.db.selectFrom('journey_person').selectAll().where('journey_id', '=', id).execute()).toEqual([]);
    });
  });

  test('one journey tells everything but the person', async () => {
    const journey = await denied(world);
    await world.images.put({ journeyId: journey.id, purpose: 'selfie', jpeg: Personal.of(new Uint8Array([1])), deleteAt: NOW + 1e6 });
    const found = await world.desk.find(journey.id);
    if (!found) throw new Error('not found');
    expect(found).toMatchObject({
      workflow: 'w@1', decidedAt: NOW + 2, simulated: true, credentialBound: false, extensions: 0,
      evidence: [{ kind: 'session' }, { kind: 'claimed_identity' }, { kind: 'document_attempt' }],
      consents: [{ purpose: 'biometrics', text: 'You agree <b>here</b>.', locale: 'en', textHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
      messages: [{ attempt: 1, status: 'intended' }],
      checks: [{ accepted: false, reader: 'gatehouse 1', findings: [{ code: 'not_expired', status: 'fail', why: 'expired' }] }],
      pictures: [{ purpose: 'selfie' }],
    });
    expect(new Planted(PLANTED).leaksIn(JSON.stringify([found, journeyView(found)]))).toEqual([]);
    expect(await world.desk.find('nobody')).toBeUndefined();
  });

  describe('a reveal', () => {
    test('opens everything, and was on record before', async () => {
      const { id } = await denied(world);
      const revealed = await world.desk.reveal(ANNA, 'session', id, `  ${REASON} `);
      expect(revealed?.data.open()).toMatchObject({
        credential: CREDENTIAL, claimed: PERSON, typed: { email: EMAIL }, released: undefined, unreadable: [],
        documents: [{ accepted: false, document: { number: 'L898902C3' } }],
        places: [{ of: 'session', address: PLANTED.address }, { of: 'consent', address: PLANTED.address }],
      });
      expect((await audited('journey.revealed'))[0]).toMatchObject({ actor: ANNA, target: { kind: 'journey', id }, reason: REASON, outcome: 'done' });
    });

    test.each(['', 'too short', '          ', 'x'.repeat(501)])('without a reason that says something nothing is opened: %j', async (reason) => {
      const { id } = await denied(world);
      const before = (await audited('journey.revealed')).length;
      await expect(world.desk.reveal(ANNA, 'session', id, reason)).rejects.toMatchObject({ code: 'reason_required' });
      expect((await audited('journey.revealed')).length).toBe(before);
    });

    test('that fails to open is on record all the same, and says what did not open', async () => {
      const { id } = await denied(world);
      await opened.db.updateTable('evidence').set({ sealed: Buffer.from('not a box') }).where('journey_id', '=', id).where('kind', '=', 'claimed_identity').execute();
      const revealed = await world.desk.reveal(ANNA, 'session', id, REASON);
      expect(revealed?.data.open()).toMatchObject({ claimed: undefined, credential: CREDENTIAL, unreadable: ['claimed_identity'] });
      await opened.db.updateTable('journey').set({ sealed: Buffer.from('x') }).where('id', '=', id).execute();
      expect((await world.desk.reveal(ANNA, 'session', id, REASON))?.data.open().unreadable.toSorted()).toEqual(['claimed_identity', 'opening']);
      expect((await audited('journey.revealed')).filter(({ target }) => target.id === id)).toHaveLength(2);
    });

    test('whose vault breaks altogether is on record all the same', async () => {
      const { id } = await denied(world);
      const vault = { ...world.vault, open: () => { throw new Error('broken'); } };
      const desk = journeyDesk({ db: opened.db, vault, now: world.now, images: { ...world.images, ofJourney: () => Promise.reject(new Error('away')) } });
      await expect(desk.reveal(ANNA, 'session', id, REASON)).rejects.toThrow();
      expect((await audited('journey.revealed')).filter(({ target }) => target.id === id)).toHaveLength(1);
    });

    test('of a journey that is not there records nothing', async () => {
      const before = (await audited('journey.revealed')).length;
      expect(await world.desk.reveal(ANNA, 'session', 'nobody', REASON)).toBeUndefined();
      expect((await audited('journey.revealed')).length).toBe(before);
    });

    test('of erased data shows nothing and is no fault', async () => {
      const { id } = await denied(world);
      await opened.db.updateTable('journey').set({ erased_at: NOW, sealed: Buffer.alloc(0) }).where('id', '=', id).execute();
      await opened.db.deleteFrom('evidence').where('journey_id', '=', id).execute();
      expect((await world.desk.find(id))?.erasedAt).toBe(NOW);
      expect((await world.desk.reveal(ANNA, 'session', id, REASON))?.data.open()).toEqual({
        credential: undefined, prefill: undefined, typed: undefined, claimed: undefined, released: undefined, documents: [], places: [], unreadable: [],
      });
    });
  });

  describe('pictures', () => {
    const withPicture = async () => {
      const { id } = await denied(world);
      const imageId = await world.images.put({ journeyId: id, purpose: 'document_front', jpeg: Personal.of(new Uint8Array([0xff, 0xd8, 7])), deleteAt: NOW + 1e6 });
      const grant = async (viewer = 'session') => (await world.desk.reveal(ANNA, viewer, id, REASON))?.pictures.find((one) => one.id === imageId)?.grant ?? '';
      return { id, imageId, grant };
    };

    test('are opened one by one within a reveal, once, and each look is on record twice over', async () => {
      const { id, imageId, grant } = await withPicture();
      const asked = { journeyId: id, imageId, grant: await grant() };
      expect([...((await world.desk.picture(ANNA, 'session', asked))?.open() ?? [])]).toEqual([0xff, 0xd8, 7]);
      expect((await audited('journey.picture_revealed'))[0]).toMatchObject({ actor: ANNA, target: { kind: 'journey', id }, reason: REASON, details: { image: imageId, shows: 'document_front' }, outcome: 'done' });
      expect(await opened.db.selectFrom('image_reveal').select(['actor', 'reason']).where('image_id', '=', imageId).execute()).toEqual([{ actor: 'staff:s_anna', reason: REASON }]);
      await expect(world.desk.picture(ANNA, 'session', asked)).rejects.toMatchObject({ code: 'picture_grant_ended' });
      expect((await audited('journey.picture_revealed'))[0]).toMatchObject({ outcome: 'refused' });
    });

    test('of ten that come with one grant at once one is let in', async () => {
      const { id, imageId, grant } = await withPicture();
      const asked = { journeyId: id, imageId, grant: await grant() };
      const came = await Promise.all(Array.from({ length: 10 }, () => world.desk.picture(ANNA, 'session', asked).then(() => 'in', () => 'out')));
      expect(came.filter((one) => one === 'in')).toHaveLength(1);
    });

    test('a grant is good for its own session, journey and picture', async () => {
      const mine = await withPicture();
      const other = await withPicture();
      const own = { journeyId: mine.id, imageId: mine.imageId };
      const wrong: readonly [string, typeof own, string][] = [
        ['another session', own, await mine.grant('somebody else')], ['another journey', { journeyId: other.id, imageId: other.imageId }, await mine.grant()],
        ['another picture', { ...own, imageId: other.imageId }, await mine.grant()], ['another journey of the path', { ...own, journeyId: other.id }, await mine.grant()], ['none', own, ''], ['made up', own, 'x'.repeat(43)],
      ];
      for (const [what, asked, grant] of wrong) {
        await expect(world.desk.picture(ANNA, 'session', { ...asked, grant }), what).rejects.toMatchObject({ code: 'picture_grant_ended' });
      }
      expect(await opened.db.selectFrom('image_reveal').select('id').where('image_id', 'in', [mine.imageId, other.imageId]).execute()).toEqual([]);
      await expect(world.desk.picture(ANNA, 'session', { journeyId: PERSON.phone, imageId: PERSON.familyName, grant: 'x' })).rejects.toMatchObject({ code: 'picture_grant_ended' });
      expect((await audited('journey.picture_revealed'))[0]).toMatchObject({ target: { id: 'not an id' }, details: { image: 'not an id' }, outcome: 'refused' });
    });

    test('a grant ends after ten minutes, and one whose picture is gone shows nothing', async () => {
      const { id, imageId, grant } = await withPicture();
      const asked = { journeyId: id, imageId, grant: await grant() };
      const later = journeyDesk({ db: opened.db, vault: world.vault, images: world.images, now: () => NOW + 600_001 });
      await expect(later.picture(ANNA, 'session', asked)).rejects.toMatchObject({ code: 'picture_grant_ended' });
      const again = { ...asked, grant: await grant() };
      await opened.db.deleteFrom('image').where('id', '=', imageId).execute();
      expect(await world.desk.picture(ANNA, 'session', again)).toBeUndefined();
    });
  });
});
