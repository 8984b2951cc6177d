/** The shipped portraits, and which part of each goes on a document (see portraits/SOURCES.txt). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import type { SpecimenPerson } from './people.ts';

const SHIPPED = {
  one: { file: 'collins.png', crop: { left: 130, top: 0, width: 190, height: 245 } },
  two: { file: 'hopper.jpg', crop: { left: 110, top: 10, width: 300, height: 390 } },
} as const;

const pathOf = (name: keyof typeof SHIPPED): string => fileURLToPath(new URL(`portraits/${SHIPPED[name].file}`, import.meta.url));

/** The whole picture, as somebody sits before a camera. */
export async function wholePicture(source: SpecimenPerson['portrait']): Promise<Buffer> {
  return typeof source === 'string' ? readFile(pathOf(source)) : source;
}

/** Head and shoulders, upright and on white, `width` by `height` pixels. */
export function headAndShoulders(source: SpecimenPerson['portrait'], width: number, height: number): Promise<Buffer> {
  const picture: Sharp = typeof source === 'string' ? sharp(pathOf(source)).extract(SHIPPED[source].crop) : sharp(source).autoOrient();
  const position = typeof source === 'string' ? 'centre' : 'top';
  return picture.resize(width, height, { fit: 'cover', position }).flatten({ background: '#fff' }).png().toBuffer();
}
