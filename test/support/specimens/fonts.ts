/**
 * Text as outlines, from font files of our own: a bare machine has no fonts, and another one has others.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The little of opentype.js that is used here; the package brings no types of its own. */
interface Glyph {
  /** In units of the font. */
  readonly advanceWidth: number;
  getPath(x: number, y: number, fontSize: number): { toPathData(decimalPlaces: number): string };
}
interface Font {
  readonly unitsPerEm: number;
  charToGlyph(character: string): Glyph;
  /** In units of the font. */
  getKerningValue(left: Glyph, right: Glyph): number;
}

export type FontName = 'ocrB' | 'sans' | 'sansBold';

const installed = createRequire(import.meta.url);
// Bundlers and Node are given different modules under this name; this is the one that Node gets.
const opentype = installed('opentype.js') as { parse(file: ArrayBuffer): Font };
const FILES: Readonly<Record<FontName, () => string>> = {
  ocrB: () => fileURLToPath(new URL('fonts/OCRB.otf', import.meta.url)),
  sans: () => installed.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  sansBold: () => installed.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
};

const loaded = new Map<FontName, Font>();

function font(name: FontName): Font {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const parsed = opentype.parse(new Uint8Array(readFileSync(FILES[name]())).buffer);
  loaded.set(name, parsed);
  return parsed;
}

/** A glyph and where on the line it begins. */
interface SetGlyph {
  readonly glyph: Glyph;
  readonly x: number;
}

/** Glyph by glyph: the package's own typesetting stops at tables of DejaVu that it does not know, and none is needed here. */
function setLine(face: Font, text: string, size: number): readonly SetGlyph[] {
  const scale = size / face.unitsPerEm;
  const glyphs: SetGlyph[] = [];
  let x = 0;
  for (const character of text) {
    const glyph = face.charToGlyph(character);
    const before = glyphs.at(-1);
    if (before !== undefined) x += face.getKerningValue(before.glyph, glyph) * scale;
    glyphs.push({ glyph, x });
    x += glyph.advanceWidth * scale;
  }
  return glyphs;
}

/** The outline of a line of text as SVG path data; `x` is its left edge, `y` its base line, `size` that of the em. */
export function outline(name: FontName, text: string, x: number, y: number, size: number): string {
  return setLine(font(name), text, size).map((set) => set.glyph.getPath(x + set.x, y, size).toPathData(2)).join('');
}
