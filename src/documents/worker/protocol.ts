/** What the gateway and a reading process say to each other. Nothing here is ever written down. */
import type { EngineName, EngineStatus, FaceMatch, FramePose, SafeImage, SideReading, SideWanted } from '../facts.ts';
import type { ImageRefusal, JobAnswer } from '../reader.ts';

/** What a reading process is started with; JSON, as its only argument. */
export interface WorkerSetup {
  /** Engines to load; the others are not touched. */
  readonly engines: readonly EngineName[];
  readonly heic: boolean;
  /** Resident memory above which the process ends itself, bytes. */
  readonly mostMemory: number;
  /** The process that it belongs to: with that gone it ends. */
  readonly parent: number;
}

/** Kind of job → what is sent and what comes back. */
export interface Jobs {
  intake: { readonly sent: { readonly bytes: Uint8Array }; readonly value: SafeImage };
  read_side: { readonly sent: { readonly jpeg: Uint8Array; readonly wanted: SideWanted }; readonly value: SideReading };
  poses: { readonly sent: { readonly jpegs: readonly Uint8Array[] }; readonly value: readonly FramePose[] };
  match_faces: {
    readonly sent: { readonly document: Uint8Array; readonly frontal: readonly Uint8Array[]; readonly challenge: readonly Uint8Array[] };
    readonly value: FaceMatch | undefined;
  };
}
export type JobKind = keyof Jobs;
export type Job = { [K in JobKind]: { readonly kind: K } & Jobs[K]['sent'] }[JobKind];

export interface ToWorker {
  readonly id: number;
  readonly job: Job;
}

export type FromWorker =
  /** An engine is about to be loaded: should the process die now, this is the one. */
  | { readonly kind: 'loading'; readonly engine: EngineName }
  /** `because` is prose for the operator's log; no picture was seen yet, so it holds nobody's data. */
  | { readonly kind: 'engine'; readonly engine: EngineName; readonly status: EngineStatus; readonly because?: string }
  /** All engines have reported. */
  | { readonly kind: 'ready' }
  /**
   * `rss` in bytes after the job. `broke` is where the code threw, by file and line, and its error's class: never the
   * message, which may quote what was read.
   */
  | { readonly kind: 'answer'; readonly id: number; readonly answer: JobAnswer<unknown>; readonly rss: number; readonly broke?: string };

const KINDS: readonly FromWorker['kind'][] = ['loading', 'engine', 'ready', 'answer'];

/** Every code that a picture may be refused with. */
export const IMAGE_REFUSALS: readonly ImageRefusal[] = [
  'image_empty', 'image_too_many_bytes', 'image_too_many_pixels', 'image_too_small', 'image_format', 'image_heic', 'image_damaged',
];

/**
 * A message from a reading process, or undefined where it is none. The process handles hostile bytes with native code,
 * so what it says is not taken on trust: an answer that is none of the known ones counts as a crash.
 */
export function readFromWorker(message: unknown): FromWorker | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const said = message as FromWorker;
  if (!KINDS.includes(said.kind)) return undefined;
  return said.kind !== 'answer' || isAnswer(said.answer) ? said : undefined;
}

function isAnswer(answer: JobAnswer<unknown> | undefined): boolean {
  switch (answer?.kind) {
    case 'done':
    case 'crashed':
    case 'unavailable':
      return true;
    case 'refused':
      return IMAGE_REFUSALS.includes(answer.code);
    default:
      return false;
  }
}
