/** Closed-loop load: so many workers, each beginning its next flow when its last one is done. */
import { readFileSync } from 'node:fs';

export interface Measured {
  /** Flows per second. */
  readonly rate: number;
  /** Median time of one flow, milliseconds. */
  readonly median: number;
  /** Processor time the server's process took per flow, milliseconds; undefined where the system does not tell. */
  readonly cpu: number | undefined;
  readonly flows: number;
}

/** Run a flow over and over for so many milliseconds. `pid` is the server's process. */
export async function measure(
  flow: (worker: number) => Promise<void>,
  { workers, milliseconds, pid }: { readonly workers: number; readonly milliseconds: number; readonly pid: number | undefined },
): Promise<Measured> {
  const times: number[] = [];
  const cpuBefore = cpuOf(pid);
  const began = performance.now();
  const work = async (worker: number): Promise<void> => {
    do {
      const start = performance.now();
      await flow(worker);
      times.push(performance.now() - start);
    } while (performance.now() - began < milliseconds);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const elapsed = performance.now() - began;
  const cpuAfter = cpuOf(pid);
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / times.length;
  return { rate: (times.length * 1000) / elapsed, median: median(times), cpu, flows: times.length };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Processor time of a process so far, milliseconds, user and system (Linux counts in hundredths of a second). */
function cpuOf(pid: number | undefined): number | undefined {
  if (process.platform !== 'linux' || pid === undefined) return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
