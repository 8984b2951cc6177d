/** Ways a document gets photographed. Each is a scene, what spoils it in order, and how it is stored. */
import sharp from 'sharp';
import { blur, exposure, fromScreen, glare, motion, noise, photocopy, recompressed, shadow, smaller, type Spoil } from './camera.ts';
import { asSharp, pixelsOf, type Pixels } from './pixels.ts';
import { ORDINARY, photographOf, type SceneOptions } from './scene.ts';

interface Condition {
  /** A flatbed scan has none. */
  readonly scene: SceneOptions | undefined;
  readonly spoils: readonly Spoil[];
  /** Of the JPEG; 88 where nothing is said. */
  readonly quality?: number;
  /** The EXIF tag that says how to turn the picture upright. */
  readonly orientation?: number;
}

const photo = (...spoils: readonly Spoil[]): Condition => ({ scene: ORDINARY, spoils });
const scene = (change: Partial<SceneOptions>): Condition => ({ scene: { ...ORDINARY, ...change }, spoils: [noise(14)] });
const UPRIGHT_FRAME = { width: 1500, height: 2000 } as const;

const TABLE = {
  scan: { scene: undefined, spoils: [smaller(1480)], quality: 92 },
  photo: scene({}),
  rot5: scene({ turn: 5 }),
  rot15: scene({ turn: -15 }),
  rot90: scene({ turn: 91, ...UPRIGHT_FRAME }),
  rot180: scene({ turn: 178 }),
  exif6: { ...scene({ turn: -89, ...UPRIGHT_FRAME }), orientation: 6 },
  persp: scene({ perspective: 0.1, turn: 4 }),
  perspHard: scene({ perspective: 0.24, turn: -7 }),
  blur1: photo(blur(1.2), noise(12)),
  blur2: photo(blur(2.2), noise(12)),
  blur3: photo(blur(3.4), noise(12)),
  motion7: photo(motion(7), noise(12)),
  motion13: photo(motion(13), noise(12)),
  glarePhoto: photo(glare(0.3, 0.42, 0.14, 0.12, 1.1), noise(12)),
  glareText: photo(glare(0.55, 0.74, 0.12, 0.1, 0.55), noise(12)),
  glareHard: photo(glare(0.55, 0.74, 0.09, 0.08, 1.4), noise(12)),
  shadow: photo(shadow(0.3), noise(12)),
  dark: photo(exposure(0.3, 4), noise(14)),
  low1200: photo(noise(12), smaller(1200)),
  low900: photo(noise(12), smaller(900)),
  low640: photo(noise(12), smaller(640)),
  jpegQ20: { ...photo(noise(10)), quality: 20 },
  messenger: photo(noise(12), smaller(1280), recompressed(45), recompressed(60)),
  grey: photo(photocopy, noise(12)),
  small50: scene({ fill: 0.5, turn: 3 }),
  recapture: { scene: { ...ORDINARY, fill: 0.95 }, spoils: [fromScreen], quality: 82 },
} as const satisfies Readonly<Record<string, Condition>>;

export type ConditionName = keyof typeof TABLE;
export const CONDITIONS = Object.keys(TABLE) as readonly ConditionName[];

/** Photographs of one document before anything spoils them: most conditions begin alike. */
const clean = new WeakMap<Buffer, Map<string, Promise<Pixels>>>();

function cleanPhotograph(document: Buffer, options: SceneOptions): Promise<Pixels> {
  const of = clean.get(document) ?? new Map<string, Promise<Pixels>>();
  clean.set(document, of);
  const key = JSON.stringify(options);
  const taken = of.get(key) ?? photographOf(document, options);
  // One is kept, the ordinary one: the others are each asked for once.
  if (options === ORDINARY) of.set(key, taken);
  return taken;
}

/** A photograph of a document, JPEG. The same in every run. */
export async function photographed(document: Buffer, condition: ConditionName = 'photo'): Promise<Buffer> {
  const { scene: options, spoils, quality = 88, orientation }: Condition = TABLE[condition];
  let picture = options === undefined ? await pixelsOf(sharp(document)) : await cleanPhotograph(document, options);
  for (const spoil of spoils) picture = await spoil(picture);
  const encoded = asSharp(picture).jpeg({ quality });
  return (orientation === undefined ? encoded : encoded.withMetadata({ orientation })).toBuffer();
}
