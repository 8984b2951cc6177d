/** A limit in time, asked inside loops: nothing there yields by itself, so nobody else could stop them. */
export interface Budget {
  spent(): boolean;
  /** Milliseconds since it began. */
  used(): number;
  /** Milliseconds that are left, never negative. */
  left(): number;
}

/** On a crowded machine a budget lasts at most so many times as long by the clock on the wall. */
const MOST_STRETCH = 3;

/**
 * A budget that begins now, counted in this process's own working time: one job is done at a time, and a picture must not
 * become unreadable because other processes keep the machine busy.
 */
export function budgetOf(milliseconds: number): Budget {
  const [began, working] = [performance.now(), process.cpuUsage()];
  const used = (): number => {
    const { user, system } = process.cpuUsage(working);
    return Math.max((user + system) / 1000, (performance.now() - began) / MOST_STRETCH);
  };
  return { used, left: () => Math.max(0, milliseconds - used()), spent: () => used() > milliseconds };
}
