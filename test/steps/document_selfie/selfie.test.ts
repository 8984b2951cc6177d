import { describe, expect, test } from 'vitest';
import type { FramePose } from '../../../src/documents/facts.ts';
import { Driver, ending, file, kinds, START, timeline, type DriverOptions } from './driver.ts';

async function atSelfie(options: DriverOptions = {}): Promise<Driver> {
  const driver = new Driver({ device: 'mobile', ...options });
  await driver.document();
  return driver;
}

describe('the challenge', () => {
  test('begins when the person says so; the order is drawn then, and told one turn at a time', async () => {
    const driver = await atSelfie();
    expect((await driver.settle())).toMatchObject({ name: 'capture_selfie', model: { step: 1, of: 3, attemptsLeft: 3, photos: true } });
    expect((await driver.settle())?.model).not.toHaveProperty('turn');
    await driver.begin();
    const page = await driver.settle();
    expect(page).toMatchObject({ wakeAt: START + 25_000, model: { step: 1, method: 'live', endsAt: START + 20_000 } });
    expect(JSON.stringify(page)).not.toContain('order');
    expect([...driver.state['selfie'].order].toSorted()).toEqual(['centre', 'left', 'right']);
  });

  test('every order comes up', async () => {
    const orders = new Set<string>();
    for (let draw = 0; draw < 200 && orders.size < 6; draw += 1) {
      const driver = await atSelfie();
      await driver.begin();
      orders.add(driver.state['selfie'].order.join());
    }
    expect(orders.size).toBe(6);
  });

  test('each turn has its own nonce and time; done, faces are compared and the step passes', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const nonces = new Set<unknown>();
    for (let turn = 0; turn < 3; turn += 1) {
      nonces.add((await driver.settle())?.model['nonce']);
      driver.now += 5_000;
      await driver.turn();
      const page = await driver.settle();
      if (turn < 2) expect(page?.model).toMatchObject({ step: turn + 2, endsAt: driver.now + 20_000 });
    }
    expect(nonces.size).toBe(3);
    expect(driver.reader.calls).toContain('matchFaces 3+6');
    expect(ending(driver)[0]).toBe('pass');
  });

  test('an answer with another nonce, sent twice or late, changes nothing', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const first = String((await driver.settle())?.model['nonce']);
    await driver.turn('centre', 3, 'invented');
    expect(driver.reader.calls).toEqual(['intake', 'readSide']);
    await driver.turn();
    await driver.settle();
    const before = driver.state;
    await driver.turn(undefined, 3, first);
    expect([driver.state, driver.reader.calls.filter((one) => one === 'poses').length]).toEqual([before, 1]);
  });

  test('beginning twice is beginning once', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const { order } = driver.state['selfie'];
    await driver.begin();
    expect(driver.state['selfie'].order).toBe(order);
  });

  test('begun by the other method it is begun anew: for photographs at no cost, back to the camera as a failed run', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const { order, nonce } = driver.state['selfie'];
    await driver.turn();
    await driver.settle();
    await driver.begin('photo');
    expect(driver.state['selfie']).toMatchObject({ method: 'photo', order, taken: [], endsAt: START + 120_000 });
    expect(driver.state['selfie'].nonce).not.toBe(nonce);
    expect(driver.state['failures']).toEqual([]);
    expect([...driver.images.kept.values()].filter(({ purpose }) => purpose === 'selfie').every(({ deleteAt }) => deleteAt === driver.now)).toBe(true);
    await driver.begin('live');
    expect(driver.state['selfie']).toMatchObject({ method: 'live', taken: [] });
    expect(driver.state['failures']).toHaveLength(1);
    await driver.begin('photo');
    await driver.begin('live');
    // The last run is not given away.
    await driver.begin('photo');
    await driver.begin('live');
    expect([driver.state['selfie'].method, driver.state['failures'].length]).toEqual(['photo', 2]);
    expect(await driver.begin('film')).toEqual({ kind: 'invalid', errors: { method: 'required' } });
  });

  test('of a turn with a frame that is refused nothing is kept', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const puts = driver.images.puts;
    driver.reader.intakes.push(null, null, { kind: 'refused', code: 'image_damaged' });
    expect(await driver.turn()).toEqual({ kind: 'invalid', errors: { frame: 'image_damaged' } });
    expect(driver.images.puts).toBe(puts);
  });

  test.each([[2, 'missing'], [7, 'missing'], [0, 'missing']])('%i frames are not taken', async (frames, problem) => {
    const driver = await atSelfie();
    await driver.begin();
    expect(await driver.turn(undefined, frames)).toEqual({ kind: 'invalid', errors: { frame: problem } });
  });

  test('a frame that is too large is not taken in, one that is refused is told', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const nonce = String((await driver.settle())?.model['nonce']);
    const large = [0, 1, 2].map(() => file('frame', new Uint8Array(1024 * 1024 + 1)));
    expect(await driver.send('capture_selfie', { nonce }, { files: large })).toEqual({ kind: 'invalid', errors: { frame: 'image_too_many_bytes' } });
    expect(driver.reader.calls).toEqual(['intake', 'readSide']);
    driver.reader.intakes.push(null, { kind: 'refused', code: 'image_damaged' });
    expect(await driver.turn()).toEqual({ kind: 'invalid', errors: { frame: 'image_damaged' } });
  });

  test('a turn that is not shown is tried again within its time, with a new nonce and a word on why', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const before = await driver.settle();
    driver.now += 5_000;
    await driver.turn('nobody');
    const page = await driver.settle();
    expect(page?.model).toMatchObject({ step: 1, attemptsLeft: 3, problem: 'no_face', endsAt: before?.model['endsAt'], turn: before?.model['turn'] });
    expect(page?.model['nonce']).not.toBe(before?.model['nonce']);
    expect([...driver.images.kept.values()].filter(({ purpose }) => purpose === 'selfie').every(({ deleteAt }) => deleteAt === driver.now)).toBe(true);
    await driver.turn();
    expect((await driver.settle())?.model).toMatchObject({ step: 2, problem: undefined });
  });

  test('at the end of its time the run is over and counts; the next one draws anew', async () => {
    const driver = await atSelfie();
    await driver.begin();
    const { nonce } = driver.state['selfie'];
    driver.now += 19_000;
    await driver.turn('two');
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 2, problem: 'several_faces', step: 1 });
    expect((await driver.settle())?.model).not.toHaveProperty('turn');
    await driver.begin();
    expect(driver.state['selfie'].nonce).not.toBe(nonce);
  });

  test('nothing sent in time: too slow, once, however often it is looked at', async () => {
    const driver = await atSelfie();
    await driver.begin();
    driver.now = START + 24_999;
    expect(driver.task()).toBeUndefined();
    driver.now = START + 25_000;
    const [one, other] = [await driver.ask(), await driver.ask()];
    one();
    other();
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 2, problem: 'too_slow' });
    expect(driver.state['failures']).toHaveLength(1);
  });

  test('all attempts used: the last failure stands and the step fails', async () => {
    const driver = await atSelfie({ documents: { attempts: 2 } });
    for (let run = 0; run < 2; run += 1) {
      await driver.begin();
      driver.now += 30_000;
      await driver.settle();
    }
    expect(driver.end?.outcome).toBe('fail');
    expect(driver.end?.reasons).toContainEqual(expect.objectContaining({ code: 'live_person', detail: expect.objectContaining({ why: 'too_slow' }) }));
    expect(kinds(driver)).toEqual(['document_attempt']);
    expect([...driver.images.kept.values()].every(({ deleteAt }) => deleteAt <= driver.now)).toBe(true);
  });

  test('a kill between frames and pose: looked at again, counted once', async () => {
    const driver = await atSelfie();
    await driver.begin();
    await driver.turn('nobody');
    const [lost, late] = [await driver.ask(), await driver.ask()];
    late();
    lost();
    expect(driver.state['failures']).toEqual([]);
    expect((await driver.settle())?.model).toMatchObject({ step: 1, problem: 'no_face' });
  });
});

describe('single photographs', () => {
  test('are never more than doubtful by themselves', async () => {
    const driver = await atSelfie();
    await driver.selfie('photo');
    expect([driver.end?.outcome, driver.end?.reasons[0]]).toEqual(['doubtful', expect.objectContaining({ code: 'live_person' })]);
    expect([...driver.images.kept.values()].every(({ deleteAt }) => deleteAt === driver.now + 24 * 3_600_000)).toBe(true);
  });

  test('have more time, and are one per turn', async () => {
    const driver = await atSelfie();
    await driver.begin('photo');
    expect((await driver.settle())?.model['endsAt']).toBe(START + 120_000);
    expect(await driver.turn(undefined, 3)).toEqual({ kind: 'invalid', errors: { frame: 'missing' } });
  });

  test.each([['photo', 'refuse'], ['film', 'review'], ['', 'review']] as const)('%j is no method where photographs are %s', async (method, photoSelfie) => {
    const driver = await atSelfie({ documents: { photoSelfie } });
    expect((await driver.settle())?.model['photos']).toBe(photoSelfie === 'review');
    expect(await driver.begin(method)).toEqual({ kind: 'invalid', errors: { method: 'required' } });
  });
});

describe('the comparison', () => {
  test.each([[0.4, 'pass'], [0.55, 'pass'], [0.6, 'doubtful'], [0.63, 'fail']] as const)('at a distance of %d: %s', async (distance, outcome) => {
    const driver = await atSelfie();
    driver.reader.matches.push({ distance });
    await driver.selfie();
    expect(driver.end?.outcome).toBe(outcome);
    expect(timeline(driver)).toContain(outcome === 'pass' ? 'block faceComparison success' : 'block faceComparison fail distance');
  });

  test('another person in the turned frames: the challenge is run again, and counts', async () => {
    const driver = await atSelfie();
    driver.reader.matches.push({ challengeDistances: [0.9, 0.9, 0.9, 0.9, 0.9, 0.9] });
    await driver.selfie();
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 2, problem: 'not_same_face' });
    await driver.selfie();
    expect(driver.end?.outcome).toBe('pass');
  });

  test.each([
    ['one of them shows no face to compare', [undefined, 0.5, 0.5, 0.5, 0.5, 0.5]],
    ['fewer of them were measured than were taken', [0.5, 0.5, 0.5, 0.5, 0.5]],
  ])('never passes where %s', async (_what, challengeDistances) => {
    const driver = await atSelfie({ documents: { attempts: 1 } });
    driver.reader.matches.push({ challengeDistances });
    await driver.selfie();
    expect(ending(driver)).toEqual(['doubtful', 'live_person']);
  });

  test('looks at the very frames that showed a turn, and at every other one that shows anybody', async () => {
    const driver = await atSelfie();
    const { matchFaces } = driver.reader;
    const asked: { readonly frontal: readonly string[]; readonly challenge: readonly string[] }[] = [];
    driver.reader.matchFaces = async (request) => {
      const names = (jpegs: readonly Uint8Array[]): readonly string[] => jpegs.map((jpeg) => Buffer.from(jpeg).toString());
      asked.push({ frontal: names(request.frontal), challenge: names(request.challenge) });
      return matchFaces.call(driver.reader, request);
    };
    await driver.begin();
    for (let turn = 0; turn < 3; turn += 1) {
      const { model } = await driver.page();
      const shows = String(model['turn']);
      // One frame shows the turn; what comes after it is a still picture, nobody, or two people.
      const rest = shows === 'centre' ? ['away', 'nobody', 'centre', 'two'] : ['still', 'still', 'still', 'still', 'nobody'];
      const poses = [shows, ...rest].map((one): FramePose => ({
        faces: one === 'nobody' ? 0 : one === 'two' ? 2 : 1, eyeDistance: one === 'nobody' ? undefined : 90,
        yaw: { left: 25, right: -25, centre: 1, still: 1, away: 14 }[one],
      }));
      driver.reader.poseAnswers.push({ kind: 'done', value: poses });
      await driver.send('capture_selfie', { nonce: String(model['nonce']) }, { files: [shows, ...rest].map((one, index) => file('frame', `${shows} ${one}:${index}`)) });
      await driver.settle();
    }
    expect(asked).toHaveLength(1);
    expect(asked[0]?.frontal).toEqual(['centre centre:0', 'centre centre:3']);
    expect([...(asked[0]?.challenge ?? [])].toSorted()).toEqual([
      'centre away:1', 'centre two:4',
      'left left:0', 'left still:1', 'left still:2', 'left still:3', 'left still:4',
      'right right:0', 'right still:1', 'right still:2', 'right still:3', 'right still:4',
    ]);
  });

  test("a head of one's own that turns among stills of somebody else is not that person", async () => {
    const driver = await atSelfie({ documents: { attempts: 1 } });
    // The first frame of either turn is another's face, the rest is the right one.
    driver.reader.matches.push({ challengeDistances: [0.9, 0.1, 0.1, 0.9, 0.1, 0.1] });
    await driver.selfie();
    expect([driver.end?.outcome, driver.end?.reasons[0]]).toMatchObject(['fail', { code: 'live_person', detail: { why: 'not_same_face' } }]);
  });

  test('no face engine: doubtful, never a pass', async () => {
    const poses = await atSelfie();
    poses.reader.poseAnswers.push({ kind: 'unavailable', engine: 'pose', why: 'self_test_failed' });
    await poses.begin();
    await poses.turn();
    await poses.settle();
    const faces = await atSelfie();
    faces.reader.matches.push({ kind: 'unavailable', engine: 'face', why: 'not_enabled' });
    await faces.selfie();
    expect([poses.end?.outcome, faces.end?.outcome]).toEqual(['doubtful', 'doubtful']);
    expect(kinds(faces)).toEqual(['document_attempt']);
  });

  test('where faces may not be compared nothing is asked for, and nothing taken', async () => {
    const refused = new Driver({ device: 'mobile', mode: 'live', facesAllowed: false });
    const off = new Driver({});
    off.reader.engines = () => ({ ...new Driver().reader.engines(), face: { kind: 'unavailable', why: 'not_enabled' } as never });
    for (const driver of [refused, off]) {
      await driver.settle();
      expect(ending(driver)).toEqual(['could_not_tell', 'faces_not_enabled']);
      expect([driver.reader.calls, driver.images.puts, driver.changes.length, kinds(driver), driver.changes.flatMap(({ links = [], consents = [] }) => [...links, ...consents])]).toEqual([[], 0, 1, [], []]);
      expect(timeline(driver)[0]).toBe('phase documentVerification start');
    }
    const vendors = new Driver({ device: 'mobile', mode: 'live', facesAllowed: false, documents: { capture: 'vendor' } });
    expect((await vendors.settle())?.name).toBe('capture_consent');
  });

  test('no room for a comparison is waited for, and the time of a turn with it', async () => {
    const driver = await atSelfie();
    driver.reader.poseAnswers.push({ kind: 'busy' }, { kind: 'busy' }, { kind: 'busy' }, { kind: 'busy' }, { kind: 'busy' });
    await driver.begin();
    await driver.turn('nobody');
    for (let round = 0; round < 5; round += 1) {
      const page = await driver.settle();
      expect(page?.name).toBe('working');
      driver.now = Number(page?.wakeAt);
    }
    expect((await driver.settle())?.model).toMatchObject({ step: 1, attemptsLeft: 3, problem: 'no_face', endsAt: driver.now + 20_000 });
    expect(driver.now).toBe(START + 30_000);
    for (let turn = 0; turn < 3; turn += 1) {
      if (turn === 2) driver.reader.matches.push({ kind: 'busy' });
      await driver.turn();
      await driver.settle();
    }
    expect([driver.end, driver.state['failures']]).toEqual([undefined, []]);
    driver.now += 1_000;
    await driver.settle();
    expect(driver.end?.outcome).toBe('pass');
  });

  test.each([['timed_out', 'timed_out'], ['crashed', 'broke']] as const)('trouble (%s) once more by itself, then %s', async (kind, outcome) => {
    const once = await atSelfie();
    once.reader.matches.push({ kind });
    await once.selfie();
    const poses = await atSelfie();
    poses.reader.poseAnswers.push({ kind }, { kind });
    await poses.begin();
    await poses.turn();
    await poses.settle();
    const twice = await atSelfie();
    twice.reader.matches.push({ kind }, { kind });
    await twice.selfie();
    expect([once, poses, twice].map(({ end }) => end?.outcome)).toEqual(['pass', outcome, outcome]);
  });

  test('the template is kept only where the workflow looks for faces again', async () => {
    const plain = await atSelfie();
    await plain.selfie();
    const finding = await atSelfie({ documents: { findSameFace: true } });
    await finding.selfie();
    const templates = (driver: Driver): boolean => JSON.stringify(driver.changes).includes('[0.25,0.5]');
    expect([templates(plain), templates(finding)]).toEqual([false, true]);
    expect(plain.changes.at(-1)?.faceSeen).toBeUndefined();
    expect(finding.changes.at(-1)?.faceSeen?.template.open()).toEqual([0.25, 0.5]);
    expect([plain.past.asked.includes('face'), finding.past.asked.includes('face')]).toEqual([false, true]);
  });
});

describe('one picture sent several times', () => {
  const send = async (driver: Driver, names: readonly string[]) => {
    const { model } = await driver.page();
    await driver.send('capture_selfie', { nonce: String(model['nonce']) }, { files: names.map((name) => file('frame', `${String(model['turn'])}:${name}`)) });
    return (await driver.settle())?.model;
  };
  const live = async (): Promise<Driver> => {
    const driver = new Driver({ device: 'mobile', mode: 'live' });
    driver.reader.document = { issuer: 'USA' };
    await driver.document();
    await driver.begin();
    return driver;
  };

  test('is no turn before a live camera, and no engine is asked about it', async () => {
    const driver = await live();
    for (const names of [['a', 'a', 'a'], ['a', 'b', 'a', 'b', 'b']]) {
      expect(await send(driver, names)).toMatchObject({ step: 1, problem: 'not_turned', attemptsLeft: 3 });
    }
    expect(driver.reader.calls).not.toContain('poses');
    // A frame that the camera drew twice costs nobody the turn, as long as there are enough others.
    expect(await send(driver, ['a', 'b', 'b', 'c'])).toMatchObject({ step: 2, problem: undefined });
  });

  test('nor is one of another turn', async () => {
    const driver = await live();
    const { model } = await driver.page();
    await send(driver, ['a', 'b', 'c']);
    const before = ['a', 'b', 'c'].map((name) => file('frame', `${String(model['turn'])}:${name}`));
    await driver.send('capture_selfie', { nonce: String((await driver.page()).model['nonce']) }, { files: before });
    expect((await driver.settle())?.model).toMatchObject({ step: 2, problem: 'not_turned' });
    expect(driver.reader.calls.filter((call) => call === 'poses')).toHaveLength(1);
  });

  test("is noted under test keys, whose specimens' films are stills", async () => {
    const driver = await atSelfie();
    await driver.begin();
    for (let turn = 0; turn < 3; turn += 1) await send(driver, ['a', 'a', 'a']);
    expect(driver.end?.outcome).toBe('pass');
    expect(driver.changes.flatMap(({ events = [] }) => events).find(({ name }) => name === 'liveness')).toMatchObject({ details: { frames: 9, repeats: 6 } });
  });
});
