/** The portrait on a document against selfie frames: its own, and another person's. */
import type { FaceMatch, HeadTurn } from '../../src/documents/facts.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { judgeLiveness, type LivenessVerdict } from '../../src/documents/liveness/judge_liveness.ts';
import { passport, PEOPLE, photographed, type ConditionName } from '../../test/support/specimens/index.ts';
import { selfieFrames } from '../../test/support/specimens/selfies.ts';
import { amount, printTable } from '../table.ts';
import { done } from './read_picture.ts';
import sharp from 'sharp';

export const TURNS = ['centre', 'left', 'right'] as const satisfies readonly HeadTurn[];
export type Selfie = Readonly<Record<HeadTurn, readonly Uint8Array[]>>;

/** Frames of one turn differ as those of a camera do. */
const LIGHTS = [1, 0.92, 1.08] as const;

/** Three safe frames of each turn. */
export async function selfieOf(reader: DocumentReader, portrait: 'one' | 'two'): Promise<Selfie> {
  const frames = await selfieFrames(portrait);
  const seen = async (turn: HeadTurn): Promise<readonly Uint8Array[]> => {
    const safe: Uint8Array[] = [];
    for (const brightness of LIGHTS) {
      const jpeg = await sharp(frames[turn]).modulate({ brightness }).jpeg({ quality: 88 }).toBuffer();
      safe.push(done(await reader.intake(jpeg), 'a selfie frame').jpeg);
    }
    return safe;
  };
  return { centre: await seen('centre'), left: await seen('left'), right: await seen('right') };
}

/** The challenge as the step judges it. */
export async function livenessOf(reader: DocumentReader, selfie: Selfie): Promise<LivenessVerdict> {
  const steps = [];
  for (const turn of TURNS) steps.push({ turn, frames: done(await reader.poses(selfie[turn]), 'poses') });
  return judgeLiveness(steps);
}

export async function matchOf(reader: DocumentReader, document: Uint8Array, selfie: Selfie): Promise<FaceMatch | undefined> {
  return done(await reader.matchFaces({ document, frontal: selfie.centre, challenge: [...selfie.left, ...selfie.right] }), 'faces');
}

const CONDITIONS: readonly ConditionName[] = ['scan', 'photo', 'persp', 'blur2', 'glarePhoto', 'shadow', 'dark', 'low900', 'low640', 'jpegQ20', 'grey', 'recapture'];
const PORTRAITS = [['one', PEOPLE.andrew], ['two', PEOPLE.imogen]] as const;

export async function faces(reader: DocumentReader): Promise<void> {
  const selfies = { one: await selfieOf(reader, 'one'), two: await selfieOf(reader, 'two') };
  const documents = [await passport(PEOPLE.andrew), await passport(PEOPLE.imogen)];
  const distance = (match: FaceMatch | undefined): string => (match === undefined ? 'no face' : amount(match.distance));
  const rows: (readonly string[])[] = [];
  for (const condition of CONDITIONS) {
    const cells: string[] = [];
    for (const [at, [portrait]] of PORTRAITS.entries()) {
      const safe = done(await reader.intake(await photographed(documents[at] ?? Buffer.alloc(0), condition)), condition);
      const other = portrait === 'one' ? 'two' : 'one';
      cells.push(distance(await matchOf(reader, safe.jpeg, selfies[portrait])), distance(await matchOf(reader, safe.jpeg, selfies[other])));
    }
    rows.push([condition, ...cells]);
  }
  printTable('Faces: distance of the portrait to the selfie (same person up to 0.55, a doubt up to 0.62)',
    ['condition', 'first, own selfie', 'first, the other\'s', 'second, own selfie', 'second, the other\'s'], rows);
  console.log('\nPortrait and selfie come from one photograph here: this shows that nothing gets lost on the way, not how well faces are told apart.');
  for (const portrait of ['one', 'two'] as const) {
    const { passed, farthest, frames } = await livenessOf(reader, selfies[portrait]);
    console.log(`Challenge, ${portrait === 'one' ? 'first' : 'second'} portrait: ${passed ? 'followed' : 'not followed'}, ${frames} frames, ${amount(farthest.left)}° left, ${amount(farthest.right)}° right.`);
  }
}
