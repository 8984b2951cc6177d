/**
 * The document step on two gateways behind a proxy that gives every request to the other one: pictures, challenge and
 * verdict must not depend on what only one process knows. Everything is read by the real engines, once in each process.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cardPhoto } from '../documents/support.ts';
import { addressInCode, agreeAndChoose, aPhone, beginSelfie, givenFaces, head, landing, outcome, sendPicture, sendTurn, shot, turnAsked } from '../flows/document_scene.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres.ts';
import { startProcess, type GatewayProcess } from '../support/process.ts';
import { RelyingParty } from '../support/relying_party.ts';
import { startRoundRobin, type RoundRobinProxy } from '../support/round_robin_proxy.ts';
import { DocumentWalk, linesOf, remains, seedDocumentKey } from './document_driver.ts';
import { dataFolder, endLeases, rowsOf, SETTINGS } from './world.ts';

vi.setConfig({ testTimeout: 300_000 });

describe('two processes on one PostgreSQL', () => {
  let database: FreshDatabase;
  let proxy: RoundRobinProxy;
  let processes: readonly GatewayProcess[] = [];
  let dataDir: string;
  let rp: RelyingParty;
  let blurred: Buffer;
  let specimen: Buffer;
  let holder: Awaited<ReturnType<typeof head>>;
  let before: Readonly<Record<string, number>>;

  beforeAll(async () => {
    database = await freshDatabase('postgres');
    proxy = await startRoundRobin([]);
    dataDir = await dataFolder();
    const env = {
      ...SETTINGS, DATA_DIR: dataDir, QUICKSTART: 'off', ISSUER: proxy.origin, TRUSTED_PROXY_HOPS: '1', DOCUMENT_READER_START: 'now', DOCUMENT_JOB_SECONDS: '60',
      DATABASE_URL: database.url ?? '', MASTER_KEYS: `shared:${randomBytes(32).toString('base64')}`,
    };
    [processes, specimen, holder, blurred] = await Promise.all([
      Promise.all([startProcess({ env }), startProcess({ env })]), shot('passport', 'andrew'), head('andrew'),
      cardPhoto({ blur: 9 }).then((photo) => photo.jpeg({ quality: 90 }).toBuffer()),
    ]);
    proxy.use(processes.map(({ port }) => `http://127.0.0.1:${port}`));
    rp = await RelyingParty.discover({ issuer: proxy.origin, ...(await seedDocumentKey(database.address, { imageHours: 1 })) });
  });
  afterAll(async () => {
    for (const one of processes) await one.close();
    await proxy.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    before = await remains(database.address);
  });

  const grown = async (): Promise<Readonly<Record<string, number>>> => Object.fromEntries(Object.entries(await remains(database.address)).map(([name, n]) => [name, n - (before[name] ?? 0)]));
  const newest = async (): Promise<string> => (await rowsOf<{ id: string }>(database.address, 'SELECT id FROM journey ORDER BY created_at DESC LIMIT 1'))[0]?.id ?? '';
  const picturesOf = async (id: string): Promise<readonly string[]> =>
    (await rowsOf<{ purpose: string }>(database.address, `SELECT purpose FROM image WHERE journey_id = '${id}' AND delete_at > ${Date.now()} ORDER BY purpose`)).map(({ purpose }) => purpose);

  it('serve one capture alternately, from the code to the one authorization code, read by the real engines, and every picture is there once', async () => {
    const first = proxy.served.length;
    const walk = await (await DocumentWalk.begin(rp)).toSide();
    const { phone } = walk;
    await sendPicture(phone, specimen);
    await phone.until('capture_selfie');
    await beginSelfie(phone);
    for (let turn = 0; turn < 3; turn += 1) {
      // Every form leads to a page: without one request more, all forms would meet the same process.
      await fetch(`${proxy.origin}/healthz`);
      await sendTurn(phone, holder[turnAsked(phone)]);
    }
    const id = await newest();
    expect(await landing(phone)).toEqual({ transaction_id: id, status: 'completed' });
    const tokens = await walk.finish();
    expect(tokens.claims()).toMatchObject({ policyDecision: 'approve', acr: 'urn:gatehouse:acr:document', simulated: true });
    expect(await rp.userinfo(tokens)).toMatchObject({ given_name: expect.stringMatching(/andrew/i), family_name: expect.stringMatching(/roshell/i) });
    expect(await picturesOf(id)).toEqual(['document_front', ...Array.from({ length: 9 }, () => 'selfie')]);
    expect(await grown()).toEqual({ journeys: 1, accounts: 1, consents: 1, outcomes: 1, documents_seen: 1, codes: 1, documents: 1, faces: 1, living: 1, devices: 1 });
    expect((await linesOf(database.address)).filter((line) => line.startsWith('block'))).toEqual([
      'block sessionRisk success', 'block captureHandover success', 'block documentCapture success', 'block documentRead success', 'block liveness success', 'block faceComparison success', 'block documentChecks success',
    ]);
    const served = proxy.served.slice(first);
    expect(new Set(served.filter(({ method, path }) => method === 'POST' && path === '/capture').map(({ backend }) => backend)).size).toBe(2);
    expect(served.filter((one) => one.status >= 400)).toEqual([]);
  });

  it('lose one in the middle of a challenge: the turn that was asked is still asked, and the other one goes on', async () => {
    const walk = await (await DocumentWalk.begin(rp)).toSide();
    const { phone } = walk;
    await sendPicture(phone, outcome());
    await phone.until('capture_selfie');
    await beginSelfie(phone);
    await sendTurn(phone, holder[turnAsked(phone)]);
    const asked = turnAsked(phone);
    const [gone] = processes;
    await gone?.kill9();
    await endLeases(database.address);
    await walk.look();
    expect(turnAsked(phone)).toBe(asked);
    await sendTurn(phone, holder[asked]);
    expect(turnAsked(phone)).not.toBe(asked);
    await gone?.start();
    await sendTurn(phone, holder[turnAsked(phone)]);
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    // Faces have nothing to be compared with where an outcome file stood for the document: a doubt, never a yes.
    expect(await grown()).toMatchObject({ journeys: 1, accounts: 0, documents: 0, faces: 0, consents: 1 });
    expect((await rowsOf<{ verdict: string }>(database.address, `SELECT decision->>'verdict' AS verdict FROM journey WHERE id = '${await newest()}'`))).toEqual([{ verdict: 'deny' }]);
  });

  it('give the capture to one of ten phones that answer at the same moment', async () => {
    const walk = await (await DocumentWalk.begin(rp)).toCode();
    const link = await addressInCode(walk.desktop);
    const phones = await Promise.all(Array.from({ length: 10 }, () => aPhone().open(link)));
    await Promise.all(phones.map((phone) => phone.press('number', walk.desktop.output)));
    expect(phones.map((phone) => phone.page).toSorted()).toEqual(['capture_consent', ...Array.from({ length: 9 }, () => 'phone_gone')]);
    expect(phones.filter((phone) => phone.cookies.all().length > 0).map((phone) => phone.page)).toEqual(['capture_consent']);
    const id = await newest();
    expect(await rowsOf(database.address, `SELECT outcome, reason FROM journey_event WHERE journey_id = '${id}' AND name = 'captureHandover'`)).toEqual([{ outcome: 'success', reason: null }]);
    // The winner captures; the others find nothing behind the address either.
    const winner = phones.find((phone) => phone.page === 'capture_consent');
    await agreeAndChoose(winner ?? aPhone());
    const stranger = phones.find((phone) => phone !== winner);
    expect((await stranger?.open(`${proxy.origin}/capture`))?.status).toBe(410);
  });

  it('count a picture once that reaches both at the same moment, and again, and again', async () => {
    const plain = await RelyingParty.discover({ issuer: proxy.origin, ...(await seedDocumentKey(database.address)) });
    const walk = await (await DocumentWalk.begin(plain)).toSide();
    const { phone } = walk;
    const id = await newest();
    const bad = await walk.upload(['picture', { bytes: blurred }]);
    const answers = await Promise.all([bad, bad, bad].map(({ url, request }) => phone.send(url, request)));
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    expect((await walk.look('capture_side')).text).toMatch(/2 (tries|more|attempts)/);
    const good = await walk.upload(['picture', { bytes: specimen }]);
    await Promise.all([good, good].map(({ url, request }) => phone.send(url, request)));
    await phone.send(good.url, good.request);
    await walk.look('capture_selfie');
    const blocks = await rowsOf<{ line: string }>(database.address, `SELECT name || ' ' || outcome AS line FROM journey_event WHERE journey_id = '${id}' AND layer = 'block' AND name LIKE 'document%' ORDER BY seq`);
    expect(blocks.map(({ line }) => line)).toEqual(['documentCapture fail', 'documentCapture success', 'documentRead success']);
    expect(new Set(await picturesOf(id))).toEqual(new Set(['document_front']));
    // Where pictures go at the end, the copy that the slower request had kept goes with them.
    await givenFaces(phone, { portrait_present: 'pass' });
    expect(await landing(phone)).toMatchObject({ status: 'completed' });
    expect(await picturesOf(id)).toEqual([]);
  });
});
