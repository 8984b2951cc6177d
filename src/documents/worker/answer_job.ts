/** From a job to its answer, inside the reading process. */
import type { EngineName } from '../facts.ts';
import { takePicture } from '../intake/take_picture.ts';
import type { JobAnswer } from '../reader.ts';
import type { Engines } from './engines.ts';
import type { Job } from './protocol.ts';

export interface Told {
  readonly answer: JobAnswer<unknown>;
  /** Where the code threw, when it did: see {@link FromWorker}. */
  readonly broke?: string;
}

/** Never throws: code that does is answered as a crash, after which the gateway replaces the process. */
export async function answerJob(job: Job, engines: Engines, settings: { readonly heic: boolean }): Promise<Told> {
  try {
    return { answer: await work(job, engines, settings) };
  } catch (thrown) {
    return { answer: { kind: 'crashed' }, broke: whereThrown(thrown) };
  }
}

async function work(job: Job, engines: Engines, settings: { readonly heic: boolean }): Promise<JobAnswer<unknown>> {
  switch (job.kind) {
    case 'intake':
      return takePicture(job.bytes, settings);
    case 'read_side':
      // Goes on without those that are missing: what they would have read is unread.
      return done(await (await import('../side/read_side.ts')).makeSideReader(engines).readSide(job.jpeg, job.wanted));
    case 'poses':
      return engines.pose ? done(await engines.pose.poses(job.jpegs)) : missing('pose');
    case 'match_faces':
      return engines.face ? done(await (await import('../face/match_faces.ts')).matchFaces(engines.face, job)) : missing('face');
  }
}

const done = (value: unknown): JobAnswer<unknown> => ({ kind: 'done', value });
/** The gateway knows why and says so. */
const missing = (engine: EngineName): JobAnswer<unknown> => ({ kind: 'unavailable', engine, why: 'not_enabled' });

/** The class of an error and the places it passed, without its message: that may quote what stood on a document. */
function whereThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'threw no error';
  const places = [...(thrown.stack ?? '').matchAll(/([\w.-]+\.(?:ts|js|mjs|cjs)):(\d+):\d+\)?$/gm)].slice(0, 4);
  return [thrown.constructor.name, ...places.map(([, file, line]) => `${file}:${line}`)].join(' < ');
}
