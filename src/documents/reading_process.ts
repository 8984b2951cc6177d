/** One place for a reading process: starts it, gives it one job at a time, kills it, and puts a new one in its stead. */
import { fork, type ChildProcess } from 'node:child_process';
import type { EngineName, EngineStatus } from './facts.ts';
import type { JobAnswer, ReaderSettings } from './reader.ts';
import { WORKER_ENV, WORKER_MAIN, workerFlags } from './worker/command.ts';
import { readFromWorker, type FromWorker, type Job, type WorkerSetup } from './worker/protocol.ts';

/** The part of the log that reading needs. */
export interface ReaderLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Loading and proving all engines takes a few seconds; a process that needs this long never will. */
const START_MS = 90_000;
/** Pause before the next start, after a process that died without having a job; doubled for each one in a row. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** An engine that took the process with it this often in a row is left out from then on. */
const DEATHS_BEFORE_LEFT_OUT = 2;
/** Of the memory limit: a process that keeps more between jobs is replaced before the limit hits somebody's job. */
const TOO_FULL = 0.75;

interface Running {
  readonly id: number;
  readonly settle: (answer: JobAnswer<unknown>) => void;
  readonly timer: NodeJS.Timeout;
}

export class ReadingProcess {
  readonly #settings: ReaderSettings;
  readonly #engines: readonly EngineName[];
  readonly #logger: ReaderLogger;
  readonly #onFree: () => void;
  #child: ChildProcess | undefined;
  #statuses = new Map<EngineName, EngineStatus>();
  readonly #deaths = new Map<EngineName, number>();
  #loading: EngineName | undefined;
  #ready = false;
  #running: Running | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #deathsInRow = 0;
  #jobs = 0;
  #closed = false;

  /**
   * @param engines those to load; of the others it knows nothing
   * @param onFree called whenever a job can be taken
   */
  constructor(settings: ReaderSettings, engines: readonly EngineName[], logger: ReaderLogger, onFree: () => void) {
    this.#settings = settings;
    this.#engines = engines;
    this.#logger = logger;
    this.#onFree = onFree;
  }

  /** Whether a job can be taken now. */
  get free(): boolean {
    return this.#ready && this.#running === undefined && this.#child?.connected === true;
  }

  /** How an engine stands in this place. */
  status(engine: EngineName): EngineStatus {
    return this.#statuses.get(engine) ?? { kind: 'unavailable', why: 'starting' };
  }

  start(): void {
    if (this.#closed) return;
    const engines = this.#engines.filter((engine) => (this.#deaths.get(engine) ?? 0) < DEATHS_BEFORE_LEFT_OUT);
    this.#statuses = new Map(this.#engines.filter((engine) => !engines.includes(engine)).map((engine) => [engine, { kind: 'unavailable', why: 'crashed' }]));
    const setup: WorkerSetup = { engines, heic: this.#settings.heic, mostMemory: this.#settings.mostMemory, parent: process.pid };
    const child = fork(WORKER_MAIN, [JSON.stringify(setup)], {
      execPath: process.execPath,
      execArgv: [...workerFlags(setup)],
      env: { ...WORKER_ENV },
      serialization: 'advanced',
      // What libraries print may quote what they read.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    child.on('message', (message) => {
      if (child === this.#child) this.#hear(message);
    });
    child.once('exit', (code, signal) => this.#died(child, { code, signal }));
    // Could not be started, or no longer be talked to.
    child.on('error', (error) => {
      child.kill('SIGKILL');
      this.#died(child, { error: (error as NodeJS.ErrnoException).code ?? error.name });
    });
    this.#startTimer = setTimeout(() => child.kill('SIGKILL'), START_MS);
    this.#logger.info({ event: 'reader_started', pid: child.pid }, 'a document reading process was started');
  }

  /** Only while {@link free}. Always gives an answer, within the time of one job. */
  run(job: Job): Promise<JobAnswer<unknown>> {
    const id = (this.#jobs += 1);
    return new Promise((settle) => {
      const timer = setTimeout(() => {
        this.#settle({ kind: 'timed_out' });
        this.#replace('a document took too long to read');
      }, this.#settings.jobMs);
      this.#running = { id, settle, timer };
      this.#child?.send({ id, job });
    });
  }

  /** Ends the process, whatever it is doing; its job counts as crashed. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#startTimer);
    const child = this.#child;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    this.#settle({ kind: 'crashed' });
  }

  #hear(message: unknown): void {
    const said = readFromWorker(message);
    switch (said?.kind) {
      case undefined:
        this.#settle({ kind: 'crashed' });
        return this.#replace('a document reading process said what it cannot say');
      case 'loading':
        this.#loading = said.engine;
        return;
      case 'engine':
        return this.#engine(said);
      case 'ready':
        clearTimeout(this.#startTimer);
        this.#loading = undefined;
        this.#ready = true;
        return this.#onFree();
      case 'answer':
        return this.#answer(said);
    }
  }

  #engine({ engine, status, because }: FromWorker & { kind: 'engine' }): void {
    this.#statuses.set(engine, status);
    this.#deaths.delete(engine);
    if (status.kind === 'ready') this.#logger.info({ event: 'reader_engine', engine, version: status.version }, 'an engine proved itself');
    else this.#logger.warn({ event: 'reader_engine', engine, why: status.why, because }, 'an engine for documents is not available');
  }

  #answer({ id, answer, rss, broke }: FromWorker & { kind: 'answer' }): void {
    if (id !== this.#running?.id) return;
    if (broke !== undefined) this.#logger.warn({ event: 'reader_broke', where: broke }, 'reading a document failed in the code');
    this.#deathsInRow = 0;
    this.#settle(answer.kind === 'unavailable' ? { ...answer, why: this.#whyNot(answer.engine) } : answer);
    // Code that threw may have left an engine in any state.
    if (answer.kind === 'crashed') this.#replace('a document reading process is replaced after a failure');
    else if (rss > this.#settings.mostMemory * TOO_FULL) this.#replace('a document reading process has grown too large');
    else this.#onFree();
  }

  #whyNot(engine: EngineName): string {
    const status = this.#engines.includes(engine) ? this.status(engine) : undefined;
    return status?.kind === 'unavailable' ? status.why : 'not_enabled';
  }

  #settle(answer: JobAnswer<unknown>): void {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(running?.timer);
    running?.settle(answer);
  }

  /** Kill it and start another one at once. */
  #replace(why: string): void {
    const child = this.#child;
    this.#forget();
    child?.kill('SIGKILL');
    this.#logger.warn({ event: 'reader_replaced', pid: child?.pid }, why);
    this.start();
  }

  #forget(): void {
    clearTimeout(this.#startTimer);
    this.#child = undefined;
    this.#ready = false;
    this.#statuses.clear();
  }

  #died(child: ChildProcess, how: object): void {
    if (child !== this.#child || this.#closed) return;
    const loading = this.#ready ? undefined : this.#loading;
    const overItsJob = this.#running !== undefined;
    this.#loading = undefined;
    this.#forget();
    this.#settle({ kind: 'crashed' });
    this.#logger.warn({ event: 'reader_died', pid: child.pid, loading, ...how }, 'a document reading process died');
    if (overItsJob) return this.start();
    if (loading !== undefined) this.#deaths.set(loading, (this.#deaths.get(loading) ?? 0) + 1);
    // One that dies without a job may do so for ever: starting costs seconds of work that sign-in needs.
    this.#startTimer = setTimeout(() => this.start(), Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#deathsInRow));
    this.#deathsInRow += 1;
  }
}
