/**
 * Numbers as shapes: pure functions from counts to the rectangles of an SVG. Every chart stands beside its numbers, so
 * that nobody needs to see it.
 */
export interface Bar {
  readonly label: string;
  readonly count: number;
  /** Percent of the chart's width, 0 to 100. */
  readonly width: number;
  /** Share of the whole in percent, one digit. */
  readonly share: string;
}

/** Bars lying below each other, longest first; what is beyond `most` is added up as one. */
export function bars(counts: ReadonlyMap<string, number>, most: number, order: 'count' | 'given' = 'count'): readonly Bar[] {
  const all = [...counts].filter(([, count]) => count > 0);
  const sorted = order === 'count' ? all.toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])) : all;
  const shown = sorted.length > most ? [...sorted.slice(0, most - 1), ['all others', sum(sorted.slice(most - 1))] as const] : sorted;
  const longest = Math.max(1, ...shown.map(([, count]) => count));
  const whole = sum(sorted);
  return shown.map(([label, count]) => ({ label, count, width: round((count / longest) * 100), share: percent(count, whole) }));
}

export interface Column {
  readonly label: string;
  readonly x: number;
  readonly width: number;
  /** From the bottom up. */
  readonly parts: readonly { readonly kind: string; readonly y: number; readonly height: number; readonly count: number }[];
  readonly total: number;
}

export interface Columns {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
  /** Where time is written below, at most some. */
  readonly times: readonly { readonly x: number; readonly label: string }[];
  /** Lines across, with what they stand for. */
  readonly lines: readonly { readonly y: number; readonly value: number }[];
}

const WIDTH = 720;
const HEIGHT = 200;
const LEFT = 44;
const TOP = 10;

/** Stacked columns side by side, one per stretch of time, the empty ones included. */
export function columns(stretches: readonly { readonly label: string; readonly parts: readonly (readonly [kind: string, count: number])[] }[]): Columns {
  const totals = stretches.map(({ parts }) => parts.reduce((total, [, count]) => total + count, 0));
  const top = niceTop(Math.max(1, ...totals));
  const room = (WIDTH - LEFT) / Math.max(1, stretches.length);
  const scale = (HEIGHT - TOP) / top;
  return {
    width: WIDTH,
    height: HEIGHT,
    times: stretches.flatMap(({ label }, index) => (index % Math.max(1, Math.ceil(stretches.length / 6)) === 0 ? [{ label, x: round(LEFT + index * room) }] : [])),
    lines: [0, top / 2, top].filter((value) => Number.isInteger(value)).map((value) => ({ value, y: round(HEIGHT - value * scale) })),
    columns: stretches.map(({ label, parts }, index) => {
      let below = 0;
      return {
        label,
        x: round(LEFT + index * room + room * 0.12),
        width: round(room * 0.76),
        total: totals[index] ?? 0,
        parts: parts.filter(([, count]) => count > 0).map(([kind, count]) => {
          below += count;
          return { kind, count, y: round(HEIGHT - below * scale), height: round(count * scale) };
        }),
      };
    }),
  };
}

/** The next of 1, 2, 5, 10, 20, 50 … at or above. */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** `12.3 %`; a dash where there is nothing to be part of. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`;
}

function sum(entries: readonly (readonly [string, number])[]): number {
  return entries.reduce((total, [, count]) => total + count, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
