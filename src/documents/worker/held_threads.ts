/**
 * Keeps threads under the rules of their process. A thread that brings flags of its own leaves Node's permission model and
 * every preload behind, so none may. Preloaded (`--import`) into the reading process and so into each of its threads,
 * before any library can keep a reference of its own.
 */
import { syncBuiltinESMExports } from 'node:module';
import threads, { type WorkerOptions } from 'node:worker_threads';

/** What anybody gets who tries. The code is stable. */
class ThreadNotHeld extends Error {
  override readonly name = 'ThreadNotHeld';
  readonly code = 'thread_not_held';
  constructor() {
    super('a thread of the reading process keeps its rules');
  }
}

/** No flags, code, environment or arguments of a thread's own: everything that is not named here is refused. */
const ALLOWED: readonly string[] = ['workerData', 'transferList', 'name', 'stdin', 'stdout', 'stderr', 'resourceLimits', 'trackUnmanagedFds'];

const Original = threads.Worker;

/** Not a subclass: that would lead back to the original. */
function Worker(filename: string | URL, options: WorkerOptions = {}): object {
  if (new.target === undefined) throw new ThreadNotHeld();
  // A text of its own, once: what is looked at is what is used.
  const file = typeof filename === 'string' ? filename : new URL(String(filename));
  if (/^\s*data:/i.test(String(file))) throw new ThreadNotHeld();
  const given: Record<string, unknown> = { __proto__: null, ...options };
  if (Object.entries(given).some(([name, value]) => value !== undefined && !ALLOWED.includes(name))) throw new ThreadNotHeld();
  return Reflect.construct(Original, [file, given], new.target) as object;
}

const shut = { writable: false, configurable: false } as const;
Object.defineProperty(Worker, 'prototype', { value: Original.prototype, ...shut });
Object.defineProperty(Original.prototype, 'constructor', { value: Worker, enumerable: false, ...shut });
Object.defineProperty(threads, 'Worker', { value: Worker, enumerable: true, ...shut });
// Those who wrote `import { Worker } from 'node:worker_threads'` get the same.
syncBuiltinESMExports();
