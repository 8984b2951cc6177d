import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isOutcomeFile, readOutcomeFile } from '../../../src/steps/document_selfie/outcome_file.ts';
import { Driver, ending, file, type DriverOptions } from './driver.ts';

const HERE = { device: 'mobile' } as const;
const YAML = 'application/yaml';
const yaml = (content: object): string => stringify({ sandbox: 1, ...content });
const FACES = { selfie_matches: 'pass', live_person: 'pass' } as const;

async function sent(content: object | string, options: DriverOptions = HERE, type = YAML): Promise<Driver> {
  const driver = new Driver(options);
  await driver.arrive();
  await driver.picture(typeof content === 'string' ? content : yaml(content), type);
  await driver.settle();
  return driver;
}

describe('an outcome file', () => {
  test('with the findings on faces passes without a camera, and says that it is simulated', async () => {
    const driver = await sent({ findings: FACES });
    expect(ending(driver)[0]).toBe('pass');
    expect(driver.reader.calls).toEqual([]);
    expect(driver.end?.evidence?.every(({ simulated }) => simulated)).toBe(true);
    expect(JSON.stringify(driver.changes[2]?.events)).toContain('"simulated":true');
  });

  test.each([
    [{ findings: { ...FACES, not_expired: 'fail' } }, 'fail', 'not_expired'],
    [{ findings: { ...FACES, document_not_reused: 'fail' } }, 'doubtful', 'document_not_reused'],
    [{ findings: { ...FACES, live_person: 'unknown' } }, 'doubtful', 'live_person'],
    [{ findings: FACES, document: { family_name: 'Voss' } }, 'fail', 'name_matches_claim'],
    [{ findings: FACES, document: { expiry_date: '2020-01-31' } }, 'fail', 'not_expired'],
    [{ findings: FACES, answer: 'timed_out' }, 'timed_out', 'reader_timed_out'],
    [{ findings: FACES, answer: 'crashed' }, 'broke', 'reader_crashed'],
    [{ findings: FACES, answer: 'unavailable' }, 'doubtful', 'data_read'],
  ] as const)('%j: %s', async (content, outcome, reason) => {
    expect(ending(await sent(content))).toEqual([outcome, reason]);
  });

  test('without findings on faces leads to the selfie, which has nothing to be compared with', async () => {
    const driver = await sent({});
    expect((await driver.settle())?.name).toBe('capture_selfie');
    await driver.selfie();
    expect(driver.end?.outcome).toBe('doubtful');
  });

  test('in place of a selfie says how faces came out', async () => {
    const driver = new Driver(HERE);
    await driver.document();
    await driver.send('capture_selfie', {}, { files: [file('frame', yaml({ findings: { ...FACES, selfie_matches: 'fail' } }), YAML)] });
    await driver.settle();
    expect(ending(driver)).toEqual(['fail', 'selfie_matches']);
  });

  test('stands for both sides of a licence', async () => {
    const driver = await sent({ findings: FACES }, { ...HERE, documents: { types: ['driving_licence'] } });
    expect((await driver.settle())?.model).toMatchObject({ slot: 'back' });
    await driver.picture(yaml({}), YAML);
    await driver.settle();
    expect(ending(driver)[0]).toBe('pass');
  });

  test('delays', async () => {
    const before = performance.now();
    await sent({ findings: FACES, delay_seconds: 0.2 });
    expect(performance.now() - before).toBeGreaterThan(190);
  });
});

describe('an outcome file under live keys', () => {
  test.each([YAML, 'text/plain', 'application/octet-stream', ''])('is refused as such, unread: %j', async (type) => {
    const driver = new Driver({ ...HERE, mode: 'live' });
    await driver.arrive();
    expect(await driver.picture(yaml({ findings: FACES }), type)).toEqual({ kind: 'invalid', errors: { picture: 'yaml_refused' } });
    expect([driver.reader.calls, driver.end]).toEqual([[], undefined]);
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 3 });
  });

  test('is refused in place of a selfie too', async () => {
    const driver = new Driver({ ...HERE, mode: 'live' });
    driver.reader.document = { issuer: 'USA' };
    await driver.document();
    expect(await driver.send('capture_selfie', {}, { files: [file('frame', yaml({ findings: FACES }), YAML)] })).toEqual({ kind: 'invalid', errors: { frame: 'yaml_refused' } });
  });

  test('disguised as a picture goes the way of every picture', async () => {
    const driver = new Driver({ ...HERE, mode: 'live' });
    await driver.arrive();
    driver.reader.intakes.push({ kind: 'refused', code: 'image_format' });
    expect(await driver.picture(yaml({ findings: FACES }), 'image/jpeg')).toEqual({ kind: 'invalid', errors: { picture: 'image_format' } });
  });
});

describe('what is no outcome file', () => {
  test.each([
    ['no mark', 'findings: { live_person: pass }'],
    ['another version', 'sandbox: 2'],
    ['an unknown key', 'sandbox: 1\noutcome: pass'],
    ['an unknown check', 'sandbox: 1\nfindings: { everything: pass }'],
    ['an unknown status', 'sandbox: 1\nfindings: { live_person: yes }'],
    ['a long delay', 'sandbox: 1\ndelay_seconds: 11'],
    ['an endless delay', 'sandbox: 1\ndelay_seconds: .inf'],
    ['an alias', 'sandbox: 1\ndocument: &a { family_name: &b X, given_name: *b }'],
    ['a tag', 'sandbox: 1\ndocument: !!js/function "x"'],
    ['a custom tag', 'sandbox: !thing 1'],
    ['a key twice', 'sandbox: 1\nsandbox: 1'],
    ['two documents', 'sandbox: 1\n---\nsandbox: 1'],
    ['a list', '- sandbox: 1'],
    ['a prototype', 'sandbox: 1\n__proto__: { document: {} }'],
    ['no YAML', 'sandbox: [1'],
    ['nothing', ''],
    ['too much', `sandbox: 1\n# ${'x'.repeat(17_000)}`],
  ])('%s', (_name, text) => {
    expect(readOutcomeFile(file('picture', text, YAML))).toBeUndefined();
  });

  test('bytes that are no UTF-8', () => {
    expect(readOutcomeFile(file('picture', new Uint8Array([0x73, 0xff, 0xfe]), YAML))).toBeUndefined();
  });

  test.each([['image/jpeg', 'sandbox: 1', false], ['text/yaml; charset=utf-8', 'x', true], ['application/octet-stream', 'sandbox: 1', true], ['application/octet-stream', '\u00ff\u00d8', false]])('%s %j: %s', (type, text, expected) => {
    expect(isOutcomeFile(file('picture', text, type))).toBe(expected);
  });

  test('is told so and counts as no attempt', async () => {
    const driver = new Driver(HERE);
    await driver.arrive();
    expect(await driver.picture('sandbox: 2', YAML)).toEqual({ kind: 'invalid', errors: { picture: 'yaml_refused' } });
    expect((await driver.settle())?.model).toMatchObject({ attemptsLeft: 3 });
  });
});
