import { describe, expect, test } from 'vitest';
import { Driver, ending, kinds, START, timeline } from './driver.ts';
import { sound } from './fakes.ts';

async function arrived(): Promise<Driver> {
  const driver = new Driver({ device: 'mobile' });
  await driver.arrive();
  return driver;
}

describe('trouble of the reader', () => {
  test.each([['timed_out', 'timed_out'], ['crashed', 'broke']] as const)('%s: once more by itself, then %s', async (kind, outcome) => {
    const driver = await arrived();
    driver.reader.readings.push({ kind }, null);
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
    expect(driver.state['trouble']).toBeUndefined();

    const twice = await arrived();
    twice.reader.readings.push({ kind }, { kind });
    await twice.picture();
    await twice.settle();
    expect(ending(twice)).toEqual([outcome, `reader_${kind}`]);
    expect(kinds(twice)).toEqual([]);
  });

  test('no room is no failure: it is asked again at growing distances, for as long as the journey lives, and told while they grow', async () => {
    const driver = await arrived();
    driver.reader.readings.push(...Array.from({ length: 8 }, () => ({ kind: 'busy' }) as const));
    await driver.picture();
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      const page = await driver.settle();
      expect(page?.name).toBe('working');
      expect(await driver.picture('another')).toEqual({ kind: 'invalid', errors: {} });
      pauses.push(Number(page?.wakeAt) - driver.now);
      driver.now = Number(page?.wakeAt) - 1;
      expect(driver.task()).toBeUndefined();
      driver.now += 1;
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
    expect((await driver.settle())?.name).toBe('capture_selfie');
    expect(timeline(driver).filter((line) => line === 'block documentRead fail busy')).toHaveLength(5);
    expect(driver.state['failures']).toEqual([]);
  });

  test('failures of the very job still count between the tries of one that found no room', async () => {
    const driver = await arrived();
    driver.reader.readings.push({ kind: 'crashed' }, { kind: 'busy' }, { kind: 'crashed' });
    await driver.picture();
    expect((await driver.settle())?.name).toBe('working');
    driver.now += 1_000;
    await driver.settle();
    expect(ending(driver)).toEqual(['broke', 'reader_crashed']);
  });

  test('a phone that was handed over to, and the desktop, wait for room on their own pages', async () => {
    const driver = new Driver();
    await driver.arrive();
    driver.reader.readings.push({ kind: 'busy' });
    await driver.picture();
    expect(await driver.settle()).toMatchObject({ name: 'document_following', model: { stage: 'reading' }, wakeAt: START + 1_000 });
    expect(driver.phonePage()).toMatchObject({ name: 'document_following', wakeAt: START + 1_000 });
  });

  test('an answer that comes while another process was told to wait is taken', async () => {
    const driver = await arrived();
    await driver.picture();
    const late = await driver.ask();
    driver.reader.readings.push({ kind: 'busy' });
    await driver.work();
    late();
    expect((await driver.settle())?.name).toBe('capture_selfie');
  });

  test.each([['a number that is none', { recapture: { screenPeak: Infinity, saturation: 0.5 } }], ['a key that nobody knows', { more: 1 }]])('a reading with %s is one that failed, not one that shuts the journey', async (_what, odd) => {
    const driver = await arrived();
    const reading = { ...sound({ side: 'front', type: 'passport' }), ...odd };
    driver.reader.readings.push({ kind: 'done', value: reading }, null);
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
    expect(timeline(driver)).toContain('block documentRead fail crashed');
  });

  test('an engine that is not there is neither a yes nor a no', async () => {
    const driver = await arrived();
    driver.reader.readings.push({ kind: 'unavailable', engine: 'mrz', why: 'self_test_failed' });
    await driver.picture();
    expect((await driver.settle())?.name).toBe('capture_selfie');
    await driver.selfie();
    expect(driver.end?.outcome).toBe('doubtful');
  });

  test('a picture that is gone breaks the step, and passes nobody', async () => {
    const driver = await arrived();
    await driver.picture();
    driver.images.kept.clear();
    await driver.settle();
    expect(ending(driver)).toEqual(['broke', 'reader_picture_gone']);
  });
});
