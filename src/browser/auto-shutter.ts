/** When the shutter goes off by itself, and when a hint is told. Pure: it is given the time. */
import type { Hint } from './frame-quality.ts';

/** How long everything has to be right, milliseconds. */
const HOLD_MS = 800;
/** A hint stands at least this long, so that it can be read, and read out. */
const HINT_MS = 1_300;

export interface Told {
  /** To be shown now; undefined: leave what is shown. */
  readonly hint: Hint | undefined;
  readonly shoot: boolean;
}

/** Looks at one hint after the other. */
export interface AutoShutter {
  /** @param at milliseconds, of any clock that only goes forward */
  look(hint: Hint, at: number): Told;
}

export function autoShutter(): AutoShutter {
  let goodSince: number | undefined;
  let shown: { readonly hint: Hint; readonly at: number } | undefined;
  let last: Hint | undefined;
  return {
    look(hint, at) {
      goodSince = hint === 'good' ? (goodSince ?? at) : undefined;
      const shoot = goodSince !== undefined && at - goodSince >= HOLD_MS;
      // Seen twice in a row, so that a hand that trembles once is not told about.
      const settled = hint === last || shown === undefined;
      last = hint;
      const due = shown === undefined || (shown.hint !== hint && at - shown.at >= HINT_MS);
      if (!due || !settled) return { hint: undefined, shoot };
      shown = { hint, at };
      return { hint, shoot };
    },
  };
}
