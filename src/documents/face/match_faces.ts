/** The portrait on a document against the person before the camera. */
import { LEAST_EYE_DISTANCE, type FaceMatch } from '../facts.ts';
import { distanceBetween } from './descriptor.ts';
import type { DescribedFace, FaceEngine } from './face_engine.ts';

/** Safe pictures. */
export interface FacesToMatch {
  /** The side of the document that shows the portrait. */
  readonly document: Uint8Array;
  /** Frames that look straight ahead. */
  readonly frontal: readonly Uint8Array[];
  /** Every other frame of the challenge that is to show the same person: the turned head above all. */
  readonly challenge: readonly Uint8Array[];
}

/**
 * Compare. The best frontal frame counts, since a single one may be blurred or have its eyes shut. Every frame that is
 * given is looked at: whoever chooses among frames chooses whose face is seen.
 * {@link FaceMatch.challengeDistances} has one entry per challenge frame.
 * @returns undefined where the document shows no face large enough, where no frontal frame does, or where one shows no face
 */
export async function matchFaces(engine: FaceEngine, { document, frontal, challenge }: FacesToMatch): Promise<FaceMatch | undefined> {
  const portrait = usable(await engine.embed(document, 'document'))[0];
  if (!portrait) return undefined;
  const straight = await embedAll(engine, frontal);
  if (straight.some((faces) => faces.length === 0)) return undefined;
  const [best] = straight.flatMap((faces) => usable(faces).slice(0, 1)).toSorted((a, b) => distance(a, portrait) - distance(b, portrait));
  if (!best) return undefined;
  const turned = await embedAll(engine, challenge);
  const people = straight.flat();
  return {
    distance: distance(best, portrait),
    spread: Math.max(0, ...people.flatMap((one) => people.map((other) => distance(one, other)))),
    challengeDistances: turned.map((faces) => (faces.length > 0 ? Math.max(...faces.map((face) => distance(face, best))) : undefined)),
    mostFaces: Math.max(0, ...[...straight, ...turned].map((faces) => faces.length)),
    template: best.template,
  };
}

/** One after the other: memory for one picture at a time. */
async function embedAll(engine: FaceEngine, frames: readonly Uint8Array[]): Promise<readonly (readonly DescribedFace[])[]> {
  const all: (readonly DescribedFace[])[] = [];
  for (const frame of frames) all.push(await engine.embed(frame, 'person'));
  return all;
}

function usable(faces: readonly DescribedFace[]): readonly DescribedFace[] {
  return faces.filter(({ face }) => face.eyeDistance >= LEAST_EYE_DISTANCE);
}

function distance(a: DescribedFace, b: DescribedFace): number {
  return distanceBetween(a.template, b.template);
}
