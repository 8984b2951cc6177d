/**
 * The reading process. Loads its engines one after the other, then takes one job at a time from the gateway over the
 * channel it was born with. It holds no secret, has no network, writes no file, and is killed rather than argued with.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { blockLoaders } from '../intake/decoder.ts';
import { answerJob } from './answer_job.ts';
import { loadEngines } from './engines.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './protocol.ts';

const setup = JSON.parse(process.argv[2] ?? '') as WorkerSetup;
const say = (message: FromWorker): void => {
  process.send?.(message);
};

/** Not an orderly exit, which waits for native code to finish what it is at. */
const end = (): boolean => process.kill(process.pid, 'SIGKILL');

process.on('disconnect', end);
const watch = new Worker(new URL('./watch_thread.ts', import.meta.url), { workerData: { mostMemory: setup.mostMemory, parent: setup.parent } });
// An ended watch is an ended process: without it there are no limits.
watch.once('exit', end);
await once(watch, 'message');
watch.unref();
blockLoaders();

const engines = await loadEngines(setup.engines, say);
process.on('message', (message: ToWorker) => {
  void answerJob(message.job, engines, setup)
    .then((told) => say({ kind: 'answer', id: message.id, rss: process.memoryUsage.rss(), ...told }));
});
say({ kind: 'ready' });
