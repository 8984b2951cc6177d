import { expect, test } from 'vitest';
import type { BarcodeReading, FaceMatch, FramePose, MrzReading, PrintLine, SideReading } from '../../../src/documents/facts.ts';
import { asKept, faceMatchShape, framePoseShape, sideReadingShape, unreadSide } from '../../../src/steps/document_selfie/reading_shape.ts';
import { barcode, mrz, read } from './judged.ts';

const EDGE = [[0, 0], [100, 0], [100, 70], [0, 70]] as const;
const BOX = { x: 1, y: 2, width: 3, height: 4 };
const ZONE: Required<MrzReading> = mrz({ checks: [{ name: 'optional', ok: false }], format: 'TD2' });
const LINE: Required<PrintLine> = { text: 'UTOPIA', confidence: 0.8, box: BOX };
const CODE: Required<BarcodeReading> = { ...barcode({ faults: ['missing_DAQ'], notes: ['length_mismatch'] }), suffix: 'JR' };

/** Every field that there is: `Required` does not compile where one was added and is not here. */
const FULL: SideReading = {
  outline: read(EDGE), mrz: read(ZONE), barcode: read(CODE),
  print: read({ lines: [LINE] }),
  faces: read([{ score: 0.9, eyeDistance: 82, box: BOX }]),
  recapture: { screenPeak: 14, saturation: 0.2 },
};
const MATCH: Required<FaceMatch> = { distance: 0.4, spread: 0.2, challengeDistances: [0.5, undefined], mostFaces: 1, template: [0.25] };
const POSE: Required<FramePose> = { faces: 1, yaw: 12, eyeDistance: 90 };

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('a full reading comes back from storage as it was', () => {
  expect(sideReadingShape.parse(stored(FULL))).toEqual(FULL);
  expect(asKept(sideReadingShape, { kind: 'done', value: FULL })).toEqual({ kind: 'done', value: FULL });
  expect(faceMatchShape.parse(stored(MATCH))).toEqual(MATCH);
  expect(framePoseShape.parse(stored(POSE))).toEqual(POSE);
});

test('so do readings that hold less', () => {
  const { box: _, ...bare } = LINE;
  const less: SideReading = { ...unreadSide('not_found'), barcode: read(barcode({ jurisdiction: undefined })), print: read({ lines: [bare] }) };
  expect(sideReadingShape.parse(stored(less))).toEqual(less);
  expect(framePoseShape.parse(stored({ faces: 0, yaw: undefined, eyeDistance: undefined }))).toEqual({ faces: 0 });
});

test('what nobody knows is refused', () => {
  expect(sideReadingShape.safeParse({ ...FULL, more: 1 }).success).toBe(false);
  expect(asKept(sideReadingShape, { kind: 'done', value: { ...FULL, recapture: { screenPeak: Number.NaN, saturation: 1 } } })).toEqual({ kind: 'crashed' });
});
