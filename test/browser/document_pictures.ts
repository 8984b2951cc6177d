/** What a phone's camera sees: specimens lying on a table, and their holder. Each is drawn once per test file. */
import sharp from 'sharp';
import { exposure, noise } from '../support/specimens/camera.ts';
import { PEOPLE, type PersonName } from '../support/specimens/index.ts';
import { asSharp } from '../support/specimens/pixels.ts';
import { photographOf } from '../support/specimens/scene.ts';
import { selfieFrames } from '../support/specimens/selfies.ts';
import { SIDES, type SpecimenSide } from '../support/specimens/sides.ts';

/** What a phone sees that is held upright over a table. */
const SEEN = { width: 1080, height: 1920, turn: 1.2, perspective: 0.015, fill: 0.86 } as const;
const kept = new Map<string, Promise<Buffer>>();
const once = (key: string, make: () => Promise<Buffer>): Promise<Buffer> => {
  const made = kept.get(key) ?? make();
  kept.set(key, made);
  return made;
};

/** A table with nothing on it. */
export function table(): Promise<Buffer> {
  return once('table', async () => {
    const nothing = await sharp({ create: { width: 10, height: 6, channels: 3, background: '#6a5238' } }).png().toBuffer();
    return asSharp(await photographOf(nothing, { ...SEEN, fill: 0.01 })).jpeg({ quality: 88 }).toBuffer();
  });
}

export type SideName = (typeof SIDES)[keyof typeof SIDES][number]['name'];

/** One side of a persona's document on the table. JPEG. */
export function lying(name: SideName, persona: PersonName = 'andrew'): Promise<Buffer> {
  const side = (Object.values(SIDES).flat() as readonly SpecimenSide[]).find((one) => one.name === name);
  if (!side) throw new Error(`no side ${name}`);
  return once(`${name} ${persona}`, async () => {
    const seen = await photographOf(await side.make(PEOPLE[persona]), SEEN);
    return asSharp(await exposure(0.86, 2)(await noise(6)(seen))).jpeg({ quality: 88 }).toBuffer();
  });
}

const heads = new Map<PersonName, ReturnType<typeof selfieFrames>>();

/** A persona before the phone, looking straight ahead and turned both ways. */
export function headOf(persona: PersonName = 'andrew'): ReturnType<typeof selfieFrames> {
  const made = heads.get(persona) ?? selfieFrames(PEOPLE[persona].portrait);
  heads.set(persona, made);
  return made;
}
