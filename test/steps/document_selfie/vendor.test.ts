import { describe, expect, test } from 'vitest';
import { documentEvidence } from '../../../src/journey/document_evidence.ts';
import { identityKey } from '../../../src/journey/binding.ts';
import { vendorLinkHash } from '../../../src/steps/document_selfie/index.ts';
import { PHONE } from '../../support/devices.ts';
import { Driver, ending, hashOf, kinds, ORIGIN, START, timeline, type DriverOptions } from './driver.ts';
import { answered, finished, TROUBLE } from './fakes.ts';

const HOSTED = { device: 'mobile', documents: { capture: 'vendor' } } as const satisfies DriverOptions;

async function started(options: DriverOptions = HOSTED): Promise<Driver> {
  const driver = new Driver(options);
  await driver.arrive();
  return driver;
}

const check = (driver: Driver) => driver.send('capture_vendor', { action: 'check' });

describe("the vendor's hosted capture", () => {
  test('is started after consent and not before', async () => {
    const driver = new Driver(HOSTED);
    await driver.settle();
    expect(driver.vendor.calls).toEqual([]);
    await driver.consent();
    expect(await driver.settle()).toMatchObject({ name: 'capture_vendor', wakeAt: START + 5_000, model: { url: 'https://vendor.example/capture', vendor: 'fake_documents', waiting: false } });
    expect(driver.vendor.calls).toEqual([`start j.document_selfie.${START} ${ORIGIN}/interaction/u`]);
    expect(driver.changes.at(-1)?.links).toEqual([{ tokenHash: vendorLinkHash(hashOf, 'fake_documents', driver.state['vendor'].sessionId), expiresAt: START + 4_200_000 }]);
  });

  test('leads a phone that claimed back to its capture', async () => {
    const driver = await started({ documents: { capture: 'vendor' } });
    expect(driver.vendor.calls[0]).toMatch(`${ORIGIN}/capture`);
    expect([(await driver.settle())?.name, driver.phonePage()?.name]).toEqual(['document_following', 'capture_vendor']);
  });

  test('started and pending count for nothing; it is asked again at growing distances', async () => {
    const driver = await started();
    const pauses: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      driver.now = driver.state['vendor'].askAt;
      await driver.settle();
      pauses.push((driver.state['vendor'].askAt - driver.now) / 1000);
    }
    expect(pauses).toEqual([10, 20, 40, 80, 120, 120, 120]);
    expect(driver.end).toBeUndefined();
  });

  test('the return of the person makes it worth asking, not more', async () => {
    const driver = await started();
    await check(driver);
    expect((await driver.settle())?.model).toMatchObject({ waiting: true });
    expect(driver.vendor.calls).not.toContain('result');
    driver.now += 2_000;
    await driver.settle();
    expect(driver.vendor.calls.at(-1)).toBe('result');
    expect(driver.end).toBeUndefined();
  });

  test('a notice finds the journey by its session, and only asks', async () => {
    const driver = await started();
    const session = `vendor:fake_documents:${driver.state['vendor'].sessionId}`;
    const sender = { token: session };
    expect(driver.step.phonePage?.(driver.view(), hashOf(session))?.name).toBe('capture_vendor');
    expect(await driver.send('capture_vendor', { action: 'cannot' }, { sender })).toEqual({ kind: 'invalid', errors: { action: 'required' } });
    driver.now += 3_000;
    driver.vendor.results.push(answered(finished()));
    expect((await driver.send('capture_vendor', { action: 'check' }, { sender, device: PHONE })).kind).toBe('change');
    await driver.settle();
    expect(ending(driver)[0]).toBe('pass');
  });

  test('a notice that comes twice, or when asking is due anyway, moves nothing twice', async () => {
    const driver = await started();
    const sender = { token: `vendor:fake_documents:${driver.state['vendor'].sessionId}` };
    await check(driver);
    const kept = driver.state;
    await driver.send('capture_vendor', { action: 'check' }, { sender });
    expect(driver.state).toBe(kept);
    driver.now += 60_000;
    expect(await driver.send('capture_vendor', { action: 'check' }, { sender })).toEqual({ kind: 'change', change: {} });
    expect(await driver.send('capture_vendor', { action: 'check' }, { sender: { token: 'vendor:fake_documents:other' } })).toEqual({ kind: 'invalid', errors: {} });
  });

  test('a pass leaves evidence that names the vendor', async () => {
    const driver = await started();
    driver.now += 5_000;
    driver.vendor.results.push(answered(finished()));
    await driver.settle();
    expect(ending(driver)[0]).toBe('pass');
    expect(kinds(driver)).toEqual(['document', 'face_match', 'liveness', 'capture_device']);
    expect(documentEvidence.parse(driver.end?.evidence?.[0]?.data.open())).toMatchObject({ reader: { name: 'fake_documents' }, authenticity: 'verified_by_vendor' });
    expect(identityKey(driver.end?.evidence ?? [])).toBeDefined();
    expect([driver.reader.calls, timeline(driver)]).toEqual([[], expect.arrayContaining(['block documentVendor success finished', 'block documentVendor success'])]);
  });

  test.each([
    ['its word alone', finished({ document: undefined }), 'doubtful'],
    ['a failing finding', finished({ findings: [{ code: 'selfie_matches', status: 'fail' }, { code: 'portrait_present', status: 'pass' }] }), 'fail'],
    ['no liveness', finished({ liveness: undefined }), 'doubtful'],
    ['no comparison of faces', finished({ findings: [] }), 'doubtful'],
    ['a fail', finished({ verdict: 'fail' }), 'fail'],
    ['a doubt', finished({ verdict: 'doubt' }), 'doubtful'],
    ['an expired document', finished({ document: finished().document?.map((one) => ({ ...one, expiryDate: '2020-01-31' })) }), 'fail'],
  ])('%s approves nobody', async (_name, result, outcome) => {
    const driver = await started();
    driver.now += 5_000;
    driver.vendor.results.push(answered(result));
    await driver.settle();
    expect(driver.end?.outcome).toBe(outcome);
    expect(kinds(driver)).not.toContain('document');
  });

  test.each([['timed_out', 'timed_out'], ['broke', 'broke']] as const)('trouble (%s): three times in a row', async (kind, outcome) => {
    const driver = await started();
    driver.vendor.results.push(TROUBLE[kind], TROUBLE[kind], answered({ kind: 'pending' }), TROUBLE[kind], TROUBLE[kind]);
    for (let round = 0; round < 5; round += 1) {
      driver.now = driver.state['vendor'].askAt;
      await driver.settle();
    }
    expect(driver.end).toBeUndefined();
    driver.vendor.results.push(TROUBLE[kind]);
    driver.now = driver.state['vendor'].askAt;
    await driver.settle();
    expect(driver.end?.outcome).toBe(outcome);
  });

  test.each([['not_configured', 'could_not_tell', 'vendor_not_configured'], ['could_not_tell', 'could_not_tell', 'not_covered']] as const)('%s at the start', async (kind, outcome, reason) => {
    const driver = new Driver(HOSTED);
    driver.vendor.starts.push(TROUBLE[kind]);
    await driver.arrive();
    expect(ending(driver)).toEqual([outcome, reason]);
  });

  test('a session that ran out timed out; a start that fails is tried again with the same reference', async () => {
    const driver = new Driver(HOSTED);
    driver.vendor.starts.push(TROUBLE.broke, TROUBLE.timed_out);
    await driver.arrive();
    for (const pause of [5_000, 10_000]) {
      expect(await driver.settle()).toMatchObject({ name: 'working', wakeAt: driver.now + pause });
      driver.now += pause;
    }
    await driver.settle();
    expect(new Set(driver.vendor.calls).size).toBe(1);
    expect(driver.vendor.calls).toHaveLength(3);
    driver.now += 5_000;
    driver.vendor.results.push(answered({ kind: 'expired' }));
    await driver.settle();
    expect(ending(driver)).toEqual(['timed_out', 'vendor_session_expired']);
  });

  test('a start that fails three times in a row ends it', async () => {
    const driver = new Driver(HOSTED);
    driver.vendor.starts.push(TROUBLE.broke, TROUBLE.broke, TROUBLE.timed_out);
    await driver.arrive();
    for (let round = 0; round < 2; round += 1) {
      driver.now += 10_000;
      await driver.settle();
    }
    expect(ending(driver)).toEqual(['timed_out', 'vendor_timed_out']);
  });

  test('another phone gets another session; the word on the former one says nothing', async () => {
    const driver = await started({ documents: { capture: 'vendor' } });
    const former = { token: `vendor:fake_documents:${driver.state['vendor'].sessionId}` };
    driver.now += 1_000;
    await driver.send('document_following', { action: 'other_phone' }, { sender: 'browser' });
    expect(driver.state).not.toHaveProperty('vendor');
    driver.token = '';
    driver.now += 60_000;
    await driver.claim();
    expect(driver.phonePage()?.name).toBe('capture_consent');
    await driver.consent();
    await driver.settle();
    expect(driver.vendor.calls.map((call) => call.split(' ')[0])).toEqual(['start', 'start']);
    expect(new Set(driver.vendor.calls).size).toBe(2);
    expect(await driver.send('capture_vendor', { action: 'check' }, { sender: former })).toEqual({ kind: 'invalid', errors: {} });
  });

  test('two answers to one question count once', async () => {
    const driver = await started();
    driver.now += 5_000;
    const [one, other] = [await driver.ask(), await driver.ask()];
    one();
    const changes = driver.changes.length;
    other();
    expect(driver.changes.length).toBe(changes);
  });
});

describe('our own reading, then the vendor', () => {
  const BOTH = { device: 'mobile', documents: { capture: 'own_then_vendor', imageHours: 1 } } as const satisfies DriverOptions;

  async function captured(told: (driver: Driver) => void = () => undefined): Promise<Driver> {
    const driver = new Driver(BOTH);
    told(driver);
    await driver.document();
    await driver.selfie();
    return driver;
  }

  test('hands over what passed, and waits for the word', async () => {
    const driver = await captured();
    expect(driver.end).toBeUndefined();
    expect(await driver.settle()).toMatchObject({ name: 'capture_vendor', model: { url: '', waiting: true } });
    expect(driver.vendor.calls.map((one) => one.split(' ')[0])).toEqual(['start', 'upload']);
    expect(driver.vendor.calls[1]).toBe('upload 1+3');
    driver.now += 5_000;
    driver.vendor.results.push(answered(finished()));
    await driver.settle();
    expect(ending(driver)[0]).toBe('pass');
    expect(documentEvidence.parse(driver.end?.evidence?.[0]?.data.open())).toMatchObject({ reader: { name: 'gatehouse+fake_documents' }, authenticity: 'verified_by_vendor' });
    expect([...driver.images.kept.values()].every(({ deleteAt }) => deleteAt === driver.now + 3_600_000)).toBe(true);
  });

  test('what failed with us never reaches the vendor', async () => {
    const driver = await captured(({ reader }) => { reader.matches.push({ distance: 0.8 }); });
    expect([driver.end?.outcome, driver.vendor.calls]).toEqual(['fail', []]);
  });

  test.each([
    ['a fail', finished({ verdict: 'fail' }), 'fail'],
    ['a doubt', finished({ verdict: 'doubt' }), 'doubtful'],
    ['another number', finished({ document: finished().document?.map((one) => ({ ...one, number: 'Z999' })) }), 'doubtful'],
    ['another issuer', finished({ document: finished().document?.map((one) => ({ ...one, issuer: 'FRA' })) }), 'fail'],
    ['another type', finished({ document: finished().document?.map((one) => ({ ...one, type: 'identity_card' as const })) }), 'fail'],
    ['a birth date that it does not say', finished({ document: finished().document?.map((one) => ({ ...one, birthDate: '' })) }), 'doubtful'],
  ])('%s of the vendor counts', async (_name, result, outcome) => {
    const driver = await captured();
    driver.now += 5_000;
    driver.vendor.results.push(answered(result));
    await driver.settle();
    expect(driver.end?.outcome).toBe(outcome);
    // What somebody came with is remembered unless it was plainly refused.
    expect(driver.changes.at(-1)?.documentSeen !== undefined).toBe(outcome === 'doubtful');
  });

  test('an upload that fails is sent again', async () => {
    const driver = await captured(({ vendor }) => { vendor.uploads.push(TROUBLE.timed_out); });
    expect(await driver.settle()).toMatchObject({ name: 'working', wakeAt: driver.now + 5_000 });
    driver.now += 5_000;
    await driver.settle();
    expect(driver.vendor.calls.filter((one) => one.startsWith('upload'))).toHaveLength(2);
    expect(driver.state['vendor'].uploaded).toBe(true);
  });
});
