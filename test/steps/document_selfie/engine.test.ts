/** The step under the engine and on a real store: races, two processes and repeats. */
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { documentOnly } from '../../../src/journey/templates/document_only.ts';
import { Personal } from '../../../src/personal.ts';
import { biometricConsent } from '../../../src/steps/document_selfie/consent.ts';
import { CLAIM_FIELD, documentSelfie } from '../../../src/steps/document_selfie/index.ts';
import type { State } from '../../../src/steps/document_selfie/state.ts';
import { anyStep } from '../../../src/steps/index.ts';
import type { SentFile, Submission } from '../../../src/steps/step.ts';
import type { Vendors } from '../../../src/vendors/ports.ts';
import { answerOf, gate, makeWorld, START, WORKFLOW, type World } from '../../engine/world.ts';
import { describeDatabases, ownDatabase } from '../../support/postgres.ts';
import { DEVICE_KEYS } from '../device_keys.ts';
import { file, hashOf, ORIGIN, tokenOf } from './driver.ts';
import { FakeImages, FakePast, FakeReader } from './fakes.ts';

describeDatabases('the document step under the engine', ({ fresh }) => {
  let world: World;
  let reader = new FakeReader();
  const images = new FakeImages();

  ownDatabase(fresh, async (opened) => {
    world = await makeWorld(opened, () => [anyStep(documentSelfie({
      get reader() { return reader; },
      images, seen: new FakePast(), vendors: {} as Vendors, origin: ORIGIN, tokenOf, hashOf, deviceKeys: DEVICE_KEYS, facesAllowed: () => true,
      limit: { look: async () => ({ over: false, enforced: false, count: 0, limit: 5 }) },
    }))]);
    await world.deploy({ ...documentOnly, options: { asyncUIRedirect: 'https://app.example/done', documents: { types: ['passport'], countries: ['US'] } } });
  });
  beforeEach(() => {
    world.clock.set(START);
    reader = new FakeReader();
  });

  async function opening(): Promise<{ readonly id: string; readonly link: string; readonly number: string }> {
    const { journey } = await world.open({ interactionUid: randomUUID() });
    await world.engine.submit(journey.id, answerOf('session_risk', { country: 'US' }, journey.version));
    const position = await world.engine.byId(journey.id);
    if (position?.rest.kind !== 'page') throw new Error('the journey does not rest at a page');
    expect(position.rest.page.name).toBe('document_handover');
    const { url, number } = position.rest.page.model;
    return { id: journey.id, link: hashOf(String(url).split('/l/')[1] ?? ''), number: String(number) };
  }

  const phone = (page: string, values: Record<string, string> = {}, files: readonly SentFile[] = []): Submission => ({ ...answerOf(page, values, 0, 'phone'), files });
  const claim = (number: string, token: string): Submission => phone('capture_claim', { number, [CLAIM_FIELD]: token });
  const token = (): string => tokenOf(randomUUID());
  const pageOf = async (hash: string): Promise<string> => {
    const sight = await world.engine.followLink(hash);
    return sight.kind === 'open' ? sight.page.name : sight.kind;
  };
  const stateOf = async (id: string): Promise<State> => (await world.journeys.byId(id))?.journey.states.open()['document_selfie'] as State;

  async function claimed(): Promise<{ readonly id: string; readonly hash: string }> {
    const { id, link, number } = await opening();
    const own = token();
    await world.engine.submitLink(link, claim(number, own));
    const workflow = await world.workflows.deployed(WORKFLOW);
    if (!workflow) throw new Error('nothing is deployed');
    await world.engine.submitLink(hashOf(own), phone('capture_consent', { action: 'agree', consentHash: biometricConsent(workflow, 'App', 'en').hash }));
    return { id, hash: hashOf(own) };
  }

  test('of two phones that claim at once, one captures and the other finds it gone', async () => {
    const { id, link, number } = await opening();
    const tokens = [token(), token()];
    const others = [world.engine, world.process()];
    await Promise.all(tokens.map((own, index) => others[index]?.submitLink(link, claim(number, own))));
    expect((await Promise.all(tokens.map((own) => pageOf(hashOf(own))))).toSorted()).toEqual(['capture_consent', 'gone']);
    expect(await pageOf(link)).toBe('gone');
    expect((await stateOf(id)).where.kind).toBe('phone');
  });

  test('the same picture sent twice at once, to two processes, is read once and counted once', async () => {
    const { id, hash } = await claimed();
    const before = images.puts;
    const both = [world.engine, world.process()];
    await Promise.all(both.map((engine) => engine.submitLink(hash, phone('capture_side', {}, [file('picture', 'front')]))));
    expect(await pageOf(hash)).toBe('capture_selfie');
    const state = await stateOf(id);
    expect([state.failures, state.documents.length]).toEqual([[], 1]);
    expect(reader.calls.filter((one) => one === 'readSide')).toHaveLength(1);
    expect(images.puts - before).toBeLessThanOrEqual(2);
  });

  test('a process that dies over a reading loses nothing: another one reads it when the lease is over', async () => {
    const { id, hash } = await claimed();
    const read = gate();
    const { readSide } = FakeReader.prototype;
    reader.readSide = async (jpeg, wanted) => {
      await read.wait();
      return readSide.call(reader, jpeg, wanted);
    };
    const lost = world.engine.submitLink(hash, phone('capture_side', {}, [file('picture', 'front')]));
    await read.reached;
    expect((await world.process().followLink(hash)).kind).toBe('working');
    reader.readSide = readSide;
    world.clock.set(START + 46_000);
    const second = await world.process().followLink(hash);
    expect(second).toMatchObject({ kind: 'open', page: { name: 'capture_selfie' } });
    const kept = await stateOf(id);
    read.open();
    await lost;
    expect(await stateOf(id)).toEqual(kept);
  });

  test('from claim to approval: one account, found again by the document', async () => {
    const accounts: (string | undefined)[] = [];
    for (let run = 0; run < 2; run += 1) {
      const { id, hash } = await claimed();
      await world.engine.submitLink(hash, phone('capture_side', {}, [file('picture', 'front')]));
      await world.engine.submitLink(hash, phone('capture_selfie', { action: 'begin', method: 'live' }));
      for (let turn = 0; turn < 3; turn += 1) {
        const sight = await world.engine.followLink(hash);
        if (sight.kind !== 'open') throw new Error(`the capture is ${sight.kind}`);
        const { model } = sight.page;
        const frames = [0, 1, 2].map((index) => file('frame', `${String(model['turn'])}:${index}`));
        await world.engine.submitLink(hash, phone('capture_selfie', { nonce: String(model['nonce']) }, frames));
      }
      expect(await world.engine.followLink(hash)).toMatchObject({ kind: 'over', outcome: 'pass' });
      const loaded = await world.journeys.byId(id);
      expect(loaded?.journey.decision).toMatchObject({ verdict: 'approve' });
      accounts.push(loaded?.accountId);
    }
    expect(accounts[0]).toBeDefined();
    expect(accounts[1]).toBe(accounts[0]);
  });

  test('the desktop gives up while the phone captures: the phone is told that it is over', async () => {
    const { id, hash } = await claimed();
    await world.engine.submit(id, { ...answerOf('document_following', { action: 'cannot' }), values: Personal.of({ action: 'cannot' }) });
    expect(await world.engine.followLink(hash)).toMatchObject({ kind: 'over', outcome: 'cannot_capture' });
  });
});
