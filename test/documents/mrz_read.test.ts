import { beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import type { MrzReading } from '../../src/documents/facts.ts';
import { loadClassifier } from '../../src/documents/mrz/classifier.ts';
import { makeMrzReader, type MrzReader } from '../../src/documents/mrz/index.ts';
import { readMrz } from '../../src/documents/mrz/read_mrz.ts';
import { identityBack, identityFront, passport, PEOPLE, photographed, type ConditionName, type Tamper } from '../support/specimens/index.ts';

const { andrew, imogen } = PEOPLE;
let reader: MrzReader;
beforeAll(async () => {
  reader = await makeMrzReader(() => new Date('2026-11-21T12:00:00Z'));
});

async function readOf(picture: Uint8Array): Promise<MrzReading> {
  const reading = await reader.read(picture);
  if (reading.kind === 'unread') throw new Error(reading.why);
  return reading.value;
}
const passportIn = async (condition: ConditionName, tamper?: Tamper): Promise<Buffer> => photographed(await passport(andrew, tamper), condition);

describe('the machine-readable zone', () => {
  it('proves itself on its built-in sample', async () => {
    await expect(reader.selfTest()).resolves.toBeUndefined();
  });

  it.each(['photo', 'persp', 'rot180', 'low640', 'jpegQ20'] as const)('of a passport is read exactly: %s', async (condition) => {
    const read = await readOf(await passportIn(condition));
    expect(read).toMatchObject({
      format: 'TD3', trusted: true, certain: true, repaired: 0,
      fields: {
        documentCode: 'P', issuer: 'UTO', nationality: 'UTO', number: andrew.passportNumber, birthDate: andrew.birthDate, expiryDate: andrew.expiresOn,
        familyName: andrew.familyName.toUpperCase(), givenName: andrew.givenName.toUpperCase(), nameTruncated: false,
      },
    });
    expect(read.lowestProbability).toBeGreaterThanOrEqual(0.5);
  });

  it('of a card is read with a number full of look-alikes, upside down', async () => {
    const read = await readOf(await photographed(await identityBack(imogen), 'rot180'));
    expect(read).toMatchObject({ format: 'TD1', trusted: true, fields: { number: imogen.cardNumber, birthDate: imogen.birthDate } });
    // Clockwise from its own upper left: that is the lower right one of this picture.
    const [upperLeft, , lowerRight] = read.outline;
    expect(upperLeft[0]).toBeGreaterThan(lowerRight[0]);
    expect(upperLeft[1]).toBeGreaterThan(lowerRight[1]);
  });

  it('with a check digit printed wrong comes out as wrong, and as certain', async () => {
    const read = await readOf(await passportIn('photo', 'badCheckDigit'));
    expect(read).toMatchObject({ trusted: false, certain: true, repaired: 0 });
    expect(read.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toContain('composite');
  });

  it('burnt through by glare is not trusted, although its check digits may hold', async () => {
    const reading = await reader.read(await passportIn('glareHard'));
    expect(reading.kind === 'read' && (reading.value.trusted || reading.value.certain)).toBe(false);
  });

  it('is not found in a picture that has none', async () => {
    const grey = await sharp({ create: { width: 900, height: 600, channels: 3, background: '#999' } }).jpeg().toBuffer();
    expect(await reader.read(grey)).toEqual({ kind: 'unread', why: 'not_found' });
  });

  it('is read where none was likely, and given up early where there is none', async () => {
    const found = await reader.read(await passportIn('photo'), { unlikely: true });
    expect(found.kind === 'read' && found.value.trusted && found.value.fields.number).toBe(andrew.passportNumber);
    expect(await reader.read(await photographed(await identityFront(andrew)), { unlikely: true })).toEqual({ kind: 'unread', why: 'not_found' });
  });

  it('is given up when the time is spent', async () => {
    expect(await readMrz({ jpeg: await passportIn('photo'), today: '2026-11-21', budgetMs: -1 }, loadClassifier())).toEqual({ kind: 'unread', why: 'out_of_time' });
  });

  it('throws at bytes that are no picture', async () => {
    await expect(reader.read(Buffer.from('no picture'))).rejects.toThrow();
  });
});
