/** Claimed and shown side by side: one reveal, the pictures in its answer, and nothing to be had of them afterwards. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { caseRoutes } from '../../../src/admin/cases/routes.ts';
import type { CaseDesk } from '../../../src/admin/cases/store.ts';
import type { AuditLog } from '../../../src/admin/audit/audit.ts';
import { journeyRoutes } from '../../../src/admin/journeys/routes.ts';
import type { JourneyDesk } from '../../../src/admin/journeys/store.ts';
import { userOnboarding } from '../../../src/journey/templates/user_onboarding.ts';
import { Personal } from '../../../src/personal.ts';
import { auditLog } from '../../../src/store/console/audit.ts';
import { caseDesk } from '../../../src/store/console/cases.ts';
import { journeyDesk } from '../../../src/store/console/journeys.ts';
import { revealBeside } from '../../../src/store/console/journeys_reveal.ts';
import { imageStore, type KeptImages } from '../../../src/store/images.ts';
import type { ImagePurpose } from '../../../src/steps/document_selfie/images.ts';
import { answerOf, evidenceOf, makeWorld, START, type World } from '../../engine/world.ts';
import { startConsole, type Seen, type TestConsole, type Who } from '../../support/console.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';

const ANN: Who = { id: 'ann', roles: ['reviewer'] };
const BEN: Who = { id: 'ben', roles: ['reviewer'] };
const WHY = 'The number and the name differ';
const REVIEWED = {
  ...userOnboarding,
  nodes: { ...userOnboarding.nodes, sms_link: { step: 'sms_link' as const, routes: { ...userOnboarding.nodes['sms_link']?.routes, wrong_number: { end: 'review' as const } } } },
};
const SHOWN = { type: 'passport', issuer: 'UTO', number: 'L898902C3', familyName: 'Roshell', givenName: 'Anna', birthDate: '1974-08-12', expiryDate: '2030-04-15', method: 'mrz' };

describeDatabases('claimed and shown side by side', ({ fresh }) => {
  let world: World;
  let desk: CaseDesk;
  let journeys: JourneyDesk;
  let audit: AuditLog;
  let images: KeptImages;
  let site: TestConsole;
  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened);
    const { db, vault, clock: { now } } = world;
    images = imageStore(db, vault, now, undefined);
    desk = caseDesk({ db, vault, now, engine: world.engine, issuer: 'https://id.example.com' });
    audit = auditLog({ db, vault, now });
    journeys = journeyDesk({ db, vault, now, images, mostBesideBytes: 60_000 });
    site = await startConsole([...caseRoutes({ cases: desk, journeys }), ...journeyRoutes({ desk: journeys, workflows: world.workflows, audit, caseOf: async () => undefined })], audit, now);
  });
  afterAll(() => site.close());
  beforeEach(async () => {
    world.clock.set(START);
    world.script.last = () => ({ end: { outcome: 'wrong_number', reasons: [{ code: 'number_wrong' }], evidence: [evidenceOf('document_attempt', {
      documents: [SHOWN], findings: [{ code: 'picture_quality', status: 'fail', why: 'glare' }], reader: { name: 'gatehouse', version: '1' }, authenticity: 'not_verified', at: START,
    })] } });
    await world.deploy(REVIEWED);
  });

  /** Bytes that are nobody else's, as a JPEG of 640 by 480 begins. */
  const jpegOf = (size = 300): Uint8Array => new Uint8Array(Buffer.concat([Buffer.from('ffd8ffe000044a46ffc0000b0801e0028001011100', 'hex'), randomBytes(size)]));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const opened = async (purposes: readonly ImagePurpose[] = [], size?: number) => {
    const journeyId = await world.upTo('sms_wait');
    const pictures: { readonly id: string; readonly bytes: Uint8Array }[] = [];
    for (const purpose of purposes) {
      const bytes = jpegOf(size);
      pictures.push({ id: await images.put({ journeyId, purpose, jpeg: Personal.of(bytes), deleteAt: START + 3_600_000 }), bytes });
      world.clock.advance({ seconds: 1 });
    }
    await world.engine.submit(journeyId, answerOf('sms_wait'));
    const href = `/admin/cases/${(await desk.ofJourney(journeyId)) ?? ''}`;
    return { journeyId, href, pictures };
  };
  const reveal = (href: string, who: Who = ANN, reason = WHY): Promise<Seen> => site.post(`${href}/reveal`, { reason }, who);
  const entries = async (journeyId: string) => (await audit.page({ targetId: journeyId }, undefined, 50)).map(({ action, outcome, details, actor, reason }) => ({ action, outcome, details, by: actor.id, reason }));
  const looks = (journeyId: string) => world.db.selectFrom('image_reveal').select(['image_id', 'actor', 'reason']).where('journey_id', '=', journeyId).orderBy('image_id').execute();

  test('pictures stand in the answer, with side, time, size and quality; one entry, written first, names each', async () => {
    const { href, journeyId, pictures } = await opened(['document_front', 'document_back', 'selfie']);
    const { status, html, headers } = await reveal(href);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    for (const { bytes } of pictures) expect(html).toContain(`src="data:image/jpeg;base64,${base64(bytes)}"`);
    for (const alt of ['Front of the document', 'Back of the document', 'Selfie']) expect(html).toContain(`alt="${alt}" width="640" height="480"`);
    expect(html.match(/quality: not good enough \(glare\)/g)).toHaveLength(2);
    expect(html).toContain('640 × 480 pixels');
    // Said in words, and the rest that was claimed beside it.
    expect(html).toMatch(/Given name<br><span class="badge badge-warn">differs<\/span>/);
    expect(html).toMatch(/Family name<br><span class="badge badge-good">same<\/span>/);
    expect(html).toContain('1 of 2 that were both claimed and shown differs: given name.');
    const named = pictures.map(({ id }, index) => ({ image: id, shows: ['document_front', 'document_back', 'selfie'][index] }));
    expect(await entries(journeyId)).toEqual([{ action: 'journey.revealed', outcome: 'done', by: 'ann', reason: WHY, details: { pictures: named } }]);
    expect(await looks(journeyId)).toEqual(pictures.map(({ id }) => ({ image_id: id, actor: 'staff:ann', reason: WHY })).toSorted((one, other) => (one.image_id < other.image_id ? -1 : 1)));
    for (const { bytes } of pictures) expect(site.log()).not.toContain(base64(bytes));
  });

  test('nothing of it has an address: no page, form or picture of the answer can be asked for again', async () => {
    const { href, journeyId, pictures } = await opened(['document_front', 'selfie']);
    const { html } = await reveal(href);
    expect(html).not.toContain('name="grant"');
    for (const { id } of pictures) expect(html).not.toContain(id);
    const before = await entries(journeyId);
    for (const path of [`${href}/reveal`, ...pictures.map(({ id }) => `/admin/journeys/${journeyId}/pictures/${id}`)]) {
      const seen = await site.get(path, ANN);
      expect([seen.status, pictures.some(({ bytes }) => seen.html.includes(base64(bytes)))], path).toEqual([404, false]);
    }
    expect((await site.get(href, ANN)).html).not.toContain('data:image');
    expect(await entries(journeyId)).toEqual(before);
  });

  test('it takes the role, a fresh sign-in, a reason and a form of one’s own; nothing is opened or recorded without', async () => {
    const { href, journeyId, pictures } = await opened(['document_front']);
    const refused = [
      await site.post(`${href}/reveal`, { reason: WHY }, { id: 'ann', roles: ['auditor'] }), await reveal(href, { ...ANN, provedAgo: 3_600_000 }), await reveal(href, ANN, 'short'),
      await site.post(`${href}/reveal`, { reason: WHY, csrf: 'x' }, ANN), await site.post(`${href}/reveal`, { reason: WHY }, ANN, { origin: 'https://elsewhere.example' }), await site.post(`${href}/reveal`, { reason: WHY }, undefined),
    ];
    for (const [index, { html }] of refused.entries()) expect(html.includes(base64(pictures[0]?.bytes ?? jpegOf())), String(index)).toBe(false);
    expect(await looks(journeyId)).toEqual([]);
    expect((await entries(journeyId)).filter(({ action }) => action === 'journey.revealed')).toEqual([]);
    await world.db.schema.alterTable('audit_entry').renameTo('audit_entry_away').execute();
    try {
      const failed = await reveal(href);
      expect([failed.status >= 500, failed.html.includes('data:image')]).toEqual([true, false]);
      expect(await looks(journeyId)).toEqual([]);
    } finally {
      await world.db.schema.alterTable('audit_entry_away').renameTo('audit_entry').execute();
    }
  });

  test('the page carries so much and no more: older pictures open one by one, once, soon, for who revealed them', async () => {
    const { href, journeyId, pictures } = await opened(['document_front', 'document_back', 'selfie'], 25_000);
    const [old, ...shown] = pictures;
    if (!old) throw new Error('no picture');
    const { html } = await reveal(href);
    expect(shown.map(({ bytes }) => html.includes(base64(bytes)))).toEqual([true, true]);
    expect(html).not.toContain(base64(old.bytes));
    expect((await entries(journeyId))[0]?.details).toMatchObject({ pictures: shown.map(({ id }) => ({ image: id })) });
    const grantIn = (page: string) => /action="([^"]+\/pictures\/[^"]+)"[\s\S]*?name="grant" value="([^"]+)"/.exec(page) ?? [];
    const [, action = '', grant = ''] = grantIn(html);
    expect(action).toBe(`/admin/journeys/${journeyId}/pictures/${old.id}`);
    // Another session, which uses it up by the try; then its own.
    expect((await site.post(action, { grant }, BEN)).status).toBe(410);
    expect((await site.post(action, { grant }, ANN)).status).toBe(410);
    const look = async (who: Who = ANN, wait = 0) => {
      const [, path = '', own = ''] = grantIn((await reveal(href)).html);
      world.clock.advance({ milliseconds: wait });
      return { first: await site.post(path, { grant: own }, who), again: () => site.post(path, { grant: own }, who) };
    };
    const good = await look();
    expect([good.first.status, good.first.headers.get('cache-control'), good.first.body.equals(Buffer.from(old.bytes))]).toEqual([200, 'no-store', true]);
    expect((await good.again()).status).toBe(410);
    expect((await look(ANN, 600_001)).first.status).toBe(410);
    // The role went meanwhile.
    expect((await look({ id: 'ann', roles: ['auditor'] })).first.status).toBe(403);
    // The person was erased meanwhile.
    const [, path = '', last = ''] = grantIn((await reveal(href)).html);
    await world.db.deleteFrom('image').where('journey_id', '=', journeyId).execute();
    expect((await site.post(path, { grant: last }, ANN)).status).toBe(410);
    const after = (await reveal(href)).html;
    expect([after.includes('data:image'), after.includes('name="grant"'), after.includes('None is kept')]).toEqual([false, false, true]);
  });

  test('a picture that does not open is named as that, and hides nothing else', async () => {
    const { href, pictures: [broken, whole] } = await opened(['document_front', 'selfie']);
    await world.db.updateTable('image').set({ sealed: randomBytes(80) }).where('id', '=', broken?.id ?? '').execute();
    const { status, html } = await reveal(href);
    expect([status, html.match(/This picture could not be opened/g)?.length, html.includes(base64(whole?.bytes ?? jpegOf()))]).toEqual([200, 1, true]);
  });

  test('the newest fit first, whatever the order of their sizes; of an unknown journey there is nothing, and no entry', async () => {
    const { journeyId, pictures } = await opened(['document_front', 'document_back', 'selfie'], 2_000);
    const deps = { db: world.db, vault: world.vault, images, now: world.clock.now };
    const actor = { kind: 'staff', id: 'ann', name: 'Ann' } as const;
    const at = async (most: number) => {
      const found = await revealBeside(deps, actor, 'session', journeyId, WHY, most);
      return [found?.beside.map(({ id }) => id), found?.further.map(({ id }) => id)];
    };
    const [one, two, three] = pictures.map(({ id }) => id);
    expect(await at(0)).toEqual([[], [one, two, three]]);
    expect(await at(3_000)).toEqual([[three], [one, two]]);
    expect(await at(5_000)).toEqual([[two, three], [one]]);
    expect(await at(1e9)).toEqual([[one, two, three], []]);
    const before = (await audit.page({}, undefined, 1))[0]?.seq;
    expect(await revealBeside(deps, actor, 'session', 'nobody', WHY)).toBeUndefined();
    await expect(revealBeside(deps, actor, 'session', journeyId, 'short')).rejects.toMatchObject({ code: 'reason_required' });
    expect((await audit.page({}, undefined, 1))[0]?.seq).toBe(before);
  });
});
