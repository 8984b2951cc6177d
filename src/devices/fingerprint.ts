/**
 * What a browser looks like, attribute by attribute, and how two looks compare. A consistency signal and never a proof:
 * everything here is what a browser says of itself. Pure.
 */
import type { ComponentMap } from '../journey/device_evidence.ts';
import type { HashedMap } from './store.ts';

/** Counts up when an attribute's meaning changes; such an attribute gets a new name, so that maps of any two compare. */
export const COLLECTOR_VERSION = 1;

/** What the collector script wrote; null is a value that the browser withheld. */
export interface CollectedComponents {
  readonly userAgent: string;
  readonly platform: string | null;
  readonly languages: readonly string[];
  readonly timezone: string | null;
  readonly hardwareConcurrency: number | null;
  readonly deviceMemory: number | null;
  readonly touchPoints: number | null;
  readonly colorGamut: string | null;
  readonly screen: readonly [number, number] | null;
  readonly webgl: { readonly vendor: string; readonly renderer: string } | null;
  readonly canvas: string | null;
  readonly audio: string | null;
  readonly plugins: number | null;
  readonly pointer: 'coarse' | 'fine' | 'none';
  readonly hover: boolean;
}

/** `same` and `drifted` are consistent with one browser growing older; `contradictory` cannot be one browser. */
export type Band = 'same' | 'drifted' | 'different' | 'contradictory';

export interface Comparison {
  readonly band: Band;
  /** Weight of what agrees in the weight of what both have, 0 to 1; 0 where they have nothing in common. */
  readonly share: number;
  /** Names of attributes that differ, in the order of the tables. */
  readonly differing: readonly string[];
}

/** Cannot change while the key stays: a key lives in one engine's profile on one operating system and screen. */
const HARD = ['os', 'engine', 'touch'] as const;

/** How steady each attribute is. The hard ones stand apart: they decide alone, and would only water the share down. */
const WEIGHTS: readonly (readonly [string, number])[] = [
  ['platform', 3], ['timezone', 3], ['cores', 3], ['memory', 3], ['gamut', 3], ['webgl', 3], ['audio', 3],
  ['screen', 2], ['languages', 2], ['browser', 2],
  ['canvas', 1], ['plugins', 1], ['version', 1],
];
/** Grows with updates: newer agrees, older differs. Kept as a number. */
const VERSION = 'version';

const SAME_FROM = 0.85;
const DRIFTED_FROM = 0.6;
/** Of all weight, both must have at least so much: who withholds nearly everything has nothing to agree with. */
const LEAST_SHARED = 0.5;
const TOTAL = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);

const OS: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad|iPod/, 'ios'], [/Android/, 'android'], [/CrOS/, 'chromeos'], [/Windows/, 'windows'], [/Macintosh|Mac OS X/, 'macos'], [/Linux|X11/, 'linux'],
];
/** Name, engine and version; the special before the general, because each carries the names of those it descends from. */
const BROWSERS: readonly (readonly [RegExp, string, string])[] = [
  [/EdgA?\/(\d{1,4})/, 'edge', 'blink'], [/OPR\/(\d{1,4})/, 'opera', 'blink'], [/SamsungBrowser\/(\d{1,4})/, 'samsung', 'blink'],
  [/EdgiOS\/(\d{1,4})/, 'edge', 'webkit'], [/CriOS\/(\d{1,4})/, 'chrome', 'webkit'], [/FxiOS\/(\d{1,4})/, 'firefox', 'webkit'],
  [/Firefox\/(\d{1,4})/, 'firefox', 'gecko'], [/Chrom(?:e|ium)\/(\d{1,4})/, 'chrome', 'blink'], [/Version\/(\d{1,4})\.[\d.]+ .*Safari\//, 'safari', 'webkit'],
];
const MOST_LENGTH = 400;

/** The attributes of a look as text. What the browser withholds is absent. */
export function componentsOf(seen: CollectedComponents): ComponentMap {
  const found = BROWSERS.map(([pattern, name, engine]) => ({ name, engine, version: pattern.exec(seen.userAgent)?.[1] })).find(({ version }) => version !== undefined);
  const all: Readonly<Record<string, string | number | null | undefined>> = {
    os: osOf(seen),
    engine: found?.engine,
    touch: seen.touchPoints === null ? null : seen.touchPoints > 0 ? 'some' : 'none',
    platform: seen.platform,
    timezone: seen.timezone,
    cores: seen.hardwareConcurrency,
    memory: seen.deviceMemory,
    gamut: seen.colorGamut,
    webgl: seen.webgl && `${seen.webgl.vendor}\n${seen.webgl.renderer}`,
    audio: seen.audio,
    // A phone that is turned is the same phone.
    screen: seen.screen && seen.screen.toSorted((a, b) => a - b).join('x'),
    languages: seen.languages.join(','),
    browser: found?.name,
    canvas: seen.canvas,
    plugins: seen.plugins,
    version: found?.version,
  };
  const told = Object.entries(all).filter((entry): entry is [string, string | number] => entry[1] !== null && entry[1] !== undefined && entry[1] !== '');
  return Object.fromEntries(told.map(([name, value]) => [name, String(value).slice(0, MOST_LENGTH)]));
}

function osOf({ userAgent, touchPoints, pointer, hover }: CollectedComponents): string | undefined {
  const named = OS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const touches = touchPoints ?? 0;
  // Asked for desktop pages, an iPad calls itself a Macintosh and an Android phone calls itself Linux.
  if (named === 'macos' && touches > 1) return 'ios';
  if (named === 'linux' && touches >= 5 && pointer === 'coarse' && !hover) return 'android';
  return named;
}

/**
 * The map as it is kept: each value hashed by itself, the browser's version as its number.
 *
 * @param hash keyed, and different for the same value of two attributes
 */
export function hashedMap(components: ComponentMap, hash: (attribute: string, value: string) => string): HashedMap {
  return Object.fromEntries(Object.entries(components).flatMap(([name, value]): [string, string | number][] => {
    if (name !== VERSION) return [[name, hash(name, value)]];
    return /^\d{1,6}$/.test(value) ? [[name, Number(value)]] : [];
  }));
}

/**
 * Compare the kept look with the present one. Only attributes that both have count, whatever collectors they come from.
 * Except for the version, which may grow, it makes no difference which of the two is which.
 */
export function compareMaps(stored: HashedMap, now: HashedMap): Comparison {
  const both = (name: string): boolean => Object.hasOwn(stored, name) && Object.hasOwn(now, name);
  const contradicting = HARD.filter((name) => both(name) && stored[name] !== now[name]);
  const shared = WEIGHTS.filter(([name]) => both(name));
  const differing = shared.filter(([name]) => !agree(name, stored[name], now[name]));
  const [weight, lost] = [weightOf(shared), weightOf(differing)];
  const share = weight === 0 ? 0 : (weight - lost) / weight;
  return { band: bandFor(contradicting.length, weight, share), share, differing: [...contradicting, ...differing.map(([name]) => name)] };
}

/** The band of a return; `not_compared` where nothing was ever kept. A browser that shows nothing any more is different. */
export function bandOf(stored: HashedMap | undefined, now: HashedMap | undefined): Band | 'not_compared' {
  return stored === undefined ? 'not_compared' : compareMaps(stored, now ?? {}).band;
}

function agree(name: string, stored: string | number | undefined, now: string | number | undefined): boolean {
  return name === VERSION && typeof stored === 'number' && typeof now === 'number' ? now >= stored : now === stored;
}

const weightOf = (rows: readonly (readonly [string, number])[]): number => rows.reduce((sum, [, weight]) => sum + weight, 0);

function bandFor(contradictions: number, sharedWeight: number, share: number): Band {
  if (contradictions > 0) return 'contradictory';
  if (sharedWeight < TOTAL * LEAST_SHARED || share < DRIFTED_FROM) return 'different';
  return share >= SAME_FROM ? 'same' : 'drifted';
}
