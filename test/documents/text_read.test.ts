import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { comparePrint } from '../../src/documents/text/compare_print.ts';
import { makeTextReader, type TextReader } from '../../src/documents/text/index.ts';
import type { GreyImage } from '../../src/documents/picture/grey.ts';
import { isShaded } from '../../src/documents/text/page.ts';
import { readPrint } from '../../src/documents/text/read_print.ts';
import { startRecogniser, type Recogniser } from '../../src/documents/text/worker.ts';
import { licenceFront, PEOPLE, photographed, type SpecimenPerson } from '../support/specimens/index.ts';

let reader: TextReader;
beforeAll(async () => {
  reader = await makeTextReader();
});
afterAll(() => reader.close());

const { andrew } = PEOPLE;
const printed = (person: SpecimenPerson): Parameters<typeof comparePrint>[1] => ({
  familyName: person.familyName, givenName: person.givenName, birthDate: person.birthDate, number: person.licenceNumber, expiryDate: person.expiresOn,
});

describe('printed text', () => {
  it('proves itself on its built-in sample', async () => {
    await expect(reader.selfTest()).resolves.toBeUndefined();
  });

  it('of a photographed licence agrees with itself, upside down as well', async () => {
    const flat = await photographed(await licenceFront(andrew), 'scan');
    for (const picture of [flat, await sharp(flat).rotate(180).jpeg().toBuffer()]) {
      const reading = await reader.read(picture);
      expect(reading.kind).toBe('read');
      const verdicts = reading.kind === 'read' ? Object.values(comparePrint(reading.value, printed(andrew))) : [];
      expect(verdicts).not.toContain('differs');
      expect(verdicts.filter((verdict) => verdict === 'agrees').length).toBeGreaterThanOrEqual(4);
    }
  });

  it('contradicts where the birth date was edited', async () => {
    const reading = await reader.read(await photographed(await licenceFront(andrew, 'editedBirthDate'), 'scan'));
    expect(reading.kind === 'read' ? comparePrint(reading.value, printed(andrew)) : reading).toMatchObject({ birthDate: 'differs' });
  });

  it('is not found on an empty page', async () => {
    const empty = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#eee' } }).jpeg().toBuffer();
    expect(await reader.read(empty)).toEqual({ kind: 'unread', why: 'no_text' });
  });
});

describe('uneven light', () => {
  const page = (brightness: (x: number, y: number) => number): GreyImage => ({ width: 300, height: 200, data: Uint8Array.from({ length: 60_000 }, (_, at) => brightness(at % 300, Math.floor(at / 300))) });
  it('is seen where one end of the paper is darker, and not where something dark is printed', () => {
    expect(isShaded(page((x) => (x < 100 ? 80 : 220)))).toBe(true);
    expect(isShaded(page((_x, y) => 90 + y / 2))).toBe(true);
    expect(isShaded(page(() => 60))).toBe(false);
    expect(isShaded(page((x, y) => (x < 100 && y < 120 ? 20 : 220)))).toBe(false);
  });
});

describe('the recogniser', () => {
  it('is ended where it takes too long, and made anew', async () => {
    const recogniser = await startRecogniser();
    try {
      const page = await sharp(await licenceFront(andrew)).resize({ width: 1500 }).greyscale().png().toBuffer();
      expect(await recogniser.recognise(page, 'scattered', 1)).toBeUndefined();
      const lines = await recogniser.recognise(page, 'scattered', 30_000);
      expect(lines?.some(({ text }) => text.includes(andrew.familyName.toUpperCase()))).toBe(true);
    } finally {
      await recogniser.close();
    }
  });

  it('that dies over a picture leaves the text unread', async () => {
    const dead: Recogniser = { recognise: () => Promise.resolve(undefined), close: () => Promise.resolve() };
    expect(await readPrint({ jpeg: await photographed(await licenceFront(andrew), 'low640') }, dead)).toEqual({ kind: 'unread', why: 'out_of_time' });
  });

  it('is not believed about a date that it reads differently the second time', async () => {
    const box = { x: 100, y: 100, width: 300, height: 40 };
    const wavering: Recogniser = {
      recognise: (_picture, layout) => Promise.resolve([{ text: layout === 'one_line' ? '3 DOB 03/14/1985' : '3 DOB 03/14/1986', confidence: 0.96, box }]),
      close: () => Promise.resolve(),
    };
    const reading = await readPrint({ jpeg: await photographed(await licenceFront(andrew), 'low640') }, wavering);
    expect(reading.kind === 'read' && reading.value.lines[0]?.confidence).toBeLessThan(0.5);
  });
});
