import { describe, expect, test } from 'vitest';
import { captureDevice, documentEvidence, faceMatchEvidence, livenessEvidence } from '../../../src/journey/document_evidence.ts';
import { identityKey } from '../../../src/journey/binding.ts';
import { ADDRESS, Driver, ending, kinds, MOBILE_NUMBER, START, timeline, type DriverOptions } from './driver.ts';
import { NUMBER, PERSON, safe, sound } from './fakes.ts';

const HERE = { device: 'mobile' } as const;

async function through(options: DriverOptions = HERE, told: (driver: Driver) => void = () => undefined): Promise<Driver> {
  const driver = new Driver(options);
  told(driver);
  await driver.document();
  if ((await driver.settle()) !== undefined) await driver.selfie();
  return driver;
}

describe('a pass', () => {
  test('leaves document, face, liveness and device as evidence, in their shapes', async () => {
    const driver = await through();
    expect(ending(driver)).toEqual(['pass', 'document_checks_passed']);
    expect(kinds(driver)).toEqual(['document', 'face_match', 'liveness', 'capture_device']);
    const [document, face, liveness, device] = (driver.end?.evidence ?? []).map(({ data }) => data.open());
    expect(documentEvidence.parse(document)).toMatchObject({ documents: [{ number: NUMBER, issuer: 'UTO', method: 'mrz' }], reader: { name: 'gatehouse' }, authenticity: 'not_verified', at: driver.now });
    expect(faceMatchEvidence.parse(face)).toEqual({ distance: 0.4, threshold: 0.55, method: 'face_embedding' });
    expect(livenessEvidence.parse(liveness)).toEqual({ method: 'head_turn', frames: 9, certified: false });
    expect(captureDevice.parse(device)).toMatchObject({ handover: 'here', numberTransfer: false, address: ADDRESS, device: 'mobile' });
    expect(driver.end?.evidence?.every(({ simulated }) => simulated)).toBe(true);
    expect(identityKey(driver.end?.evidence ?? [])?.open()).toContain(NUMBER);
  });

  test('sets the clock of every picture, remembers the document, and keeps nothing else', async () => {
    const driver = await through({ ...HERE, documents: { imageHours: 2 } });
    const change = driver.changes.at(-1);
    expect(change?.images).toEqual({ ids: 'all', deleteAt: driver.now + 2 * 3_600_000 });
    expect(change?.documentSeen?.document.open()).toBe(JSON.stringify(['UTO', 'passport', NUMBER]));
    expect(driver.state).toMatchObject({ documents: [] });
    expect(JSON.stringify(driver.state)).not.toContain(NUMBER);
    expect(timeline(driver).slice(-2)).toEqual(['label document_verification success', 'phase documentVerification next']);
  });

  test('by a message that was answered shows that the phone is held; by a code it does not', async () => {
    const sms = new Driver();
    await sms.settle();
    await sms.send('document_handover', { action: 'sms' });
    await sms.settle();
    await sms.claim({}, undefined, sms.sent[0]?.link.open().split('/l/')[1]);
    await sms.consent();
    await sms.picture();
    await sms.settle();
    await sms.selfie();
    const possession = sms.end?.evidence?.find(({ kind }) => kind === 'phone_possession')?.data.open();
    expect(possession).toEqual({ phone: MOBILE_NUMBER, confirmedAt: START, numberTransfer: true });
    const qr = await through({});
    expect([kinds(sms), kinds(qr)].map((all) => all.includes('phone_possession'))).toEqual([true, false]);
    const handover = (driver: Driver) => captureDevice.parse(driver.end?.evidence?.find(({ kind }) => kind === 'capture_device')?.data.open()).handover;
    expect([handover(sms), handover(qr)]).toEqual(['sms', 'qr']);
  });
});

describe('no pass', () => {
  test('an expired document fails, and its data is a mere attempt', async () => {
    const driver = await through(HERE, ({ reader }) => { reader.document = { expiry_date: '2020-01-31' }; });
    expect(ending(driver)).toEqual(['fail', 'not_expired']);
    expect(kinds(driver)).toEqual(['document_attempt']);
    expect(driver.end?.evidence?.[0]?.data.open()).toMatchObject({ documents: [{ number: NUMBER }], device: { handover: 'here', address: ADDRESS }, phoneAnswered: false });
    expect(driver.changes.at(-1)).not.toHaveProperty('documentSeen');
    expect(timeline(driver)).toContain('block documentChecks fail not_expired');
  });

  test("another person's document fails", async () => {
    const driver = await through(HERE, ({ reader }) => { reader.document = { family_name: 'Voss' }; });
    expect(ending(driver)).toEqual(['fail', 'name_matches_claim']);
  });

  test('under live keys an invented issuer fails, and evidence is not called simulated', async () => {
    const driver = await through({ ...HERE, mode: 'live' });
    expect(driver.end?.outcome).toBe('fail');
    expect(driver.end?.reasons.map(({ code }) => code)).toContain('not_a_specimen');
    expect(driver.reader.calls).toEqual(['intake', 'readSide']);
    const real = await through({ ...HERE, mode: 'live' }, ({ reader }) => { reader.document = { issuer: 'USA' }; });
    expect(ending(real)[0]).toBe('pass');
    expect(real.end?.evidence?.some(({ simulated }) => simulated)).toBe(false);
  });

  test('a document that another person came with is doubted; the past is asked before the judgement', async () => {
    const driver = await through(HERE, ({ past }) => { past.others = 1; });
    expect(ending(driver)).toEqual(['doubtful', 'document_not_reused']);
    expect(driver.past.asked[0]).toBe(JSON.stringify(['UTO', 'passport', NUMBER]));
    // Specimens are everybody's: of those, the name tells people apart.
    expect(driver.past.asked[1]).toBe(JSON.stringify(['roshell', 'andrew', PERSON.birthDate]));
    expect(driver.changes.at(-1)?.documentSeen?.person.open()).toBe(driver.past.asked[1]);
  });

  test.each([
    ["the application's own name for them", { credential: 'user-7' }, ['credential', 'w', 'user-7']],
    ['the phone that they claim', {}, ['phone', MOBILE_NUMBER]],
    ['the name on the document', { claimed: false }, ['roshell', 'andrew', PERSON.birthDate]],
  ] as const)('of a real document users are told apart by %s', async (_what, options, person) => {
    const driver = await through({ ...HERE, mode: 'live', ...options }, ({ reader }) => { reader.document = { issuer: 'USA' }; });
    expect(ending(driver)[0]).toBe('pass');
    expect(driver.past.asked).toEqual([JSON.stringify(['USA', 'passport', NUMBER]), JSON.stringify(person)]);
    expect(driver.changes.at(-1)?.documentSeen?.person.open()).toBe(JSON.stringify(person));
  });

  test('a face that came under another identity is doubted, where the workflow asks', async () => {
    const driver = await through({ ...HERE, documents: { findSameFace: true } }, ({ past }) => { past.nearest = 0.2; });
    expect(ending(driver)).toEqual(['doubtful', 'face_not_seen_elsewhere']);
    expect([driver.changes.at(-1)?.documentSeen !== undefined, driver.changes.at(-1)?.faceSeen]).toEqual([true, undefined]);
  });

  test('a file that an editor wrote is doubted', async () => {
    const driver = await through(HERE, ({ reader }) => { reader.intakes.push({ kind: 'done', value: safe(new Uint8Array([1]), [], 'Editor') }); });
    expect(ending(driver)).toEqual(['doubtful', 'not_edited']);
  });

  test('two documents must be of one person', async () => {
    const dual = { ...HERE, documents: { dual: true, types: ['passport', 'identity_card'] } } as const satisfies DriverOptions;
    const driver = new Driver(dual);
    await driver.arrive();
    await driver.send('capture_choose', { type: 'passport' });
    await driver.picture();
    await driver.settle();
    driver.reader.document = { family_name: 'Voss' };
    await driver.picture();
    await driver.settle();
    await driver.picture();
    await driver.settle();
    expect(driver.end?.outcome).toBe('fail');
    expect(driver.end?.reasons.map(({ code }) => code)).toContain('documents_agree');
    expect(driver.reader.calls).not.toContain('poses');
  });

  test('a document that is plainly refused ends it: no selfie, and no second document, is asked for', async () => {
    for (const documents of [{}, { dual: true, types: ['passport', 'identity_card'] }] satisfies DriverOptions['documents'][]) {
      const driver = new Driver({ ...HERE, documents });
      await driver.arrive();
      if ('dual' in documents) await driver.send('capture_choose', { type: 'passport' });
      driver.reader.document = { expiry_date: '2020-01-31' };
      await driver.picture();
      await driver.settle();
      expect(ending(driver)).toEqual(['fail', 'not_expired']);
      expect(driver.end?.reasons.map(({ code }) => code)).toEqual(['not_expired']);
      expect(driver.changes.flatMap(({ events = [] }) => events.map(({ name }) => name))).not.toContain('liveness');
    }
  });

  test.each([['required', 'fail'], ['review', undefined], ['retry', 'fail']] as const)('what is %s and wrong before the selfie: %s', async (mode, outcome) => {
    const driver = new Driver({ ...HERE, documents: { checks: { not_expired: mode } } });
    await driver.arrive();
    driver.reader.document = { expiry_date: '2020-01-31' };
    await driver.picture();
    await driver.settle();
    expect(driver.end?.outcome).toBe(outcome);
  });
});

describe('what a new picture can mend', () => {
  test('is asked for again before the selfie, for that side only', async () => {
    const driver = new Driver({ ...HERE, documents: { types: ['driving_licence'], checks: { data_read: 'retry' } } });
    await driver.arrive();
    const front = sound({ side: 'front', type: 'driving_licence' });
    driver.reader.readings.push({ kind: 'done', value: { ...front, faces: { kind: 'read', value: [], confidence: 1 } } });
    await driver.picture();
    expect((await driver.settle())?.model).toMatchObject({ slot: 'front', attemptsLeft: 2 });
    expect(driver.reader.wanted.map(({ side }) => side)).toEqual(['front']);
  });

  test('comes before a plain no of what is to be tried again', async () => {
    const driver = new Driver({ ...HERE, documents: { attempts: 2 } });
    await driver.arrive();
    const bare = { ...sound({ side: 'front', type: 'passport' }), faces: { kind: 'read', value: [], confidence: 1 } } as const;
    driver.reader.readings.push({ kind: 'done', value: bare }, { kind: 'done', value: bare });
    await driver.picture();
    expect((await driver.settle())?.model).toMatchObject({ slot: 'front', attemptsLeft: 1, problem: 'no_portrait' });
    await driver.picture();
    await driver.settle();
    expect(ending(driver)).toEqual(['fail', 'portrait_present']);
  });
});

describe('personal data', () => {
  test('stands in no event, reason, page or consent', async () => {
    for (const told of [() => undefined, ({ reader }: Driver) => { reader.document = { expiry_date: '2020-01-31' }; }]) {
      const driver = await through({}, told);
      const told2 = JSON.stringify([driver.changes.map(({ events, consents, delivered }) => [events, consents, delivered]), driver.end?.reasons, driver.end?.events]);
      for (const secret of [PERSON.familyName, PERSON.givenName, PERSON.birthDate, NUMBER, MOBILE_NUMBER, ADDRESS]) {
        expect(told2.toLowerCase()).not.toContain(secret.toLowerCase());
      }
    }
  });

  test('the desktop never sees more than a stage', async () => {
    const driver = new Driver({});
    const pages: string[] = [];
    await driver.settle();
    await driver.claim();
    for (const act of [() => driver.consent(), () => driver.picture(), () => driver.begin(), () => driver.turn(), () => driver.turn()]) {
      await act();
      pages.push(JSON.stringify(await driver.settle()));
    }
    expect(pages.every((page) => page.includes('document_following'))).toBe(true);
    expect(pages.join()).not.toMatch(/nonce|turn|Roshell|X1234567|image-/);
  });
});
