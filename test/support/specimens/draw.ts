/** Drawing a document: a page measured in millimetres, text as outlines, a portrait as a card printer leaves it. */
import sharp, { type OverlayOptions } from 'sharp';
import { outline, type FontName } from './fonts.ts';
import type { SpecimenPerson } from './people.ts';
import { headAndShoulders } from './portraits.ts';
import { seeded } from './seeded.ts';

const DOTS_PER_INCH = 600;
/** Millimetres to pixels. */
export const mm = (millimetres: number): number => (millimetres * DOTS_PER_INCH) / 25.4;
export const dots = (millimetres: number): number => Math.round(mm(millimetres));

const path = (data: string, attributes: string): string => `<path d="${data}" ${attributes}/>`;

/** A line of text; millimetres. */
export function text(x: number, y: number, size: number, words: string, fill: string, font: FontName = 'sans'): string {
  return path(outline(font, words, mm(x), mm(y), mm(size)), `fill="${fill}"`);
}

export const label = (x: number, y: number, words: string): string => text(x, y, 1.7, words, '#345');
export const value = (x: number, y: number, words: string, fill = '#111'): string => text(x, y, 2.9, words, fill, 'sansBold');
export const labelled = (x: number, y: number, name: string, words: string): string => label(x, y, name) + value(x, y + 4, words);

/** 10 characters to the inch (ICAO 9303 part 3, 4.4). */
const MRZ_PITCH = 2.54;
/** At this size of the em the capitals of OCRB.otf are about 2.4 mm high. */
const MRZ_SIZE = 3.55;
export const MRZ_LINE = 6.35;

/** Lines of the machine-readable zone, each glyph at its own place; `y` is the first base line. */
export function mrzLines(x: number, y: number, lines: readonly string[]): string {
  return lines.map((line, row) => {
    const glyphs = [...line].map((glyph, column) => outline('ocrB', glyph, mm(x + column * MRZ_PITCH), mm(y + row * MRZ_LINE), mm(MRZ_SIZE)));
    return path(glyphs.join(''), 'fill="#111"');
  }).join('');
}

export const box = (x: number, y: number, width: number, height: number, attributes: string): string =>
  `<rect x="${mm(x)}" y="${mm(y)}" width="${mm(width)}" height="${mm(height)}" ${attributes}/>`;

/** The word that every one of these documents carries, across the page. */
export function specimen(x: number, y: number, size: number): string {
  const data = outline('sansBold', 'SPECIMEN', mm(x), mm(y), mm(size));
  return path(data, `fill="#c33" opacity="0.16" transform="rotate(-16 ${mm(x)} ${mm(y)})"`);
}

/** Fine wavy lines over the whole page. */
function guilloche(width: number, height: number, hue: number): string {
  return Array.from({ length: 26 }, (_, line) => {
    const points: string[] = [];
    for (let x = 0; x <= width; x++) {
      const y = height * (line / 25) + 3 * Math.sin(x / 5 + line / 2) + 1.2 * Math.sin(x / 1.7 + line);
      points.push(`${mm(x).toFixed(1)},${mm(y).toFixed(1)}`);
    }
    return path(`M${points.join('L')}`, `fill="none" stroke="hsl(${hue + line * 3},45%,72%)" stroke-width="${mm(0.12)}"`);
  }).join('');
}

/** A picture on a page; millimetres. */
export interface Placed {
  readonly picture: Buffer;
  readonly x: number;
  readonly y: number;
}

/** The page with what is drawn and put on it, as PNG. */
export async function page(
  { width, height, hue }: { readonly width: number; readonly height: number; readonly hue: number },
  drawn: readonly string[],
  placed: readonly Placed[] = [],
): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${dots(width)}" height="${dots(height)}">`
    + `<rect width="100%" height="100%" fill="hsl(${hue},40%,93%)"/>${guilloche(width, height, hue)}${drawn.join('')}</svg>`;
  const overlays: OverlayOptions[] = placed.map((one) => ({ input: one.picture, left: dots(one.x), top: dots(one.y) }));
  return sharp(Buffer.from(svg)).composite(overlays).flatten({ background: '#fff' }).png({ compressionLevel: 3 }).toBuffer();
}

/** How many grey levels the print grain spans. */
const GRAIN = 18;

/** A portrait as printed on a card: 300 dots per inch, less contrast and colour, slight grain. Millimetres; PNG. */
export async function printedPortrait(source: SpecimenPerson['portrait'], width: number, height: number): Promise<Buffer> {
  const cut = await headAndShoulders(source, dots(width), dots(height));
  const { data, info } = await sharp(cut).resize(Math.round(dots(width) / 2)).modulate({ saturation: 0.75 }).linear(0.86, 22).removeAlpha().toColourspace('srgb')
    .raw().toBuffer({ resolveWithObject: true });
  const random = seeded(7);
  const grained = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at++) grained[at] = (data[at] ?? 0) + (random() - 0.5) * GRAIN;
  return sharp(grained, { raw: { width: info.width, height: info.height, channels: 3 } }).resize(dots(width), dots(height), { fit: 'fill' }).png().toBuffer();
}
