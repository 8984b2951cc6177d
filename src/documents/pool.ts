/** Jobs in, answers out: a queue in front of the reading processes, first come first served. */
import { ENGINES, type EngineName, type EngineStatus } from './facts.ts';
import type { JobAnswer, ReaderSettings } from './reader.ts';
import { ReadingProcess, type ReaderLogger } from './reading_process.ts';
import type { Job } from './worker/protocol.ts';

interface Waiting {
  readonly job: Job;
  readonly settle: (answer: JobAnswer<unknown>) => void;
  readonly timer: NodeJS.Timeout;
}

export class ReadingPool {
  readonly #settings: ReaderSettings;
  readonly #engines: readonly EngineName[];
  readonly #processes: readonly ReadingProcess[];
  readonly #waiting: Waiting[] = [];
  #started = false;
  #closed = false;

  /** Starts nothing yet: see {@link start}. */
  constructor(settings: ReaderSettings, engines: readonly EngineName[], logger: ReaderLogger) {
    this.#settings = settings;
    this.#engines = engines;
    this.#processes = Array.from({ length: settings.processes }, () => new ReadingProcess(settings, engines, logger, () => this.#next()));
  }

  /** Starts the processes; does nothing when they run. */
  start(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    for (const one of this.#processes) one.start();
  }

  /** Waiting and working each get the time of one job: an answer comes within twice that. */
  submit(job: Job): Promise<JobAnswer<unknown>> {
    if (this.#closed) return Promise.resolve({ kind: 'busy' });
    this.start();
    const free = this.#processes.find((one) => one.free);
    if (free) return free.run(job);
    if (this.#waiting.length >= this.#settings.mostWaiting) return Promise.resolve({ kind: 'busy' });
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        // Nobody looked at it: whoever sent it may come again.
        settle({ kind: 'busy' });
      }, this.#settings.jobMs);
      const waiting: Waiting = { job, settle, timer };
      this.#waiting.push(waiting);
    });
  }

  /** Ready where at least one process has it ready. */
  engines(): Readonly<Record<EngineName, EngineStatus>> {
    const standing = (engine: EngineName): EngineStatus => {
      if (!this.#engines.includes(engine)) return { kind: 'unavailable', why: 'not_enabled' };
      const all = this.#processes.map((one) => one.status(engine));
      return all.find((status) => status.kind === 'ready') ?? all[0] ?? { kind: 'unavailable', why: 'starting' };
    };
    return Object.fromEntries(ENGINES.map((engine) => [engine, standing(engine)])) as Record<EngineName, EngineStatus>;
  }

  /** Ends the processes. Jobs that wait are told `busy`, jobs under way `crashed`, and no more are taken. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { settle, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      settle({ kind: 'busy' });
    }
    await Promise.all(this.#processes.map((one) => one.close()));
  }

  #next(): void {
    const free = this.#processes.find((one) => one.free);
    const next = free && this.#waiting.shift();
    if (!free || !next) return;
    clearTimeout(next.timer);
    void free.run(next.job).then(next.settle);
  }
}
