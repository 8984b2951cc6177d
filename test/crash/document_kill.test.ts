/** `kill -9` of the gateway, and of the process that reads documents, between an upload and its result and everywhere around. */
import { beforeAll, expect, it, vi } from 'vitest';
import { cardPhoto } from '../documents/support.ts';
import { faces, givenFaces, landing, outcome, sendPicture, shot } from '../flows/document_scene.ts';
import { eventually } from '../support/ports.ts';
import { describeDatabases } from '../support/postgres.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { ALL_ONCE, commandOf, DocumentWalk, linesOf, pictures, reading, readersOf, remains, seedDocumentKey, UNDISTURBED } from './document_driver.ts';
import { makeGates, type Gate } from './gates.ts';
import { crash, endLeases, inWorld, rowsOf, type World } from './world.ts';

vi.setConfig({ testTimeout: 300_000 });

/** A machine that is busy with other tests reads slowly. */
const ENV = { DOCUMENT_JOB_SECONDS: '60' } as const;

let passport: Buffer;
let blurred: Buffer;
beforeAll(async () => {
  [passport, blurred] = await Promise.all([shot('passport', 'andrew'), cardPhoto({ blur: 9 }).then((photo) => photo.jpeg({ quality: 90 }).toBuffer())]);
});

const party = async (world: World): Promise<RelyingParty> => RelyingParty.discover({ issuer: world.origin, ...(await seedDocumentKey(world.database)) });
const leased = (world: World) => async (): Promise<boolean> => (await rowsOf(world.database, `SELECT 1 FROM journey WHERE lease_until > ${Date.now()}`)).length === 1;

describeDatabases('kill -9', ({ kind }) => {
  it.runIf(kind === 'postgres').concurrent('at every write of the document step: what was acknowledged stays, the rest is asked again, nothing counts twice', () => inWorld('postgres', async (world) => {
    if (world.database.kind !== 'postgres') throw new Error('gates are for PostgreSQL');
    const gates = await makeGates(world.database.url);
    const walk = await DocumentWalk.begin(await party(world));
    const { desktop, phone } = walk;
    const at = async (gate: Gate, doing: () => Promise<unknown>): Promise<void> => {
      await gates.shut(gate);
      const came = doing().then(() => 'an answer', () => 'nothing');
      await gates.reached();
      await world.process.kill9();
      expect(await came, `stopped at ${gate.on} ${gate.table}`).toBe('nothing');
      await gates.open();
      await endLeases(world.database);
      await world.process.start();
    };

    await desktop.open(walk.signIn.url);
    // The code is being drawn; then it is there, and stays the same.
    await at({ table: 'link', on: 'INSERT' }, () => desktop.press());
    await desktop.open(desktop.url);
    await desktop.until('document_handover');
    const number = desktop.output ?? '';
    // The phone is taking over: nobody has, and the same number is right.
    await walk.scan();
    await at({ table: 'link', on: 'INSERT' }, () => phone.press('number', number));
    expect(phone.cookies.all()).toEqual([]);
    await walk.scan();
    expect([phone.page, desktop.output]).toEqual(['capture_claim', number]);
    await phone.press('number', number);
    expect(phone.page).toBe('capture_consent');
    await at({ table: 'consent', on: 'INSERT' }, () => phone.press('action', 'agree'));
    expect((await walk.look()).page).toBe('capture_consent');
    await phone.press('action', 'agree');
    expect(phone.page).toBe('capture_side');

    /** The reading process runs again: no picture waits for its start, which takes seconds. */
    const warm = async (): Promise<void> => {
      const { url, request } = await walk.upload(['picture', { bytes: 'no picture' }]);
      expect((await phone.send(url, request)).status).toBe(422);
    };
    // A picture that will not do counts once, though the answer to it is lost and it is sent again.
    const bad = await walk.upload(['picture', { bytes: blurred }]);
    await warm();
    for (let times = 0; times < 2; times += 1) expect((await phone.send(bad.url, bad.request)).status).toBe(200);
    expect((await walk.look('capture_side')).text).toMatch(/2 (tries|more|attempts)/);

    // A good one is being kept, then written down, then read: in turn nothing, the picture alone, and all but its reading is there.
    const good = await walk.upload(['picture', { bytes: passport }]);
    await at({ table: 'image', on: 'INSERT' }, () => phone.send(good.url, good.request));
    expect(await pictures(world.database)).toEqual([]);
    await warm();
    await at({ table: 'journey', on: 'UPDATE' }, () => phone.send(good.url, good.request));
    expect((await walk.look()).page).toBe('capture_side');
    expect(phone.text).toMatch(/2 (tries|more|attempts)/);
    const sent = phone.send(good.url, good.request).catch(() => undefined);
    await eventually('the picture to be read', leased(world), 120_000);
    await world.process.kill9();
    await sent;
    await endLeases(world.database);
    await world.process.start();
    expect((await walk.look('capture_selfie')).page).toBe('capture_selfie');
    expect((await phone.send(good.url, good.request)).status).toBe(200);
    // A run of the challenge is being begun; one that has begun goes on after a crash.
    await at({ table: 'journey', on: 'UPDATE' }, () => phone.press('action', 'begin'));
    expect((await walk.look()).answer.body).not.toContain('data-turn');
    // The faces are being written down, then judged, and the end decided on.
    const done = await walk.upload(['frame', outcome({ findings: faces() })]);
    await at({ table: 'journey_event', on: 'INSERT' }, () => phone.send(done.url, done.request));
    await at({ table: 'evidence', on: 'INSERT' }, () => phone.send(done.url, done.request));
    await at({ table: 'account', on: 'INSERT' }, () => walk.look());
    await walk.look();
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    await at({ table: 'grant_outcome', on: 'INSERT' }, async () => {
      await desktop.open(desktop.url);
      await desktop.press();
    });
    await desktop.open(desktop.url);
    expect((await walk.finish()).claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:document' });

    expect(await linesOf(world.database)).toEqual(withBlurred(UNDISTURBED));
    expect(await remains(world.database)).toEqual(ALL_ONCE);
    expect(await pictures(world.database)).toEqual([]);
    await gates.close();
  }, { env: ENV }));

  it.runIf(kind === 'pglite').concurrent('between any two steps loses nothing, and nothing happens twice', () => inWorld(kind, async (world) => {
    const restarting = async (...pages: string[]): Promise<void> => {
      await crash(world);
      await walk.look(...pages);
    };
    await world.process.kill9();
    const key = await seedDocumentKey(world.database, { types: ['driving_licence'], imageHours: 1 });
    await world.process.start();
    const walk = await DocumentWalk.begin(await RelyingParty.discover({ issuer: world.origin, ...key }));
    const { desktop, phone } = walk;
    await walk.toCode();
    const number = desktop.output;
    await crash(world);
    await desktop.reload();
    expect(desktop.output).toBe(number);
    await walk.toSide();
    await restarting('capture_side');
    await sendPicture(phone, outcome());
    await restarting('capture_side');
    expect(phone.content.heading).toContain('Back');
    await sendPicture(phone, outcome());
    await restarting('capture_selfie');
    await givenFaces(phone);
    await restarting();
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    await crash(world);
    await desktop.reload();
    expect(desktop.page).toBe('finished');
    expect((await walk.finish()).claims()).toMatchObject({ policyDecision: 'approve' });
    await world.process.terminate();
    expect(await remains(world.database)).toEqual(ALL_ONCE);
    expect((await linesOf(world.database)).filter((line) => /documentCapture|documentRead|selfie_capture|captureHandover/.test(line))).toEqual([
      'block captureHandover success', 'block documentCapture success', 'block documentRead success', 'block documentCapture success', 'block documentRead success', 'label selfie_capture success',
    ]);
  }));

  it.runIf(kind === 'postgres').concurrent('over a reading: the phone waits, the lease of the dead runs out by itself, and another process reads', () => inWorld('postgres', async (world) => {
    const walk = await (await DocumentWalk.begin(await party(world))).toSide();
    const { phone } = walk;
    const slow = await walk.upload(['picture', outcome({ delay_seconds: 3 })]);
    const sent = phone.send(slow.url, slow.request).catch(() => undefined);
    await eventually('the reading to begin', leased(world));
    await world.process.kill9();
    await sent;
    await world.process.start();
    expect((await walk.look()).page).toBe('working');
    // Sent again meanwhile, as the page's script does: not taken a second time.
    expect(JSON.parse((await phone.send(slow.url, slow.request)).body)).toEqual({ next: '/capture' });
    const deadline = Date.now() + 120_000;
    while (phone.page === 'working' && Date.now() < deadline) await walk.look();
    expect(phone.page).toBe('capture_selfie');
    expect((await linesOf(world.database)).filter((line) => /documentCapture|documentRead/.test(line))).toEqual(['block documentCapture success', 'block documentRead success']);
  }, { env: { DOCUMENT_JOB_SECONDS: '5' } }));

  it.runIf(kind === 'postgres').concurrent('of the reading process in the middle of its work: the journey goes on by itself; with the gateway it dies too', () => inWorld('postgres', async (world) => {
    const walk = await (await DocumentWalk.begin(await party(world))).toSide();
    const { phone } = walk;
    const upload = await walk.upload(['picture', { bytes: passport }]);
    const sent = phone.send(upload.url, upload.request);
    await eventually('the picture to be read', leased(world), 120_000);
    const first = await reading(world.process.pid);
    process.kill(first, 'SIGKILL');
    expect((await sent).status).toBe(200);
    await walk.look('capture_selfie');
    expect(phone.page).toBe('capture_selfie');
    expect((await linesOf(world.database)).filter((line) => /documentRead/.test(line))).toEqual(['block documentRead fail: crashed', 'block documentRead success']);
    const [second, ...others] = readersOf(world.process.pid());
    expect([second === first, others]).toEqual([false, []]);
    await crash(world);
    await eventually('the reading process to be gone', () => commandOf(second ?? 0) === '');
    expect((await walk.look()).page).toBe('capture_selfie');
  }, { env: ENV }));
});

/** The same timeline with one picture before that would not do. */
function withBlurred(lines: readonly string[]): readonly string[] {
  const first = lines.indexOf('block documentCapture success');
  return [...lines.slice(0, first), 'block documentCapture fail: blurred', 'label document_capture failure: blurred', ...lines.slice(first)];
}
