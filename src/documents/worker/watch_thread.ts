/**
 * A thread beside the reading: looks at the whole process's memory and at its parent, and ends the process at once
 * where one is too large or the other gone. It does so while the main thread is deep in a loop or in native code.
 */
import { parentPort, workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 200;
const { mostMemory, parent } = workerData as { readonly mostMemory: number; readonly parent: number };

function look(): void {
  if (process.memoryUsage.rss() > mostMemory || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}

look();
setInterval(look, LOOK_EVERY_MS);
// A thread's port knows no origin, which the rule takes it for a window to have.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage('watching');
