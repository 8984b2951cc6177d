/** A clock that stands still until it is told to move. `now` can be handed over as it is. */
export class SettableClock {
  #now: number;

  /** @param start epoch milliseconds; default the present, since cookies and certificates are judged by real clocks */
  constructor(start: number = Date.now()) {
    this.#now = start;
  }

  readonly now = (): number => this.#now;

  /** @param time epoch milliseconds or a date */
  set(time: number | Date): void {
    this.#now = typeof time === 'number' ? time : time.getTime();
  }

  advance(by: { readonly milliseconds?: number; readonly seconds?: number; readonly minutes?: number; readonly days?: number }): void {
    this.#now +=
      (by.milliseconds ?? 0) + (by.seconds ?? 0) * 1000 + (by.minutes ?? 0) * 60_000 + (by.days ?? 0) * 86_400_000;
  }
}

/** A clock that goes at a fraction of the real pace from now on: time limits of a page hold however busy the machine is. */
export function slowClock(fraction: number): () => number {
  const began = Date.now();
  return () => Math.round(began + (Date.now() - began) * fraction);
}
