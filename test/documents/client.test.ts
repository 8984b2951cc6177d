/** The processes behind the door: what becomes of jobs, and of the process, when things go wrong. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import type { ReaderOptions } from '../../src/documents/client.ts';
import type { ReaderSettings } from '../../src/documents/reader.ts';
import { ROOT } from '../support/process.ts';
import { blackPng, readerFor, residentBytes, runs, slowPicture, type TestReader } from './support.ts';

let slow: Buffer;
const small = blackPng(300, 300);
let open: TestReader[] = [];

beforeAll(async () => {
  slow = await slowPicture();
});
afterEach(async () => {
  await Promise.all(open.map(({ reader }) => reader.close()));
  open = [];
});

function openReader(settings: Partial<ReaderSettings> = {}, options: ReaderOptions = {}): TestReader {
  const made = readerFor(settings, options);
  open.push(made);
  return made;
}

async function until(condition: () => boolean, milliseconds = 30_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await sleep(10);
  }
}

const events = ({ said }: TestReader): readonly unknown[] => said.map(({ fields }) => fields['event']);

describe('a job that goes wrong takes nothing else with it', () => {
  test('a process killed over a job: that job has crashed, those waiting are done by the next process', async () => {
    const one = openReader();
    await one.ready();
    const first = one.pid();
    const answers = [one.reader.intake(slow), one.reader.intake(small), one.reader.intake(small)];
    await sleep(100);
    process.kill(first, 'SIGKILL');
    expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(['crashed', 'done', 'done']);
    expect(one.pid()).not.toBe(first);
    expect(runs(first)).toBe(false);
  });

  test('a job over its time: it is told so at once, and its process is gone', async () => {
    const one = openReader({ jobMs: 250 });
    await one.ready();
    const first = one.pid();
    const begin = performance.now();
    expect(await one.reader.intake(slow)).toEqual({ kind: 'timed_out' });
    expect(performance.now() - begin).toBeLessThan(one.reader.longestMs + 10_000);
    await until(() => !runs(first));
    // The next process works; that it does within a quarter of a second is more than a busy machine promises.
    await one.ready();
    expect(one.pid()).not.toBe(first);
  });

  test('a job over the memory limit: the process ends itself, and the next one works', async () => {
    const usual = openReader();
    await usual.ready();
    const mostMemory = Math.round(residentBytes(usual.pid()) + 40e6);
    const one = openReader({ mostMemory });
    await one.ready();
    const first = one.pid();
    expect(await one.reader.intake(slow)).toEqual({ kind: 'crashed' });
    expect((await one.reader.intake(small)).kind).toBe('done');
    expect(runs(first)).toBe(false);
  });

  test('a process that has come close to its limit is replaced between two jobs', async () => {
    const usual = openReader();
    await usual.ready();
    const one = openReader({ mostMemory: Math.round(residentBytes(usual.pid()) * 1.15) });
    const answers = [small, small, small].map((bytes) => one.reader.intake(bytes));
    expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(events(one).filter((event) => event === 'reader_replaced')).toHaveLength(3);
  });

  test('a process that dies with nothing to do is replaced', async () => {
    const one = openReader();
    await one.ready();
    const first = one.pid();
    process.kill(first, 'SIGKILL');
    await until(() => one.pid() !== first);
    expect((await one.reader.intake(small)).kind).toBe('done');
  });

  test('one that cannot start is tried again at growing intervals, and jobs are answered meanwhile', async () => {
    const one = openReader({ mostMemory: 1024 * 1024, jobMs: 1200 });
    const begin = performance.now();
    expect(await one.reader.intake(small)).toEqual({ kind: 'busy' });
    expect(performance.now() - begin).toBeLessThan(one.reader.longestMs + 10_000);
    const starts = (): number => events(one).filter((event) => event === 'reader_started').length;
    await until(() => starts() >= 2);
    await sleep(3000);
    expect(starts()).toBeLessThanOrEqual(8);
  });
});

describe('the queue', () => {
  test('is first come first served, and says busy when full', async () => {
    const one = openReader({ mostWaiting: 2 });
    await one.ready();
    const order: number[] = [];
    const sent = [slow, small, small, small].map((bytes, index) => one.reader.intake(bytes).then((answer) => {
      order.push(index);
      return answer.kind;
    }));
    expect(await Promise.all(sent)).toEqual(['done', 'done', 'done', 'busy']);
    expect(order).toEqual([3, 0, 1, 2]);
  });

  test('a job that waits too long is told so, within the promised time', async () => {
    const one = openReader({ jobMs: 300 });
    await one.ready();
    const begin = performance.now();
    const kinds = await Promise.all([slow, slow, slow, slow].map(async (bytes) => (await one.reader.intake(bytes)).kind));
    // One was looked at and took too long; the others came to nothing for want of room.
    expect(kinds).toEqual(['timed_out', 'busy', 'busy', 'busy']);
    expect(performance.now() - begin).toBeLessThan(one.reader.longestMs + 10_000);
  });

  test('two processes work side by side', async () => {
    const two = openReader({ processes: 2 });
    await two.ready();
    await until(() => events(two).filter((event) => event === 'reader_started').length === 2);
    const overtakes = async (): Promise<boolean> => {
      const order: string[] = [];
      await Promise.all([two.reader.intake(slow).then(() => order.push('slow')), two.reader.intake(small).then(() => order.push('small'))]);
      return order[0] === 'small';
    };
    // The second may still be starting when the first is ready.
    expect((await overtakes()) || (await overtakes()) || (await overtakes())).toBe(true);
  });
});

describe('start and end', () => {
  test('on first use, no process runs before', async () => {
    const one = openReader({}, { start: 'first_use' });
    expect(one.said).toEqual([]);
    expect((await one.reader.intake(small)).kind).toBe('done');
    expect(events(one)).toEqual(['reader_started']);
  });

  test('closing ends the process; jobs under way and waiting are answered, later ones refused', async () => {
    const one = openReader();
    await one.ready();
    const pid = one.pid();
    const answers = [one.reader.intake(slow), one.reader.intake(small)];
    await one.reader.close();
    expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(['crashed', 'busy']);
    expect(runs(pid)).toBe(false);
    expect((await one.reader.intake(small)).kind).toBe('busy');
  });

  test('closing while it starts leaves nothing behind', async () => {
    const one = openReader();
    const pid = one.pid();
    await one.reader.close();
    expect(runs(pid)).toBe(false);
  });

  test('the gateway killed: its reading process ends by itself, in the middle of a job', async () => {
    const code = `
      import sharp from 'sharp';
      const { startDocumentReader } = await import('./src/documents/client.ts');
      const { DEFAULT_READER } = await import('./src/documents/reader.ts');
      const slow = await sharp({ create: { width: 6000, height: 6000, channels: 3, background: '#468' } }).png({ progressive: true, compressionLevel: 1 }).toBuffer();
      let pid;
      const log = (fields) => { pid ??= fields.pid; };
      const reader = startDocumentReader(DEFAULT_READER, { info: log, warn: log }, { engines: [] });
      await reader.intake(Buffer.from('x'));
      for (let count = 0; count < 20; count += 1) void reader.intake(slow);
      console.log(pid);`;
    const gateway = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = await new Promise<number>((resolve) => gateway.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))));
    await sleep(200);
    expect(runs(pid)).toBe(true);
    gateway.kill('SIGKILL');
    await until(() => !runs(pid));
    expect(runs(pid)).toBe(false);
  });

  test.each([{ processes: 0 }, { processes: 1.5 }, { jobMs: 0 }, { mostMemory: Number.NaN }, { mostWaiting: -1 }])('%j is refused', (settings) => {
    expect(() => readerFor(settings)).toThrow(expect.objectContaining({ code: 'reader_settings' }));
  });
});

describe('engines', () => {
  test('those that are off say so, and so does a job that needs them', async () => {
    const one = openReader({ faces: false });
    await one.ready();
    expect(one.reader.engines()).toMatchObject({ face: { kind: 'unavailable', why: 'not_enabled' }, pose: { kind: 'unavailable', why: 'not_enabled' } });
    expect(await one.reader.poses([small])).toEqual({ kind: 'unavailable', engine: 'pose', why: 'not_enabled' });
    expect(await one.reader.matchFaces({ document: small, frontal: [small], challenge: [] })).toEqual({ kind: 'unavailable', engine: 'face', why: 'not_enabled' });
  });

  test('one that takes the process with it is left out after the second time, and the others go on', async () => {
    const usual = openReader();
    await usual.ready();
    // Room for everything but the weights of a face engine.
    const one = openReader({ mostMemory: Math.round(residentBytes(usual.pid()) + 45e6) }, { engines: ['face'] });
    await until(() => JSON.stringify(one.reader.engines().face).includes('crashed'), 90_000);
    expect((await one.reader.intake(small)).kind).toBe('done');
    expect(one.said.filter(({ fields }) => fields['event'] === 'reader_died').map(({ fields }) => fields['loading'])).toEqual(['face', 'face']);
    expect(await one.reader.matchFaces({ document: small, frontal: [small], challenge: [] })).toEqual({ kind: 'unavailable', engine: 'face', why: 'crashed' });
  });

  test('those that are loading say `starting`', () => {
    expect(openReader({}, { engines: ['mrz'] }).reader.engines()).toMatchObject({ mrz: { kind: 'unavailable', why: 'starting' }, text: { kind: 'unavailable', why: 'not_enabled' } });
  });
});

test('a reading process without engines stays small', async () => {
  const one = openReader();
  await one.ready();
  expect(residentBytes(one.pid())).toBeLessThan(200e6);
});
