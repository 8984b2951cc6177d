/** What the reading process takes, as the system counts it. Linux only; elsewhere the numbers are left out. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const LINUX = process.platform === 'linux';

/** Processes that this one started. */
function children(): readonly number[] {
  const tasks = `/proc/${process.pid}/task`;
  return readdirSync(tasks).flatMap((task) => {
    const file = `${tasks}/${task}/children`;
    return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter((pid) => pid !== '').map(Number) : [];
  });
}

/** Processor time so far of one process, milliseconds, user and system; the system counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Adds up over the processes that take each other's place. One who ends between two looks takes his last share along. */
export class ChildUse {
  readonly #cpu = new Map<number, number>();
  #spent = 0;
  #peak = 0;

  /** Look now, at least after every job. */
  look(): void {
    if (!LINUX) return;
    for (const pid of children()) {
      try {
        const cpu = cpuOf(pid);
        this.#spent += cpu - (this.#cpu.get(pid) ?? 0);
        this.#cpu.set(pid, cpu);
        const peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) * 1024;
        if (peak > this.#peak) this.#peak = peak;
      } catch (error) {
        // Gone between the list and the look.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Milliseconds since the beginning. */
  cpu(): number | undefined {
    this.look();
    return LINUX ? this.#spent : undefined;
  }

  /** Largest resident memory since the last time this was asked, bytes. */
  takePeak(): number | undefined {
    this.look();
    const peak = this.#peak;
    this.#peak = 0;
    // The kernel's own mark is lowered to what is in use now (proc(5), clear_refs).
    if (LINUX) for (const pid of children()) writeFileSync(`/proc/${pid}/clear_refs`, '5');
    return LINUX ? peak : undefined;
  }
}

/** Bytes as megabytes. */
export const megabytes = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / 1024 / 1024);
