/** What one person costs: a document with every side, the challenge's frames, and the comparison of faces. */
import sharp from 'sharp';
import type { HeadTurn } from '../../src/documents/facts.ts';
import type { DocumentReader } from '../../src/documents/reader.ts';
import { PEOPLE, photographed } from '../../test/support/specimens/index.ts';
import { selfieFrames } from '../../test/support/specimens/selfies.ts';
import { SIDES } from '../../test/support/specimens/sides.ts';
import { median } from '../load.ts';
import { amount, printTable } from '../table.ts';
import { megabytes, type ChildUse } from './child_use.ts';
import { livenessOf, matchOf, TURNS, type Selfie } from './faces.ts';
import { done, readPicture } from './read_picture.ts';

const ROUNDS = 5;
const DOCUMENTS = [
  { name: 'passport', type: 'passport', sides: SIDES.passport },
  { name: 'licence, both sides', type: 'driving_licence', sides: SIDES.licence },
  { name: 'identity card, both sides', type: 'identity_card', sides: SIDES.card },
] as const;

/** The page's script sends so many frames of each turn; they differ as those of a camera do. */
const LIGHTS = [1, 0.96, 0.92, 1.04, 1.08] as const;

interface Spent {
  readonly document: number;
  /** The document, and one straight frame beside it: made safe, its pose read, compared with the portrait. */
  readonly oneFrame: number;
  /** Every frame made safe, and where the head points in it. */
  readonly poses: number;
  /** The portrait against every frontal frame, and every frame of the challenge against those. */
  readonly faces: number;
  /** Of the document and the whole challenge. */
  readonly total: number;
  readonly elapsed: number;
}

export async function cost(reader: DocumentReader, use: ChildUse): Promise<void> {
  const drawn = await selfieFrames('one');
  let shots = 0;
  const light = (usual: number): number => usual + shots * 0.002;
  const rows: (readonly string[])[] = [];
  for (const { name, type, sides } of DOCUMENTS) {
    const pictures: Buffer[] = [];
    for (const side of sides) pictures.push(await photographed(await side.make(PEOPLE.andrew)));
    use.takePeak();
    const spent: Spent[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      // Pictures of its own for each person: of those that it has seen, the process knows where the faces are.
      shots += 1;
      const [single = Buffer.alloc(0)] = (await framesSent(drawn, (usual) => light(usual) + 0.02)).centre;
      const seen = await Promise.all(pictures.map((picture) => sharp(picture).modulate({ brightness: light(1) }).jpeg({ quality: 92 }).toBuffer()));
      spent.push(await onePerson(reader, use, { seen, type, single, sent: await framesSent(drawn, light) }));
    }
    const typical = (what: keyof Spent): string => amount(median(spent.map((one) => one[what])));
    rows.push([name, typical('document'), typical('oneFrame'), typical('faces'), typical('poses'), typical('total'), typical('elapsed'), amount(megabytes(use.takePeak()))]);
  }
  const [each, all] = [LIGHTS.length, LIGHTS.length * TURNS.length];
  printTable(`Cost of one person: medians of ${ROUNDS}, processor milliseconds of the reading process (goals: document and face 2500 ms, 600 MB)`,
    ['document', 'document', 'document and one frame', `faces: ${each} frontal, ${all - each} turned`, `poses of ${all} frames`, 'total', 'elapsed ms', 'peak MB'], rows);
}

/** As a camera sends them. */
async function framesSent(drawn: Readonly<Record<HeadTurn, Uint8Array>>, light: (usual: number) => number): Promise<Selfie> {
  const lit = (turn: HeadTurn): Promise<readonly Uint8Array[]> =>
    Promise.all(LIGHTS.map((brightness) => sharp(drawn[turn]).modulate({ brightness: light(brightness) }).jpeg({ quality: 90 }).toBuffer()));
  return { centre: await lit('centre'), left: await lit('left'), right: await lit('right') };
}

async function madeSafe(reader: DocumentReader, frames: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const safe: Uint8Array[] = [];
  for (const frame of frames) safe.push(done(await reader.intake(frame), 'a selfie frame').jpeg);
  return safe;
}

interface Shown {
  readonly seen: readonly Uint8Array[];
  readonly type: (typeof DOCUMENTS)[number]['type'];
  readonly single: Uint8Array;
  readonly sent: Selfie;
}

async function onePerson(reader: DocumentReader, use: ChildUse, { seen, type, single, sent }: Shown): Promise<Spent> {
  const began = performance.now();
  const cpu = (): number => use.cpu() ?? Number.NaN;
  const start = cpu();
  let front: Uint8Array | undefined;
  for (const [at, picture] of seen.entries()) {
    const { safe, trouble } = await readPicture(reader, picture, { side: at === 0 ? 'front' : 'back', type });
    if (safe === undefined || trouble !== undefined) throw new Error(`a plain photograph was not read: ${trouble ?? 'refused'}`);
    front ??= safe.jpeg;
  }
  if (front === undefined) throw new Error('no picture');
  const read = cpu();
  const elapsed = performance.now() - began;
  const alone = await madeSafe(reader, [single]);
  done(await reader.poses(alone), 'poses');
  done(await reader.matchFaces({ document: front, frontal: alone, challenge: [] }), 'faces');
  const compared = cpu();
  const resumed = performance.now();
  const selfie: Selfie = { centre: await madeSafe(reader, sent.centre), left: await madeSafe(reader, sent.left), right: await madeSafe(reader, sent.right) };
  await livenessOf(reader, selfie);
  const posed = cpu();
  await matchOf(reader, front, selfie);
  const end = cpu();
  return {
    document: read - start, oneFrame: compared - start, poses: posed - compared, faces: end - posed,
    total: read - start + end - compared, elapsed: elapsed + performance.now() - resumed,
  };
}
