/**
 * The style sheet of one theme: a workflow's accent colour, made safe for reading on light and dark surfaces.
 * Served as `/assets/theme/<rrggbb>.css`, so that pages need no inline style.
 */
import { GatehouseError } from '../errors.ts';

type Rgb = readonly [number, number, number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
/** The surfaces of app.css that text in the accent colour stands on, hardest first. */
const LIGHT_GROUND: Rgb = [0xed, 0xf0, 0xf3];
const DARK_GROUND: Rgb = [0x23, 0x2b, 0x34];
/** WCAG 2.2, 1.4.3 (text) and 1.4.11 (shapes), with a little to spare for rounding. */
const TEXT = 4.6;
const SHAPE = 3.1;

function parse(colour: string): Rgb {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (!hex) throw new GatehouseError('not_found', 404, 'a theme colour has the form #rrggbb');
  return [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16), Number.parseInt(hex[3] ?? '', 16)];
}

function print(colour: Rgb): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Relative luminance, WCAG 2.2. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  return ratio(parse(a), parse(b));
}

/** The colour moved towards black or white just as far as the ratio against the ground needs. */
function reach(colour: Rgb, ground: Rgb, towards: Rgb, least: number): Rgb {
  for (let share = 0; share < 100; share += 2) {
    const mixed = colour.map((part, i) => Math.round(part + ((towards[i] ?? 0) - part) * (share / 100)));
    const candidate = mixed as unknown as Rgb;
    if (ratio(candidate, ground) >= least) return candidate;
  }
  return towards;
}

/** White where it reads well, for most brands expect it; otherwise black, which then always does. */
function inkOn(colour: Rgb): Rgb {
  return ratio(WHITE, colour) >= TEXT ? WHITE : BLACK;
}

function variables(accent: Rgb, ground: Rgb, towards: Rgb): string {
  const fill = towards === WHITE ? reach(accent, ground, towards, SHAPE) : accent;
  return [
    `--accent:${print(fill)}`,
    `--on-accent:${print(inkOn(fill))}`,
    `--accent-edge:${print(reach(fill, ground, towards, SHAPE))}`,
    `--accent-text:${print(reach(accent, ground, towards, TEXT))}`,
  ].join(';');
}

/**
 * The variables that app.css reads: `--accent` (fill), `--on-accent` (text on it), `--accent-edge` (border that is
 * always visible) and `--accent-text` (links), for light and dark.
 * @param accent `#rrggbb`; anything else is `not_found` (404), because it came from the address of a style sheet
 */
export function themeCss(accent: string): string {
  const colour = parse(accent);
  const light = variables(colour, LIGHT_GROUND, BLACK);
  const dark = variables(colour, DARK_GROUND, WHITE);
  return `:root{${light}}\n@media (prefers-color-scheme:dark){:root{${dark}}}\n`;
}
