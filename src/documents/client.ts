/** The gateway's side of document reading: everything that a picture can do happens in another process. */
import { GatehouseError } from '../errors.ts';
import { ENGINES, type EngineName, type SafeImage } from './facts.ts';
import { MOST_BYTES, SAFE_SIDE } from './intake/limits.ts';
import { ReadingPool } from './pool.ts';
import type { DocumentReader, JobAnswer, ReaderSettings } from './reader.ts';
import type { ReaderLogger } from './reading_process.ts';
import type { Job, JobKind, Jobs } from './worker/protocol.ts';

export interface ReaderOptions {
  /** With `first_use` no process runs until somebody sends a picture, who then waits for the engines. Default: `now`. */
  readonly start?: 'now' | 'first_use';
  /** Engines to load; the others are `not_enabled`. Default: all that the settings allow. */
  readonly engines?: readonly EngineName[];
}

const OF_FACES: readonly EngineName[] = ['face', 'pose'];

/**
 * Starts the reading processes.
 *
 * @throws GatehouseError `reader_settings` where a number in the settings makes no sense
 */
export function startDocumentReader(settings: ReaderSettings, logger: ReaderLogger, options: ReaderOptions = {}): DocumentReader {
  refuseNonsense(settings);
  const engines = ENGINES.filter((engine) => (settings.faces || !OF_FACES.includes(engine)) && (options.engines?.includes(engine) ?? true));
  const pool = new ReadingPool(settings, engines, logger);
  if (options.start !== 'first_use') pool.start();

  // The kind of a job says what its value is; the process is this project's own code.
  const ask = <K extends JobKind>(job: Job & { kind: K }): Promise<JobAnswer<Jobs[K]['value']>> => pool.submit(job) as Promise<JobAnswer<Jobs[K]['value']>>;

  return {
    longestMs: 2 * settings.jobMs,
    engines: () => pool.engines(),
    async intake(bytes) {
      // Not even copied to the other process.
      if (bytes.length > MOST_BYTES) return { kind: 'refused', code: 'image_too_many_bytes' };
      const answer = await ask({ kind: 'intake', bytes });
      return answer.kind === 'done' && !isSafe(answer.value) ? { kind: 'crashed' } : answer;
    },
    readSide: (jpeg, wanted) => ask({ kind: 'read_side', jpeg, wanted }),
    poses: (jpegs) => ask({ kind: 'poses', jpegs }),
    matchFaces: ({ document, frontal, challenge }) => ask({ kind: 'match_faces', document, frontal, challenge }),
    close: () => pool.close(),
  };
}

/** What intake gives is stored and shown to staff, so its shape is not taken on trust. */
function isSafe({ jpeg, width, height }: SafeImage): boolean {
  return jpeg instanceof Uint8Array && jpeg[0] === 0xff && jpeg[1] === 0xd8 && [width, height].every((side) => Number.isInteger(side) && side > 0 && side <= SAFE_SIDE);
}

function refuseNonsense({ processes, mostWaiting, jobMs, mostMemory }: ReaderSettings): void {
  const wrong = Object.entries({ processes, mostWaiting: mostWaiting + 1, jobMs, mostMemory }).find(([, value]) => !Number.isSafeInteger(value) || value < 1);
  if (wrong) throw new GatehouseError('reader_settings', 500, `document reading: ${wrong[0]} must be a whole number above zero`);
}
