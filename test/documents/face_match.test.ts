import { describe, expect, it } from 'vitest';
import type { DescribedFace, FaceEngine } from '../../src/documents/face/face_engine.ts';
import { matchFaces } from '../../src/documents/face/match_faces.ts';
import { LEAST_EYE_DISTANCE } from '../../src/documents/facts.ts';

const face = (at: number, eyeDistance = 80): DescribedFace => ({
  face: { score: 0.9, eyeDistance, box: { x: 0, y: 0, width: 2 * eyeDistance, height: 2 * eyeDistance } },
  // On a line, so that distances are differences.
  template: [at, ...Array.from({ length: 127 }, () => 0)],
});

/** An engine that finds in picture `n` the faces of row `n`. */
function engineOf(rows: readonly (readonly DescribedFace[])[]): { readonly engine: FaceEngine; readonly asked: [number, string][] } {
  const asked: [number, string][] = [];
  const engine: FaceEngine = {
    name: 'lines',
    version: '1',
    selfTest: async () => true,
    find: async () => [],
    embed: async (picture, scene) => {
      asked.push([picture[0] ?? -1, scene]);
      return rows[picture[0] ?? -1] ?? [];
    },
  };
  return { engine, asked };
}

const picture = (row: number): Uint8Array => Uint8Array.of(row);

describe('matchFaces', () => {
  it('takes the best frontal frame and measures the others by it', async () => {
    const { engine, asked } = engineOf([[face(0)], [face(0.5)], [face(0.3)], [face(0.6)], []]);
    const match = await matchFaces(engine, { document: picture(0), frontal: [picture(1), picture(2)], challenge: [picture(3), picture(4)] });
    expect(match?.distance).toBeCloseTo(0.3);
    expect(match?.spread).toBeCloseTo(0.2);
    expect(match?.challengeDistances[0]).toBeCloseTo(0.3);
    expect(match?.challengeDistances[1]).toBeUndefined();
    expect(match?.challengeDistances).toHaveLength(2);
    expect(match?.mostFaces).toBe(1);
    expect(match?.template[0]).toBe(0.3);
    expect(asked).toEqual([[0, 'document'], [1, 'person'], [2, 'person'], [3, 'person'], [4, 'person']]);
  });

  it('counts everybody in a frame, and takes the furthest face of a challenge frame', async () => {
    const { engine } = engineOf([[face(0)], [face(0.2), face(0.9)], [face(0.9), face(0.3), face(0.8)]]);
    const match = await matchFaces(engine, { document: picture(0), frontal: [picture(1)], challenge: [picture(2)] });
    expect(match?.mostFaces).toBe(3);
    expect(match?.distance).toBeCloseTo(0.2);
    expect(match?.challengeDistances[0]).toBeCloseTo(0.7);
    expect(match?.spread).toBeCloseTo(0.7);
  });

  it.each([
    ['the document shows no face', [[], [face(0)]]],
    ['the face on the document is too small', [[face(0, LEAST_EYE_DISTANCE - 1)], [face(0)]]],
    ['no frame shows a face', [[face(0)], []]],
    ['one of the frames shows none', [[face(0)], [face(0)], []]],
    ['the face in the frame is too small', [[face(0)], [face(0, LEAST_EYE_DISTANCE - 1)]]],
  ])('gives nothing where %s', async (_what, rows) => {
    const { engine } = engineOf(rows);
    expect(await matchFaces(engine, { document: picture(0), frontal: rows.slice(1).map((_, row) => picture(row + 1)), challenge: [] })).toBeUndefined();
  });

  it('compares a face of just the least size', async () => {
    const { engine } = engineOf([[face(0, LEAST_EYE_DISTANCE)], [face(0, LEAST_EYE_DISTANCE)]]);
    expect((await matchFaces(engine, { document: picture(0), frontal: [picture(1)], challenge: [] }))?.distance).toBe(0);
  });

  it('measures a small face beside the others: whose it is matters, however small', async () => {
    const { engine } = engineOf([[face(0)], [face(0.1)], [face(0.9, LEAST_EYE_DISTANCE - 1)]]);
    expect((await matchFaces(engine, { document: picture(0), frontal: [picture(1), picture(2)], challenge: [] }))?.spread).toBeCloseTo(0.8);
  });

  it('looks at every frame that it is given', async () => {
    const { engine, asked } = engineOf([[face(0)], ...Array.from({ length: 60 }, (_, at) => [face(at === 33 ? 0.9 : 0.1)])]);
    const pictures = (from: number): Uint8Array[] => Array.from({ length: 20 }, (_, at) => picture(from + at));
    const match = await matchFaces(engine, { document: picture(0), frontal: pictures(1), challenge: pictures(21) });
    expect(asked.map(([row]) => row)).toEqual(Array.from({ length: 41 }, (_, row) => row));
    expect(match?.challengeDistances).toHaveLength(20);
    expect(match?.challengeDistances[13]).toBeCloseTo(0.8);
  });
});
