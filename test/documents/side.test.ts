import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { BarcodeReading, FaceFound, MrzReading, Outline, Reading, SideWanted } from '../../src/documents/facts.ts';
import { documentEdges } from '../../src/documents/side/document_edges.ts';
import { placeOf } from '../../src/documents/side/place.ts';
import { makeSideReader, type SideEngines } from '../../src/documents/side/read_side.ts';
import { identityFront, passport, PEOPLE, photographed } from '../support/specimens/index.ts';

const ZONE: Outline = [[160, 440], [860, 440], [860, 520], [160, 520]];
const MRZ: MrzReading = {
  format: 'TD3', checks: [], lowestProbability: 0.9, repaired: 0, trusted: true, certain: true, outline: ZONE,
  fields: { documentCode: 'P', issuer: 'UTO', number: 'L1', nationality: 'UTO', birthDate: '1980-01-01', sex: 'X', expiryDate: '2034-01-01', familyName: 'A', givenName: 'B', nameTruncated: false },
};
const BARCODE: BarcodeReading = {
  iin: '999999', version: 10, subfile: 'DL', jurisdiction: 'UTO-ZZ', number: 'Z1', familyName: 'A', givenName: 'B', middleName: '', birthDate: '', expiryDate: '', issueDate: '',
  street: '', city: '', region: '', postalCode: '', country: 'USA', nameTruncated: false, faults: [], notes: [],
};
const read = <T>(value: T): Reading<T> => ({ kind: 'read', value, confidence: 1 });
const NOT_FOUND = { kind: 'unread', why: 'not_found' } as const;
const face = (width: number): FaceFound => ({ score: 0.9, eyeDistance: 50, box: { x: 0, y: 0, width, height: width } });
const blank = await sharp({ create: { width: 1000, height: 700, channels: 3, background: '#bbb' } }).jpeg().toBuffer();

/** Engines that answer at once, and tell who was asked. */
function engines(answers: { readonly mrz?: Reading<MrzReading>; readonly barcode?: Reading<BarcodeReading> } = {}): { readonly all: SideEngines; readonly asked: string[] } {
  const asked: string[] = [];
  const barcode = answers.barcode ?? NOT_FOUND;
  return {
    asked,
    all: {
      mrz: { read: () => (asked.push('mrz'), Promise.resolve(answers.mrz ?? NOT_FOUND)) },
      barcode: { find: () => (asked.push('barcode'), Promise.resolve(barcode.kind === 'read' ? read({ reading: barcode.value, outline: ZONE }) : barcode)) },
      text: { read: () => (asked.push('text'), Promise.resolve(read({ lines: [] }))) },
      face: { find: () => (asked.push('face'), Promise.resolve([face(40), face(120)])) },
    },
  };
}

describe('one side', () => {
  it.each([
    ['passport', 'front', { mrz: read(MRZ) }, ['mrz', 'text', 'face']],
    // Nothing to compare the print with: the picture is taken again anyway.
    ['passport', 'front', {}, ['mrz', 'face']],
    ['identity_card', 'front', {}, ['mrz', 'text', 'face']],
    ['identity_card', 'front', { mrz: read(MRZ) }, ['mrz', 'text', 'face']],
    ['identity_card', 'back', { mrz: read(MRZ) }, ['mrz']],
    ['identity_card', 'back', { barcode: read(BARCODE) }, ['mrz', 'barcode']],
    ['driving_licence', 'front', {}, ['text', 'face']],
    ['driving_licence', 'back', { barcode: read(BARCODE) }, ['barcode']],
    ['driving_licence', 'back', {}, ['barcode', 'mrz']],
  ] as const)('of a %s, %s, asks the engines that are worth it', async (type, side, answers, expected) => {
    const { all, asked } = engines(answers);
    await makeSideReader(all).readSide(blank, { type, side });
    expect(asked).toEqual(expected);
  });

  it('puts the largest face first, and the recapture signs and hash beside what was read', async () => {
    const { all } = engines({ mrz: read(MRZ) });
    const reading = await makeSideReader(all).readSide(blank, { type: 'passport', side: 'front' });
    expect(reading.faces).toMatchObject({ kind: 'read', value: [{ box: { width: 120 } }, { box: { width: 40 } }] });
    expect(reading.barcode).toEqual({ kind: 'unread', why: 'not_wanted' });
    expect(reading.recapture.saturation).toBeLessThan(0.05);
  });

  it.each([
    ['trusted', { trusted: true, certain: false }, 'read'], ['certain', { trusted: false, certain: true }, 'read'], ['neither', { trusted: false, certain: false }, 'unread'],
  ] as const)('believes a zone on the front of a card where it is %s', async (_what, change, kind) => {
    const { all } = engines({ mrz: read({ ...MRZ, ...change, format: 'TD2' }) });
    const reading = await makeSideReader(all).readSide(blank, { type: 'identity_card', side: 'front' });
    expect(reading.mrz.kind).toBe(kind);
    expect(reading.print.kind).toBe('read');
  });

  it('is unread where engines do not run, never read', async () => {
    const wanted: SideWanted = { type: 'passport', side: 'front' };
    const reading = await makeSideReader({}).readSide(blank, wanted);
    expect(reading).toMatchObject({ mrz: { kind: 'unread', why: 'unavailable' }, faces: { kind: 'unread', why: 'unavailable' }, print: { kind: 'unread' }, outline: { kind: 'unread', why: 'no_edges' } });
    const back = await makeSideReader({}).readSide(blank, { type: 'driving_licence', side: 'back' });
    expect(back.barcode).toEqual({ kind: 'unread', why: 'unavailable' });
  });

  it('loses only the part whose engine throws', async () => {
    const { all } = engines();
    const broken: SideEngines = { ...all, text: { read: () => Promise.reject(new Error('broken')) } };
    const reading = await makeSideReader(broken).readSide(blank, { type: 'identity_card', side: 'front' });
    expect(reading.print).toEqual({ kind: 'unread', why: 'failed' });
    expect(reading.faces.kind).toBe('read');
  });
});

describe('the edges', () => {
  it.each(['photo', 'rot15', 'persp', 'dark', 'low640'] as const)('of a card on a table are found: %s', async (condition) => {
    const picture = await photographed(await identityFront(PEOPLE.andrew), condition);
    const { width = 0 } = await sharp(picture).metadata();
    const edges = await documentEdges(picture);
    expect(edges.kind).toBe('read');
    const corners = edges.kind === 'read' ? edges.value : [];
    expect(Math.max(...corners.map(([x]) => x)) - Math.min(...corners.map(([x]) => x))).toBeGreaterThan(width * 0.7);
  });

  it.each([['a page that fills the picture', async () => photographed(await passport(PEOPLE.andrew), 'scan')], ['nothing', async () => blank]])(
    'are not made up for %s', async (_what, picture) => {
      expect(await documentEdges(await picture())).toEqual({ kind: 'unread', why: 'no_edges' });
    });
});

describe('the place of a document', () => {
  const around: Outline = [[100, 60], [900, 60], [900, 560], [100, 560]];

  it('begins where the zone says that up is', () => {
    const upright = placeOf(read(around), { mrz: MRZ });
    expect(upright).toMatchObject({ upright: true, outline: { value: around } });
    const [a, b, c, d] = ZONE;
    const turned = placeOf(read(around), { mrz: { ...MRZ, outline: [c, d, a, b] } });
    expect(turned).toMatchObject({ upright: true, outline: { value: [around[2], around[3], around[0], around[1]] } });
  });

  it('is worked out from the zone where the edges do not hold it', () => {
    const half: Outline = [[500, 60], [900, 60], [900, 560], [500, 560]];
    const place = placeOf(read(half), { mrz: MRZ });
    const corners = place.outline.kind === 'read' ? place.outline.value : [];
    expect(place.upright).toBe(true);
    expect(corners[0]?.[0]).toBeLessThan(160);
    expect(corners[2]?.[0]).toBeGreaterThan(860);
    expect(corners[0]?.[1]).toBeLessThan(20);
    expect(corners[2]?.[1]).toBeGreaterThan(520);
  });

  it('is unknown where edges do not hold a barcode', () => {
    expect(placeOf(read([[0, 0], [50, 0], [50, 40], [0, 40]]), { barcode: ZONE })).toMatchObject({ upright: false, outline: { kind: 'unread' } });
  });

  it('lies with its long side up where nothing else is known', () => {
    const high: Outline = [[0, 0], [50, 0], [50, 90], [0, 90]];
    expect(placeOf(read(high), {})).toMatchObject({ upright: false, outline: { value: [[50, 0], [50, 90], [0, 90], [0, 0]] } });
  });
});
