/** How a reading process is started: what it may touch, and nothing else. */
import { fileURLToPath } from 'node:url';
import type { WorkerSetup } from './protocol.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The module that a reading process runs. */
export const WORKER_MAIN = here('./main.ts');

/** Files that it may read: its own code, its libraries, and what is needed to find those. */
const READABLE = [here('../'), here('../../errors.ts'), here('../../personal.ts'), here('../../../node_modules/'), here('../../../package.json')];

/** Its whole environment: no secret of the gateway is in it. */
export const WORKER_ENV: Readonly<Record<string, string>> = {
  TZ: 'UTC',
  // Large pictures are unpacked in memory, where the limit is, never into a file in the temporary folder.
  VIPS_DISC_THRESHOLD: '16g',
  // One heap in the C library, and pixels beside it: what a job gives back goes back to the system, bytes.
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/**
 * Flags of the node binary. Node's permission model takes writing files, reading others' and starting processes away;
 * add-ons (picture decoding) and threads (text reading, the watch) are needed. What it does not know in this version,
 * the network, `no_network.ts` takes away.
 */
export function workerFlags(setup: Pick<WorkerSetup, 'mostMemory'>): readonly string[] {
  return [
    '--permission',
    ...READABLE.map((path) => `--allow-fs-read=${path}`),
    '--allow-addons',
    '--allow-worker',
    // The largest things (pixels, weights, WebAssembly) lie outside this heap; the watch counts them all.
    `--max-old-space-size=${Math.max(64, Math.floor(setup.mostMemory / 2 / 1024 / 1024))}`,
    '--no-warnings',
    '--import', here('./no_network.ts'),
    '--import', here('./held_threads.ts'),
  ];
}
