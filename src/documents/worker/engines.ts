/** The engines: how each is loaded, and the proof of itself that each gives before it is believed. */
import type { EngineName, EngineStatus } from '../facts.ts';
import type { FromWorker } from './protocol.ts';

/** What every engine has, whatever it reads. `selfTest` reads a built-in sample, and throws or says false where the reading is not right. */
interface Provable {
  readonly version: string;
  selfTest(): Promise<boolean | void>;
}

/** Engine → how it is made. Imported only when its turn comes: one that is not installed must not stop the others. */
const MAKERS = {
  barcode: async () => (await import('../barcode/index.ts')).makeBarcodeReader(),
  mrz: async () => (await import('../mrz/index.ts')).makeMrzReader(),
  text: async () => (await import('../text/index.ts')).makeTextReader(),
  face: async () => (await import('../face/index.ts')).makeFaceEngine(),
  pose: async () => (await import('../liveness/index.ts')).makePoseReader(),
} satisfies Record<EngineName, () => Promise<Provable>>;

/** Those that proved themselves. One that is absent is unavailable. */
export type Engines = { readonly [E in EngineName]?: Awaited<ReturnType<(typeof MAKERS)[E]>> };

/** Codes of Node for a package or a file that is not there. */
const NOT_THERE = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** Loads and proves the named engines, one after the other, and says how each stands as soon as that is known. */
export async function loadEngines(names: readonly EngineName[], say: (message: FromWorker) => void): Promise<Engines> {
  const proved: { [E in EngineName]?: Provable } = {};
  for (const engine of names) {
    say({ kind: 'loading', engine });
    try {
      const made: Provable = await MAKERS[engine]();
      if ((await made.selfTest()) === false) throw new Error('the built-in sample was not read right');
      proved[engine] = made;
      say({ kind: 'engine', engine, status: { kind: 'ready', version: made.version } });
    } catch (thrown) {
      say({ kind: 'engine', engine, ...failure(thrown) });
    }
  }
  // Each came from the maker of its own name.
  return proved as Engines;
}

function failure(thrown: unknown): { readonly status: EngineStatus; readonly because: string } {
  const code = String((thrown as { readonly code?: unknown } | undefined)?.code);
  return {
    status: { kind: 'unavailable', why: NOT_THERE.includes(code) ? 'not_installed' : 'self_test_failed' },
    because: thrown instanceof Error ? thrown.message : 'threw no error',
  };
}
