/** All engines at once in the real process: without network, under the permission model, below its memory limit. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { ENGINES } from '../../src/documents/facts.ts';
import { cardPhoto, readerFor, residentBytes, taken, type TestReader } from './support.ts';

const PORTRAITS = new URL('../support/specimens/portraits/', import.meta.url);
/** Goal for everything loaded and used is 600 MB; the rest is room for another machine's allocator. */
const MOST_MEMORY = 800e6;

let subject: TestReader;
beforeAll(async () => {
  subject = readerFor({}, { engines: ENGINES });
  const end = Date.now() + 90_000;
  while (Object.values(subject.reader.engines()).some((status) => status.kind === 'unavailable' && status.why === 'starting') && Date.now() < end) await sleep(100);
});
afterAll(() => subject.reader.close());

const portrait = async (name: string) => Buffer.from(taken(await subject.reader.intake(readFileSync(new URL(name, PORTRAITS)))).jpeg);

test('every engine proves itself there', () => {
  expect(Object.entries(subject.reader.engines()).filter(([, status]) => status.kind !== 'ready')).toEqual([]);
});

test('faces and poses are read', async () => {
  const [one, other] = [await portrait('collins.png'), await portrait('hopper.jpg')];
  expect(await subject.reader.poses([one])).toMatchObject({ kind: 'done', value: [{ faces: 1 }] });
  const same = await subject.reader.matchFaces({ document: one, frontal: [one], challenge: [] });
  const different = await subject.reader.matchFaces({ document: one, frontal: [other], challenge: [] });
  expect(same.kind === 'done' && same.value !== undefined && same.value.distance).toBeLessThan(0.2);
  expect(different.kind === 'done' && different.value !== undefined && different.value.distance).toBeGreaterThan(0.6);
});

test('a side that shows no document is read as just that', async () => {
  const card = taken(await subject.reader.intake(await (await cardPhoto()).jpeg().toBuffer()));
  const answer = await subject.reader.readSide(card.jpeg, { side: 'front', type: 'passport' });
  expect(answer).toMatchObject({ kind: 'done', value: { mrz: { kind: 'unread' } } });
});

test('all of it fits, in one process from first to last', () => {
  expect(subject.said.filter(({ fields }) => fields['event'] === 'reader_started')).toHaveLength(1);
  expect(residentBytes(subject.pid())).toBeLessThan(MOST_MEMORY);
});
