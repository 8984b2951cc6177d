/** Two built-in portraits by which an engine proves, at every start, that it tells people apart. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { distanceBetween } from './descriptor.ts';
import type { FaceEngine } from './face_engine.ts';

/** One person; the other. */
const PORTRAITS = ['sample_one.jpg', 'sample_two.jpg'] as const;
const SAME_PERSON = 0.5;
const TWO_PEOPLE = 0.6;

/** One of the built-in portraits: a frontal face, public domain (see `NOTICE.txt` beside it). */
export async function samplePortrait(which: 0 | 1): Promise<Uint8Array> {
  return await readFile(new URL(PORTRAITS[which], import.meta.url));
}

/** Whether a face is close to its own mirror image in another light, and far from another person's. */
export async function provesItself(engine: FaceEngine): Promise<boolean> {
  const [one, two] = [await samplePortrait(0), await samplePortrait(1)];
  const again = await sharp(one).flop().modulate({ brightness: 1.2 }).jpeg({ quality: 70 }).toBuffer();
  const templates: (readonly number[])[] = [];
  for (const [picture, scene] of [[one, 'document'], [again, 'person'], [two, 'document']] as const) {
    const [face, ...others] = await engine.embed(picture, scene);
    if (!face || others.length > 0) return false;
    templates.push(face.template);
  }
  const [first, same, other] = templates;
  if (!first || !same || !other || ![...first, ...same, ...other].every(Number.isFinite)) return false;
  return distanceBetween(first, same) < SAME_PERSON && distanceBetween(first, other) > TWO_PEOPLE;
}
