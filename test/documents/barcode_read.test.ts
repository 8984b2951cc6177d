import { beforeAll, describe, expect, it } from 'vitest';
import bwip, { type RenderOptions } from 'bwip-js/node';
import sharp from 'sharp';
import { makeBarcodeReader, type BarcodeReader } from '../../src/documents/barcode/index.ts';
import { readBarcode } from '../../src/documents/barcode/read_barcode.ts';
import { licenceBack, licenceFront, PEOPLE, photographed, SOMEBODY, type ConditionName } from '../support/specimens/index.ts';

const { andrew, andrea } = PEOPLE;
let reader: BarcodeReader;
beforeAll(async () => {
  reader = await makeBarcodeReader();
});

describe('the barcode of a licence', () => {
  it('proves itself on its built-in sample', async () => {
    await expect(reader.selfTest()).resolves.toBeUndefined();
  });

  it.each(['photo', 'rot15', 'perspHard', 'rot180', 'low640', 'dark'] as const)('is read exactly: %s', async (condition: ConditionName) => {
    const reading = await reader.read(await photographed(await licenceBack(andrew), condition));
    expect(reading).toMatchObject({
      kind: 'read',
      value: {
        jurisdiction: 'UTO-ZZ', subfile: 'DL', number: andrew.licenceNumber, familyName: andrew.familyName.toUpperCase(), givenName: andrew.givenName.toUpperCase(),
        birthDate: andrew.birthDate, expiryDate: andrew.expiresOn, faults: [],
      },
    });
  });

  it('is what it says, whosever licence it is on', async () => {
    const found = await reader.find(await photographed(await licenceBack(andrea)));
    expect(found).toMatchObject({ kind: 'read', value: { reading: { familyName: SOMEBODY.familyName.toUpperCase(), number: SOMEBODY.licenceNumber } } });
    const [upperLeft, upperRight] = found.kind === 'read' ? found.value.outline : [];
    expect((upperRight?.[0] ?? 0) - (upperLeft?.[0] ?? 0)).toBeGreaterThan(600);
  });

  it('is not found on the front', async () => {
    expect(await reader.read(await photographed(await licenceFront(andrew)))).toMatchObject({ kind: 'unread' });
  });

  it('of another kind of text is refused', async () => {
    const options: RenderOptions & Readonly<Record<string, unknown>> = { bcid: 'pdf417', text: 'A ticket for the theatre, row 12, seat 7, and no licence at all', columns: 8, scale: 4 };
    const symbol = await bwip.toBuffer(options);
    const page = await sharp(symbol).flatten({ background: '#fff' }).extend({ top: 200, bottom: 200, left: 200, right: 200, background: '#fff' }).jpeg().toBuffer();
    expect(await reader.read(page)).toEqual({ kind: 'unread', why: 'not_aamva' });
  });

  it('is given up when the time is spent', async () => {
    const decoder = { version: 'none', decode: () => Promise.resolve(undefined) };
    const picture = await photographed(await licenceBack(andrew));
    expect(await readBarcode(picture, decoder, -1)).toEqual({ kind: 'unread', why: 'out_of_time' });
  });
});
