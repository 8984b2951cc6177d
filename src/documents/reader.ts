/**
 * The door to document reading. Behind it is a separate process with a queue, a memory limit, a kill timer and no
 * network; whatever happens there, a caller gets an answer within {@link DocumentReader.longestMs}.
 */
import type { EngineName, EngineStatus, FaceMatch, FramePose, SafeImage, SideReading, SideWanted } from './facts.ts';

/** Five different ways to come out; only `done` says anything about the picture's content. */
export type JobAnswer<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The picture itself cannot be used. */
  | { readonly kind: 'refused'; readonly code: ImageRefusal }
  /** This very job took too long. */
  | { readonly kind: 'timed_out' }
  /** The process died over it, or exceeded its memory. */
  | { readonly kind: 'crashed' }
  /** Too many wait already, or this one waited out its time: nothing was looked at. */
  | { readonly kind: 'busy' }
  /** An engine that this needs does not run. */
  | { readonly kind: 'unavailable'; readonly engine: EngineName; readonly why: string };

/** Stable codes of pictures that are not taken; each is also the last part of a message key. */
export type ImageRefusal =
  | 'image_empty'
  | 'image_too_many_bytes'
  | 'image_too_many_pixels'
  | 'image_too_small'
  | 'image_format'
  | 'image_heic'
  | 'image_damaged';

export interface DocumentReader {
  /** How long any job may take at most, waiting included, milliseconds. */
  readonly longestMs: number;
  /** How each engine stands. */
  engines(): Readonly<Record<EngineName, EngineStatus>>;
  /** Make a sent file safe. Always first; nothing else may see the sent bytes. */
  intake(bytes: Uint8Array): Promise<JobAnswer<SafeImage>>;
  /** Read one side from a safe picture. */
  readSide(jpeg: Uint8Array, wanted: SideWanted): Promise<JobAnswer<SideReading>>;
  /** Where the head points, frame by frame. */
  poses(jpegs: readonly Uint8Array[]): Promise<JobAnswer<readonly FramePose[]>>;
  /**
   * Compare the portrait on a document with frontal frames (best one counts), and those with every frame of the challenge.
   * `done` with undefined where the document shows no usable face, no frontal frame does, or one shows none at all.
   */
  matchFaces(request: { readonly document: Uint8Array; readonly frontal: readonly Uint8Array[]; readonly challenge: readonly Uint8Array[] }): Promise<JobAnswer<FaceMatch | undefined>>;
  close(): Promise<void>;
}

/** What the process is given; never the gateway's environment. */
export interface ReaderSettings {
  /** Reading processes; each takes one job at a time. */
  readonly processes: number;
  /** Jobs that may wait. */
  readonly mostWaiting: number;
  /** One job, milliseconds. */
  readonly jobMs: number;
  /** Resident memory of one process, bytes. */
  readonly mostMemory: number;
  /** Face comparison and liveness; off: both engines say `not_enabled`. */
  readonly faces: boolean;
  /** Decode HEIC with the optional package `libheif-js`. */
  readonly heic: boolean;
}

export const DEFAULT_READER: ReaderSettings = {
  processes: 1, mostWaiting: 24, jobMs: 20_000, mostMemory: 1536 * 1024 * 1024, faces: true, heic: false,
};
